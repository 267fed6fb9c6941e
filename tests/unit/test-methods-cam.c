/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Class activation maps: identities on networks that end in pooling and one linear layer, closed
 * forms written out, and brute force; and occlusion by hand. */
#include "method-rig.h"

#include <math.h>
#include <string.h>

#define SEED 3
#define SIGNED "relu=no"

typedef struct
{
  MethodRig *rig;
  WhyGrid grid;
  gint cells;
  WhyReal *a, *g; /* [K,h,w] */
  gdouble *map;   /* expected */
} Layer;

static void
layer_init (Layer *layer, MethodRig *rig)
{
  layer->rig = rig;
  method_rig_layer (rig, NULL, &layer->grid, &layer->a, &layer->g);
  layer->cells = layer->grid.height * layer->grid.width;
  layer->map = g_new0 (gdouble, layer->cells);
}

static void
layer_clear (Layer *layer)
{
  g_free (layer->a);
  g_free (layer->g);
  g_free (layer->map);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Layer, layer_clear)

static gdouble
a_at (const Layer *layer, gint k, gint p)
{
  return (gdouble)layer->a[k * layer->cells + p];
}

static gdouble
g_at (const Layer *layer, gint k, gint p)
{
  return (gdouble)layer->g[k * layer->cells + p];
}

static void
check (Layer *layer, const gchar *method, const gchar *set)
{
  g_autoptr (WhyExplanation) out = method_rig_explain (layer->rig, method, set, NULL);

  method_rig_assert_shape (out->map, 1, layer->grid.height, layer->grid.width);
  method_rig_assert_near (out->map, layer->map, layer->cells, 10 * METHOD_TOLERANCE);
  memset (layer->map, 0, (gsize)layer->cells * sizeof (gdouble));
}

static MethodRig *
new_pooled (void)
{
  return method_rig_new (tiny_net_batchnorm (7, 10, FALSE), 7, 10, SEED);
}

/* The dense layer's weights and bias as the network holds them. */
static const WhyReal *
dense (MethodRig *rig, gint input)
{
  const WhyGraph *graph = why_net_get_graph (why_explainer_get_net (rig->explainer, 1, NULL));
  const WhyNode *node = why_graph_node (
      graph, why_graph_value (graph, why_graph_find_value (graph, "logits"))->producer);

  return why_graph_value (graph, node->inputs[input])->constant->real;
}

static void
test_identities_on_pooled_networks (void)
{
  g_autoptr (MethodRig) rig = new_pooled ();
  const WhyReal *w = dense (rig, 1), *b = dense (rig, 2);
  g_autoptr (WhyExplanation) cam = method_rig_explain (rig, "cam", SIGNED, NULL);
  g_autoptr (WhyExplanation) hires = method_rig_explain (rig, "hires-cam", SIGNED, NULL);
  g_auto (Layer) layer = { 0 };

  layer_init (&layer, rig);
  for (gint p = 0; p < layer.cells; p++)
    for (gint k = 0; k < layer.grid.channels; k++)
      layer.map[p] += (gdouble)w[k] * a_at (&layer, k, p);
  check (&layer, "cam", SIGNED);
  method_rig_assert_close (method_rig_sum (cam->map) / layer.cells, cam->score - (gdouble)b[0],
                           METHOD_TOLERANCE);
  method_rig_assert_close (method_rig_sum (hires->map), cam->score - (gdouble)b[0],
                           METHOD_TOLERANCE);
  for (gint m = 0; m < 3; m++)
    {
      static const gchar *const same[] = { "grad-cam", "xgrad-cam", "hires-cam" };
      for (gint p = 0; p < layer.cells; p++)
        layer.map[p] = (gdouble)cam->map->real[p] / layer.cells;
      check (&layer, same[m], SIGNED);
    }
  for (gint p = 0; p < layer.cells; p++)
    for (gint k = 0; k < layer.grid.channels; k++)
      layer.map[p] += MAX ((gdouble)w[k], 0.0) * a_at (&layer, k, p) / layer.cells;
  check (&layer, "layer-cam", SIGNED);
  for (gint p = 0; p < layer.cells; p++)
    layer.map[p] = MAX ((gdouble)cam->map->real[p], 0.0);
  check (&layer, "cam", NULL);
}

