/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/op.h"

#include <glib/gi18n-lib.h>
#include <stdarg.h>

gint
why_axis (gint64 axis, gint rank)
{
  if (axis < -(gint64)rank || axis >= rank)
    return -1;
  return (gint)(axis < 0 ? axis + rank : axis);
}

gboolean
why_infer_same (const WhyInfer *infer, GError **error)
{
  infer->out[0]->dtype = infer->in[0]->dtype;
  infer->out[0]->shape = infer->in[0]->shape;
  return TRUE;
}

gboolean
why_broadcast_shapes (const WhyShape *a, const WhyShape *b, WhyShape *out)
{
  WhyShape shape = { .rank = MAX (a->rank, b->rank) };

  for (gint i = 1; i <= shape.rank; i++)
    {
      gint64 da = i <= a->rank ? a->dims[a->rank - i] : 1;
      gint64 db = i <= b->rank ? b->dims[b->rank - i] : 1;
      if (da != db && da != 1 && db != 1)
        return FALSE;
      shape.dims[shape.rank - i] = da == 1 ? db : da;
    }
  *out = shape;
  return TRUE;
}

gboolean
why_infer_broadcast (const WhyInfer *infer, GError **error)
{
  WhyShape shape = infer->in[0]->shape;

  for (gint i = 1; i < infer->node->n_inputs; i++)
    if (infer->in[i] && !why_broadcast_shapes (&shape, &infer->in[i]->shape, &shape))
      {
        g_autofree gchar *a = why_shape_to_string (&shape);
        g_autofree gchar *b = why_shape_to_string (&infer->in[i]->shape);
        return why_node_error (infer->node, error, _ ("shapes %s and %s do not broadcast"), a, b);
      }
  infer->out[0]->dtype = infer->in[0]->dtype;
  infer->out[0]->shape = shape;
  return TRUE;
}

static gboolean G_GNUC_PRINTF (4, 0) set_error (const WhyNode *node, WhyError code, GError **error,
                                                const gchar *format, va_list args)
{
  g_autofree gchar *detail = g_strdup_vprintf (format, args);

  g_set_error (error, WHY_ERROR, code, _ ("%s node '%s': %s"), node->op ? node->op->name : "?",
               node->name, detail);
  return FALSE;
}

gboolean
why_node_error (const WhyNode *node, GError **error, const gchar *format, ...)
{
  va_list args;

  va_start (args, format);
  set_error (node, WHY_ERROR_MODEL_INVALID, error, format, args);
  va_end (args);
  return FALSE;
}

gboolean
why_node_unsupported (const WhyNode *node, GError **error, const gchar *format, ...)
{
  va_list args;

  va_start (args, format);
  set_error (node, WHY_ERROR_MODEL_UNSUPPORTED, error, format, args);
  va_end (args);
  return FALSE;
}
