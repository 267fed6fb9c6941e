/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model planned for one input shape, and its forward pass. */
#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "graph/arena.h"
#include "graph/model-private.h"
#include "graph/net-private.h"
#include "kernels/memory.h"
#include "limits.h"
#include "whylayer/param.h"

static void
step_clear (WhyStep *step, gboolean owns_plan)
{
  if (owns_plan && step->node && step->node->op->unprepare)
    step->node->op->unprepare (step->plan);
  g_free (step->infer_in);
  g_free (step->infer_out);
  g_free (step->in);
  g_free (step->out);
}

static void
plan_free (WhyNet *net)
{
  if (net->owner)
    return;
  g_free (net->twin);
  g_free (net->alias);
  if (net->program != net->graph)
    why_graph_free (net->program);
  why_graph_free (net->graph);
}

void
why_net_free (WhyNet *net)
{
  if (!net)
    return;
  for (gint i = 0; i < net->n_steps; i++)
    step_clear (&net->steps[i], !net->owner);
  g_free (net->steps);
  for (guint i = 0; net->tensors && i < net->program->values->len; i++)
    why_tensor_unref (net->tensors[i]);
  for (guint i = 0; net->plain_values && i < net->graph->values->len; i++)
    {
      g_free (net->plain_values[i]);
      g_free (net->plain_gradients[i]);
    }
  g_free (net->plain_values);
  g_free (net->plain_gradients);
  why_net_free (net->plain);
  g_free (net->tensors);
  g_free (net->results);
  g_free (net->input_gradient);
  free (net->scratch);
  free (net->arena);
  why_buffer_pool_free (net->buffers);
  why_pool_free (net->pool);
  plan_free (net);
  if (net->model)
    why_model_unref (net->model);
  g_free (net);
}

static gboolean *
find_used (const WhyGraph *program)
{
  gboolean *used = g_new0 (gboolean, program->values->len);

  for (guint i = 0; i < program->inputs->len; i++)
    used[g_array_index (program->inputs, WhyValueId, i)] = TRUE;
  for (guint i = 0; i < program->nodes->len; i++)
    for (gint j = 0; j < why_graph_node (program, (gint)i)->n_outputs; j++)
      if (why_graph_node (program, (gint)i)->outputs[j] != WHY_VALUE_NONE)
        used[why_graph_node (program, (gint)i)->outputs[j]] = TRUE;
  return used;
}

static guint64
count_activation_bytes (const WhyGraph *program, const gboolean *used, const WhyValueId *hosts)
{
  guint64 bytes = 0;

  for (guint i = 0; i < program->values->len; i++)
    {
      const WhyValue *value = why_graph_value (program, (WhyValueId)i);
      if (used[i] && !value->constant && hosts[i] == WHY_VALUE_NONE)
        bytes += (guint64)why_shape_numel (&value->shape) * why_dtype_storage (value->dtype);
    }
  return bytes;
}

/* A value's tensor: by itself, or offset bytes into memory that others own. */
static WhyTensor *
new_tensor (const WhyValue *value, gchar *memory, guint64 offset)
{
  if (memory)
    return why_tensor_new_wrapped (value->dtype, &value->shape, memory + offset, NULL, NULL);
  return why_tensor_new_bare (value->dtype, &value->shape);
}

/* Every value that something makes or feeds gets its tensor now; tensors never move. */
static gboolean
allocate_tensors (WhyNet *net, GError **error)
{
  guint n = net->program->values->len;
  guint64 budget = net->options.memory ? net->options.memory : WHY_DEFAULT_MEMORY;
  g_autofree gboolean *used = find_used (net->program);
  g_autofree WhyValueId *hosts = g_new (WhyValueId, n);
  g_autofree guint64 *offsets = g_new (guint64, n);

  why_arena_find_hosts (net->program, hosts, offsets);
  net->activation_bytes = net->options.forgets ? why_arena_plan (net->program, offsets)
                                               : count_activation_bytes (net->program, used, hosts);
  if (net->activation_bytes > budget)
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_MEMORY,
                   _ ("this needs %" PRIu64 " MiB and the limit is %" PRIu64
                      " MiB; choose a smaller view or batch"),
                   net->activation_bytes >> 20, budget >> 20);
      return FALSE;
    }
  net->tensors = g_new0 (WhyTensor *, n);
  if (net->options.forgets)
    net->arena = why_memory_new (net->activation_bytes);
  for (guint i = 0; i < n; i++)
    {
      const WhyValue *value = why_graph_value (net->program, (WhyValueId)i);
      if (value->constant)
        net->tensors[i] = why_tensor_ref (value->constant);
      else if (used[i] && (net->arena || hosts[i] == WHY_VALUE_NONE))
        net->tensors[i] = new_tensor (value, net->arena, offsets[i]);
    }
  for (guint i = 0; i < n; i++)
    if (!net->tensors[i] && hosts[i] != WHY_VALUE_NONE)
      net->tensors[i] = new_tensor (why_graph_value (net->program, (WhyValueId)i),
                                    (gchar *)net->tensors[hosts[i]]->data, offsets[i]);
  return TRUE;
}

