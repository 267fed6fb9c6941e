/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/window-attrs.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

void
why_window_init (WhyWindow *window)
{
  *window = (WhyWindow){ .in = { 1, 1, 1 },
                         .out = { 1, 1, 1 },
                         .kernel = { 1, 1, 1 },
                         .stride = { 1, 1, 1 },
                         .dilation = { 1, 1, 1 } };
}

gboolean
why_window_ints (const WhyNode *node, const gchar *name, gint n, gint64 low, gint64 *values,
                 GError **error)
{
  gint given;
  const gint64 *ints = why_node_ints (node, name, &given);

  if (ints == NULL)
    return TRUE;
  if (given != n)
    return why_node_error (node, error, _ ("attribute %s has %d values; expected %d"), name, given,
                           n);
  for (gint i = 0; i < n; i++)
    {
      if (ints[i] < low || ints[i] > WHY_MAX_WINDOW)
        return why_node_error (node, error, _ ("%" PRId64 " is not a value for %s"), ints[i], name);
      values[WHY_SPATIAL - n + i] = ints[i];
    }
  return TRUE;
}

static gboolean
read_auto_pad (const WhyNode *node, WhyAutoPad *pad, GError **error)
{
  static const gchar *const names[] = { "NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER" };
  const gchar *name = why_node_string (node, "auto_pad", "NOTSET");

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (name, names[i]) == 0)
      {
        *pad = (WhyAutoPad)i;
        return TRUE;
      }
  return why_node_error (node, error,
                         _ ("auto_pad '%s' is not one of NOTSET, VALID, SAME_UPPER and SAME_LOWER"),
                         name);
}

gboolean
why_window_pads (const WhyNode *node, gint n, WhyWindow *window, WhyAutoPad *pad, GError **error)
{
  gint given;
  const gint64 *pads = why_node_ints (node, "pads", &given);

  if (!read_auto_pad (node, pad, error))
    return FALSE;
  if (*pad != WHY_PAD_NOTSET || pads == NULL)
    return TRUE;
  if (given != 2 * n)
    return why_node_error (node, error, _ ("attribute pads has %d values; expected %d"), given,
                           2 * n);
  for (gint i = 0; i < 2 * n; i++)
    if (pads[i] < 0 || pads[i] > WHY_MAX_WINDOW)
      return why_node_error (node, error, _ ("%" PRId64 " is not a value for %s"), pads[i], "pads");
  memcpy (window->before + WHY_SPATIAL - n, pads, (gsize)n * sizeof (gint64));
  memcpy (window->after + WHY_SPATIAL - n, pads + n, (gsize)n * sizeof (gint64));
  return TRUE;
}

static gint64
reach (const WhyWindow *window, gint axis)
{
  return (window->kernel[axis] - 1) * window->dilation[axis] + 1;
}

static void
pad_same (WhyWindow *w, gint axis, WhyAutoPad pad)
{
  gint64 total;

  w->out[axis] = (w->in[axis] + w->stride[axis] - 1) / w->stride[axis];
  total = MAX ((w->out[axis] - 1) * w->stride[axis] + reach (w, axis) - w->in[axis], 0);
  w->before[axis] = pad == WHY_PAD_SAME_UPPER ? total / 2 : total - total / 2;
  w->after[axis] = total - w->before[axis];
}

static void
count_steps (WhyWindow *w, gint axis, gboolean ceil_mode)
{
  gint64 room = w->in[axis] + w->before[axis] + w->after[axis] - reach (w, axis);

  w->out[axis] = room < 0 ? 0 : room / w->stride[axis] + 1;
  /* A window that would begin right of the picture and its left padding does not count. */
  if (ceil_mode && room >= 0 && room % w->stride[axis] != 0
      && w->out[axis] * w->stride[axis] < w->in[axis] + w->before[axis])
    w->out[axis]++;
}

gboolean
why_window_read (const WhyNode *node, const WhyShape *shape, const gint64 *kernel, gint n,
                 WhyWindow *window, GError **error)
{
  WhyAutoPad pad = WHY_PAD_NOTSET;

  why_window_init (window);
  memcpy (window->in + WHY_SPATIAL - n, shape->dims + shape->rank - n, (gsize)n * sizeof (gint64));
  memcpy (window->kernel + WHY_SPATIAL - n, kernel, (gsize)n * sizeof (gint64));
  if (!why_window_ints (node, "strides", n, 1, window->stride, error)
      || !why_window_ints (node, "dilations", n, 1, window->dilation, error)
      || !why_window_pads (node, n, window, &pad, error))
    return FALSE;
  for (gint axis = WHY_SPATIAL - n; axis < WHY_SPATIAL; axis++)
    {
      if (pad == WHY_PAD_SAME_UPPER || pad == WHY_PAD_SAME_LOWER)
        pad_same (window, axis, pad);
      else
        count_steps (window, axis, why_node_int (node, "ceil_mode", 0) != 0);
      if (window->out[axis] < 1)
        return why_node_error (node, error,
                               _ ("a window of %" PRId64 " does not fit into %" PRId64 " cells"),
                               reach (window, axis), window->in[axis]);
    }
  return TRUE;
}

WhyShape
why_window_shape (const WhyShape *shape, gint64 channels, const gint64 *extents, gint n)
{
  WhyShape out = { n + 2, { shape->dims[0], channels } };

  memcpy (out.dims + 2, extents + WHY_SPATIAL - n, (gsize)n * sizeof (gint64));
  return out;
}

static gint64
floor_div (gint64 a, gint64 b)
{
  return a >= 0 ? a / b : -((-a + b - 1) / b);
}

static void
changed_axis (const WhyWindow *w, gint axis, gint64 *begin, gint64 *extent)
{
  gint64 first = *begin + w->before[axis] - (reach (w, axis) - 1);
  gint64 last = floor_div (*begin + *extent - 1 + w->before[axis], w->stride[axis]);

  *begin = -floor_div (-first, w->stride[axis]);
  *extent = MAX (last - *begin + 1, 0);
}

static void
needed_axis (const WhyWindow *w, gint axis, gint64 *begin, gint64 *extent)
{
  *extent = (*extent - 1) * w->stride[axis] + reach (w, axis);
  *begin = *begin * w->stride[axis] - w->before[axis];
}

/* With one spatial axis the second innermost one holds the channels, which all depend on all. */
WhyRegion
why_window_changed (const WhyWindow *window, gint n, gint64 channels, WhyRegion changed)
{
  changed_axis (window, 2, &changed.x, &changed.width);
  if (n > 1)
    changed_axis (window, 1, &changed.y, &changed.height);
  else
    {
      changed.y = 0;
      changed.height = channels;
    }
  return changed;
}

WhyRegion
why_window_needed (const WhyWindow *window, gint n, gint64 channels, WhyRegion needed)
{
  needed_axis (window, 2, &needed.x, &needed.width);
  if (n > 1)
    needed_axis (window, 1, &needed.y, &needed.height);
  else
    {
      needed.y = 0;
      needed.height = channels;
    }
  return needed;
}
