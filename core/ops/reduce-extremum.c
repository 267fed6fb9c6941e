/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/reduce-extremum.h"

#include <string.h>
#include <tgmath.h>

typedef struct
{
  const WhyReal *x;
  WhyReal *y;
  gint sign;
} ForwardCall;

static void
forward_row (gpointer data, const gint64 *offset, const gint64 *stride, gint64 n)
{
  const ForwardCall *c = data;

  for (gint64 i = 0; i < n; i++)
    {
      WhyReal x = c->x[offset[WHY_REDUCE_X] + i * stride[WHY_REDUCE_X]];
      WhyReal *y = &c->y[offset[WHY_REDUCE_Y] + i * stride[WHY_REDUCE_Y]];
      if (c->sign > 0 ? x > *y : x < *y)
        *y = x;
    }
}

static gint64
max_int (gint64 y, gint64 x)
{
  return MAX (y, x);
}

static gint64
min_int (gint64 y, gint64 x)
{
  return MIN (y, x);
}

void
why_reduce_extremum_forward (const WhyRun *run, gint sign)
{
  ForwardCall call = { run->in[0]->real, run->out[0]->real, sign };

  if (run->in[0]->dtype == WHY_DTYPE_INT64)
    {
      why_reduce_forward_int (run, sign > 0 ? G_MININT64 : G_MAXINT64,
                              sign > 0 ? max_int : min_int);
      return;
    }
  for (gint64 i = 0; i < why_tensor_numel (run->out[0]); i++)
    call.y[i] = (WhyReal)(sign > 0 ? -HUGE_VAL : HUGE_VAL);
  why_reduce_run (run, WHY_REDUCE_Y, forward_row, &call);
}

/* Where the first extremum of every output element lies in the input; in scratch. */
typedef struct
{
  const WhyReal *x, *y;
  gint64 *place;
} FindCall;

static void
find_row (gpointer data, const gint64 *offset, const gint64 *stride, gint64 n)
{
  const FindCall *c = data;

  for (gint64 i = 0; i < n; i++)
    {
      gint64 x = offset[WHY_REDUCE_X] + i * stride[WHY_REDUCE_X];
      gint64 y = offset[WHY_REDUCE_Y] + i * stride[WHY_REDUCE_Y];
      if (c->place[y] < 0 && c->x[x] == c->y[y])
        c->place[y] = x;
    }
}

static gint64 *
find_places (const WhyRun *run)
{
  FindCall call = { run->in[0]->real, run->out[0]->real, run->scratch };

  memset (call.place, 0xff, (gsize)why_tensor_numel (run->out[0]) * sizeof (gint64));
  why_reduce_run (run, WHY_REDUCE_Y, find_row, &call);
  return call.place;
}

void
why_reduce_extremum_backward (const WhyRun *run)
{
  gint64 *place;

  if (!run->grad_out[0] || !run->grad_in[0])
    return;
  place = find_places (run);
  for (gint64 i = 0; i < why_tensor_numel (run->out[0]); i++)
    if (place[i] >= 0)
      run->grad_in[0][place[i]] += run->grad_out[0][i];
}

/* Δy's part `change` at one input place, as a multiplier for it and its reference. */
static void
add_multiplier (const WhyRun *run, gint64 place, gdouble change, gdouble gradient, gint64 output)
{
  gint64 half_x = why_rescale_half (run->in[0]), half_y = why_rescale_half (run->out[0]);
  const WhyReal *x = run->in[0]->real, *dy = run->grad_out[0];
  WhyReal difference = x[place] - x[place + half_x];
  WhyReal m
      = (WhyReal)(fabs (difference) < WHY_RESCALE_TINY ? gradient : change / (gdouble)difference);

  run->grad_in[0][place] += dy[output] * m;
  run->grad_in[0][place + half_x] += dy[output + half_y] * m;
}

/* With m the larger (for a maximum) of y and the reference's y0: m − y0 goes to the place of y, and
 * y − m to the place of y0. */
void
why_reduce_extremum_rescale (const WhyRun *run, gint sign)
{
  gint64 half_x = why_rescale_half (run->in[0]), half_y = why_rescale_half (run->out[0]);
  gint64 *place;

  if (!run->grad_out[0] || !run->grad_in[0])
    return;
  place = find_places (run);
  for (gint64 i = 0; i < half_y; i++)
    {
      gdouble y = (gdouble)run->out[0]->real[i], y0 = (gdouble)run->out[0]->real[i + half_y];
      gdouble m = sign > 0 ? MAX (y, y0) : MIN (y, y0);

      if (place[i] < 0 || place[i + half_y] < half_x)
        continue;
      add_multiplier (run, place[i], m - y0, 1, i);
      add_multiplier (run, place[i + half_y] - half_x, y - m, 0, i);
    }
}
