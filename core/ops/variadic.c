/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/variadic.h"

#include "ops/move.h"

#include <glib/gi18n-lib.h>

gboolean
why_variadic_infer (const WhyInfer *infer, GError **error)
{
  for (gint i = 0; i < infer->node->n_inputs; i++)
    if (!infer->in[i] || infer->in[i]->dtype != infer->in[0]->dtype)
      return why_node_error (infer->node, error, _ ("its inputs differ in type"));
  return why_infer_broadcast (infer, error);
}

static gboolean
first_move (const WhyRun *run, gint i, WhyMove *move)
{
  if (i > 0)
    return FALSE;
  move->in = move->out = 0;
  why_loop_init (&move->loop, &run->out[0]->shape, 2);
  why_loop_dense (&move->loop, WHY_MOVE_OUT);
  why_loop_broadcast (&move->loop, WHY_MOVE_IN, &run->in[0]->shape);
  return TRUE;
}

void
why_variadic_forward (const WhyRun *run, WhyLoopFunc real, WhyLoopFunc integer)
{
  WhyTensor *out = run->out[0];
  WhyLoop loop;

  why_move_forward (run, first_move);
  why_loop_init (&loop, &out->shape, 3);
  why_loop_dense (&loop, WHY_BINARY_Y);
  why_loop_dense (&loop, WHY_BINARY_A);
  for (gint i = 1; i < run->node->n_inputs; i++)
    {
      WhyBinaryCall call = { .y = out->data, .a = out->data, .b = run->in[i]->data };

      why_loop_broadcast (&loop, WHY_BINARY_B, &run->in[i]->shape);
      why_loop_run (&loop, run->pool, WHY_BINARY_Y, out->dtype == WHY_DTYPE_INT64 ? integer : real,
                    &call);
    }
  why_tensor_wrap (out);
}

/* One input beside the output. */
enum
{
  PAIR_Y,
  PAIR_X
};

typedef struct
{
  const WhyReal *y, *x, *dy;
  WhyReal *dx, factor;
  gint32 *winner;
  gint32 index;
} Pair;

static void
pair_loop (const WhyRun *run, gint input, WhyLoop *loop)
{
  why_loop_init (loop, &run->out[0]->shape, 2);
  why_loop_dense (loop, PAIR_Y);
  why_loop_broadcast (loop, PAIR_X, &run->in[input]->shape);
}

static void
linear_row (gpointer data, const gint64 *offset, const gint64 *stride, gint64 n)
{
  const Pair *pair = data;
  const WhyReal *dy = pair->dy + offset[PAIR_Y];
  WhyReal *dx = pair->dx + offset[PAIR_X];

  for (gint64 i = 0; i < n; i++)
    dx[i * stride[PAIR_X]] += pair->factor * dy[i * stride[PAIR_Y]];
}

void
why_variadic_backward_linear (const WhyRun *run, WhyReal factor)
{
  WhyLoop loop;

  if (!run->grad_out[0])
    return;
  for (gint i = 0; i < run->node->n_inputs; i++)
    if (run->grad_in[i])
      {
        Pair pair = { .dy = run->grad_out[0], .dx = run->grad_in[i], .factor = factor };
        pair_loop (run, i, &loop);
        why_loop_run (&loop, run->pool, PAIR_X, linear_row, &pair);
      }
}

gsize
why_extremum_scratch (const WhyNode *node, const WhyInfer *infer, gint threads)
{
  return (gsize)why_shape_numel (&infer->out[0]->shape) * sizeof (gint32);
}

static void
winner_row (gpointer data, const gint64 *offset, const gint64 *stride, gint64 n)
{
  const Pair *pair = data;

  for (gint64 i = 0; i < n; i++)
    {
      gint64 y = offset[PAIR_Y] + i * stride[PAIR_Y];
      if (pair->x[offset[PAIR_X] + i * stride[PAIR_X]] == pair->y[y])
        pair->winner[y] = pair->index;
    }
}

static void
winner_gradient_row (gpointer data, const gint64 *offset, const gint64 *stride, gint64 n)
{
  const Pair *pair = data;

  for (gint64 i = 0; i < n; i++)
    {
      gint64 y = offset[PAIR_Y] + i * stride[PAIR_Y];
      if (pair->winner[y] == pair->index)
        pair->dx[offset[PAIR_X] + i * stride[PAIR_X]] += pair->dy[y];
    }
}

