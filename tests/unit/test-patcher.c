/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures that differ from one picture in a rectangle: computing only what it reaches gives what
 * computing everything gives, in every value of the network. */
#include <math.h>
#include <string.h>

#include "graph/lanes.h"
#include "graph/patcher.h"
#include "method-rig.h"

#define HEIGHT 96
#define WIDTH 68
#define BATCH 3
#define PLANE (HEIGHT * WIDTH)
#define NUMEL (3 * PLANE)

#ifdef WHY_REAL_DOUBLE
#  define TOLERANCE 1e-12
#else
#  define TOLERANCE 1e-5
#endif

/* pads: top, left, bottom, right. */
static void
add_conv (OnnxBuilder *b, const gchar *name, const gchar *input, WhyShape weights, gint stride,
          gint group, const gint64 pads[4])
{
  g_autofree gchar *weight = g_strconcat (name, ".weight", NULL);
  g_autofree gchar *bias = g_strconcat (name, ".bias", NULL);
  g_autofree gchar *inputs = g_strjoin (" ", input, weight, bias, NULL);
  Onnx__NodeProto *node = onnx_builder_add_node (b, "Conv", name, inputs, name);

  tiny_net_random (b, weight, weights, 2.0);
  tiny_net_random (b, bias, WHY_SHAPE (weights.dims[0]), 0.3);
  onnx_builder_set_ints (b, node, "pads", 4, pads);
  onnx_builder_set_ints (b, node, "strides", ONNX_INTS (stride, stride));
  onnx_builder_set_int (b, node, "group", group);
}

static void
add_pool (OnnxBuilder *b, const gchar *op, const gchar *name, const gchar *input, gint kernel,
          gint stride)
{
  Onnx__NodeProto *node = onnx_builder_add_node (b, op, name, input, name);

  onnx_builder_set_ints (b, node, "kernel_shape", ONNX_INTS (kernel, kernel));
  onnx_builder_set_ints (b, node, "strides", ONNX_INTS (stride, stride));
  onnx_builder_set_ints (b, node, "pads", ONNX_INTS (1, 0, 1, 1));
}

static void
add (OnnxBuilder *b, const gchar *op, const gchar *name, const gchar *inputs)
{
  onnx_builder_add_node (b, op, name, inputs, name);
}

/* A transformer's hidden layer as exporters write it, over the 48 channels of every position, and
 * the mean of all positions. */
static void
add_hidden (OnnxBuilder *b, const gchar *input, const gchar *output)
{
  static const gdouble root[] = { G_SQRT2 }, one[] = { 1 }, half[] = { 0.5 };
  Onnx__NodeProto *rows = onnx_builder_add_node (b, "Transpose", "rows", input, "rows"), *mean;

  tiny_net_random (b, "hidden.weight", WHY_SHAPE (48, 48), 2.0);
  tiny_net_random (b, "hidden.bias", WHY_SHAPE (48), 0.3);
  onnx_builder_add_initializer (b, "number.root", WHY_DTYPE_FLOAT, WHY_SHAPE (1), root);
  onnx_builder_add_initializer (b, "number.one", WHY_DTYPE_FLOAT, WHY_SHAPE (1), one);
  onnx_builder_add_initializer (b, "number.half", WHY_DTYPE_FLOAT, WHY_SHAPE (1), half);
  onnx_builder_set_ints (b, rows, "perm", ONNX_INTS (0, 2, 3, 1));
  add (b, "MatMul", "product", "rows hidden.weight");
  add (b, "Add", "hidden", "hidden.bias product");
  add (b, "Div", "scaled", "hidden number.root");
  add (b, "Erf", "erf", "scaled");
  add (b, "Add", "share", "erf number.one");
  add (b, "Mul", "gated", "hidden share");
  add (b, "Mul", "active", "gated number.half");
  mean = onnx_builder_add_node (b, "ReduceMean", "positions", "active", output);
  onnx_builder_set_ints (b, mean, "axes", ONNX_INTS (1, 2));
  onnx_builder_set_int (b, mean, "keepdims", 0);
}

