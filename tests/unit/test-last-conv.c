/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Channels-last convolution and its gradient against plain loops in double, over the shapes that
 * choose each algorithm. Run once for each instruction set (WHYLAYER_ISA). */
#include <math.h>
#include <stdlib.h>

#include "kernels/last-conv.h"
#include "whylayer/rng.h"

/* Of the largest value; Winograd's transforms cost a digit, as split products do where the largest
 * is a rectifier's bound and sums are many times that. */
#ifdef WHY_REAL_DOUBLE
#  define TOLERANCE 1e-11
#  define SPLIT_TOLERANCE 1e-11
#  define ROUGH_TOLERANCE 1e-11
#else
#  define TOLERANCE 1e-5
#  define SPLIT_TOLERANCE 2e-5
#  define ROUGH_TOLERANCE 1e-4
#endif

typedef struct
{
  const gchar *name;
  gint batch, groups, c, k, h, w, r, s, stride_y, stride_x, dilation, pad_top, pad_left, pad_bottom,
      pad_right;
  gboolean planar, clamp, residual, rough;
} Case;

static const Case cases[] = {
  { "pointwise", 2, 1, 24, 40, 5, 7, 1, 1, 1, 1, 1, 0, 0, 0, 0, FALSE, TRUE, TRUE },
  { "pointwise-rough", 2, 1, 72, 90, 5, 7, 1, 1, 1, 1, 1, 0, 0, 0, 0, FALSE, TRUE, TRUE, TRUE },
  { "classifier", 2, 1, 24, 100, 5, 7, 1, 1, 1, 1, 1, 0, 0, 0, 0, FALSE, TRUE, FALSE },
  { "three", 1, 1, 16, 20, 9, 13, 3, 3, 1, 1, 1, 1, 1, 1, 1, FALSE, TRUE, FALSE },
  { "three-rough", 2, 1, 64, 70, 14, 10, 3, 3, 1, 1, 1, 1, 1, 1, 1, FALSE, TRUE, TRUE, TRUE },
  { "three-wide", 2, 1, 64, 70, 14, 10, 3, 3, 1, 1, 1, 1, 1, 1, 1, FALSE, TRUE, TRUE },
  { "three-deep", 1, 1, 300, 33, 6, 5, 3, 3, 1, 1, 1, 1, 1, 1, 1, FALSE, FALSE, FALSE },
  { "three-valid", 1, 1, 32, 32, 12, 17, 3, 3, 1, 1, 1, 0, 0, 0, 0, FALSE, FALSE, TRUE },
  { "three-asymmetric", 1, 1, 32, 48, 11, 8, 3, 3, 1, 1, 1, 0, 2, 1, 0, FALSE, TRUE, FALSE },
  { "strided", 2, 1, 24, 17, 11, 14, 3, 3, 2, 2, 1, 1, 1, 1, 1, FALSE, TRUE, TRUE },
  { "strided-pointwise", 1, 1, 32, 64, 9, 8, 1, 1, 2, 2, 1, 0, 0, 0, 0, FALSE, FALSE, FALSE },
  { "strided-unequal", 1, 1, 9, 12, 13, 10, 5, 3, 3, 2, 1, 2, 0, 1, 1, FALSE, FALSE, FALSE },
  { "dilated", 1, 1, 16, 16, 12, 15, 3, 3, 1, 1, 2, 2, 2, 2, 2, FALSE, TRUE, FALSE },
  { "depthwise", 2, 37, 37, 37, 9, 11, 3, 3, 1, 1, 1, 1, 1, 1, 1, FALSE, TRUE, FALSE },
  { "depthwise-strided", 1, 24, 24, 24, 10, 13, 5, 5, 2, 2, 1, 2, 2, 2, 2, FALSE, FALSE, FALSE },
  { "grouped", 1, 4, 32, 48, 8, 9, 3, 3, 1, 1, 1, 1, 1, 1, 1, FALSE, TRUE, TRUE },
  { "grouped-rough", 1, 2, 96, 80, 8, 9, 3, 3, 1, 1, 1, 1, 1, 1, 1, FALSE, TRUE, FALSE, TRUE },
  { "grouped-strided", 2, 8, 64, 64, 7, 9, 3, 3, 2, 2, 1, 1, 1, 1, 1, FALSE, FALSE, FALSE },
  { "picture", 2, 1, 3, 20, 15, 19, 7, 7, 2, 2, 1, 3, 3, 3, 3, TRUE, TRUE, FALSE },
  { "picture-patches", 2, 1, 3, 24, 33, 50, 8, 6, 8, 6, 1, 0, 0, 0, 0, TRUE, FALSE, FALSE },
  { "picture-narrow", 1, 1, 5, 17, 9, 2, 3, 5, 1, 1, 1, 1, 2, 1, 2, TRUE, TRUE, FALSE },
  { "picture-dilated", 1, 1, 3, 9, 14, 11, 3, 3, 1, 2, 2, 2, 2, 2, 2, TRUE, TRUE, FALSE },
  { "picture-gray", 1, 1, 1, 8, 12, 9, 3, 3, 1, 1, 1, 1, 1, 1, 1, TRUE, FALSE, FALSE },
  { "few-channels", 1, 1, 4, 19, 8, 9, 3, 3, 1, 1, 1, 1, 1, 1, 1, FALSE, TRUE, FALSE },
};