static void
bind_step (WhyNet *net, WhyStep *step, WhyNode *node)
{
  step->node = node;
  step->n_in = node->n_inputs;
  step->n_out = node->n_outputs;
  step->infer_in = g_new0 (const WhyValue *, step->n_in + 1);
  step->infer_out = g_new0 (WhyValue *, step->n_out + 1);
  step->in = g_new0 (const WhyTensor *, step->n_in + 1);
  step->out = g_new0 (WhyTensor *, step->n_out + 1);
  for (gint i = 0; i < step->n_in; i++)
    if (node->inputs[i] != WHY_VALUE_NONE)
      {
        step->infer_in[i] = why_graph_value (net->program, node->inputs[i]);
        step->in[i] = net->tensors[node->inputs[i]];
      }
  for (gint i = 0; i < step->n_out; i++)
    if (node->outputs[i] != WHY_VALUE_NONE)
      {
        step->infer_out[i] = why_graph_value (net->program, node->outputs[i]);
        step->out[i] = net->tensors[node->outputs[i]];
      }
  step->infer = (WhyInfer){ net->program, node, step->infer_in, step->infer_out };
}

typedef struct
{
  WhyNet *net;
  gint left; /* atomic: steps from the first that nobody has taken yet */
} Preparation;

/* The last steps first: they have the most weights as a rule, and one thread must not be left with
 * them at the end. */
static void
prepare_steps (gpointer data, gint64 begin, gint64 end, gint thread)
{
  Preparation *preparation = data;
  const WhyNet *owner = preparation->net->owner;

  for (gint i; (i = g_atomic_int_add (&preparation->left, -1) - 1) >= 0;)
    {
      WhyStep *step = &preparation->net->steps[i];
      if (owner)
        step->plan = owner->steps[i].plan;
      else if (step->node->op->prepare)
        step->plan = step->node->op->prepare (step->node, &step->infer);
    }
}

static void
build_steps (WhyNet *net)
{
  gint threads = why_pool_get_threads (net->pool);
  Preparation preparation = { .net = net, .left = (gint)net->program->nodes->len };
  gsize scratch = 0;

  net->n_steps = preparation.left;
  net->steps = g_new0 (WhyStep, net->n_steps);
  for (gint i = 0; i < net->n_steps; i++)
    {
      WhyStep *step = &net->steps[i];
      bind_step (net, step, why_graph_node (net->program, i));
      if (step->node->op->scratch)
        scratch = MAX (scratch, step->node->op->scratch (step->node, &step->infer, threads));
    }
  why_pool_run (net->pool, threads, 1, prepare_steps, &preparation);
  net->scratch = why_memory_new (scratch);
}

static gboolean
make_memory (WhyNet *net, GError **error)
{
  if (!allocate_tensors (net, error))
    return FALSE;
  net->results = g_new0 (WhyReal *, net->program->values->len);
  net->buffers = why_buffer_pool_new ();
  build_steps (net);
  return TRUE;
}

/* Nets of bare graphs run as written: tests look at every value. */
static void
lay_out (WhyNet *net)
{
  gboolean as_written = !net->model || net->options.plain || net->options.unfused;
  guint n;

  if (as_written)
    why_graph_scale_filters (net->graph, net->pool);
  n = net->graph->values->len;
  net->twin = g_new (WhyValueId, n);
  net->plain_values = g_new0 (WhyReal *, n);
  net->plain_gradients = g_new0 (WhyReal *, n);
  net->program = net->graph;
  for (guint i = 0; i < n; i++)
    net->twin[i] = WHY_VALUE_NONE;
  if (as_written)
    return;
  net->program = why_graph_copy (net->graph);
  why_graph_fuse (net->program);
  why_graph_lay_out (net->program, &net->options, net->twin);
  why_graph_scale_filters (net->program, net->pool);
}