/* Strides, uneven padding, pools, a residual sum, a branch through an activation that nothing
 * fuses, a concatenation with it, one of convolutions alone, a depthwise convolution and, if
 * wanted, a hidden layer. */
static OnnxBuilder *
branched_net (gboolean hidden)
{
  OnnxBuilder *b = onnx_builder_new (17);

  onnx_builder_add_input (b, "input", WHY_DTYPE_FLOAT, WHY_SHAPE (-1, 3, HEIGHT, WIDTH));
  onnx_builder_add_output (b, "logits", WHY_DTYPE_FLOAT, WHY_SHAPE (-1, 5));
  add_conv (b, "stem", "input", WHY_SHAPE (16, 3, 3, 3), 2, 1, (const gint64[]){ 1, 0, 1, 2 });
  add (b, "Relu", "stem.relu", "stem");
  add_conv (b, "left", "stem.relu", WHY_SHAPE (32, 16, 3, 3), 1, 1, (const gint64[]){ 1, 1, 1, 1 });
  add_conv (b, "right", "stem.relu", WHY_SHAPE (32, 16, 1, 1), 1, 1,
            (const gint64[]){ 0, 0, 0, 0 });
  add (b, "Add", "sum", "left right");
  add (b, "Relu", "sum.relu", "sum");
  add (b, "Sigmoid", "gate", "right");
  add (b, "Concat", "both", "sum.relu gate");
  onnx_builder_set_int (b, b->model->graph->node[b->model->graph->n_node - 1], "axis", 1);
  add_pool (b, "MaxPool", "pool", "both", 3, 2);
  add_conv (b, "depthwise", "pool", WHY_SHAPE (64, 1, 3, 3), 1, 64, (const gint64[]){ 1, 1, 1, 1 });
  add_pool (b, "AveragePool", "average", "depthwise", 3, 1);
  add_conv (b, "wide", "average", WHY_SHAPE (48, 64, 3, 3), 1, 1, (const gint64[]){ 0, 2, 1, 1 });
  add (b, "Relu", "wide.relu", "wide");
  add_conv (b, "one", "wide.relu", WHY_SHAPE (21, 48, 1, 1), 1, 1, (const gint64[]){ 0, 0, 0, 0 });
  add (b, "Relu", "one.relu", "one");
  add_conv (b, "three", "wide.relu", WHY_SHAPE (27, 48, 3, 3), 1, 1,
            (const gint64[]){ 1, 1, 1, 1 });
  add (b, "Concat", "fork", "one.relu three");
  onnx_builder_set_int (b, b->model->graph->node[b->model->graph->n_node - 1], "axis", 1);
  if (hidden)
    add_hidden (b, "fork", "features");
  else
    {
      add (b, "GlobalAveragePool", "mean", "fork");
      add (b, "Flatten", "features", "mean");
    }
  tiny_net_random (b, "logits.weight", WHY_SHAPE (48, 5), 2.0);
  add (b, "MatMul", "logits", "features logits.weight");
  return b;
}

typedef struct
{
  MethodRig *rig;
  WhyNet *net, *dense;
  WhyPatcher *patcher;
  WhyReal *inputs; /* [BATCH,3,HEIGHT,WIDTH] */
} Fixture;

/** How the nets of a case are made. */
typedef struct
{
  gboolean rough, joins, single;
} Kind;

static const Kind apart = { 0 }, apart_rough = { .rough = TRUE },
                  explains = { .rough = TRUE, .joins = TRUE, .single = TRUE };