void
why_extremum_backward (const WhyRun *run)
{
  gint32 *winner = run->scratch;
  gint64 numel = why_tensor_numel (run->out[0]);
  WhyLoop loop;

  if (!run->grad_out[0])
    return;
  for (gint64 i = 0; i < numel; i++)
    winner[i] = -1;
  for (gint i = run->node->n_inputs - 1; i >= 0; i--) /* the first overwrites the others */
    {
      Pair pair = { .y = run->out[0]->real, .x = run->in[i]->real, .winner = winner, .index = i };
      pair_loop (run, i, &loop);
      why_loop_run (&loop, run->pool, PAIR_Y, winner_row, &pair);
    }
  for (gint i = 0; i < run->node->n_inputs; i++)
    if (run->grad_in[i])
      {
        Pair pair = { .dy = run->grad_out[0], .dx = run->grad_in[i], .winner = winner, .index = i };
        pair_loop (run, i, &loop);
        why_loop_run (&loop, run->pool, PAIR_X, winner_gradient_row, &pair);
      }
}

static void
expand_row (gpointer data, const gint64 *offset, const gint64 *stride, gint64 n)
{
  const Pair *pair = data;

  why_copy_row (pair->dx + offset[PAIR_Y], stride[PAIR_Y], pair->x + offset[PAIR_X], stride[PAIR_X],
                sizeof (WhyReal), n);
}

/* All inputs written out at the output's shape, one after the other. */
static WhyReal *
expand_inputs (const WhyRun *run)
{
  gint64 numel = why_tensor_numel (run->out[0]);
  WhyReal *all = g_new (WhyReal, MAX (numel * run->node->n_inputs, 1));
  WhyLoop loop;

  for (gint i = 0; i < run->node->n_inputs; i++)
    {
      Pair pair = { .x = run->in[i]->real, .dx = all + i * numel };
      pair_loop (run, i, &loop);
      why_loop_run (&loop, run->pool, PAIR_Y, expand_row, &pair);
    }
  return all;
}

/* The extremum of input `skip` at `value` with inputs before it at place `before` and after it at
 * place `after` (places: offsets of x and of the reference). */
static WhyReal
extremum (const WhyReal *all, gint64 numel, gint n, gint skip, WhyReal value, gint64 before,
          gint64 after, gint sign)
{
  WhyReal best = value;

  for (gint j = 0; j < n; j++)
    if (j != skip)
      {
        WhyReal x = all[j * numel + (j < skip ? before : after)];
        if (sign > 0 ? x > best : x < best)
          best = x;
      }
  return best;
}

void
why_extremum_rescale (const WhyRun *run, gint sign)
{
  gint n = run->node->n_inputs;
  gint64 numel = why_tensor_numel (run->out[0]), half = why_rescale_half (run->out[0]);
  g_autofree WhyReal *all = NULL, *scaled = NULL;
  WhyLoop loop;

  if (!run->grad_out[0])
    return;
  all = expand_inputs (run);
  scaled = g_new (WhyReal, MAX (numel, 1)); /* dY times the multiplier of one input */
  for (gint i = 0; i < n; i++)
    if (run->grad_in[i])
      {
        Pair pair = { .dy = scaled, .dx = run->grad_in[i], .factor = 1 };

        for (gint64 k = 0; k < half; k++)
          {
            WhyReal x = all[i * numel + k], r = all[i * numel + k + half], m;
            WhyReal change = extremum (all, numel, n, i, x, k, k + half, sign)
                             - extremum (all, numel, n, i, r, k, k + half, sign)
                             + extremum (all, numel, n, i, x, k + half, k, sign)
                             - extremum (all, numel, n, i, r, k + half, k, sign);
            if (fabs (x - r) < WHY_RESCALE_TINY)
              m = x == run->out[0]->real[k] ? 1 : 0;
            else
              m = change / (2 * (x - r));
            scaled[k] = m * run->grad_out[0][k];
            scaled[k + half] = m * run->grad_out[0][k + half];
          }
        pair_loop (run, i, &loop);
        why_loop_run (&loop, run->pool, PAIR_X, linear_row, &pair);
      }
}
