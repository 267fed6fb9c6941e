/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gelu: x·Φ(x) with the Gaussian's distribution function or its tanh approximation (1606.08415). */
#include "kernels/kernels.h"
#include "ops/unary.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static gboolean
gelu_infer (const WhyInfer *infer, GError **error)
{
  const gchar *form = why_node_string (infer->node, "approximate", "none");

  if (strcmp (form, "none") != 0 && strcmp (form, "tanh") != 0)
    return why_node_error (infer->node, error, _ ("approximate '%s' is neither none nor tanh"),
                           form);
  return why_unary_infer (infer, error);
}

static void
gelu_parameters (const WhyRun *run, WhyReal *p)
{
  p[0] = strcmp (why_node_string (run->node, "approximate", "none"), "tanh") == 0;
}

/* √(2/π)·(x + 0.044715 x³), the argument of tanh. */
static inline WhyReal
inner (WhyReal x)
{
  return WHY_REAL (0.7978845608028654) * (x + WHY_REAL (0.044715) * x * x * x);
}

static void
gelu_forward_range (gpointer data, gint64 begin, gint64 end, gint thread)
{
  const WhyUnaryCall *c = data;

  if (c->p[0] == 0)
    why_kernels ()->gelu (c->x + begin, c->out + begin, end - begin);
  else
    for (gint64 i = begin; i < end; i++)
      c->out[i] = c->x[i] / 2 * (1 + tanh (inner (c->x[i])));
}

static void
gelu_forward (const WhyRun *run)
{
  why_unary_forward (run, gelu_parameters, gelu_forward_range);
}

static inline WhyReal
gelu_d (WhyReal x, WhyReal y, const WhyReal *p)
{
  WhyReal t;

  if (p[0] == 0)
    return (1 + erf (x * (WhyReal)M_SQRT1_2)) / 2
           + x * exp (-x * x / 2) * (WhyReal)(M_2_SQRTPI * M_SQRT1_2 / 2);
  t = tanh (inner (x));
  return (1 + t) / 2
         + x / 2 * (1 - t * t) * WHY_REAL (0.7978845608028654)
               * (1 + 3 * WHY_REAL (0.044715) * x * x);
}

#define PART 256 /* slopes that stay in the first cache */

static void
gelu_backward_range (gpointer data, gint64 begin, gint64 end, gint thread)
{
  const WhyUnaryCall *c = data;
  WhyReal slopes[PART];

  for (gint64 part = begin; part < end; part += PART)
    {
      gint64 n = MIN (PART, end - part);
      if (c->p[0] == 0)
        why_kernels ()->gelu_slope (c->x + part, slopes, n);
      else
        for (gint64 i = 0; i < n; i++)
          slopes[i] = gelu_d (c->x[part + i], c->y[part + i], c->p);
      for (gint64 i = 0; i < n; i++)
        c->out[part + i] += c->dy[part + i] * slopes[i];
    }
}

static void
gelu_backward (const WhyRun *run)
{
  why_unary_backward (run, gelu_parameters, gelu_backward_range);
}

WHY_DEFINE_UNARY_RESCALE (gelu, gelu_parameters)

const WhyOp why_op_gelu = {
  .name = "Gelu",
  .since = 20,
  .min_inputs = 1,
  .max_inputs = 1,
  .infer = gelu_infer,
  .forward = gelu_forward,
  .backward = gelu_backward,
  .rescale = gelu_rescale,
  .relevance_kind = WHY_RELEVANCE_PASS,
  .region_forward = why_region_same,
  .region_backward = why_region_same,
};