static WhyNet *
new_net (MethodRig *rig, gboolean rough, gboolean joins)
{
  GError *error = NULL;
  WhyNetOptions options = { .batch = BATCH, .threads = 2, .rough = rough, .joins = joins };
  WhyNet *net = why_net_new (rig->model, &options, &error);

  g_assert_no_error (error);
  return net;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  const Kind *kind = data;

  f->rig = method_rig_new (branched_net (FALSE), HEIGHT, WIDTH, 1);
  f->net = new_net (f->rig, kind->rough, kind->joins);
  f->dense = new_net (f->rig, kind->rough, FALSE);
  f->patcher = why_patcher_new (
      f->net, kind->single ? why_explainer_get_net (f->rig->explainer, 1, NULL) : NULL, f->rig->x);
  f->inputs = g_new (WhyReal, BATCH * NUMEL);
}

static void
tear_down (Fixture *f, gconstpointer kind)
{
  why_patcher_free (f->patcher);
  why_net_free (f->net);
  why_net_free (f->dense);
  method_rig_free (f->rig);
  g_free (f->inputs);
}

static void
fill (WhyReal *picture, WhyRegion r, WhyRng *rng)
{
  for (gint c = 0; c < 3; c++)
    for (gint64 y = r.y; y < r.y + r.height; y++)
      for (gint64 x = r.x; x < r.x + r.width; x++)
        picture[c * PLANE + y * WIDTH + x] = (WhyReal)why_rng_gaussian (rng);
}

static void
assert_same_values (Fixture *f)
{
  for (guint i = 0; i < f->net->graph->values->len; i++)
    {
      const WhyValue *value = why_graph_value (f->net->graph, (WhyValueId)i);
      if (value->constant || value->producer < 0 || !why_net_has_value (f->net, (WhyValueId)i))
        continue;
      g_test_message ("%s", value->name);
      g_assert_cmpfloat (method_rig_distance (why_net_get_value (f->net, (WhyValueId)i),
                                              why_net_get_value (f->dense, (WhyValueId)i),
                                              why_shape_numel (&value->shape)),
                         <, TOLERANCE);
    }
}

/* Runs pictures with these rectangles; returns the share of the work that was done. */
static gdouble
check (Fixture *f, const WhyRegion regions[BATCH], guint64 seed)
{
  const WhyReal *logits, *expected;
  WhyRng rng;

  why_rng_init (&rng, seed, 0);
  for (gint n = 0; n < BATCH; n++)
    {
      memcpy (f->inputs + n * NUMEL, f->rig->x, NUMEL * sizeof (WhyReal));
      fill (f->inputs + n * NUMEL, regions[n], &rng);
    }
  logits = why_patcher_forward (f->patcher, f->inputs, NULL);
  expected = why_net_forward (f->dense, f->inputs, NULL);
  g_assert_cmpfloat (method_rig_distance (logits, expected, BATCH * 5), <, TOLERANCE);
  assert_same_values (f);
  if (why_patcher_pays (f->dense, f->rig->x, f->inputs)) /* as it looks on nets that join nothing */
    g_assert_cmpfloat (why_patcher_get_share (f->patcher), ==,
                       why_patcher_estimate (f->dense, f->rig->x, f->inputs));
  return why_patcher_get_share (f->patcher);
}

static void
a_patched_run_is_a_whole_run (Fixture *f, gconstpointer kind)
{
  static const WhyRegion corners[BATCH]
      = { { 0, 0, 9, 7 }, { HEIGHT - 9, WIDTH - 7, 9, 7 }, { 40, 31, 9, 7 } };
  static const WhyRegion clipped[BATCH] = { { 90, 3, 6, 15 }, { 12, 60, 15, 8 }, { 33, 0, 1, 1 } };
  static const WhyRegion large[BATCH]
      = { { 0, 0, HEIGHT, WIDTH }, { 10, 5, 80, 60 }, { 0, 20, HEIGHT, 40 } };

  g_assert_cmpfloat (check (f, corners, 1), <, 0.7);
  g_assert_cmpfloat (check (f, clipped, 2), <, 0.8);
  g_assert_cmpfloat (check (f, large, 3), ==, 1.0);
  g_assert_cmpfloat (check (f, corners, 4), <, 0.7); /* nothing of the large ones is left */
}

