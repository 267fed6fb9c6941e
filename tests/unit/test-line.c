/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gradients summed behind the first convolution are those summed at the picture. */
#include "graph/line.h"
#include "method-rig.h"

#define HEIGHT 12
#define WIDTH 16
#define BATCH 3
#define ROUNDS 2
#define SEED 7

static void
add_conv (OnnxBuilder *b, const gchar *name, const gchar *input, WhyShape weights)
{
  g_autofree gchar *weight = g_strconcat (name, ".weight", NULL);
  g_autofree gchar *inputs = g_strjoin (" ", input, weight, NULL);

  tiny_net_random (b, weight, weights, 4.0);
  onnx_builder_set_ints (b, onnx_builder_add_node (b, "Conv", name, inputs, name), "strides",
                         ONNX_INTS (2, 1));
}

static void
add (OnnxBuilder *b, const gchar *op, const gchar *name, const gchar *inputs)
{
  onnx_builder_add_node (b, op, name, inputs, name);
}

static OnnxBuilder *
begin_net (void)
{
  OnnxBuilder *b = onnx_builder_new (17);

  onnx_builder_add_input (b, "input", WHY_DTYPE_FLOAT, WHY_SHAPE (-1, 3, HEIGHT, WIDTH));
  onnx_builder_add_output (b, "logits", WHY_DTYPE_FLOAT, WHY_SHAPE (-1, 4));
  return b;
}

static OnnxBuilder *
end_net (OnnxBuilder *b, const gchar *features)
{
  add_conv (b, "last", features, WHY_SHAPE (4, 5, 3, 3));
  add (b, "GlobalAveragePool", "mean", "last");
  add (b, "Flatten", "logits", "mean");
  return b;
}

/* A rectifier with an upper bound that is often reached. */
static OnnxBuilder *
clipped_net (void)
{
  static const gdouble low[] = { 0 }, high[] = { 0.4 };
  OnnxBuilder *b = begin_net ();

  onnx_builder_add_initializer (b, "low", WHY_DTYPE_FLOAT, (WhyShape){ 0 }, low);
  onnx_builder_add_initializer (b, "high", WHY_DTYPE_FLOAT, (WhyShape){ 0 }, high);
  add_conv (b, "stem", "input", WHY_SHAPE (5, 3, 3, 3));
  add (b, "Clip", "clip", "stem low high");
  return end_net (b, "clip");
}

/* Two convolutions read the picture. */
static OnnxBuilder *
forked_net (void)
{
  OnnxBuilder *b = begin_net ();

  add_conv (b, "left", "input", WHY_SHAPE (5, 3, 3, 3));
  add_conv (b, "right", "input", WHY_SHAPE (5, 3, 3, 3));
  add (b, "Mul", "product", "left right");
  return end_net (b, "product");
}

static OnnxBuilder *
linear_net (void)
{
  return tiny_net_linear (3, HEIGHT, WIDTH, 4);
}

static OnnxBuilder *
rectified_net (void)
{
  return tiny_net_homogeneous (HEIGHT, WIDTH);
}

static OnnxBuilder *
batchnorm_net (void)
{
  return tiny_net_batchnorm (HEIGHT, WIDTH, FALSE);
}

static OnnxBuilder *
smooth_net (void)
{
  return tiny_net_smooth (HEIGHT, WIDTH);
}

static OnnxBuilder *
mixed_net (void)
{
  return tiny_net_mixed (HEIGHT, WIDTH);
}

typedef struct
{
  MethodRig *rig;
  WhyReal *from;
  WhyReal *sum; /* [C,H,W], of what is expected */
} Expected;

static void
fill_seed (WhyReal *seed, gint n_classes)
{
  for (gint i = 0; i < BATCH * n_classes; i++)
    seed[i] = (WhyReal)(i % 5 - 2);
}

/* One round at the points themselves: their logits, and the weighted sum of gradients. */
static const WhyReal *
expect_round (Expected *expected, WhyNet *net, const gdouble *alphas, const gdouble *weights)
{
  MethodRig *rig = expected->rig;
  gint n_classes = why_net_get_n_classes (net);
  g_autofree WhyReal *points = g_new (WhyReal, BATCH * rig->n);
  g_autofree WhyReal *seed = g_new (WhyReal, BATCH * n_classes);
  const WhyReal *logits, *gradient;

  for (gint64 i = 0; i < BATCH * rig->n; i++)
    {
      gint64 at = i % rig->n;
      points[i]
          = expected->from[at] + (WhyReal)alphas[i / rig->n] * (rig->x[at] - expected->from[at]);
    }
  fill_seed (seed, n_classes);
  logits = why_net_forward (net, points, NULL);
  gradient = why_net_backward (net, seed, why_net_get_input (net), WHY_BACKWARD_GRADIENT, NULL);
  for (gint64 i = 0; i < BATCH * rig->n; i++)
    expected->sum[i % rig->n] += (WhyReal)weights[i / rig->n] * gradient[i];
  return logits;
}

