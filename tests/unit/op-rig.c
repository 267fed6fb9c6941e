/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "op-rig.h"

#include <math.h>
#include <string.h>

OpRig *
op_rig_new (const gchar *op, gint opset)
{
  OpRig *rig = g_new0 (OpRig, 1);

  rig->graph = why_graph_new ();
  rig->graph->opset = opset;
  rig->op = g_strdup (op);
  rig->n_outputs = 1;
  rig->attrs = g_array_new (FALSE, TRUE, sizeof (WhyAttr));
  rig->inputs = g_array_new (FALSE, FALSE, sizeof (WhyValueId));
  return rig;
}

void
op_rig_free (OpRig *rig)
{
  if (rig->net)
    why_net_free (rig->net);
  else
    why_graph_free (rig->graph);
  g_array_unref (rig->attrs); /* the node owns what they point at */
  g_array_unref (rig->inputs);
  g_free (rig->free_inputs);
  g_free (rig->outputs);
  g_free (rig->op);
  g_free (rig);
}

static void
add_attr (OpRig *rig, const gchar *name, WhyAttr attr)
{
  attr.name = g_strdup (name);
  g_array_append_val (rig->attrs, attr);
}

void
op_rig_int (OpRig *rig, const gchar *name, gint64 value)
{
  add_attr (rig, name, (WhyAttr){ .type = WHY_ATTR_INT, .i = value });
}

void
op_rig_float (OpRig *rig, const gchar *name, gdouble value)
{
  add_attr (rig, name, (WhyAttr){ .type = WHY_ATTR_FLOAT, .f = value });
}

void
op_rig_string (OpRig *rig, const gchar *name, const gchar *value)
{
  add_attr (rig, name, (WhyAttr){ .type = WHY_ATTR_STRING, .s = g_strdup (value) });
}

void
op_rig_ints (OpRig *rig, const gchar *name, gint n, const gint64 *values)
{
  WhyAttr attr = { .type = WHY_ATTR_INTS, .n = n };

  attr.ints = g_memdup2 (values, (gsize)n * sizeof (gint64));
  add_attr (rig, name, attr);
}

void
op_rig_floats (OpRig *rig, const gchar *name, gint n, const gdouble *values)
{
  WhyAttr attr = { .type = WHY_ATTR_FLOATS, .n = n };

  attr.floats = g_memdup2 (values, (gsize)n * sizeof (gdouble));
  add_attr (rig, name, attr);
}

void
op_rig_outputs (OpRig *rig, gint n)
{
  rig->n_outputs = n;
}

static WhyValueId
add_value (OpRig *rig, WhyDType dtype, const WhyShape *shape)
{
  g_autofree gchar *name = g_strdup_printf ("in%u", rig->inputs->len);
  WhyValueId id = why_graph_add_value (rig->graph, name);
  WhyValue *value = why_graph_value (rig->graph, id);

  value->dtype = dtype;
  value->shape = *shape;
  g_array_append_val (rig->inputs, id);
  return id;
}

void
op_rig_input (OpRig *rig, WhyDType dtype, const WhyShape *shape)
{
  WhyValueId id = add_value (rig, dtype, shape);

  g_array_append_val (rig->graph->inputs, id);
}

void
op_rig_constant (OpRig *rig, WhyTensor *tensor)
{
  WhyValueId id = add_value (rig, tensor->dtype, &tensor->shape);

  why_graph_value (rig->graph, id)->constant = tensor;
}

void
op_rig_absent (OpRig *rig)
{
  WhyValueId id = WHY_VALUE_NONE;

  g_array_append_val (rig->inputs, id);
}

/* Numbers and 8-bit stand-ins for numbers: gradients pass through quantisation. */
static gboolean
is_free (const WhyValue *value)
{
  return !value->constant
         && (why_dtype_is_float (value->dtype) || value->dtype == WHY_DTYPE_UINT8
             || value->dtype == WHY_DTYPE_INT8);
}

static void
add_node (OpRig *rig, const WhyOp *op)
{
  WhyNode *node = why_graph_add_node (rig->graph, op, "node", (gint)rig->inputs->len,
                                      rig->n_outputs, (gint)rig->attrs->len);

  if (rig->attrs->len > 0)
    memcpy (node->attrs, rig->attrs->data, rig->attrs->len * sizeof (WhyAttr));
  rig->outputs = g_new (WhyValueId, rig->n_outputs);
  rig->free_inputs = g_new (WhyValueId, rig->inputs->len + 1);
  for (guint i = 0; i < rig->inputs->len; i++)
    {
      WhyValueId id = g_array_index (rig->inputs, WhyValueId, i);
      node->inputs[i] = id;
      if (id != WHY_VALUE_NONE && is_free (why_graph_value (rig->graph, id)))
        rig->free_inputs[rig->n_free++] = id;
    }
  for (gint i = 0; i < rig->n_outputs; i++)
    {
      g_autofree gchar *name = g_strdup_printf ("out%d", i);
      node->outputs[i] = rig->outputs[i] = why_graph_add_value (rig->graph, name);
      g_array_append_val (rig->graph->outputs, rig->outputs[i]);
    }
  rig->graph->input = rig->n_free > 0 ? rig->free_inputs[0] : WHY_VALUE_NONE;
  rig->graph->output = rig->outputs[0];
}

