/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Class activation maps: identities on networks that end in pooling and one linear layer, closed
 * forms written out, and brute force; and occlusion by hand. */
#include "method-rig.h"

#include <math.h>
#include <string.h>

#define SEED 3
#define SIGNED "relu=no"

static OnnxBuilder *
make_pooled (gint height, gint width)
{
  return tiny_net_batchnorm (height, width, FALSE);
}

/* few: a layer of few channels where the default one has too many to try one by one. */
static const struct
{
  const gchar *name;
  OnnxBuilder *(*make) (gint height, gint width);
  gint height, width;
  const gchar *few;
} nets[] = {
  { "pooled", make_pooled, 7, 10, NULL },
  { "homogeneous", tiny_net_homogeneous, 6, 9, NULL },
  { "mixed", tiny_net_mixed, 12, 16, NULL },
  { "bundled", NULL, 0, 0, "stem.relu1" },
};

static MethodRig *
new_rig (gsize net)
{
  return nets[net].make ? method_rig_new (nets[net].make (nets[net].height, nets[net].width),
                                          nets[net].height, nets[net].width, SEED)
                        : method_rig_new_bundled ();
}

typedef struct
{
  MethodRig *rig;
  const gchar *node;
  WhyGrid grid;
  gint cells;
  WhyReal *a, *g; /* [K,h,w] */
  gdouble *map;   /* expected */
} Layer;

static void
layer_init (Layer *layer, MethodRig *rig, const gchar *node)
{
  layer->rig = rig;
  layer->node = node;
  method_rig_layer (rig, node, &layer->grid, &layer->a, &layer->g);
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
  g_autoptr (WhyExplanation) out = method_rig_explain (layer->rig, method, set, layer->node);

  method_rig_assert_shape (out->map, 1, layer->grid.height, layer->grid.width);
  method_rig_assert_near (out->map, layer->map, layer->cells, 10 * METHOD_TOLERANCE);
  memset (layer->map, 0, (gsize)layer->cells * sizeof (gdouble));
}

