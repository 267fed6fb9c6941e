/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels/last-conv.h"

#include <stdlib.h>
#include <string.h>

#include "kernels/last-product.h"
#include "kernels/last-winograd.h"
#include "kernels/memory.h"

typedef enum
{
  PRODUCT,   /* indirect: pointers to the taps' pixels */
  PATCHES,   /* few input channels: a patch is gathered into one row first */
  DEPTHWISE, /* one channel a group */
  WINOGRAD_2,
  WINOGRAD_4
} Algorithm;

/** One linear map from x to y or from dy to dx: several lattices of output pixels, each with the
 * taps that reach it (one lattice forward; stride² of them for the gradient of a strided window).
 */
typedef struct
{
  Algorithm algorithm;
  gint n_lattices;
  WhyLattice *lattices;
  WhyWinogradPlan *winograd;
} Direction;

struct _WhyLastConv
{
  WhyLastConvShape shape;
  WhyFilters filters;
  gint threads;
  Direction forward, backward;
  Direction small; /* forward without Winograd, for parts of few pixels */
  gboolean has_backward;
  WhyScatter *scatter; /* gradient by a picture of few channels */
};

static gint64
taps_of (const WhyLastConv *conv)
{
  return conv->shape.window.kernel[1] * conv->shape.window.kernel[2];
}

static gboolean
is_depthwise (const WhyLastConvShape *shape)
{
  return shape->groups > 1 && shape->groups == shape->in_channels
         && shape->groups == shape->out_channels;
}

static gboolean
is_winograd (const WhyLastConvShape *shape)
{
  const WhyWindow *w = &shape->window;

  return shape->groups == 1 && !shape->planar_input && w->kernel[1] == 3 && w->kernel[2] == 3
         && w->stride[1] == 1 && w->stride[2] == 1 && w->dilation[1] == 1 && w->dilation[2] == 1;
}

/* Rough processor cycles: multiply-adds, of which a core begins two vectors a cycle and the tiles
 * reach seven eighths, against the bytes of weights that come from beyond the second-level cache.
 * Measured once by hand, good enough to choose by. */
static gdouble
cost (gdouble fmas, gdouble weight_numbers, gint threads)
{
  gdouble lanes = why_kernels ()->panel / 2, bytes = weight_numbers * sizeof (WhyReal);

  return MAX (fmas / (1.75 * lanes), bytes / 4.0) / threads;
}

static gdouble
winograd_cost (const WhyLastConvShape *s, gint m, gint threads)
{
  gint64 tiles = s->batch * ((s->window.out[1] + m - 1) / m) * ((s->window.out[2] + m - 1) / m);
  gdouble points = (m + 2) * (m + 2), channels = (gdouble)(s->in_channels + s->out_channels);
  gdouble transforms = (gdouble)tiles * points * channels * 32.0 / why_kernels ()->panel;

  return cost ((gdouble)tiles * points * (gdouble)(s->in_channels * s->out_channels),
               points * (gdouble)(s->in_channels * s->out_channels), threads)
         + transforms / threads;
}

#define SPLIT_GAIN 5.0 /* of split products over others, by that measure */

static Algorithm
choose (const WhyLastConvShape *s, gint threads)
{
  gint64 pixels = s->batch * s->window.out[1] * s->window.out[2];
  gdouble direct, two, four;

  if (is_depthwise (s))
    return DEPTHWISE;
  if (s->planar_input || s->in_channels / s->groups < 8)
    return PATCHES;
  if (!is_winograd (s))
    return PRODUCT;
  direct = cost ((gdouble)pixels * 9.0 * (gdouble)(s->in_channels * s->out_channels),
                 9.0 * (gdouble)(s->in_channels * s->out_channels), threads);
  if (s->rough && why_kernels ()->split_product)
    direct /= SPLIT_GAIN;
  two = winograd_cost (s, 2, threads);
  four = s->rough ? winograd_cost (s, 4, threads) : two;
  if (direct <= MIN (two, four))
    return PRODUCT;
  return two <= four ? WINOGRAD_2 : WINOGRAD_4;
}

/* Group g's weights as why_pack_weights() lays them out, without ordering them first: lines are
 * [taps][depth], or planar [depth][taps]. */