/* Written out from A and G, on a network where G differs from cell to cell. */
static void
test_closed_forms (void)
{
  g_autoptr (MethodRig) rig = method_rig_new (tiny_net_homogeneous (6, 9), 6, 9, SEED);
  g_auto (Layer) layer = { 0 };

  layer_init (&layer, rig);
  for (gint m = 0; m < 5; m++)
    {
      static const gchar *const methods[]
          = { "grad-cam", "hires-cam", "layer-cam", "xgrad-cam", "grad-cam-plus-plus" };
      for (gint k = 0; k < layer.grid.channels; k++)
        {
          gdouble mean = 0.0, sum = 0.0, product = 0.0, plus = 0.0;
          for (gint p = 0; p < layer.cells; p++)
            {
              mean += g_at (&layer, k, p) / layer.cells;
              sum += a_at (&layer, k, p);
              product += a_at (&layer, k, p) * g_at (&layer, k, p);
            }
          for (gint p = 0; p < layer.cells; p++)
            {
              gdouble g = g_at (&layer, k, p);
              if (g > 0.0)
                plus += g * g / (2.0 * g * g + sum * g * g * g) * g;
            }
          for (gint p = 0; p < layer.cells; p++)
            {
              const gdouble weights[] = { mean, g_at (&layer, k, p), MAX (g_at (&layer, k, p), 0.0),
                                          sum != 0.0 ? product / sum : 0.0, plus };
              layer.map[p] += weights[m] * a_at (&layer, k, p);
            }
        }
      check (&layer, methods[m], SIGNED);
    }
}

static void
test_cam_refuses_other_networks (void)
{
  g_autoptr (MethodRig) rig = method_rig_new (tiny_net_homogeneous (6, 9), 6, 9, SEED);
  g_autoptr (MethodRig) pooled = new_pooled ();

  method_rig_assert_refused (rig, "cam", NULL, NULL, WHY_ERROR_METHOD_UNSUITED);
  method_rig_assert_refused (pooled, "cam", NULL, "relu1", WHY_ERROR_METHOD_UNSUITED);
}

static void
test_finer_cam_without_rivals_is_grad_cam (void)
{
  g_autoptr (MethodRig) rig = new_pooled ();
  g_autoptr (WhyExplanation) grad = method_rig_explain (rig, "grad-cam", SIGNED, NULL);
  g_autoptr (WhyExplanation) finer = method_rig_explain (rig, "finer-cam", SIGNED ";alpha=0", NULL);
  g_autoptr (WhyExplanation) contrast = NULL, full = NULL;

  g_assert_cmpfloat (method_rig_distance (finer->map->real, grad->map->real, 20), <,
                     METHOD_TOLERANCE);
  rig->target.against = 1;
  contrast = method_rig_explain (rig, "grad-cam", SIGNED, NULL);
  full = method_rig_explain (rig, "finer-cam", SIGNED ";alpha=1", NULL);
  g_assert_cmpfloat (method_rig_distance (full->map->real, contrast->map->real, 20), <,
                     10 * METHOD_TOLERANCE);
}

static void
test_guided_grad_cam_is_the_product (void)
{
  g_autoptr (MethodRig) rig = new_pooled ();
  g_autoptr (WhyExplanation) guided = method_rig_explain (rig, "guided-backprop", NULL, NULL);
  g_autoptr (WhyExplanation) cam = method_rig_explain (rig, "grad-cam", SIGNED, NULL);
  g_autoptr (WhyExplanation) out = method_rig_explain (rig, "guided-grad-cam", SIGNED, NULL);
  g_autofree WhyReal *mask = g_new (WhyReal, 70);
  g_autofree gdouble *expected = g_new (gdouble, rig->n);

  why_upsample (cam->map->real, 4, 5, mask, 7, 10);
  for (gint64 i = 0; i < rig->n; i++)
    expected[i] = (gdouble)guided->map->real[i] * (gdouble)mask[i % 70];
  method_rig_assert_near (out->map, expected, rig->n, METHOD_TOLERANCE);
}