typedef struct
{
  WhyLastConvShape shape;
  WhyReal *x, *weights, *bias, *residual, *y, *dy, *dx; /* 64-byte alignment is not needed */
  gdouble *scale;
  gint64 n_x, n_y;
} Data;

static WhyReal *
random_numbers (gint64 n, guint64 seed)
{
  WhyReal *values = g_new (WhyReal, n);
  WhyRng rng;

  why_rng_init (&rng, seed, (guint64)n);
  for (gint64 i = 0; i < n; i++)
    values[i] = (WhyReal)why_rng_gaussian (&rng);
  return values;
}

static void
data_init (Data *d, const Case *c, gboolean scaled)
{
  WhyWindow *w = &d->shape.window;
  gint64 extent[2] = { c->h, c->w }, kernel[2] = { c->r, c->s },
         stride[2] = { c->stride_y, c->stride_x };
  gint64 before[2] = { c->pad_top, c->pad_left }, after[2] = { c->pad_bottom, c->pad_right };

  d->shape = (WhyLastConvShape){ .batch = c->batch,
                                 .groups = c->groups,
                                 .in_channels = c->c,
                                 .out_channels = c->k,
                                 .planar_input = c->planar,
                                 .rough = c->rough,
                                 .clamp = c->clamp,
                                 .low = 0,
                                 .high = 6 };
  w->in[0] = w->out[0] = w->kernel[0] = w->stride[0] = w->dilation[0] = 1;
  for (gint a = 0; a < 2; a++)
    {
      w->in[a + 1] = extent[a];
      w->kernel[a + 1] = kernel[a];
      w->stride[a + 1] = stride[a];
      w->dilation[a + 1] = c->dilation;
      w->before[a + 1] = before[a];
      w->after[a + 1] = after[a];
      w->out[a + 1]
          = (extent[a] + before[a] + after[a] - c->dilation * (kernel[a] - 1) - 1) / stride[a] + 1;
    }
  d->n_x = (gint64)c->batch * c->h * c->w * c->c;
  d->n_y = (gint64)c->batch * w->out[1] * w->out[2] * c->k;
  d->x = random_numbers (d->n_x, 1);
  d->weights = random_numbers ((gint64)c->k * c->c / c->groups * c->r * c->s, 2);
  d->bias = random_numbers (c->k, 3);
  d->scale = g_new (gdouble, c->k);
  for (gint k = 0; k < c->k; k++)
    d->scale[k] = scaled ? 0.2 + 0.2 * (k % 5) : 1.0;
  d->residual = random_numbers (d->n_y, 4);
  d->dy = random_numbers (d->n_y, 5);
  d->y = g_new0 (WhyReal, d->n_y);
  d->dx = g_new0 (WhyReal, d->n_x);
}

static void
data_clear (Data *d)
{
  WhyReal *all[] = { d->x, d->weights, d->bias, d->residual, d->y, d->dy, d->dx };

  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    g_free (all[i]);
  g_free (d->scale);
}

static gint64
x_at (const Data *d, gint64 n, gint64 y, gint64 x, gint64 c)
{
  const WhyWindow *w = &d->shape.window;
  gint64 channels = d->shape.in_channels;

  return d->shape.planar_input ? ((n * channels + c) * w->in[1] + y) * w->in[2] + x
                               : ((n * w->in[1] + y) * w->in[2] + x) * channels + c;
}