static void
pack_group (const WhyLastConv *conv, gint64 g, const WhyLattice *lattice, gboolean transposed,
            WhyReal *packed)
{
  gint64 all = taps_of (conv), inputs = conv->shape.in_channels / conv->shape.groups;
  gint64 deeper = transposed ? inputs * all : all, wider = transposed ? all : inputs * all;
  gint64 depth = lattice->depth, width = lattice->width, panel = why_kernels ()->panel;
  gint64 group = g * depth * width * all, first = g * (transposed ? depth : width);
  gboolean planar = lattice->planar_input && !lattice->by_lines;

  for (gint64 column = 0; column < width;
       column += panel, packed += lattice->n_taps * depth * panel)
    for (gint64 c = 0; c < depth; c++)
      for (gint t = 0; t < lattice->n_taps; t++)
        {
          gint64 line = planar ? c * lattice->n_taps + t : t * depth + c;
          gint64 from = group + c * deeper + column * wider + lattice->taps[t];
          for (gint64 k = 0; k < panel; k++)
            packed[line * panel + k]
                = column + k < width ? why_filters_get (
                      &conv->filters, first + (transposed ? c : column + k), from + k * wider)
                                     : 0;
        }
}

#define FEWEST_SPLIT 3072 /* weights a group: fewer do not make up for splitting the rows */

/* Gradients are rough: they meet no rectifier that their small errors could flip. */
static void
fill_lattice_weights (WhyLattice *lattice, const WhyLastConv *conv, gboolean transposed)
{
  gint64 groups = conv->shape.groups, lines = lattice->n_taps * lattice->depth;
  gint64 panel = why_kernels ()->panel, panels = (lattice->width + panel - 1) / panel;
  gint64 stride;

  if (lattice->n_taps == 0)
    return;
  lattice->packed_stride = why_packed_size (lattice->n_taps, lattice->depth, lattice->width);
  lattice->packed = why_memory_new ((gsize)(lattice->packed_stride * groups) * sizeof (WhyReal));
  for (gint64 g = 0; g < groups; g++)
    pack_group (conv, g, lattice, transposed, lattice->packed + g * lattice->packed_stride);
  if ((transposed || conv->shape.rough) && lines * lattice->width >= FEWEST_SPLIT
      && why_split_weights (&lattice->packed, lines, panels * groups, &stride))
    {
      lattice->split = TRUE;
      lattice->packed_stride = panels * stride;
    }
}

static void
fill_depthwise_weights (WhyLattice *lattice, const WhyLastConv *conv)
{
  gint64 channels = conv->shape.in_channels, all = taps_of (conv);

  lattice->packed
      = why_memory_new ((gsize)(MAX (lattice->n_taps, 1) * channels) * sizeof (WhyReal));
  for (gint t = 0; t < lattice->n_taps; t++)
    for (gint64 c = 0; c < channels; c++)
      lattice->packed[t * channels + c]
          = why_filters_get (&conv->filters, c, c * all + lattice->taps[t]);
}

/* A line of the window lies together in an interleaved picture, and the lines of a strip take no
 * more room than its patches. */
static gboolean
takes_lines (const WhyLastConvShape *s)
{
  const WhyWindow *w = &s->window;

  return s->planar_input && w->dilation[2] == 1 && w->stride[2] <= w->kernel[2];
}

static void
init_forward_lattice (WhyLastConv *conv, Direction *d)
{
  d->n_lattices = 1;
  d->lattices = g_new0 (WhyLattice, 1);
  why_lattice_init_forward (d->lattices, &conv->shape);
  d->lattices->joins_taps = d->algorithm == PATCHES;
  d->lattices->planar_input = conv->shape.planar_input;
  d->lattices->by_lines = takes_lines (&conv->shape);
  if (d->algorithm == DEPTHWISE)
    fill_depthwise_weights (d->lattices, conv);
  else
    fill_lattice_weights (d->lattices, conv, FALSE);
}

static void
init_forward (WhyLastConv *conv)
{
  Direction *d = &conv->forward;

  d->algorithm = choose (&conv->shape, conv->threads);
  if (d->algorithm == WINOGRAD_2 || d->algorithm == WINOGRAD_4)
    d->winograd = why_winograd_plan_new (&conv->shape, &conv->filters, FALSE,
                                         d->algorithm == WINOGRAD_4 ? 4 : 2);
  else
    init_forward_lattice (conv, d);
}

/* The transposed convolution as a convolution of dy: only for stride 1. */
static WhyLastConvShape
transposed_shape (const WhyLastConvShape *shape)
{
  WhyLastConvShape t = *shape;

  t.in_channels = shape->out_channels;
  t.out_channels = shape->in_channels;
  t.pitch = 0;
  t.planar_input = FALSE;
  t.rough = TRUE;
  t.clamp = FALSE;
  for (gint a = 1; a < 3; a++)
    {
      gint64 reach = (shape->window.kernel[a] - 1) * shape->window.dilation[a];
      t.window.in[a] = shape->window.out[a];
      t.window.out[a] = shape->window.in[a];
      t.window.before[a] = reach - shape->window.before[a];
      t.window.after[a] = reach - shape->window.after[a];
    }
  return t;
}