/* make: one of the functions above. */
static MethodRig *
new_rig (gconstpointer make)
{
  OnnxBuilder *(*build) (void) = (OnnxBuilder * (*)(void)) make;

  return method_rig_new (build (), HEIGHT, WIDTH, SEED);
}

static WhyNet *
new_net (MethodRig *rig)
{
  WhyNetOptions options = { .batch = BATCH, .height = HEIGHT, .width = WIDTH, .threads = 2 };
  WhyNet *net = why_net_new (rig->model, &options, NULL);

  g_assert_nonnull (net);
  return net;
}

static void
sum_is_that_of_the_points (gconstpointer make)
{
  static const gdouble alphas[ROUNDS][BATCH] = { { 0, 0.3, 1 }, { 0.55, 0.8, 0.2 } };
  static const gdouble weights[ROUNDS][BATCH] = { { 0.5, 2, -1 }, { 1, 0.25, 0 } };
  g_autoptr (MethodRig) rig = new_rig (make);
  g_autofree WhyReal *from = g_new (WhyReal, rig->n);
  g_autofree WhyReal *sum = g_new0 (WhyReal, rig->n);
  Expected expected = { rig, from, sum };
  g_autoptr (WhyNet) net = new_net (rig);
  g_autoptr (WhyNet) other = new_net (rig);
  g_autoptr (WhyLine) line = NULL;
  gint n_classes = why_net_get_n_classes (net);
  g_autofree WhyReal *seed = g_new (WhyReal, BATCH * n_classes);

  for (gint64 i = 0; i < rig->n; i++)
    from[i] = (WhyReal)(i % 7) / 7;
  fill_seed (seed, n_classes);
  line = why_line_new (net, from, rig->x, NULL);
  g_assert_nonnull (line);
  for (gint round = 0; round < ROUNDS; round++)
    {
      const WhyReal *logits = expect_round (&expected, other, alphas[round], weights[round]);
      g_assert_cmpfloat (
          method_rig_distance (why_line_forward (line, alphas[round]), logits, BATCH * n_classes),
          <, METHOD_TOLERANCE);
      g_assert_true (why_line_backward (line, seed, weights[round], NULL));
    }
  g_assert_cmpfloat (method_rig_distance (why_line_get_sum (line, NULL), sum, rig->n), <,
                     METHOD_TOLERANCE);
}

/* The net goes on as if nothing had been. */
static void
net_forgets_the_line (void)
{
  g_autoptr (MethodRig) rig = method_rig_new (rectified_net (), HEIGHT, WIDTH, SEED);
  g_autoptr (WhyNet) net = new_net (rig);
  g_autofree WhyReal *inputs = g_new (WhyReal, BATCH * rig->n);
  g_autofree WhyReal *logits = NULL;
  g_autofree WhyReal *black = g_new0 (WhyReal, rig->n);
  g_autoptr (WhyLine) line = NULL;
  gsize size = sizeof (WhyReal) * BATCH * (gsize)why_net_get_n_classes (net);

  for (gint64 i = 0; i < BATCH * rig->n; i++)
    inputs[i] = rig->x[i % rig->n];
  logits = g_memdup2 (why_net_forward (net, inputs, NULL), size);
  line = why_line_new (net, black, rig->x, NULL);
  why_line_forward (line, (const gdouble[BATCH]){ 0.1, 0.2, 0.3 });
  g_assert_cmpmem (why_net_forward (net, inputs, NULL), size, logits, size);
}

static void
nothing_is_won (gconstpointer make)
{
  g_autoptr (MethodRig) rig = new_rig (make);
  g_autoptr (WhyNet) net = new_net (rig);
  g_autoptr (GError) error = NULL;

  g_assert_null (why_line_new (net, rig->x, rig->x, &error));
  g_assert_no_error (error);
}

#define ADD(name, test, make) g_test_add_data_func ("/line/" name, (gconstpointer)make, test)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("sum is that of the points: rectifier", sum_is_that_of_the_points, rectified_net);
  ADD ("sum is that of the points: bounded rectifier", sum_is_that_of_the_points, clipped_net);
  ADD ("sum is that of the points: normalised", sum_is_that_of_the_points, batchnorm_net);
  ADD ("sum is that of the points: smooth activation", sum_is_that_of_the_points, smooth_net);
  ADD ("sum is that of the points: tokens", sum_is_that_of_the_points, mixed_net);
  g_test_add_func ("/line/the net forgets it", net_forgets_the_line);
  ADD ("none through a graph without convolutions", nothing_is_won, linear_net);
  ADD ("none where two nodes read the picture", nothing_is_won, forked_net);
  return g_test_run ();
}