static MethodRig *
new_pooled (void)
{
  return new_rig (0);
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
test_identities_on_pooled_networks (gconstpointer data)
{
  g_autoptr (MethodRig) rig = new_rig (GPOINTER_TO_SIZE (data));
  const WhyReal *w = dense (rig, 1);
  gdouble bias = (gdouble)dense (rig, 2)[rig->target.index];
  g_autoptr (WhyExplanation) cam = method_rig_explain (rig, "cam", SIGNED, NULL);
  g_autoptr (WhyExplanation) hires = method_rig_explain (rig, "hires-cam", SIGNED, NULL);
  g_auto (Layer) layer = { 0 };

  layer_init (&layer, rig, NULL);
  w += rig->target.index * layer.grid.channels;
  for (gint p = 0; p < layer.cells; p++)
    for (gint k = 0; k < layer.grid.channels; k++)
      layer.map[p] += (gdouble)w[k] * a_at (&layer, k, p);
  check (&layer, "cam", SIGNED);
  method_rig_assert_close (method_rig_sum (cam->map) / layer.cells, cam->score - bias,
                           10 * METHOD_TOLERANCE);
  method_rig_assert_close (method_rig_sum (hires->map), cam->score - bias, 10 * METHOD_TOLERANCE);
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

/* Written out from A and G. */
static void
test_closed_forms (gconstpointer data)
{
  g_autoptr (MethodRig) rig = new_rig (GPOINTER_TO_SIZE (data));
  g_auto (Layer) layer = { 0 };

  layer_init (&layer, rig, NULL);
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
test_finer_cam_without_rivals_is_grad_cam (gconstpointer data)
{
  g_autoptr (MethodRig) rig = new_rig (GPOINTER_TO_SIZE (data));
  g_autoptr (WhyExplanation) grad = method_rig_explain (rig, "grad-cam", SIGNED, NULL);
  g_autoptr (WhyExplanation) finer = method_rig_explain (rig, "finer-cam", SIGNED ";alpha=0", NULL);
  g_autoptr (WhyExplanation) contrast = NULL, full = NULL;
  gint64 cells = why_tensor_numel (grad->map);

  g_assert_cmpfloat (method_rig_distance (finer->map->real, grad->map->real, cells), <,
                     METHOD_TOLERANCE);
  rig->target.against = rig->target.index + 1;
  contrast = method_rig_explain (rig, "grad-cam", SIGNED, NULL);
  full = method_rig_explain (rig, "finer-cam", SIGNED ";alpha=1", NULL);
  g_assert_cmpfloat (method_rig_distance (full->map->real, contrast->map->real, cells), <,
                     10 * METHOD_TOLERANCE);
}

static void
test_guided_grad_cam_is_the_product (gconstpointer data)
{
  g_autoptr (MethodRig) rig = new_rig (GPOINTER_TO_SIZE (data));
  g_autoptr (WhyExplanation) guided = method_rig_explain (rig, "guided-backprop", NULL, NULL);
  g_autoptr (WhyExplanation) cam = method_rig_explain (rig, "grad-cam", SIGNED, NULL);
  g_autoptr (WhyExplanation) out = method_rig_explain (rig, "guided-grad-cam", SIGNED, NULL);
  const gint64 *cells = cam->map->shape.dims, plane = (gint64)rig->height * rig->width;
  g_autofree WhyReal *mask = g_new (WhyReal, plane);
  g_autofree gdouble *expected = g_new (gdouble, rig->n);

  why_upsample (cam->map->real, (gint)cells[1], (gint)cells[2], mask, rig->height, rig->width);
  for (gint64 i = 0; i < rig->n; i++)
    expected[i] = (gdouble)guided->map->real[i] * (gdouble)mask[i % plane];
  method_rig_assert_near (out->map, expected, rig->n, METHOD_TOLERANCE);
}

/* Channel k from 0 to 1, as large as the picture. */
static void
enlarge_channel (const Layer *layer, gint k, WhyReal *mask)
{
  g_autofree WhyReal *scaled = g_new (WhyReal, layer->cells);
  gdouble low = a_at (layer, k, 0), high = low;

  for (gint p = 0; p < layer->cells; p++)
    {
      low = MIN (low, a_at (layer, k, p));
      high = MAX (high, a_at (layer, k, p));
    }
  for (gint p = 0; p < layer->cells; p++)
    scaled[p] = high > low ? (WhyReal)((a_at (layer, k, p) - low) / (high - low)) : 0;
  why_upsample (scaled, layer->grid.height, layer->grid.width, mask, layer->rig->height,
                layer->rig->width);
}

/* f of the picture behind each channel's own mask, over black. */
static void
test_score_cam_by_brute_force (gconstpointer data)
{
  gsize net = GPOINTER_TO_SIZE (data);
  g_autoptr (MethodRig) rig = new_rig (net);
  gint64 plane = (gint64)rig->height * rig->width;
  g_autofree WhyReal *masked = g_new (WhyReal, rig->n);
  g_autofree WhyReal *mask = g_new (WhyReal, plane);
  g_autofree gdouble *scores = NULL;
  gdouble sum = 0.0, black;
  WhyReal empty[3];
  g_auto (Layer) layer = { 0 };

  layer_init (&layer, rig, nets[net].few);
  scores = g_new (gdouble, layer.grid.channels);
  why_preprocessing_pixel (why_model_get_preprocessing (rig->model), 0.0, empty);
  for (gint64 i = 0; i < rig->n; i++)
    masked[i] = empty[i / plane];
  black = method_rig_score (rig, masked);
  for (gint k = 0; k < layer.grid.channels; k++)
    {
      enlarge_channel (&layer, k, mask);
      for (gint64 i = 0; i < rig->n; i++)
        masked[i] = empty[i / plane] + mask[i % plane] * (rig->x[i] - empty[i / plane]);
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

/* The score without channel k; class tokens, which lie nowhere in the picture, stay. */
static gdouble
score_without (const Layer *layer, gint k, WhyValueId id, const WhyReal *whole)
{
  WhyNet *net = why_explainer_get_net (layer->rig->explainer, 1, NULL);
  gint64 numel = why_shape_numel (why_net_get_value_shape (net, id));
  gint64 all = (gint64)layer->grid.channels * layer->cells;
  gint64 extra = (gint64)layer->grid.extra_tokens * layer->grid.channels;
  g_autofree WhyReal *khw = g_memdup2 (layer->a, (gsize)all * sizeof (WhyReal));
  g_autofree WhyReal *data = g_new (WhyReal, numel);

  memset (khw + (gsize)k * layer->cells, 0, (gsize)layer->cells * sizeof (WhyReal));
  why_grid_scatter (&layer->grid, khw, data);
  memcpy (data, whole, (gsize)extra * sizeof (WhyReal));
  return why_target_score (&layer->rig->target, layer->rig->model,
                           why_net_forward_from (net, id, data, NULL));
}

static void
test_ablation_cam_by_brute_force (gconstpointer data)
{
  g_autoptr (MethodRig) rig = new_rig (GPOINTER_TO_SIZE (data));
  WhyNet *net = why_explainer_get_net (rig->explainer, 1, NULL);
  WhyValueId id = why_net_get_cam_layer (net, NULL);
  gdouble score = method_rig_score (rig, rig->x);
  g_autofree WhyReal *whole = NULL;
  g_auto (Layer) layer = { 0 };

  layer_init (&layer, rig, NULL);
  g_assert_nonnull (why_net_forward (net, rig->x, NULL));
  whole = g_memdup2 (why_net_get_value (net, id),
                     (gsize)why_shape_numel (why_net_get_value_shape (net, id)) * sizeof (WhyReal));
  for (gint k = 0; k < layer.grid.channels; k++)
    {
      gdouble drop = score - score_without (&layer, k, id, whole);

      for (gint p = 0; p < layer.cells; p++)
        layer.map[p] += drop / fabs (score) * a_at (&layer, k, p);
    }
  check (&layer, "ablation-cam", SIGNED);
}

/* Also of a value that only the net as written computes: the rectifier behind it is fused. */
static void
test_a_replaced_value_is_forgotten (void)
{
  g_autoptr (MethodRig) rig = method_rig_new (tiny_net_homogeneous (6, 10), 6, 10, 3);
  WhyNet *net = why_explainer_get_net (rig->explainer, 1, NULL);
  WhyValueId id = why_net_find_value (net, "conv2", NULL);
  gsize size = (gsize)why_shape_numel (why_net_get_value_shape (net, id)) * sizeof (WhyReal);
  g_autofree WhyReal *before = NULL;
  g_autofree WhyReal *nothing = g_malloc0 (size);

  g_assert_false (why_net_has_value (net, id));
  why_net_forward (net, rig->x, NULL);
  before = g_memdup2 (why_net_get_value (net, id), size);
  why_net_forward_from (net, id, nothing, NULL);
  why_net_forward (net, rig->x, NULL);
  g_assert_cmpmem (why_net_get_value (net, id), size, before, size);
}

/* What is left of AᵀA·v after as many turns as settle it: AᵀA·v = λ·v with the largest λ. */
static void
test_eigen_cam_is_the_first_component (gconstpointer data)
{
  g_autoptr (MethodRig) rig = new_rig (GPOINTER_TO_SIZE (data));
  g_autoptr (WhyExplanation) out = method_rig_explain (rig, "eigen-cam", SIGNED, NULL);
  g_autofree gdouble *v = NULL, *next = NULL;
  gdouble lambda = 0.0, along = 0.0;
  g_auto (Layer) layer = { 0 };

  layer_init (&layer, rig, NULL);
  v = g_new (gdouble, layer.cells);
  next = g_new (gdouble, layer.cells);
  for (gint p = 0; p < layer.cells; p++)
    v[p] = 1.0 + p * 0.37 - (p * p) % 5;
  for (gint turn = 0; turn < 300; turn++)
    {
      memset (next, 0, (gsize)layer.cells * sizeof (gdouble));
      for (gint k = 0; k < layer.grid.channels; k++)
        {
          gdouble dot = 0.0;
          for (gint p = 0; p < layer.cells; p++)
            dot += a_at (&layer, k, p) * v[p];
          for (gint p = 0; p < layer.cells; p++)
            next[p] += dot * a_at (&layer, k, p);
        }
      lambda = 0.0;
      for (gint p = 0; p < layer.cells; p++)
        lambda += next[p] * next[p];
      lambda = sqrt (lambda);
      for (gint p = 0; p < layer.cells; p++)
        v[p] = next[p] / lambda;
    }
  for (gint p = 0; p < layer.cells; p++)
    for (gint k = 0; k < layer.grid.channels; k++)
      along += v[p] * a_at (&layer, k, p);
  for (gint p = 0; p < layer.cells; p++)
    layer.map[p] = (along < 0 ? -1 : 1) * sqrt (lambda) * v[p];
  method_rig_assert_near (out->map, layer.map, layer.cells, 1e-4);
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
  layer_init (&layer, rig, NULL);
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

static const struct
{
  const gchar *name;
  GTestDataFunc func;
} each_net[] = {
  { "closed-forms", test_closed_forms },
  { "finer-without-rivals-is-grad-cam", test_finer_cam_without_rivals_is_grad_cam },
  { "guided-is-the-product", test_guided_grad_cam_is_the_product },
  { "score-by-brute-force", test_score_cam_by_brute_force },
  { "ablation-by-brute-force", test_ablation_cam_by_brute_force },
  { "eigen-is-the-first-component", test_eigen_cam_is_the_first_component },
};

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (gsize n = 0; n < G_N_ELEMENTS (nets); n++)
    for (gsize t = 0; t < G_N_ELEMENTS (each_net); t++)
      {
        g_autofree gchar *path = g_strdup_printf ("/cam/%s/%s", nets[n].name, each_net[t].name);
        if (nets[n].make || !METHOD_IS_DOUBLE) /* the bundled one is slow in double */
          g_test_add_data_func (path, GSIZE_TO_POINTER (n), each_net[t].func);
      }
  g_test_add_data_func ("/cam/pooled/identities", GSIZE_TO_POINTER (0),
                        test_identities_on_pooled_networks);
  g_test_add_data_func ("/cam/bundled/identities", GSIZE_TO_POINTER (3),
                        test_identities_on_pooled_networks);
  g_test_add_func ("/cam/a-replaced-value-is-forgotten", test_a_replaced_value_is_forgotten);
  g_test_add_func ("/cam/refuses-other-networks", test_cam_refuses_other_networks);
  g_test_add_func ("/cam/eigen-of-a-rank-one-layer", test_eigen_cam_of_a_rank_one_layer);
  g_test_add_func ("/occlusion/linear-closed-form", test_occlusion_of_a_linear_network);
  return g_test_run ();
}