static void
init_backward (WhyLastConv *conv)
{
  Direction *d = &conv->backward;
  const WhyLastConvShape *s = &conv->shape;
  gint64 strides[2] = { s->window.stride[1], s->window.stride[2] };
  WhyLastConvShape t = transposed_shape (s);

  conv->has_backward = TRUE;
  if (s->planar_input)
    {
      conv->scatter = why_scatter_new (s, &conv->filters);
      return;
    }
  d->algorithm = is_depthwise (s) ? DEPTHWISE : PRODUCT;
  if (is_winograd (s))
    d->algorithm = choose (&t, conv->threads);
  if (d->algorithm == WINOGRAD_2 || d->algorithm == WINOGRAD_4)
    {
      d->winograd
          = why_winograd_plan_new (&t, &conv->filters, TRUE, d->algorithm == WINOGRAD_4 ? 4 : 2);
      return;
    }
  if (d->algorithm == PATCHES)
    d->algorithm = PRODUCT;
  d->n_lattices = (gint)(strides[0] * strides[1]);
  d->lattices = g_new0 (WhyLattice, d->n_lattices);
  for (gint i = 0; i < d->n_lattices; i++)
    {
      why_lattice_init_backward (&d->lattices[i], s, i / strides[1], i % strides[1]);
      if (d->algorithm == DEPTHWISE)
        fill_depthwise_weights (&d->lattices[i], conv);
      else
        fill_lattice_weights (&d->lattices[i], conv, TRUE);
    }
}

static void
direction_clear (Direction *d)
{
  for (gint i = 0; i < d->n_lattices; i++)
    why_lattice_clear (&d->lattices[i]);
  g_free (d->lattices);
  why_winograd_plan_free (d->winograd);
}

WhyLastConv *
why_last_conv_new (const WhyLastConvShape *shape, const WhyFilters *filters, gint threads)
{
  WhyLastConv *conv = g_new0 (WhyLastConv, 1);

  conv->shape = *shape;
  conv->filters = *filters;
  conv->threads = threads;
  init_forward (conv);
  return conv;
}

void
why_last_conv_free (WhyLastConv *conv)
{
  if (!conv)
    return;
  direction_clear (&conv->forward);
  direction_clear (&conv->backward);
  direction_clear (&conv->small);
  why_scatter_free (conv->scatter);
  g_free (conv);
}

const gchar *
why_last_conv_get_algorithm (const WhyLastConv *conv)
{
  static const gchar *const names[]
      = { "product", "patches", "depthwise", "winograd-2", "winograd-4" };

  return names[conv->forward.algorithm];
}

static gsize
winograd_scratch (const WhyLastConvShape *s)
{
  WhyLastConvShape t = transposed_shape (s);

  return is_winograd (s) ? MAX (why_winograd_scratch (s), why_winograd_scratch (&t)) : 0;
}

/* The largest any of the algorithms asks for this shape, in either direction. */
gsize
why_last_conv_scratch (const WhyLastConvShape *s, gint threads)
{
  return MAX (MAX (why_lattice_scratch (s), winograd_scratch (s)) * (gsize)threads,
              s->planar_input ? why_scatter_scratch (s, threads) : 0);
}

static void
run_direction (const WhyLastConv *conv, const Direction *d, const WhyLatticeRun *run, WhyPool *pool,
               gpointer scratch)
{
  gsize each;

  if (d->winograd)
    {
      why_winograd_plan_run (d->winograd, run, pool, scratch);
      return;
    }
  each = why_lattice_scratch (&conv->shape);
  for (gint i = 0; i < d->n_lattices; i++)
    if (d->algorithm == DEPTHWISE)
      why_lattice_run_depthwise (&d->lattices[i], run, pool, scratch, each);
    else
      why_lattice_run_product (&d->lattices[i], run, conv->shape.groups, pool, scratch, each);
}

/* Winograd's weights are more to read: for few pixels the plain product is faster. */
static const Direction *
direction_for (WhyLastConv *conv, const WhyPart *part)
{
  WhyLastConvShape shape = conv->shape;

  if (!part || !conv->forward.winograd)
    return &conv->forward;
  for (gint a = 0; a < 2; a++)
    shape.window.out[a + 1] = part->size[a];
  if (choose (&shape, conv->threads) == conv->forward.algorithm)
    return &conv->forward;
  if (!conv->small.lattices)
    init_forward_lattice (conv, &conv->small);
  return &conv->small;
}

void
why_last_conv_forward (WhyLastConv *conv, const WhyReal *x, const WhyReal *residual, WhyReal *y,
                       const WhyPart *part, WhyPool *pool, gpointer scratch)
{
  WhyLatticeRun run = { .in = x,
                        .out = y,
                        .bias = conv->filters.bias,
                        .residual = residual ? residual - y : 0,
                        .clamp = conv->shape.clamp,
                        .low = conv->shape.low,
                        .high = conv->shape.high,
                        .part = part };

  run_direction (conv, direction_for (conv, part), &run, pool, scratch);
}