gboolean
op_rig_try_plan (OpRig *rig, GError **error)
{
  const WhyOp *op = why_op_lookup (rig->op, rig->graph->opset);
  WhyNetOptions options = { .batch = 1, .threads = 2, .unfused = TRUE };

  if (!op)
    g_error ("no operator %s at opset %d", rig->op, rig->graph->opset);
  add_node (rig, op);
  if (!why_graph_sort (rig->graph, error))
    return FALSE;
  rig->net = why_net_new_graph (g_steal_pointer (&rig->graph), &options, error);
  if (!rig->net)
    return FALSE;
  if (rig->net->graph->nodes->len > 0) /* not folded */
    rig->node = why_graph_node (rig->net->graph, 0);
  return TRUE;
}

/* The tensor of input i, or NULL where it is absent or a constant. */
static WhyTensor *
free_input (OpRig *rig, guint i)
{
  WhyValueId id = g_array_index (rig->inputs, WhyValueId, i);

  if (id == WHY_VALUE_NONE || why_graph_value (rig->net->graph, id)->constant)
    return NULL;
  return why_net_get_tensor (rig->net, id);
}

void
op_rig_plan (OpRig *rig)
{
  g_autoptr (GError) error = NULL;

  op_rig_try_plan (rig, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < rig->inputs->len; i++) /* a net leaves its inputs as they come */
    {
      WhyTensor *tensor = free_input (rig, i);
      if (tensor)
        memset (tensor->data, 0,
                (gsize)why_tensor_numel (tensor) * why_dtype_storage (tensor->dtype));
    }
}

void
op_rig_assert_refused (OpRig *rig, WhyError code, const gchar *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (op_rig_try_plan (rig, &error));
  g_assert_error (error, WHY_ERROR, (gint)code);
  if (!strstr (error->message, text) || !strstr (error->message, rig->op))
    g_error ("'%s' does not name %s and '%s'", error->message, rig->op, text);
}

WhyTensor *
op_rig_in (OpRig *rig, gint i)
{
  return why_net_get_tensor (rig->net, g_array_index (rig->inputs, WhyValueId, i));
}

WhyTensor *
op_rig_out (OpRig *rig, gint i)
{
  return why_net_get_tensor (rig->net, rig->outputs[i]);
}

void
op_rig_randomise (OpRig *rig, WhyRng *rng, gdouble low, gdouble high)
{
  for (guint i = 0; i < rig->inputs->len; i++)
    {
      WhyTensor *tensor = free_input (rig, i);

      for (gint64 k = 0; tensor && k < why_tensor_numel (tensor); k++)
        {
          gdouble value = low + (high - low) * why_rng_uniform (rng);
          if (tensor->dtype == WHY_DTYPE_INT64)
            tensor->i64[k] = (gint64)floor (value);
          else
            tensor->real[k] = (WhyReal)(why_dtype_is_float (tensor->dtype) ? value : floor (value));
        }
    }
}

void
op_rig_run (OpRig *rig)
{
  g_assert_true (why_net_run (rig->net, NULL));
}

/* Index among the free inputs of input i. */
static gint
free_index (const OpRig *rig, gint i)
{
  for (gint f = 0; f < rig->n_free; f++)
    if (rig->free_inputs[f] == g_array_index (rig->inputs, WhyValueId, i))
      return f;
  g_error ("input %d takes no gradient", i);
}

static void
backward_all (OpRig *rig, const WhyReal *seed, WhyBackwardRule rule, const WhyReal **results)
{
  g_assert_true (why_net_backward_many (rig->net, rig->outputs[0], seed, rig->free_inputs,
                                        rig->n_free, rule, results, NULL));
}

const WhyReal *
op_rig_backward (OpRig *rig, gint i, const WhyReal *seed, WhyBackwardRule rule)
{
  g_autofree const WhyReal **results = g_new0 (const WhyReal *, rig->n_free + 1);

  backward_all (rig, seed, rule, results);
  return results[free_index (rig, i)];
}

/* Everything the caller chose, but the leak goes on counting. */
static void
choose (const WhyNode *node, gint order, WhyLrp *lrp, gpointer user_data)
{
  gdouble leak = lrp->leak;

  *lrp = *(const WhyLrp *)user_data;
  lrp->leak = leak;
}