/* Visits every product of the convolution once: y[i] += weights[j]·x[k]. */
typedef void (*Visit) (gint64 y, gint64 weight, gint64 x, const Data *d, gdouble *sums);

static void
visit_products (const Data *d, Visit visit, gdouble *sums)
{
  const WhyLastConvShape *s = &d->shape;
  const WhyWindow *w = &s->window;
  gint64 depth = s->in_channels / s->groups, width = s->out_channels / s->groups;

  for (gint64 row = 0; row < s->batch * w->out[1] * w->out[2]; row++)
    for (gint64 k = 0; k < s->out_channels; k++)
      for (gint64 c = 0; c < depth; c++)
        for (gint64 t = 0; t < w->kernel[1] * w->kernel[2]; t++)
          {
            gint64 n = row / (w->out[1] * w->out[2]);
            gint64 y = why_window_at (w, 1, row / w->out[2] % w->out[1], t / w->kernel[2]);
            gint64 x = why_window_at (w, 2, row % w->out[2], t % w->kernel[2]);
            if (y >= 0 && y < w->in[1] && x >= 0 && x < w->in[2])
              visit (row * s->out_channels + k, (k * depth + c) * w->kernel[1] * w->kernel[2] + t,
                     x_at (d, n, y, x, k / width * depth + c), d, sums);
          }
}

static gdouble
weight_at (const Data *d, gint64 y, gint64 weight)
{
  return (gdouble)d->weights[weight] * d->scale[y % d->shape.out_channels];
}

static void
visit_forward (gint64 y, gint64 weight, gint64 x, const Data *d, gdouble *sums)
{
  sums[y] += weight_at (d, y, weight) * (gdouble)d->x[x];
}

static void
visit_backward (gint64 y, gint64 weight, gint64 x, const Data *d, gdouble *sums)
{
  sums[x] += weight_at (d, y, weight) * (gdouble)d->dy[y];
}

static void
assert_close (const WhyReal *got, const gdouble *expected, gint64 n, gdouble tolerance)
{
  gdouble most = 0.0, worst = 0.0;

  for (gint64 i = 0; i < n; i++)
    {
      most = MAX (most, fabs (expected[i]));
      worst = MAX (worst, fabs ((gdouble)got[i] - expected[i]));
    }
  g_assert_cmpfloat (most, >, 0.0);
  g_assert_cmpfloat (worst / most, <, tolerance);
}

static void
check_forward (const Data *d, const Case *c, gdouble tolerance)
{
  g_autofree gdouble *expected = g_new0 (gdouble, d->n_y);

  visit_products (d, visit_forward, expected);
  for (gint64 i = 0; i < d->n_y; i++)
    {
      expected[i] += (gdouble)d->bias[i % c->k] + (c->residual ? (gdouble)d->residual[i] : 0.0);
      if (c->clamp)
        expected[i] = CLAMP (expected[i], 0.0, 6.0);
    }
  assert_close (d->y, expected, d->n_y, tolerance);
}

/* Another rectangle for every picture: only its pixels are written, and with what they had. */
static void
check_part (WhyLastConv *conv, const Data *d, const Case *c, gint64 height, gint64 width,
            WhyPool *pool, gpointer scratch, gdouble tolerance)
{
  const WhyWindow *w = &d->shape.window;
  WhyPart part = { .size = { MIN (height, w->out[1]), MIN (width, w->out[2]) } };
  gint64 origin[2][2];
  g_autofree WhyReal *y = g_new (WhyReal, d->n_y);
  g_autofree gdouble *expected = g_new (gdouble, d->n_y);

  for (gint n = 0; n < c->batch; n++)
    for (gint a = 0; a < 2; a++)
      origin[n][a] = (w->out[a + 1] - part.size[a]) / (n + 1);
  part.origin = (const gint64 (*)[2])origin;
  for (gint64 i = 0; i < d->n_y; i++)
    {
      gint64 pixel = i / c->k, n = pixel / (w->out[1] * w->out[2]);
      gint64 row = pixel / w->out[2] % w->out[1], column = pixel % w->out[2];
      gboolean inside = row >= origin[n][0] && row < origin[n][0] + part.size[0]
                        && column >= origin[n][1] && column < origin[n][1] + part.size[1];
      y[i] = -3;
      expected[i] = inside ? (gdouble)d->y[i] : -3.0;
    }
  why_last_conv_forward (conv, d->x, c->residual ? d->residual : NULL, y, &part, pool, scratch);
  assert_close (y, expected, d->n_y, tolerance);
}