static void
pictures_that_do_not_differ_are_taken_too (Fixture *f, gconstpointer kind)
{
  static const WhyRegion none[BATCH] = { { 0 } };
  static const WhyRegion one[BATCH] = { { 0 }, { 50, 20, 8, 8 }, { 0 } };

  g_assert_cmpfloat (check (f, none, 1), <, 0.3);
  g_assert_cmpfloat (check (f, one, 2), <, 0.7);
}

static gint
count_nodes (const WhyGraph *graph, const gchar *op)
{
  gint n = 0;

  for (guint i = 0; i < graph->nodes->len; i++)
    n += strcmp (why_graph_node (graph, (gint)i)->op->name, op) == 0;
  return n;
}

/* What the join holds is what the values in it are to the net that keeps them apart. */
static void
what_is_joined_lies_in_the_join (Fixture *f, gconstpointer kind)
{
  static const WhyRegion one[BATCH] = { { 0 }, { 50, 20, 8, 8 }, { 0 } };
  WhyValueId joined = f->dense->twin[why_net_find_value (f->dense, "fork", NULL)];
  const WhyTensor *dense = f->dense->tensors[joined], *patched = f->net->tensors[joined];

  check (f, one, 5);
  g_assert_cmpint (count_nodes (f->net->program, "Concat (channels last)"), ==, 1);
  g_assert_cmpfloat (method_rig_distance (patched->real, dense->real, why_tensor_numel (dense)), <,
                     TOLERANCE);
}

/* Values that share memory: the logits stay what they are, other values come from a plain net. */
static void
a_net_that_forgets_gives_the_same_logits (void)
{
  g_autoptr (MethodRig) rig = method_rig_new (branched_net (TRUE), HEIGHT, WIDTH, 1);
  WhyNetOptions options = { .batch = 1, .threads = 2, .forgets = TRUE };
  g_autoptr (WhyNet) forgets = why_net_new (rig->model, &options, NULL);
  WhyNet *keeps = why_explainer_get_net (rig->explainer, 1, NULL);
  WhyNetCost less, more;

  why_net_get_cost (forgets, &less);
  why_net_get_cost (keeps, &more);
  g_assert_cmpuint (less.peak_bytes, <, more.peak_bytes / 2);
  for (gint turn = 0; turn < 3; turn++)
    {
      rig->x[turn] += 1;
      g_assert_cmpfloat (method_rig_distance (why_net_forward (forgets, rig->x, NULL),
                                              why_net_forward (keeps, rig->x, NULL), 5),
                         <, TOLERANCE);
    }
  for (guint i = 0; i < keeps->graph->values->len; i++)
    {
      const WhyValue *value = why_graph_value (keeps->graph, (WhyValueId)i);
      if (!value->constant && value->producer >= 0)
        g_assert_cmpfloat (method_rig_distance (why_net_get_value (forgets, (WhyValueId)i),
                                                why_net_get_value (keeps, (WhyValueId)i),
                                                why_shape_numel (&value->shape)),
                           <, TOLERANCE);
    }
}

/* The file's √2 is a float: in double it is another number, and Gelu stays as written. */
#ifdef WHY_REAL_DOUBLE
#  define FUSES_GELU 0
#else
#  define FUSES_GELU 1
#endif

/* Logits, the gradient at the input and a value that has vanished are those of the graph as
 * written. */
