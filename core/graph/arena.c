/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "graph/arena.h"

#include "ops/last.h"

/* Planning compares all pairs: a hostile graph must not cost minutes. */
#define MOST_VALUES 4096

/** A value's bytes, and the steps from the one that writes it to the last that reads it. */
typedef struct
{
  WhyValueId id;
  gint first, last;
  guint64 bytes, offset;
} Span;

#define NEVER G_MININT

static Span *
find_spans (const WhyGraph *program)
{
  guint n = program->values->len;
  gint n_steps = (gint)program->nodes->len;
  Span *spans = g_new (Span, n);

  for (guint i = 0; i < n; i++)
    spans[i] = (Span){ .id = (WhyValueId)i, .first = NEVER, .last = NEVER };
  for (gint s = 0; s < n_steps; s++)
    {
      const WhyNode *node = why_graph_node (program, s);
      for (gint i = 0; i < node->n_outputs; i++)
        if (node->outputs[i] != WHY_VALUE_NONE)
          spans[node->outputs[i]].first = spans[node->outputs[i]].last = s;
      for (gint i = 0; i < node->n_inputs; i++)
        if (node->inputs[i] != WHY_VALUE_NONE)
          spans[node->inputs[i]].last = s;
    }
  for (guint i = 0; i < program->inputs->len; i++)
    {
      Span *input = &spans[g_array_index (program->inputs, WhyValueId, i)];
      input->first = -1;
      input->last = n_steps;
    }
  for (guint i = 0; i < program->outputs->len; i++)
    spans[g_array_index (program->outputs, WhyValueId, i)].last = n_steps;
  return spans;
}

void
why_arena_find_hosts (const WhyGraph *program, WhyValueId *hosts, guint64 *offsets)
{
  for (guint i = 0; i < program->values->len; i++)
    {
      hosts[i] = WHY_VALUE_NONE;
      offsets[i] = 0;
    }
  for (gint s = 0; s < (gint)program->nodes->len; s++)
    {
      const WhyNode *node = why_graph_node (program, s);
      guint64 offset = 0;
      for (gint i = 0; node->op == &why_op_last_join && i < node->n_inputs; i++)
        {
          WhyValueId in = node->inputs[i];
          hosts[in] = node->outputs[0];
          offsets[in] = offset;
          offset += (guint64)why_graph_value (program, in)->shape.dims[3] * sizeof (WhyReal);
        }
    }
}

/* A join has to live as long as what lies in it. */
static void
visit_hosts (const WhyGraph *program, const WhyValueId *hosts, Span *spans)
{
  for (guint i = 0; i < program->values->len; i++)
    if (hosts[i] != WHY_VALUE_NONE)
      spans[hosts[i]].first = MIN (spans[hosts[i]].first, spans[i].first);
}

static gint
compare_bytes (gconstpointer a, gconstpointer b)
{
  const Span *x = *(Span *const *)a, *y = *(Span *const *)b;

  return x->bytes != y->bytes ? (x->bytes < y->bytes ? 1 : -1) : x->id - y->id;
}

static gint
compare_offsets (gconstpointer a, gconstpointer b)
{
  const Span *x = *(Span *const *)a, *y = *(Span *const *)b;

  return (x->offset > y->offset) - (x->offset < y->offset);
}

/* The first gap among those of the placed spans (ordered by offset) that live at the same time. */
static void
place (Span *span, GPtrArray *placed)
{
  guint64 end = 0;

  for (guint i = 0; i < placed->len; i++)
    {
      const Span *other = placed->pdata[i];
      if (other->last < span->first || other->first > span->last)
        continue;
      if (other->offset >= end + span->bytes)
        break;
      end = MAX (end, other->offset + other->bytes);
    }
  span->offset = end;
  g_ptr_array_add (placed, span);
  g_ptr_array_sort (placed, compare_offsets);
}

guint64
why_arena_plan (const WhyGraph *program, guint64 *offsets)
{
  g_autofree Span *spans = find_spans (program);
  g_autofree WhyValueId *hosts = g_new (WhyValueId, program->values->len);
  g_autoptr (GPtrArray) waiting = g_ptr_array_new ();
  g_autoptr (GPtrArray) placed = g_ptr_array_new ();
  guint64 size = 0;

  why_arena_find_hosts (program, hosts, offsets);
  visit_hosts (program, hosts, spans);
  for (guint i = 0; i < program->values->len; i++)
    {
      const WhyValue *value = why_graph_value (program, (WhyValueId)i);
      if (value->constant || spans[i].first == NEVER || hosts[i] != WHY_VALUE_NONE)
        continue;
      spans[i].bytes
          = ((guint64)why_shape_numel (&value->shape) * why_dtype_storage (value->dtype) + 63) / 64
            * 64;
      g_ptr_array_add (waiting, &spans[i]);
    }
  g_ptr_array_sort (waiting, compare_bytes);
  for (guint i = 0; i < waiting->len; i++)
    {
      Span *span = waiting->pdata[i];
      if (waiting->len <= MOST_VALUES)
        place (span, placed);
      else
        span->offset = size;
      offsets[span->id] = span->offset;
      size = MAX (size, span->offset + span->bytes);
    }
  for (guint i = 0; i < program->values->len; i++)
    if (hosts[i] != WHY_VALUE_NONE)
      offsets[i] += spans[hosts[i]].offset;
  return size;
}
