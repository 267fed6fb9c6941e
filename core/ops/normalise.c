/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/normalise.h"
#include "ops/arguments.h"
#include "ops/check.h"
#include "ops/linear.h"

#include <glib/gi18n-lib.h>
#include <math.h>

/* Scale or bias along the last axes: how many elements it has. Leading extents of 1 do not count.
 */
static gboolean
check_along (const WhyInfer *infer, gint index, const gchar *what, gint64 *count, GError **error)
{
  const WhyShape *x = &infer->in[0]->shape, *shape;

  if (!why_check_broadcasts (infer, index, what, x, error))
    return FALSE;
  shape = &infer->in[index]->shape;
  *count = 1;
  for (gint i = 1; i <= shape->rank && shape->dims[shape->rank - i] == x->dims[x->rank - i]; i++)
    *count *= x->dims[x->rank - i];
  if (why_shape_numel (shape) == *count)
    return TRUE;
  return why_node_unsupported (infer->node, error, _ ("%s does not run along the last axes"), what);
}

gboolean
why_normalise_read_last (const WhyInfer *infer, gboolean centred, gint bias, WhyNormalise *plan,
                         GError **error)
{
  const WhyShape *x;
  gint64 scale_count, bias_count;
  gint axis;

  if (!why_check_input (infer, 0, "X", 1, WHY_MAX_RANK, error)
      || !why_infer_axis (infer, -1, infer->in[0]->shape.rank, &axis, error)
      || !why_check_input (infer, 1, "Scale", 0, WHY_MAX_RANK, error)
      || !check_along (infer, 1, "Scale", &scale_count, error))
    return FALSE;
  bias_count = scale_count;
  if (bias >= 0 && why_has_input (infer, bias)
      && !check_along (infer, bias, "B", &bias_count, error))
    return FALSE;
  x = &infer->in[0]->shape;
  *plan = (WhyNormalise){ .groups = why_shape_span (x, 0, axis),
                          .n = why_shape_span (x, axis, x->rank),
                          .segment = scale_count,
                          .count = scale_count,
                          .along = TRUE,
                          .epsilon = why_node_float (infer->node, "epsilon", 1e-5),
                          .centred = centred,
                          .scale = 1,
                          .bias = bias,
                          .axis = axis };
  if (bias_count != scale_count || scale_count == 0 || plan->n % scale_count != 0)
    return why_node_unsupported (infer->node, error,
                                 _ ("scale and bias do not fit the axes that are normalised"));
  if (scale_count == 1)
    {
      plan->segment = plan->n;
      plan->along = FALSE;
    }
  return TRUE;
}

gboolean
why_normalise_infer (const WhyInfer *infer, WhyNormaliseRead read, GError **error)
{
  WhyNormalise plan;
  WhyShape shape;

  if (!read (infer, &plan, error))
    return FALSE;
  if (plan.n == 0)
    return why_node_error (infer->node, error, _ ("there are no elements to normalise"));
  shape = infer->in[0]->shape;
  for (gint i = plan.axis; i < shape.rank; i++)
    shape.dims[i] = 1;
  for (gint i = 1; i < infer->node->n_outputs && i <= 2; i++)
    {
      infer->out[i]->dtype = WHY_DTYPE_FLOAT;
      infer->out[i]->shape = shape;
    }
  return why_infer_same (infer, error);
}

gpointer
why_normalise_prepare (const WhyInfer *infer, WhyNormaliseRead read)
{
  WhyNormalise *plan = g_new (WhyNormalise, 1);

  read (infer, plan, NULL);
  return plan;
}

gsize
why_normalise_scratch (const WhyInfer *infer, WhyNormaliseRead read, gint threads)
{
  WhyNormalise plan;

  read (infer, &plan, NULL);
  return (gsize)(plan.n * threads) * sizeof (WhyReal);
}

/** What is known of a group: y = (x - mean) · r. */
typedef struct
{
  gdouble mean, r;
} Moments;

static Moments
moments (const WhyNormalise *p, const WhyReal *x)
{
  gdouble sum = 0, squares = 0, mean;

  for (gint64 i = 0; p->centred && i < p->n; i++)
    sum += x[i];
  mean = sum / (gdouble)p->n;
  for (gint64 i = 0; i < p->n; i++)
    squares += (x[i] - mean) * (x[i] - mean);
  return (Moments){ mean, 1 / sqrt (squares / (gdouble)p->n + p->epsilon) };
}