static gboolean
net_plan (WhyNet *net, gboolean fold, GError **error)
{
  guint n = net->graph->values->len;

  net->alias = g_new (WhyValueId, n);
  for (guint i = 0; i < n; i++)
    net->alias[i] = (WhyValueId)i;
  if (!why_graph_infer (net->graph, error))
    return FALSE;
  net->pool = why_pool_new (net->options.threads);
  net->options.threads = why_pool_get_threads (net->pool);
  if (fold)
    why_graph_fold_batchnorm (net->graph, net->alias);
  why_graph_prune (net->graph);
  lay_out (net);
  net->options.forgets &= net->program != net->graph;
  net->options.joins &= net->program != net->graph;
  return make_memory (net, error);
}

WhyNet *
why_net_new_graph (WhyGraph *graph, const WhyNetOptions *options, GError **error)
{
  g_autoptr (WhyNet) net = g_new0 (WhyNet, 1);

  net->graph = graph;
  net->options = *options;
  net->logits = net->graph->output;
  if (!net_plan (net, !options->unfused, error))
    return NULL;
  return g_steal_pointer (&net);
}

/* Gives the picture input of the copied graph its shape; input_shape is always NCHW. */
static gboolean
set_input_shape (WhyNet *net, GError **error)
{
  const WhyPreprocessing *pre = why_model_get_preprocessing (net->model);
  WhyValue *value = why_graph_value (net->graph, net->graph->input);
  gint64 n = net->options.batch, c = why_model_get_n_channels (net->model);
  gint64 h = net->options.height > 0 ? net->options.height : pre->height;
  gint64 w = net->options.width > 0 ? net->options.width : pre->width;
  gboolean nhwc = pre->layout == WHY_LAYOUT_NHWC;

  if (h > WHY_MAX_INPUT_SIDE || w > WHY_MAX_INPUT_SIDE
      || (pre->fixed_size && (h != pre->height || w != pre->width))
      || (value->shape.rank == 3 && n != 1))
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_SHAPE,
                   _ ("the model takes pictures of %d×%d pixels, not %d of %d×%d"), pre->width,
                   pre->height, (gint)n, (gint)w, (gint)h);
      return FALSE;
    }
  net->input_shape = WHY_SHAPE (n, c, h, w);
  if (value->shape.rank == 3)
    value->shape = nhwc ? WHY_SHAPE (h, w, c) : WHY_SHAPE (c, h, w);
  else
    value->shape = nhwc ? WHY_SHAPE (n, h, w, c) : WHY_SHAPE (n, c, h, w);
  value->dtype = WHY_DTYPE_FLOAT;
  return TRUE;
}

static gboolean
check_logits (WhyNet *net, GError **error)
{
  const WhyShape *shape = &why_graph_value (net->graph, net->logits)->shape;
  gint64 numel = why_shape_numel (shape), classes = why_model_get_n_classes (net->model);
  g_autofree gchar *text = NULL;

  net->n_classes = (gint)classes;
  if (numel == net->options.batch * classes
      && (net->options.batch == 1 || shape->dims[0] == net->options.batch))
    return TRUE;
  text = why_shape_to_string (shape);
  g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_SHAPE,
               _ ("for %d pictures the network gives %s, which is not one row of %d classes each"),
               net->options.batch, text, net->n_classes);
  return FALSE;
}

