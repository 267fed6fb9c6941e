/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Integrated gradients from black and from white, averaged and summed over channels, then summed
 * over regions: of overlapping segmentations at several scales, the segment whose not yet covered
 * pixels hold the most attribution a pixel comes next and gives them their mean, until all pixels
 * are covered. Every pixel is counted once, so the map's sum is that of the attribution. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "methods/felzenszwalb.h"
#include "methods/method.h"
#include "whylayer/view.h"

/* The paper's sizes are for pictures of 224×224 pixels; others scale by area or by side. */
#define PAPER_SIDE 224.0
#define FINEST 50.0
#define COARSEST 1200.0
#define MIN_SEGMENT 150.0
#define MIN_GAIN 50.0 /* pixels a segment must add: slivers would rank by chance */
#define DILATION 5.0
#define SMOOTHING 0.8

static const WhyParam params[] = {
  { "scales", N_ ("_Scales"), N_ ("Segmentations of the picture, from fine to coarse."),
    WHY_PARAM_INT, 1, 50, "6", NULL },
  { "steps", N_ ("S_teps"), N_ ("Points on each path from a baseline to the picture."),
    WHY_PARAM_INT, 1, 1024, "50", NULL },
  WHY_PARAM_END,
};

typedef struct
{
  gint height, width;
  gdouble *attribution; /* [H,W] */
  GPtrArray *segments;  /* GArray* of gint: the segment's pixels */
  gboolean *covered;    /* [H,W] */
  gint64 left;          /* pixels not covered */
  gint min_gain;
} Regions;

static gdouble
area_share (const Regions *regions)
{
  return regions->height * (gdouble)regions->width / (PAPER_SIDE * PAPER_SIDE);
}

/* Integrated gradients from one baseline, added to attribution; explained: f(x) - f(x′). */
static gboolean
add_integrated (WhyTask *task, const gchar *baseline, gdouble *attribution, gdouble *explained,
                GError **error)
{
  const WhyMethod *method = why_method_lookup ("integrated-gradients", error);
  g_autoptr (WhyExplanation) out = why_explanation_new ();
  g_autofree gchar *steps = why_params_dup_value (task->params, "steps");
  gint64 plane = (gint64)task->height * task->width;
  WhyTask inner = *task;

  out->score = task->out->score;
  out->params = why_params_new (method->params);
  inner.out = out;
  inner.params = out->params;
  if (!why_params_set (out->params, "baseline", baseline, error)
      || !why_params_set (out->params, "steps", steps, error) || !method->run (&inner, error))
    return FALSE;
  for (gint64 i = 0; i < why_tensor_numel (out->map); i++)
    attribution[i % plane] += (gdouble)out->map->real[i] / 2;
  *explained += out->residual_of / 2;
  return TRUE;
}

static gboolean
attribute (WhyTask *task, gdouble *attribution, gdouble *explained, GError **error)
{
  static const gchar *const baselines[] = { "black", "white" };

  *explained = 0.0;
  for (gint b = 0; b < 2; b++)
    {
      gboolean ok;
      why_progress_push (task->progress, 0.5 * b, 0.5 * (b + 1));
      ok = add_integrated (task, baselines[b], attribution, explained, error);
      why_progress_pop (task->progress);
      if (!ok)
        return FALSE;
    }
  return TRUE;
}

/* A segment grown by radius pixels, so that its edge belongs to it. */
static GArray *
grow (const Regions *regions, const gint *labels, gint label, gint radius, gint *mark)
{
  GArray *pixels = g_array_new (FALSE, FALSE, sizeof (gint));

  for (gint i = 0; i < regions->height * regions->width; i++)
    {
      gint y = i / regions->width, x = i % regions->width;
      if (labels[i] != label)
        continue;
      for (gint ny = MAX (y - radius, 0); ny <= MIN (y + radius, regions->height - 1); ny++)
        for (gint nx = MAX (x - radius, 0); nx <= MIN (x + radius, regions->width - 1); nx++)
          {
            gint p = ny * regions->width + nx;
            if (hypot (ny - y, nx - x) > radius || mark[p] == label)
              continue;
            mark[p] = label;
            g_array_append_val (pixels, p);
          }
    }
  return pixels;
}

/* The picture as the network sees it, a little smoothed. (transfer full) [3,H,W] */
static gfloat *
picture (const WhyTask *task)
{
  gint64 n = (gint64)task->height * task->width * task->channels;
  g_autofree WhyReal *smooth = g_new (WhyReal, n);
  gfloat *rgb = g_new (gfloat, (gsize)task->height * task->width * 3);

  why_blur (task->x, task->channels, task->height, task->width, SMOOTHING, smooth);
  why_preprocessing_invert (why_model_get_preprocessing (task->model), task->width, task->height,
                            smooth, rgb);
  return rgb;
}