static const WhyReal *
vector (const WhyRun *run, gint input)
{
  return input < 0 ? NULL : why_run_in (run, input);
}

/* Number of the scale that the segment at this element of the tensor begins with. */
static gint64
segment_start (const WhyNormalise *p, gint64 element)
{
  return p->along ? 0 : element / p->segment % p->count;
}

static WhyReal *
extra_output (const WhyRun *run, gint output)
{
  return output < run->node->n_outputs && run->out[output] != NULL ? run->out[output]->real : NULL;
}

static void
affine_row (const WhyReal *x, gint64 n, const Moments *m, const WhyReal *scale, const WhyReal *bias,
            gint step, WhyReal *y)
{
  WhyReal mean = (WhyReal)m->mean, r = (WhyReal)m->r;

  for (gint64 i = 0; i < n; i++)
    y[i] = (x[i] - mean) * r;
  for (gint64 i = 0; scale != NULL && i < n; i++)
    y[i] *= scale[i * step];
  for (gint64 i = 0; bias != NULL && i < n; i++)
    y[i] += bias[i * step];
}

static void
forward_groups (gpointer data, gint64 begin, gint64 end, G_GNUC_UNUSED gint thread)
{
  const WhyRun *run = data;
  const WhyNormalise *p = run->plan;
  const WhyReal *scale = vector (run, p->scale), *bias = vector (run, p->bias);
  WhyReal *means = extra_output (run, 1), *inverses = extra_output (run, 2);

  for (gint64 g = begin; g < end; g++)
    {
      Moments m = moments (p, run->in[0]->real + g * p->n);

      for (gint64 i = g * p->n; i < (g + 1) * p->n; i += p->segment)
        {
          gint64 k = segment_start (p, i);
          affine_row (run->in[0]->real + i, p->segment, &m, scale != NULL ? scale + k : NULL,
                      bias != NULL ? bias + k : NULL, p->along, run->out[0]->real + i);
        }
      if (means != NULL)
        means[g] = (WhyReal)m.mean;
      if (inverses != NULL)
        inverses[g] = (WhyReal)m.r;
    }
}

void
why_normalise_forward (const WhyRun *run)
{
  const WhyNormalise *p = run->plan;

  why_pool_run (run->pool, p->groups, 8192 / MAX (p->n, 1) + 1, forward_groups, (gpointer)run);
}

/** The linear map behind gradient and multipliers of a group: normalised differences are d · r, and
 * r changes by `slope` for a change of the variance. */
typedef struct
{
  const WhyReal *a, *b; /* d is the mean of a - mean_a and b - mean_b */
  gdouble mean_a, mean_b;
  gdouble r, slope;
} Pullback;

/* Scaled by the scale of every element: g' = g · scale. */
static void
through_scale (const WhyNormalise *p, const WhyReal *g, const WhyReal *scale, gint64 first,
               WhyReal *scaled)
{
  for (gint64 at = 0; at < p->n; at += p->segment)
    for (gint64 i = 0; i < p->segment; i++)
      scaled[at + i] = scale == NULL
                           ? g[at + i]
                           : g[at + i] * scale[segment_start (p, first + at) + (p->along ? i : 0)];
}

static gdouble
difference (const Pullback *q, gint64 i)
{
  return ((q->a[i] - q->mean_a) + (q->b[i] - q->mean_b)) / 2;
}

/* gn: what arrives at the normalised elements. */
static void
pull_back (const WhyNormalise *p, const Pullback *q, const WhyReal *gn, WhyReal *gx)
{
  gdouble along = 0, sum = 0, mean;

  for (gint64 i = 0; i < p->n; i++)
    {
      along += gn[i] * difference (q, i);
      sum += gn[i];
    }
  along *= 2 * q->slope / (gdouble)p->n;
  /* The differences sum to 0, so only the first part has a mean. */
  mean = p->centred ? sum * q->r / (gdouble)p->n : 0;
  for (gint64 i = 0; i < p->n; i++)
    gx[i] += (WhyReal)(gn[i] * q->r + along * difference (q, i) - mean);
}