#define FEW 8 /* channels */

/** The gradient of one class has one channel behind a classifier that is a 1×1 convolution: the
 * others are zeros, and their weights need not be read. */
typedef struct
{
  const WhyLastConv *conv;
  const WhyReal *dy;
  WhyReal *dx;
  gboolean accumulate;
  gint n;
  gint64 channels[FEW];
} Few;

static gboolean
add_channel (Few *few, gint64 channel)
{
  gint i = 0;

  while (i < few->n && few->channels[i] != channel)
    i++;
  if (i == FEW)
    return FALSE;
  few->channels[i] = channel;
  few->n = MAX (few->n, i + 1);
  return TRUE;
}

#define STRETCH 64 /* channels that are compared with zero at once */

/* Whether the gradient is zero but for a few channels; dense ones are told from their first pixel.
 */
static gboolean
find_few (Few *few)
{
  static const WhyReal zeros[STRETCH];
  const WhyLastConvShape *s = &few->conv->shape;
  gint64 pixels = s->batch * s->window.out[1] * s->window.out[2];
  const WhyReal *dy = few->dy;

  for (gint64 p = 0; p < pixels; p++, dy += s->out_channels)
    for (gint64 first = 0; first < s->out_channels; first += STRETCH)
      {
        gint64 n = MIN (STRETCH, s->out_channels - first);
        if (memcmp (dy + first, zeros, (gsize)n * sizeof *dy) == 0)
          continue;
        for (gint64 k = first; k < first + n; k++)
          if (dy[k] != 0 && !add_channel (few, k))
            return FALSE;
      }
  return TRUE;
}

static void
run_few (gpointer data, gint64 begin, gint64 end, gint thread)
{
  const Few *few = data;
  gint64 inputs = few->conv->shape.in_channels, outputs = few->conv->shape.out_channels;

  for (gint64 p = begin; p < end; p++)
    {
      WhyReal *restrict dx = few->dx + p * inputs;
      if (!few->accumulate)
        memset (dx, 0, (gsize)inputs * sizeof *dx);
      for (gint i = 0; i < few->n; i++)
        {
          gint64 k = few->channels[i];
          const WhyFilters *filters = &few->conv->filters;
          const WhyReal *filter = filters->filters + k * inputs;
          WhyReal share = few->dy[p * outputs + k];
          if (filters->scale)
            share = (WhyReal)((gdouble)share * filters->scale[k]);
          for (gint64 c = 0; c < inputs; c++)
            dx[c] += share * filter[c];
        }
    }
}

static gboolean
is_pointwise (const WhyLastConvShape *s)
{
  const WhyWindow *w = &s->window;

  return s->groups == 1 && !s->planar_input && w->kernel[1] == 1 && w->kernel[2] == 1
         && w->in[1] == w->out[1] && w->in[2] == w->out[2] && w->before[1] == 0
         && w->before[2] == 0;
}

/* FALSE: the gradient has many channels; nothing is done. */
static gboolean
try_few (const WhyLastConv *conv, const WhyReal *dy, WhyReal *dx, gboolean accumulate,
         WhyPool *pool)
{
  const WhyLastConvShape *s = &conv->shape;
  Few few = { .conv = conv, .dy = dy, .dx = dx, .accumulate = accumulate };

  if (!is_pointwise (s) || s->out_channels < 8 * FEW || !find_few (&few))
    return FALSE;
  why_pool_run (pool, s->batch * s->window.out[1] * s->window.out[2], 16, run_few, &few);
  return TRUE;
}

/* Pixels that no output reads are left alone by products. */
static gboolean
leaves_gaps (const WhyLastConv *conv)
{
  for (gint i = 0; i < conv->backward.n_lattices; i++)
    if (conv->backward.lattices[i].n_taps == 0)
      return TRUE;
  return conv->scatter != NULL;
}

void
why_last_conv_backward (WhyLastConv *conv, const WhyReal *dy, WhyReal *dx, gboolean accumulate,
                        WhyPool *pool, gpointer scratch)
{
  const WhyLastConvShape *s = &conv->shape;
  WhyLatticeRun run = { .in = dy, .out = dx };

  if (try_few (conv, dy, dx, accumulate, pool))
    return;
  if (!conv->has_backward)
    init_backward (conv);
  if (!accumulate && leaves_gaps (conv))
    {
      memset (dx, 0,
              (gsize)(s->batch * s->in_channels * s->window.in[1] * s->window.in[2]) * sizeof *dx);
      accumulate = TRUE;
    }
  run.accumulate = accumulate;
  if (conv->scatter)
    why_scatter_run (conv->scatter, dy, dx, pool, scratch);
  else
    run_direction (conv, &conv->backward, &run, pool, scratch);
}