/* f of the picture behind each channel's own mask. */
static void
test_score_cam_by_brute_force (void)
{
  g_autoptr (MethodRig) rig = new_pooled ();
  g_autofree WhyReal *masked = g_new (WhyReal, rig->n);
  g_autofree WhyReal *mask = g_new (WhyReal, 70);
  gdouble scores[8], sum = 0.0, black;
  g_auto (Layer) layer = { 0 };

  layer_init (&layer, rig);
  memset (masked, 0, (gsize)rig->n * sizeof (WhyReal));
  black = method_rig_score (rig, masked);
  for (gint k = 0; k < layer.grid.channels; k++)
    {
      WhyReal scaled[20];
      gdouble low = a_at (&layer, k, 0), high = low;
      for (gint p = 0; p < layer.cells; p++)
        {
          low = MIN (low, a_at (&layer, k, p));
          high = MAX (high, a_at (&layer, k, p));
        }
      for (gint p = 0; p < layer.cells; p++)
        scaled[p] = high > low ? (WhyReal)((a_at (&layer, k, p) - low) / (high - low)) : 0;
      why_upsample (scaled, 4, 5, mask, 7, 10);
      for (gint64 i = 0; i < rig->n; i++)
        masked[i] = rig->x[i] * mask[i % 70];
      scores[k] = method_rig_score (rig, masked);
      sum += exp (scores[k]);
    }
  for (gint k = 0; k < layer.grid.channels; k++)
    for (gint p = 0; p < layer.cells; p++)
      layer.map[p] += exp (scores[k]) / sum * a_at (&layer, k, p);
  check (&layer, "score-cam", SIGNED);
  for (gint k = 0; k < layer.grid.channels; k++)
    for (gint p = 0; p < layer.cells; p++)
      layer.map[p] += (scores[k] - black) * a_at (&layer, k, p);
  check (&layer, "score-cam", SIGNED ";weights=increase");
}

/* After pooling and a dense layer, zeroing channel k costs w_k·mean (A_k). */
static void
test_ablation_cam_by_brute_force (void)
{
  g_autoptr (MethodRig) rig = new_pooled ();
  const WhyReal *w = dense (rig, 1);
  gdouble score = method_rig_score (rig, rig->x);
  g_auto (Layer) layer = { 0 };

  layer_init (&layer, rig);
  for (gint k = 0; k < layer.grid.channels; k++)
    {
      gdouble drop = 0.0;
      for (gint p = 0; p < layer.cells; p++)
        drop += (gdouble)w[k] * a_at (&layer, k, p) / layer.cells;
      for (gint p = 0; p < layer.cells; p++)
        layer.map[p] += drop / fabs (score) * a_at (&layer, k, p);
    }
  check (&layer, "ablation-cam", SIGNED);
}

/* A convolution with equal filters up to a factor has activations of rank 1. */
static void
test_eigen_cam_of_a_rank_one_layer (void)
{
  OnnxBuilder *builder = onnx_builder_new (17);
  g_autoptr (MethodRig) rig = NULL;
  g_auto (Layer) layer = { 0 };

  onnx_builder_add_input (builder, "input", WHY_DTYPE_FLOAT, WHY_SHAPE (-1, 1, 4, 6));
  onnx_builder_add_output (builder, "logits", WHY_DTYPE_FLOAT, WHY_SHAPE (-1, 3));
  onnx_builder_add_initializer (builder, "weight", WHY_DTYPE_FLOAT, WHY_SHAPE (3, 1, 1, 1),
                                (const gdouble[]){ 1, 2, 0.5 });
  onnx_builder_add_node (builder, "Conv", "conv", "input weight", "conv");
  onnx_builder_add_node (builder, "GlobalAveragePool", "pool", "conv", "pool");
  onnx_builder_add_node (builder, "Flatten", "logits", "pool", "logits");
  rig = method_rig_new (builder, 4, 6, SEED);
  layer_init (&layer, rig);
  g_assert_cmpint (layer.grid.channels, ==, 3);
  for (gint p = 0; p < layer.cells; p++) /* σ₁v₁ = |weights|·x */
    layer.map[p] = sqrt (1 + 4 + 0.25) * (gdouble)rig->x[p];
  check (&layer, "eigen-cam", SIGNED);
}