static void
backward_groups (gpointer data, gint64 begin, gint64 end, gint thread)
{
  const WhyRun *run = data;
  const WhyNormalise *p = run->plan;
  WhyReal *gn = (WhyReal *)run->scratch + thread * p->n;

  for (gint64 g = begin; g < end; g++)
    {
      gint64 first = g * p->n;
      const WhyReal *x = run->in[0]->real + first;
      Moments m = moments (p, x);
      Pullback q = { x, x, m.mean, m.mean, m.r, -m.r * m.r * m.r / 2 };

      through_scale (p, run->grad_out[0] + first, vector (run, p->scale), first, gn);
      pull_back (p, &q, gn, run->grad_in[0] + first);
    }
}

static void
affine_gradients (const WhyRun *run, WhyReal *gscale, WhyReal *gbias)
{
  const WhyNormalise *p = run->plan;

  for (gint64 g = 0; g < p->groups; g++)
    {
      const WhyReal *x = run->in[0]->real + g * p->n, *gy = run->grad_out[0] + g * p->n;
      Moments m = moments (p, x);

      for (gint64 i = 0; i < p->n; i++)
        {
          gint64 k = p->along ? i % p->count : segment_start (p, g * p->n + i);
          if (gscale != NULL)
            gscale[k] += gy[i] * (WhyReal)((x[i] - m.mean) * m.r);
          if (gbias != NULL)
            gbias[k] += gy[i];
        }
    }
}

void
why_normalise_backward (const WhyRun *run)
{
  const WhyNormalise *p = run->plan;
  WhyReal *gscale = p->scale >= 0 ? why_run_grad (run, p->scale) : NULL;
  WhyReal *gbias = p->bias >= 0 ? why_run_grad (run, p->bias) : NULL;

  if (run->grad_in[0] != NULL)
    why_pool_run (run->pool, p->groups, 8192 / MAX (p->n, 1) + 1, backward_groups, (gpointer)run);
  if (gscale != NULL || gbias != NULL)
    affine_gradients (run, gscale, gbias);
}

void
why_normalise_rescale (const WhyRun *run)
{
  const WhyNormalise *p = run->plan;
  WhyReal *gn = run->scratch;

  for (gint64 g = 0; run->grad_in[0] != NULL && g < p->groups / 2; g++)
    {
      gint64 first = g * p->n, reference = (g + p->groups / 2) * p->n;
      const WhyReal *x = run->in[0]->real + first, *x0 = run->in[0]->real + reference;
      Moments m = moments (p, x), m0 = moments (p, x0);
      /* (r - r0) / (v - v0) with r = 1/√v, free of cancellation */
      gdouble slope = -m.r * m.r * m0.r * m0.r / (m.r + m0.r);
      Pullback q = { x, x0, m.mean, m0.mean, (m.r + m0.r) / 2, slope };

      through_scale (p, run->grad_out[0] + first, vector (run, p->scale), first, gn);
      pull_back (p, &q, gn, run->grad_in[0] + first);
    }
}

/* One group; part: room for n. Returns the relevance it gave. */
static gdouble
group_relevance (const WhyRun *run, gint64 first, WhyReal *part)
{
  const WhyNormalise *p = run->plan;
  const WhyReal *x = run->in[0]->real + first, *y = run->out[0]->real + first;
  Moments m = moments (p, x);
  gdouble mean, given = 0;

  for (gint64 i = 0; i < p->n; i++)
    part[i] = why_stable_ratio (run->grad_out[0][first + i], y[i], run->lrp->epsilon);
  through_scale (p, part, vector (run, p->scale), first, part);
  mean = p->centred ? why_sum (part, p->n) / (gdouble)p->n : 0;
  for (gint64 i = 0; i < p->n; i++)
    {
      WhyReal share = (WhyReal)(x[i] * m.r * (part[i] - mean));
      run->grad_in[0][first + i] += share;
      given += share;
    }
  return given;
}

void
why_normalise_relevance (const WhyRun *run)
{
  const WhyNormalise *p = run->plan;
  gdouble given = 0;

  if (run->grad_in[0] == NULL)
    return;
  for (gint64 g = 0; g < p->groups; g++)
    given += group_relevance (run, g * p->n, run->scratch);
  run->lrp->leak += why_sum (run->grad_out[0], p->groups * p->n) - given;
}