static void
check_backward (WhyLastConv *conv, const Data *d, gboolean accumulate, WhyPool *pool,
                gpointer scratch, gdouble tolerance)
{
  g_autofree gdouble *expected = g_new0 (gdouble, d->n_x);

  for (gint64 i = 0; i < d->n_x; i++)
    {
      d->dx[i] = WHY_REAL (0.25);
      expected[i] = accumulate ? 0.25 : 0.0;
    }
  why_last_conv_backward (conv, d->dy, d->dx, accumulate, pool, scratch);
  visit_products (d, visit_backward, expected);
  assert_close (d->dx, expected, d->n_x, tolerance);
}

/* Leaves the gradient as it is of that many classes: one channel a pixel, zeros beside it. */
static void
thin_out (Data *d, gint64 classes)
{
  gint64 channels = d->shape.out_channels;

  for (gint64 i = 0; i < d->n_y; i++)
    if (i % channels != i / channels % MIN (classes, channels))
      d->dy[i] = 0;
}

static gdouble
forward_tolerance (WhyLastConv *conv, const Case *c)
{
  gboolean split = c->rough && why_kernels ()->split_product;

  return split || g_str_has_prefix (why_last_conv_get_algorithm (conv), "winograd")
             ? ROUGH_TOLERANCE
             : TOLERANCE;
}

static gdouble
backward_tolerance (WhyLastConv *conv)
{
  if (g_str_has_prefix (why_last_conv_get_algorithm (conv), "winograd"))
    return ROUGH_TOLERANCE;
  return why_kernels ()->split_product ? SPLIT_TOLERANCE : TOLERANCE;
}

static void
test_case (gconstpointer data)
{
  const Case *c = data;

  /* With three threads, filters are multiplied too. */
  for (gint threads = 1; threads <= 3; threads += 2)
    {
      g_autoptr (WhyPool) pool = why_pool_new (threads);
      WhyLastConv *conv;
      Data d;
      gpointer scratch;
      gdouble tolerance, gradient_tolerance;

      data_init (&d, c, threads > 1);
      scratch = aligned_alloc (64, (why_last_conv_scratch (&d.shape, threads) + 127) / 64 * 64);
      conv = why_last_conv_new (
          &d.shape, &(WhyFilters){ d.weights, threads > 1 ? d.scale : NULL, d.bias }, threads);
      g_test_message ("%s with %d threads: %s", c->name, threads,
                      why_last_conv_get_algorithm (conv));
      tolerance = forward_tolerance (conv, c);
      gradient_tolerance = backward_tolerance (conv);
      why_last_conv_forward (conv, d.x, c->residual ? d.residual : NULL, d.y, NULL, pool, scratch);
      check_forward (&d, c, tolerance);
      check_part (conv, &d, c, 3, 4, pool, scratch, tolerance);
      check_part (conv, &d, c, 8, 5, pool, scratch, tolerance);
      check_backward (conv, &d, TRUE, pool, scratch, gradient_tolerance);
      check_backward (conv, &d, FALSE, pool, scratch, gradient_tolerance);
      for (gint64 classes = 27; classes > 0; classes /= 3)
        {
          thin_out (&d, classes);
          check_backward (conv, &d, TRUE, pool, scratch, gradient_tolerance);
          check_backward (conv, &d, FALSE, pool, scratch, gradient_tolerance);
        }
      why_last_conv_free (conv);
      free (scratch);
      data_clear (&d);
    }
}

int
main (int argc, char *argv[])
{
  const gchar *forced = g_getenv ("WHYLAYER_ISA");

  g_test_init (&argc, &argv, NULL);
  if (forced && g_strcmp0 (forced, why_kernels ()->name) != 0)
    {
      g_print ("1..0 # SKIP this processor has no %s\n", forced);
      return 0;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree gchar *path
          = g_strdup_printf ("/last-conv/%s/%s", why_kernels ()->name, cases[i].name);
      g_test_add_data_func (path, &cases[i], test_case);
    }
  return g_test_run ();
}