static void
relevance_all (OpRig *rig, const WhyReal *seed, const WhyLrp *lrp, const WhyReal **results,
               gdouble *leak)
{
  WhyLrp copy = *lrp;

  g_assert_true (why_net_relevance (rig->net, rig->outputs[0], seed, rig->free_inputs, rig->n_free,
                                    choose, &copy, results, leak, NULL));
}

const WhyReal *
op_rig_relevance (OpRig *rig, gint i, const WhyReal *seed, const WhyLrp *lrp, gdouble *leak)
{
  g_autofree const WhyReal **results = g_new0 (const WhyReal *, rig->n_free + 1);

  relevance_all (rig, seed, lrp, results, leak);
  return results[free_index (rig, i)];
}

/* Uniform numbers away from nothing: (transfer full) */
static WhyReal *
random_seed (OpRig *rig, WhyRng *rng)
{
  gint64 n = why_tensor_numel (op_rig_out (rig, 0));
  WhyReal *seed = g_new (WhyReal, MAX (n, 1));

  for (gint64 i = 0; i < n; i++)
    seed[i] = (WhyReal)(2 * why_rng_uniform (rng) - 1);
  return seed;
}

static gdouble
score (OpRig *rig, const WhyReal *seed)
{
  WhyTensor *out = op_rig_out (rig, 0);
  gdouble sum = 0;

  op_rig_run (rig);
  for (gint64 i = 0; i < why_tensor_numel (out); i++)
    sum += (gdouble)seed[i] * (gdouble)out->real[i];
  return sum;
}

#define STEP 1e-6
#define GRADIENT_TOLERANCE 1e-7
#define MAX_PROBES 400 /* elements of an input; more are sampled */

static gdouble
central_difference (OpRig *rig, WhyReal *x, const WhyReal *seed)
{
  WhyReal before = *x;
  gdouble above, below, step = STEP * MAX (fabs ((gdouble)before), 1), width;

  *x = (WhyReal)(before + step);
  width = *x;
  above = score (rig, seed);
  *x = (WhyReal)(before - step);
  width -= *x;
  below = score (rig, seed);
  *x = before;
  return (above - below) / width;
}

static void
check_input_gradient (OpRig *rig, WhyRng *rng, gint f, const WhyReal *seed, const WhyReal *gradient)
{
  WhyTensor *x = why_net_get_tensor (rig->net, rig->free_inputs[f]);
  gint64 n = why_tensor_numel (x), probes = MIN (n, MAX_PROBES);
  gdouble largest = 1e-3;

  for (gint64 i = 0; i < n; i++)
    largest = MAX (largest, fabs ((gdouble)gradient[i]));
  for (gint64 p = 0; p < probes; p++)
    {
      gint64 i = n <= MAX_PROBES ? p : (gint64)why_rng_below (rng, (guint32)n);
      gdouble expected = central_difference (rig, &x->real[i], seed);
      if (!(fabs (expected - (gdouble)gradient[i]) <= GRADIENT_TOLERANCE * largest))
        g_error ("%s: gradient %" G_GINT64_FORMAT " of free input %d is %.10g, finite difference "
                 "%.10g",
                 rig->op, i, f, (gdouble)gradient[i], expected);
    }
}

void
op_rig_check_gradient (OpRig *rig, WhyRng *rng)
{
  g_autofree WhyReal *seed = random_seed (rig, rng);
  g_autofree const WhyReal **results = g_new0 (const WhyReal *, rig->n_free + 1);
  g_autofree WhyReal **gradients = g_new0 (WhyReal *, rig->n_free + 1);

  g_assert_true (OP_RIG_IS_DOUBLE);
  g_assert_cmpint (rig->n_free, >, 0);
  op_rig_run (rig);
  backward_all (rig, seed, WHY_BACKWARD_GRADIENT, results);
  for (gint f = 0; f < rig->n_free; f++)
    {
      gsize n = (gsize)why_tensor_numel (why_net_get_tensor (rig->net, rig->free_inputs[f]));
      gradients[f] = g_memdup2 (results[f], n * sizeof (WhyReal));
    }
  for (gint f = 0; f < rig->n_free; f++)
    {
      check_input_gradient (rig, rng, f, seed, gradients[f]);
      g_free (gradients[f]);
    }
  g_test_message ("finite differences: %s", rig->op); /* read by gradient-coverage.py */
  op_rig_run (rig);
}

/* Sum over item `item` of a batch of values times differences to the item's reference; total adds
 * up the magnitudes. */
