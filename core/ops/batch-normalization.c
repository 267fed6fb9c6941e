/* SPDX-License-Identifier: GPL-3.0-or-later */
/* BatchNormalization with its stored statistics: y = (x - mean) / sqrt (var + epsilon) · scale + B,
 * an affine function of every channel.
 */
#include "ops/check.h"
#include "ops/elementwise.h"

#include <glib/gi18n-lib.h>
#include <math.h>

enum
{
  X,
  SCALE,
  B,
  MEAN,
  VAR,
  N_INPUTS
};

static gboolean
batch_normalization_infer (const WhyInfer *infer, GError **error)
{
  static const gchar *const names[] = { "X", "scale", "B", "mean", "var" };
  const WhyNode *node = infer->node;

  if (!why_check_input (infer, X, names[X], 2, WHY_MAX_RANK, error)
      || !why_check_int (node, "spatial", 0, 1, error))
    return FALSE;
  /* Before opset 7 it was said the other way round. */
  if (why_node_int (node, "training_mode", 0) != 0
      || (node->opset < 7 && why_node_int (node, "is_test", 0) == 0))
    return why_node_unsupported (node, error,
                                 _ ("training_mode is set; export the network for evaluation"));
  if (why_node_int (node, "spatial", 1) != 1)
    return why_node_unsupported (node, error, _ ("statistics for every pixel (spatial = 0)"));
  for (gint i = SCALE; i < N_INPUTS; i++)
    if (!why_check_input (infer, i, names[i], 1, 1, error)
        || !why_check_vector (infer, i, names[i], infer->in[X]->shape.dims[1], error))
      return FALSE;
  why_set_output (infer, &infer->in[X]->shape);
  return TRUE;
}

static gdouble
deviation (const WhyRun *run, gint64 channel)
{
  return sqrt (run->in[VAR]->real[channel] + why_node_float (run->node, "epsilon", 1e-5));
}

typedef struct
{
  const WhyRun *run;
  gint64 channels, cells;
} Job;

static void
forward_planes (gpointer data, gint64 begin, gint64 end, G_GNUC_UNUSED gint thread)
{
  const Job *job = data;
  const WhyRun *run = job->run;

  for (gint64 p = begin; p < end; p++)
    {
      gint64 c = p % job->channels;
      gdouble slope = run->in[SCALE]->real[c] / deviation (run, c);
      WhyReal a = (WhyReal)slope;
      WhyReal b = (WhyReal)(run->in[B]->real[c] - run->in[MEAN]->real[c] * slope);
      const WhyReal *x = run->in[X]->real + p * job->cells;
      WhyReal *y = run->out[0]->real + p * job->cells;

      for (gint64 i = 0; i < job->cells; i++)
        y[i] = a * x[i] + b;
    }
}

static void
backward_planes (gpointer data, gint64 begin, gint64 end, G_GNUC_UNUSED gint thread)
{
  const Job *job = data;
  const WhyRun *run = job->run;

  for (gint64 p = begin; p < end; p++)
    {
      gint64 c = p % job->channels;
      WhyReal a = (WhyReal)(run->in[SCALE]->real[c] / deviation (run, c));
      const WhyReal *gy = run->grad_out[0] + p * job->cells;
      WhyReal *gx = run->grad_in[X] + p * job->cells;

      for (gint64 i = 0; i < job->cells; i++)
        gx[i] += a * gy[i];
    }
}

/* Vectors that are computed rather than stored get their gradients too. */
static void
backward_vectors (const Job *job, gint64 planes)
{
  const WhyRun *run = job->run;

  for (gint64 p = 0; p < planes; p++)
    {
      gint64 c = p % job->channels;
      gdouble d = deviation (run, c), scale = run->in[SCALE]->real[c], sum = 0, moment = 0;

      for (gint64 i = p * job->cells; i < (p + 1) * job->cells; i++)
        {
          sum += run->grad_out[0][i];
          moment += run->grad_out[0][i] * (run->in[X]->real[i] - run->in[MEAN]->real[c]);
        }
      if (run->grad_in[SCALE] != NULL)
        run->grad_in[SCALE][c] += (WhyReal)(moment / d);
      if (run->grad_in[B] != NULL)
        run->grad_in[B][c] += (WhyReal)sum;
      if (run->grad_in[MEAN] != NULL)
        run->grad_in[MEAN][c] -= (WhyReal)(sum * scale / d);
      if (run->grad_in[VAR] != NULL)
        run->grad_in[VAR][c] -= (WhyReal)(moment * scale / (2 * d * d * d));
    }
}

static void
each_plane (const WhyRun *run, WhyPoolFunc func, gboolean vectors)
{
  const WhyShape *shape = &run->in[X]->shape;
  Job job = { run, shape->dims[1], why_shape_span (shape, 2, shape->rank) };
  gint64 planes = shape->dims[0] * shape->dims[1];

  if (func != NULL)
    why_pool_run (run->pool, planes, 16, func, &job);
  if (vectors)
    backward_vectors (&job, planes);
}

static void
batch_normalization_forward (const WhyRun *run)
{
  each_plane (run, forward_planes, FALSE);
}

static void
batch_normalization_backward (const WhyRun *run)
{
  gboolean vectors = run->grad_in[SCALE] != NULL || run->grad_in[B] != NULL
                     || run->grad_in[MEAN] != NULL || run->grad_in[VAR] != NULL;

  each_plane (run, run->grad_in[X] != NULL ? backward_planes : NULL, vectors);
}

const WhyOp why_op_batch_normalization = {
  .name = "BatchNormalization",
  .since = 6,
  .min_inputs = N_INPUTS,
  .max_inputs = N_INPUTS,
  .infer = batch_normalization_infer,
  .forward = batch_normalization_forward,
  .backward = batch_normalization_backward,
  .relevance_kind = WHY_RELEVANCE_AFFINE,
  .region_forward = why_region_same,
  .region_backward = why_region_same,
};