WhyNet *
why_net_new (WhyModel *model, const WhyNetOptions *options, GError **error)
{
  g_autoptr (WhyNet) net = g_new0 (WhyNet, 1);
  g_autoptr (GError) local = NULL;
  WhyValueId confidence;

  g_return_val_if_fail (options->batch >= 1, NULL);
  net->model = why_model_ref (model);
  net->graph = why_graph_copy (why_model_get_graph (model));
  net->options = *options;
  net->logits = why_model_get_logits_value (model);
  g_array_set_size (net->graph->outputs, 0);
  g_array_append_val (net->graph->outputs, net->logits);
  if ((confidence = why_model_get_confidence_value (model)) != WHY_VALUE_NONE)
    g_array_append_val (net->graph->outputs, confidence);
  why_graph_prune (net->graph);
  if (!set_input_shape (net, error))
    return NULL;
  if (!net_plan (net, !options->unfused, &local))
    {
      /* What a shape does not fit is the shape's fault once the model has loaded at its own. */
      if (g_error_matches (local, WHY_ERROR, WHY_ERROR_MODEL_INVALID))
        local->code = WHY_ERROR_MODEL_SHAPE;
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  if (!check_logits (net, error))
    return NULL;
  return g_steal_pointer (&net);
}

WhyNet *
why_net_new_beside (const WhyNet *net, GError **error)
{
  g_autoptr (WhyNet) beside = g_new0 (WhyNet, 1);

  beside->model = why_model_ref (net->model);
  beside->owner = net;
  beside->graph = net->graph;
  beside->program = net->program;
  beside->twin = net->twin;
  beside->alias = net->alias;
  beside->options = net->options;
  beside->input_shape = net->input_shape;
  beside->n_classes = net->n_classes;
  beside->logits = net->logits;
  if (!make_memory (beside, error))
    return NULL;
  return g_steal_pointer (&beside);
}

WhyModel *
why_net_get_model (WhyNet *net)
{
  return net->model;
}

const WhyGraph *
why_net_get_graph (WhyNet *net)
{
  return net->graph;
}

gint
why_net_get_batch (WhyNet *net)
{
  return net->options.batch;
}

const WhyShape *
why_net_get_input_shape (WhyNet *net)
{
  return &net->input_shape;
}

gint
why_net_get_n_classes (WhyNet *net)
{
  return net->n_classes;
}

WhyValueId
why_net_get_input (WhyNet *net)
{
  return net->graph->input;
}

WhyValueId
why_net_get_logits (WhyNet *net)
{
  return net->logits;
}

const WhyReal *
why_net_get_confidence (WhyNet *net)
{
  WhyValueId id = why_model_get_confidence_value (net->model);

  return id == WHY_VALUE_NONE ? NULL : why_net_get_value (net, id);
}

WhyTensor *
why_net_get_tensor (WhyNet *net, WhyValueId id)
{
  return net->tensors[net->alias[id]];
}

const gchar *
why_net_get_value_name (WhyNet *net, WhyValueId id)
{
  return why_graph_value (net->graph, id)->name;
}

const gchar *
why_net_get_node_name (WhyNet *net, WhyValueId id)
{
  gint producer = why_graph_value (net->graph, id)->producer;

  return producer >= 0 ? why_graph_node (net->graph, producer)->name : NULL;
}

const WhyShape *
why_net_get_value_shape (WhyNet *net, WhyValueId id)
{
  return &why_graph_value (net->graph, id)->shape;
}

gboolean
why_net_has_value (const WhyNet *net, WhyValueId id)
{
  if ((net->options.forgets || net->options.joins) && id != net->graph->input && id != net->logits)
    return FALSE;
  return net->tensors[id] || net->twin[id] != WHY_VALUE_NONE;
}

/* A value that running computes, here or on the plain net. */
static gboolean
is_alive (const WhyNet *net, WhyValueId id)
{
  return id != WHY_VALUE_NONE && !why_graph_value (net->graph, id)->constant
         && (id == net->graph->input || why_graph_value (net->graph, id)->producer >= 0);
}

/* By tensor name or by node name in the graph as written, so that a folded node keeps its name. */
static WhyValueId
look_up (WhyNet *net, const gchar *name)
{
  const WhyGraph *written = net->model ? why_model_get_graph (net->model) : net->graph;
  WhyValueId id = why_graph_find_value (written, name);

  if (id != WHY_VALUE_NONE)
    return net->alias[id];
  for (guint n = 0; n < written->nodes->len; n++)
    {
      const WhyNode *node = why_graph_node (written, (gint)n);
      if (strcmp (node->name, name) == 0 && node->n_outputs > 0)
        return node->outputs[0] == WHY_VALUE_NONE ? WHY_VALUE_NONE : net->alias[node->outputs[0]];
    }
  return WHY_VALUE_NONE;
}

WhyValueId
why_net_find_value (WhyNet *net, const gchar *name, GError **error)
{
  WhyValueId id = look_up (net, name);
  g_autoptr (GPtrArray) names = NULL;
  const gchar *nearest;

  if (is_alive (net, id))
    return id;
  names = g_ptr_array_new ();
  for (guint i = 0; i < net->graph->nodes->len; i++)
    g_ptr_array_add (names, why_graph_node (net->graph, (gint)i)->name);
  g_ptr_array_add (names, NULL);
  nearest = why_nearest_word (name, (const gchar *const *)names->pdata);
  if (nearest)
    g_set_error (error, WHY_ERROR, WHY_ERROR_NODE,
                 _ ("the model has no layer '%s': did you mean '%s'?"), name, nearest);
  else
    g_set_error (error, WHY_ERROR, WHY_ERROR_NODE,
                 _ ("the model has no layer '%s'; 'whylayer inspect' lists its layers"), name);
  return WHY_VALUE_NONE;
}

static void
run_step (WhyNet *net, const WhyStep *step)
{
  WhyRun run = {
    .node = step->node,
    .plan = step->plan,
    .in = step->in,
    .out = step->out,
    .pool = net->pool,
    .scratch = net->scratch,
    .rough = net->options.rough,
  };

  step->node->op->forward (&run);
}

gboolean
why_net_set_input (WhyNet *net, const WhyReal *input)
{
  WhyReal *to = net->tensors[net->graph->input]->real;
  gint64 n = net->input_shape.dims[0], c = net->input_shape.dims[1];
  gint64 pixels = net->input_shape.dims[2] * net->input_shape.dims[3];
  gsize size = (gsize)(n * c * pixels) * sizeof (WhyReal);
  gboolean changed = FALSE;

  if (why_model_get_preprocessing (net->model)->layout == WHY_LAYOUT_NCHW)
    {
      changed = memcmp (to, input, size) != 0;
      if (changed)
        memcpy (to, input, size);
      return changed;
    }
  for (gint64 i = 0; i < n; i++)
    for (gint64 k = 0; k < c; k++)
      for (gint64 p = 0; p < pixels; p++)
        {
          WhyReal *at = &to[(i * pixels + p) * c + k], value = input[(i * c + k) * pixels + p];

          changed |= !(*at == value);
          *at = value;
        }
  return changed;
}

gboolean
why_net_run (WhyNet *net, GError **error)
{
  for (gint i = 0; i < net->n_steps; i++)
    run_step (net, &net->steps[i]);
  net->run++;
  net->current = TRUE;
  return TRUE;
}

const WhyReal *
why_net_forward (WhyNet *net, const WhyReal *input, GError **error)
{
  /* Classifying and then explaining by several methods shows one net the same input many times. */
  if ((why_net_set_input (net, input) || !net->current) && !why_net_run (net, error))
    return NULL;
  return net->tensors[net->logits]->real;
}

WhyNet *
why_net_get_plain (WhyNet *net, GError **error)
{
  WhyNetOptions options = net->options;

  if (net->program == net->graph)
    return net;
  options.plain = TRUE;
  options.forgets = options.joins = FALSE;
  if (!net->plain)
    net->plain = why_net_new (net->model, &options, error);
  if (net->plain && net->plain_run != net->run)
    {
      const WhyTensor *input = net->tensors[net->graph->input];
      memcpy (net->plain->tensors[net->graph->input]->real, input->real,
              (gsize)why_tensor_numel (input) * sizeof (WhyReal));
      if (!why_net_run (net->plain, error))
        return NULL;
      net->plain_run = net->run;
    }
  return net->plain;
}

void
why_twin_to_plain (const WhyShape *shape, const WhyReal *twin, WhyReal *plain)
{
  gint64 channels = shape->dims[1], cells = shape->dims[2] * shape->dims[3];

  for (gint64 n = 0; n < shape->dims[0]; n++)
    for (gint64 k = 0; k < channels; k++)
      for (gint64 p = 0; p < cells; p++)
        plain[(n * channels + k) * cells + p] = twin[(n * cells + p) * channels + k];
}

void
why_plain_to_twin (const WhyShape *shape, const WhyReal *plain, WhyReal *twin)
{
  gint64 channels = shape->dims[1], cells = shape->dims[2] * shape->dims[3];

  for (gint64 n = 0; n < shape->dims[0]; n++)
    for (gint64 p = 0; p < cells; p++)
      for (gint64 k = 0; k < channels; k++)
        twin[(n * cells + p) * channels + k] = plain[(n * channels + k) * cells + p];
}

/* Writes data into a value, in the layout it is kept in; returns its id in the program. */
static WhyValueId
store_value (WhyNet *net, WhyValueId id, const WhyReal *data)
{
  WhyValueId at = net->tensors[id] ? id : net->twin[id];
  WhyTensor *tensor = net->tensors[at];

  if (at != id)
    why_plain_to_twin (why_net_get_value_shape (net, id), data, tensor->real);
  else if (tensor->real != data)
    memcpy (tensor->real, data, (gsize)why_tensor_numel (tensor) * sizeof (WhyReal));
  return at;
}

const WhyReal *
why_net_run_after (WhyNet *net, WhyValueId from)
{
  g_autofree gboolean *changed = g_new0 (gboolean, net->program->values->len);

  net->current = FALSE;
  net->run = MAX (net->run, 1); /* gradients need values, not a picture */
  changed[from] = TRUE;
  for (gint i = 0; i < net->n_steps; i++)
    {
      const WhyStep *step = &net->steps[i];
      gboolean dirty = FALSE;
      for (gint j = 0; j < step->n_in; j++)
        dirty |= step->node->inputs[j] != WHY_VALUE_NONE && changed[step->node->inputs[j]];
      if (!dirty)
        continue;
      run_step (net, step);
      for (gint j = 0; j < step->n_out; j++)
        if (step->node->outputs[j] != WHY_VALUE_NONE)
          changed[step->node->outputs[j]] = TRUE;
    }
  return net->tensors[net->logits]->real;
}

const WhyReal *
why_net_forward_from (WhyNet *net, WhyValueId from, const WhyReal *data, GError **error)
{
  g_return_val_if_fail (net->run > 0, NULL);
  net->current = FALSE;
  from = net->alias[from];
  if (!why_net_has_value (net, from))
    {
      WhyNet *plain = why_net_get_plain (net, error);
      return plain ? why_net_forward_from (plain, from, data, error) : NULL;
    }
  return why_net_run_after (net, store_value (net, from, data));
}

const WhyReal *
why_net_get_value (WhyNet *net, WhyValueId id)
{
  const WhyShape *shape;

  id = net->alias[id];
  if (!why_net_has_value (net, id) && !why_graph_value (net->graph, id)->constant)
    {
      WhyNet *plain = why_net_get_plain (net, NULL);
      return plain ? why_net_get_value (plain, id) : NULL;
    }
  if (net->tensors[id])
    return net->tensors[id]->real;
  shape = why_net_get_value_shape (net, id);
  if (!net->plain_values[id])
    net->plain_values[id] = g_new (WhyReal, why_shape_numel (shape));
  why_twin_to_plain (shape, net->tensors[net->twin[id]]->real, net->plain_values[id]);
  return net->plain_values[id];
}

/* Elements of the constants that nodes of the graph read. 8-bit and 32-bit integers are weights of
 * a quantised network, 64-bit ones shapes. */
static guint64
count_parameters (const WhyGraph *graph)
{
  g_autoptr (GHashTable) counted = g_hash_table_new (NULL, NULL);
  guint64 n = 0;

  for (gint s = 0; s < (gint)graph->nodes->len; s++)
    for (gint i = 0; i < why_graph_node (graph, s)->n_inputs; i++)
      {
        WhyValueId id = why_graph_node (graph, s)->inputs[i];
        const WhyValue *value = id == WHY_VALUE_NONE ? NULL : why_graph_value (graph, id);

        if (value && value->constant && value->dtype != WHY_DTYPE_INT64
            && value->dtype != WHY_DTYPE_BOOL && g_hash_table_add (counted, (gpointer)value))
          n += (guint64)why_shape_numel (&value->shape);
      }
  return n;
}

void
why_net_get_cost (WhyNet *net, WhyNetCost *cost)
{
  *cost = (WhyNetCost){ .peak_bytes = net->activation_bytes,
                        .n_nodes = (gint)net->graph->nodes->len,
                        .parameters = count_parameters (net->graph) };
  for (gint s = 0; s < net->n_steps; s++)
    if (net->steps[s].node->op->macs)
      cost->macs += net->steps[s].node->op->macs (net->steps[s].node, &net->steps[s].infer);
}