static gdouble
item_sum (const WhyTensor *tensor, const WhyReal *factor, gint64 item, gdouble *total)
{
  gint64 half = tensor->shape.dims[0] / 2, n = why_tensor_numel (tensor) / tensor->shape.dims[0];
  gdouble sum = 0;

  for (gint64 i = item * n; i < (item + 1) * n; i++)
    {
      gdouble term = (gdouble)factor[i] * (gdouble)(tensor->real[i] - tensor->real[i + half * n]);
      sum += term;
      *total += fabs (term);
    }
  return sum;
}

void
op_rig_check_rescale (OpRig *rig, WhyRng *rng)
{
  WhyTensor *out;
  g_autofree WhyReal *seed = random_seed (rig, rng);
  g_autofree const WhyReal **results = g_new0 (const WhyReal *, rig->n_free + 1);

  op_rig_run (rig);
  out = op_rig_out (rig, 0);
  g_assert_cmpint (out->shape.dims[0] % 2, ==, 0);
  for (gint64 i = why_tensor_numel (out) / 2; i < why_tensor_numel (out); i++)
    seed[i] = 0;
  backward_all (rig, seed, WHY_BACKWARD_RESCALE, results);
  for (gint64 item = 0; item < out->shape.dims[0] / 2; item++)
    {
      gdouble total = 0, expected = item_sum (out, seed, item, &total), sum = 0;

      for (gint f = 0; f < rig->n_free; f++)
        sum += item_sum (why_net_get_tensor (rig->net, rig->free_inputs[f]), results[f], item,
                         &total);
      if (!(fabs (sum - expected) <= 10 * OP_RIG_TOLERANCE * MAX (total, 1e-3)))
        g_error ("%s: multipliers of item %" G_GINT64_FORMAT " sum to %.10g, the outputs differ by "
                 "%.10g",
                 rig->op, item, sum, expected);
    }
}

static gdouble
sum_of (const WhyReal *values, gint64 n, gdouble *total)
{
  gdouble sum = 0;

  for (gint64 i = 0; i < n; i++)
    {
      sum += (gdouble)values[i];
      *total += fabs ((gdouble)values[i]);
    }
  return sum;
}

gdouble
op_rig_check_relevance (OpRig *rig, WhyRng *rng, const WhyLrp *lrp)
{
  g_autofree WhyReal *seed = random_seed (rig, rng);
  g_autofree const WhyReal **results = g_new0 (const WhyReal *, rig->n_free + 1);
  gdouble leak = 0, sum = 0, total = 0, expected;

  op_rig_run (rig);
  relevance_all (rig, seed, lrp, results, &leak);
  expected = sum_of (seed, why_tensor_numel (op_rig_out (rig, 0)), &total);
  for (gint f = 0; f < rig->n_free; f++)
    sum += sum_of (results[f],
                   why_tensor_numel (why_net_get_tensor (rig->net, rig->free_inputs[f])), &total);
  if (!(fabs (sum + leak - expected) <= 10 * OP_RIG_TOLERANCE * total))
    g_error ("%s: relevance %.10g and leak %.10g do not sum to %.10g", rig->op, sum, leak,
             expected);
  return leak;
}

WhyTensor *
op_rig_tensor (WhyDType dtype, const WhyShape *shape, const gdouble *values)
{
  WhyTensor *tensor = why_tensor_new (dtype, shape);

  for (gint64 i = 0; i < why_tensor_numel (tensor); i++)
    if (dtype == WHY_DTYPE_INT64)
      tensor->i64[i] = (gint64)values[i];
    else
      tensor->real[i] = (WhyReal)values[i];
  return tensor;
}

WhyTensor *
op_rig_random_tensor (const WhyShape *shape, WhyRng *rng, gdouble low, gdouble high)
{
  WhyTensor *tensor = why_tensor_new (WHY_DTYPE_FLOAT, shape);

  for (gint64 i = 0; i < why_tensor_numel (tensor); i++)
    tensor->real[i] = (WhyReal)(low + (high - low) * why_rng_uniform (rng));
  return tensor;
}

void
op_rig_assert_near (const WhyReal *got, const gdouble *expected, gint64 n, gdouble tolerance)
{
  gdouble largest = 0;

  for (gint64 i = 0; i < n; i++)
    largest = MAX (largest, fabs (expected[i]));
  for (gint64 i = 0; i < n; i++)
    if (!(fabs ((gdouble)got[i] - expected[i]) <= tolerance * largest))
      g_error ("element %" G_GINT64_FORMAT " is %.9g, expected %.9g", i, (gdouble)got[i],
               expected[i]);
}

void
op_rig_assert_shape (const WhyTensor *tensor, const WhyShape *shape)
{
  g_autofree gchar *got = why_shape_to_string (&tensor->shape);
  g_autofree gchar *expected = why_shape_to_string (shape);

  g_assert_cmpstr (got, ==, expected);
}