static void
a_net_fuses (void)
{
  g_autoptr (MethodRig) rig = method_rig_new (branched_net (TRUE), HEIGHT, WIDTH, 1);
  WhyNetOptions options = { .batch = 1, .threads = 2, .plain = TRUE };
  g_autoptr (WhyNet) plain = why_net_new (rig->model, &options, NULL);
  WhyNet *net = why_explainer_get_net (rig->explainer, 1, NULL);
  const WhyReal seed[5] = { 1, 0, -2, 0, 0 };
  WhyValueId input = why_net_get_input (net), between = why_net_find_value (net, "share", NULL);

  g_assert_cmpint (count_nodes (net->program, "Gelu"), ==, FUSES_GELU);
  g_assert_cmpint (count_nodes (net->program, "Erf"), ==, 1 - FUSES_GELU);
  g_assert_cmpint (count_nodes (net->program, "MatMul + Add"), ==, 1);
  g_assert_cmpint (count_nodes (plain->program, "Erf"), ==, 1);
  g_assert_cmpfloat (method_rig_distance (why_net_forward (net, rig->x, NULL),
                                          why_net_forward (plain, rig->x, NULL), 5),
                     <, TOLERANCE);
  for (gint turn = 0; turn < 2; turn++) /* the second finds buffers that have been used */
    g_assert_cmpfloat (
        method_rig_distance (why_net_backward (net, seed, input, WHY_BACKWARD_GRADIENT, NULL),
                             why_net_backward (plain, seed, input, WHY_BACKWARD_GRADIENT, NULL),
                             NUMEL),
        <, TOLERANCE);
  g_assert_cmpfloat (method_rig_distance (why_net_get_value (net, between),
                                          why_net_get_value (plain, between),
                                          why_shape_numel (why_net_get_value_shape (net, between))),
                     <, TOLERANCE);
}

/* Each thread its own pictures or, where memory forbids it, all threads one after the other; and
 * each thread several. */
static void
lanes_give_the_same_logits (void)
{
  static const guint64 bytes[] = { G_MAXUINT64, 0, G_MAXUINT64 };
  static const gint counts[] = { 1, 5, 3, 8 }, shares[] = { 1, 1, 3 };
  g_autoptr (MethodRig) rig = method_rig_new (branched_net (FALSE), HEIGHT, WIDTH, 1);
  WhyNet *keeps = why_explainer_get_net (rig->explainer, 1, NULL);
  WhyNetOptions options = { .batch = 1, .threads = 2, .forgets = TRUE };
  g_autofree WhyReal *inputs = g_new (WhyReal, 9 * NUMEL);

  for (gint64 i = 0; i < 9 * NUMEL; i++)
    inputs[i] = rig->x[i % NUMEL] * (WhyReal)(1 + i / NUMEL);
  for (guint b = 0; b < G_N_ELEMENTS (bytes); b++)
    {
      g_autoptr (WhyLanes) lanes = NULL;
      options.batch = shares[b];
      lanes = why_lanes_new (rig->model, &options, bytes[b], NULL);
      for (guint c = 0; c < G_N_ELEMENTS (counts); c++)
        {
          const WhyReal *logits = why_lanes_forward (lanes, inputs, counts[c]);
          for (gint i = 0; i < counts[c]; i++)
            g_assert_cmpfloat (
                method_rig_distance (logits + i * 5,
                                     why_net_forward (keeps, inputs + i * NUMEL, NULL), 5),
                <, TOLERANCE);
        }
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/patcher/like-whole", Fixture, &apart, set_up, a_patched_run_is_a_whole_run,
              tear_down);
  g_test_add ("/patcher/like-whole-rough", Fixture, &apart_rough, set_up,
              a_patched_run_is_a_whole_run, tear_down);
  g_test_add ("/patcher/like-whole-joined", Fixture, &explains, set_up,
              a_patched_run_is_a_whole_run, tear_down);
  g_test_add ("/patcher/no-difference", Fixture, &apart, set_up,
              pictures_that_do_not_differ_are_taken_too, tear_down);
  g_test_add ("/patcher/no-difference-joined", Fixture, &explains, set_up,
              pictures_that_do_not_differ_are_taken_too, tear_down);
  g_test_add ("/patcher/joined", Fixture, &explains, set_up, what_is_joined_lies_in_the_join,
              tear_down);
  g_test_add_func ("/patcher/forgets", a_net_that_forgets_gives_the_same_logits);
  g_test_add_func ("/patcher/fuses", a_net_fuses);
  g_test_add_func ("/patcher/lanes", lanes_give_the_same_logits);
  return g_test_run ();
}