/* On a linear network a window's score drop is Σ w·(x - fill) over it; overlaps are averaged. */
static void
test_occlusion_of_a_linear_network (void)
{
  const gint h = 6, w = 9, size = 3, stride = 2;
  g_autoptr (MethodRig) rig = method_rig_new (tiny_net_linear (3, h, w, 4), h, w, SEED);
  g_autoptr (WhyExplanation) product = method_rig_explain (rig, "input-x-gradient", NULL, NULL);
  g_autoptr (WhyExplanation) out
      = method_rig_explain (rig, "occlusion", "window=3;stride=2;fill=black", NULL);
  gdouble sum[54] = { 0 }, count[54] = { 0 };

  for (gint y0 = 0; y0 <= h - size + stride - 1; y0 += stride)
    for (gint x0 = 0; x0 <= w - size + stride - 1; x0 += stride)
      {
        gdouble drop = 0.0;
        for (gint pass = 0; pass < 2; pass++)
          for (gint y = y0; y < MIN (y0 + size, h); y++)
            for (gint x = x0; x < MIN (x0 + size, w); x++)
              if (pass == 0)
                for (gint c = 0; c < 3; c++)
                  drop += (gdouble)product->map->real[(c * h + y) * w + x];
              else
                {
                  sum[y * w + x] += drop;
                  count[y * w + x] += 1.0;
                }
      }
  for (gint p = 0; p < h * w; p++)
    sum[p] /= count[p];
  method_rig_assert_near (out->map, sum, h * w, 10 * METHOD_TOLERANCE);
}

static void
test_cams_of_the_bundled_network (void)
{
  g_autoptr (MethodRig) rig = method_rig_new_bundled ();
  g_autoptr (WhyExplanation) cam = method_rig_explain (rig, "cam", SIGNED, NULL);
  g_autoptr (WhyExplanation) grad = method_rig_explain (rig, "grad-cam", SIGNED, NULL);
  gint64 cells = why_tensor_numel (cam->map);
  g_autofree gdouble *expected = g_new (gdouble, cells);

  g_assert_cmpint (cells, ==, (rig->height / 8) * (rig->width / 8));
  for (gint64 p = 0; p < cells; p++)
    expected[p] = (gdouble)cam->map->real[p] / (gdouble)cells;
  method_rig_assert_near (grad->map, expected, cells, 10 * METHOD_TOLERANCE);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cam/identities-on-pooled-networks", test_identities_on_pooled_networks);
  g_test_add_func ("/cam/closed-forms", test_closed_forms);
  g_test_add_func ("/cam/refuses-other-networks", test_cam_refuses_other_networks);
  g_test_add_func ("/cam/finer-without-rivals-is-grad-cam",
                   test_finer_cam_without_rivals_is_grad_cam);
  g_test_add_func ("/cam/guided-is-the-product", test_guided_grad_cam_is_the_product);
  g_test_add_func ("/cam/score-by-brute-force", test_score_cam_by_brute_force);
  g_test_add_func ("/cam/ablation-by-brute-force", test_ablation_cam_by_brute_force);
  g_test_add_func ("/cam/eigen-of-a-rank-one-layer", test_eigen_cam_of_a_rank_one_layer);
  g_test_add_func ("/cam/bundled", test_cams_of_the_bundled_network);
  g_test_add_func ("/occlusion/linear-closed-form", test_occlusion_of_a_linear_network);
  return g_test_run ();
}