static void
segment (const WhyTask *task, Regions *regions)
{
  gint n = regions->height * regions->width;
  gint scales = (gint)why_params_get_int (task->params, "scales");
  gint radius = (gint)lrint (DILATION * MIN (regions->height, regions->width) / PAPER_SIDE);
  g_autofree gfloat *rgb = picture (task);
  g_autofree gint *labels = g_new (gint, n);
  g_autofree gint *mark = g_new (gint, n);

  for (gint s = 0; s < scales; s++)
    {
      gdouble scale = FINEST * pow (COARSEST / FINEST, scales > 1 ? s / (scales - 1.0) : 0.5);
      gint count
          = why_felzenszwalb (rgb, regions->height, regions->width, scale * area_share (regions),
                              (gint)ceil (MIN_SEGMENT * area_share (regions)), labels);
      for (gint i = 0; i < n; i++)
        mark[i] = -1;
      for (gint label = 0; label < count; label++)
        g_ptr_array_add (regions->segments, grow (regions, labels, label, radius, mark));
    }
}

/* Mean attribution of the pixels that a segment would add, or -∞ when they are too few. */
static gdouble
gain_of (const Regions *regions, const GArray *pixels)
{
  gdouble sum = 0.0;
  gint n = 0;

  for (guint i = 0; i < pixels->len; i++)
    {
      gint p = g_array_index (pixels, gint, i);
      if (regions->covered[p])
        continue;
      sum += regions->attribution[p];
      n++;
    }
  return n >= regions->min_gain ? sum / n : -INFINITY;
}

static void
cover (Regions *regions, const GArray *pixels, gdouble value, WhyReal *map)
{
  for (guint i = 0; i < pixels->len; i++)
    {
      gint p = g_array_index (pixels, gint, i);
      if (regions->covered[p])
        continue;
      regions->covered[p] = TRUE;
      regions->left--;
      map[p] = (WhyReal)value;
    }
}

/* What no segment covers well enough is one last region. */
static void
cover_rest (Regions *regions, WhyReal *map)
{
  gdouble sum = 0.0;

  for (gint p = 0; p < regions->height * regions->width; p++)
    sum += regions->covered[p] ? 0.0 : regions->attribution[p];
  for (gint p = 0; p < regions->height * regions->width; p++)
    if (!regions->covered[p])
      map[p] = (WhyReal)(sum / (gdouble)regions->left);
}

static gint
rank_regions (Regions *regions, WhyReal *map)
{
  gint count = 0;

  while (regions->left > 0)
    {
      gdouble best = -INFINITY;
      guint at = 0;
      for (guint i = 0; i < regions->segments->len; i++)
        {
          gdouble gain = gain_of (regions, g_ptr_array_index (regions->segments, i));
          if (gain > best)
            {
              best = gain;
              at = i;
            }
        }
      if (!isfinite (best))
        break;
      cover (regions, g_ptr_array_index (regions->segments, at), best, map);
      g_ptr_array_remove_index_fast (regions->segments, at);
      count++;
    }
  if (regions->left > 0)
    cover_rest (regions, map);
  return count + (regions->left > 0);
}

static gboolean
run (WhyTask *task, GError **error)
{
  gint64 plane = (gint64)task->height * task->width;
  g_autoptr (GPtrArray) segments = g_ptr_array_new_with_free_func ((GDestroyNotify)g_array_unref);
  g_autofree gdouble *attribution = g_new0 (gdouble, plane);
  g_autofree gboolean *covered = g_new0 (gboolean, plane);
  WhyTensor *map = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (1, task->height, task->width));
  Regions regions = { task->height, task->width, attribution, segments, covered, plane, 1 };
  gdouble total = 0.0;

  why_explanation_take_map (task->out, map);
  if (!attribute (task, attribution, &task->out->residual_of, error))
    return FALSE;
  regions.min_gain = MAX ((gint)(MIN_GAIN * area_share (&regions)), 1);
  segment (task, &regions);
  why_explanation_set_residual (task->out, "regions", rank_regions (&regions, map->real));
  for (gint64 p = 0; p < plane; p++)
    total += (gdouble)map->real[p];
  task->out->residual = total - task->out->residual_of;
  return TRUE;
}

static gdouble
estimate (const WhyParams *values, const WhyNet *net)
{
  return 6.0 * (gdouble)why_params_get_int (values, "steps");
}

const WhyMethod why_method_xrai = {
  .id = "xrai",
  .name = N_ ("XRAI"),
  .family = WHY_FAMILY_PATH,
  .blurb = N_ ("Integrated gradients summed over regions of the picture, best region first."),
  .citation = "Kapishnikov et al. 2019, arXiv:1906.02825",
  .caveat = N_ ("The regions follow colours: evidence without an outline of its own borrows one."),
  .params = params,
  .is_signed = TRUE,
  .reduce = WHY_REDUCE_SUM,
  .estimate = estimate,
  .run = run,
};
