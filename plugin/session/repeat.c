/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much of a map is chance: the mean and the standard error of several maps of one picture,
 * over seeds when the method draws random numbers, over jittered crops when it does not.
 */
#include <math.h>
#include <string.h>

#include "session/session-private.h"

/* A jittered crop leaves out this share of the view's sides. */
#define JITTER 0.05

/* Welford's running mean and sum of squared deviations of every cell. A cell that a crop does not
 * show is not counted for it. */
typedef struct
{
  gint64 n;
  gdouble *mean, *squares;
  gint *count;
  gdouble residual, residual_of, score;
  gint n_maps;
} Tally;

static void
tally_clear (Tally *tally)
{
  g_free (tally->mean);
  g_free (tally->squares);
  g_free (tally->count);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Tally, tally_clear)

static void
tally_add (Tally *tally, gint64 i, gdouble value)
{
  gdouble deviation = value - tally->mean[i];

  tally->count[i]++;
  tally->mean[i] += deviation / tally->count[i];
  tally->squares[i] += deviation * (value - tally->mean[i]);
}

static void
tally_add_figures (Tally *tally, const WhyExplanation *explanation)
{
  tally->n_maps++;
  tally->score += (explanation->score - tally->score) / tally->n_maps;
  tally->residual += (explanation->residual - tally->residual) / tally->n_maps;
  tally->residual_of += (explanation->residual_of - tally->residual_of) / tally->n_maps;
}

static void
tally_add_map (Tally *tally, const WhyExplanation *explanation)
{
  for (gint64 i = 0; i < tally->n; i++)
    tally_add (tally, i, explanation->map->real[i]);
  tally_add_figures (tally, explanation);
}

/* Bilinear value of one channel at x, y in cells (centres at half-integers). */
static gdouble
sample_channel (const WhyReal *channel, gint height, gint width, gdouble x, gdouble y)
{
  gdouble fx = CLAMP (x - 0.5, 0.0, width - 1.0), fy = CLAMP (y - 0.5, 0.0, height - 1.0);
  gint x0 = (gint)fx, y0 = (gint)fy;
  gint x1 = MIN (x0 + 1, width - 1), y1 = MIN (y0 + 1, height - 1);
  gdouble u = fx - x0, v = fy - y0;

  return (1 - v) * ((1 - u) * channel[y0 * width + x0] + u * channel[y0 * width + x1])
         + v * ((1 - u) * channel[y1 * width + x0] + u * channel[y1 * width + x1]);
}

/* Adds a crop's map, each value at the place of the picture where it belongs. */
static void
tally_add_crop (Tally *tally, const WhyView *base, const WhyView *crop,
                const WhyExplanation *explanation)
{
  const WhyShape *shape = &explanation->map->shape;
  gint channels = (gint)shape->dims[0], h = (gint)shape->dims[1], w = (gint)shape->dims[2];
  gint64 plane = (gint64)h * w;

  for (gint64 i = 0; i < plane; i++)
    {
      gdouble cell_x = (i % w + 0.5) * base->input_width / w;
      gdouble cell_y = (i / w + 0.5) * base->input_height / h;
      gdouble x, y;

      why_view_to_image (base, cell_x, cell_y, &x, &y);
      if (x < crop->rect.x || x > crop->rect.x + crop->rect.width || y < crop->rect.y
          || y > crop->rect.y + crop->rect.height)
        continue;
      why_view_to_input (crop, x, y, &x, &y);
      x *= (gdouble)w / base->input_width;
      y *= (gdouble)h / base->input_height;
      for (gint c = 0; c < channels; c++)
        tally_add (tally, c * plane + i,
                   sample_channel (explanation->map->real + c * plane, h, w, x, y));
    }
  tally_add_figures (tally, explanation);
}

/* The mean into explanation->map, its standard error into explanation->error. */
static void
tally_finish (const Tally *tally, WhyExplanation *explanation)
{
  WhyTensor *mean = why_tensor_new (WHY_DTYPE_FLOAT, &explanation->map->shape);
  WhyTensor *standard_error = why_tensor_new (WHY_DTYPE_FLOAT, &explanation->map->shape);

  for (gint64 i = 0; i < tally->n; i++)
    {
      gint n = tally->count[i];

      mean->real[i] = (WhyReal)tally->mean[i];
      standard_error->real[i] = n > 1 ? (WhyReal)sqrt (tally->squares[i] / (n - 1.0) / n) : 0;
    }
  why_explanation_take_map (explanation, mean);
  g_clear_pointer (&explanation->error, why_tensor_unref);
  explanation->error = standard_error;
  explanation->residual = tally->residual;
  explanation->residual_of = tally->residual_of;
  explanation->score = tally->score;
}

/* A crop of the view that is a little smaller, at a place drawn from stream. */
static void
jitter_view (const WhyView *view, guint64 stream, WhyView *crop)
{
  WhyRng rng;

  why_rng_init (&rng, 0, stream);
  *crop = *view;
  crop->rect.width *= 1.0 - JITTER;
  crop->rect.height *= 1.0 - JITTER;
  crop->rect.x += (view->rect.width - crop->rect.width) * why_rng_uniform (&rng);
  crop->rect.y += (view->rect.height - crop->rect.height) * why_rng_uniform (&rng);
}

/* The same question with the i-th seed after its own. (transfer full) */
static WhyExplanation *
explain_seed (WhyExplainer *explainer, const WhyReport *report, const WhyQuestion *question, gint i,
              WhyProgress *progress, GError **error)
{
  g_autoptr (WhyParams) params = why_params_copy (question->params);
  g_autofree gchar *seed
      = g_strdup_printf ("%" G_GINT64_FORMAT, why_params_get_int (params, "seed") + i);
  WhyQuestion again = *question;

  if (!why_params_set (params, "seed", seed, error))
    return NULL;
  again.params = params;
  return why_explainer_explain (explainer, report->subject->input->real, &again, progress, error);
}

static gboolean
maps_differ (const WhyExplanation *a, const WhyExplanation *b)
{
  return memcmp (a->map->real, b->map->real, (gsize)why_tensor_numel (a->map) * sizeof (WhyReal))
         != 0;
}

static gboolean
add_crop (Tally *tally, WhyExplainer *explainer, const WhyReport *report,
          const WhyQuestion *question, WhyPixels *pixels, gint i, WhyProgress *progress,
          GError **error)
{
  g_autoptr (WhySubject) subject = NULL;
  g_autoptr (WhyExplanation) explanation = NULL;
  WhyQuestion again = *question;
  WhyView crop;

  jitter_view (&report->subject->view, (guint64)i, &crop);
  subject = why_subject_sample (report->subject->model, &crop, pixels, NULL, error);
  if (!subject)
    return FALSE;
  again.view = &crop;
  explanation = why_explainer_explain (explainer, subject->input->real, &again, progress, error);
  if (!explanation)
    return FALSE;
  tally_add_crop (tally, &report->subject->view, &crop, explanation);
  return TRUE;
}

static gboolean
add_seed (Tally *tally, WhyExplainer *explainer, const WhyReport *report,
          const WhyQuestion *question, gint i, WhyProgress *progress, GError **error)
{
  g_autoptr (WhyExplanation) explanation
      = explain_seed (explainer, report, question, i, progress, error);

  if (!explanation)
    return FALSE;
  tally_add_map (tally, explanation);
  return TRUE;
}

/* Many methods have a seed and draw numbers only with some of their parameters (a baseline of
 * noise, more segments than can be enumerated): where another seed gives another map, it was drawn.
 * That map is the second of the tally. */
static gboolean
try_seed (Tally *tally, WhyExplainer *explainer, const WhyReport *report,
          const WhyQuestion *question, gboolean *random, WhyProgress *progress, GError **error)
{
  g_autoptr (WhyExplanation) second = NULL;

  *random = FALSE;
  if (!why_param_lookup (why_method_get_params (question->method), "seed"))
    return TRUE;
  second = explain_seed (explainer, report, question, 1, progress, error);
  if (!second)
    return FALSE;
  *random = maps_differ (report->explanation, second);
  if (*random)
    tally_add_map (tally, second);
  return TRUE;
}

gboolean
why_session_repeat (WhySession *session, WhyReport *report, const WhyQuestion *question,
                    WhyPixels *pixels, gint n, WhyProgress *progress, GError **error)
{
  const WhyView *view = &report->subject->view;
  WhyExplainer *explainer = why_session_get_explainer (
      session, report->subject->model, view->input_width, view->input_height, error);
  gint64 numel = why_tensor_numel (report->explanation->map);
  gboolean added = explainer != NULL, random = FALSE;
  g_auto (Tally) tally
      = { numel, g_new0 (gdouble, numel), g_new0 (gdouble, numel), g_new0 (gint, numel) };

  if (added)
    tally_add_map (&tally, report->explanation);
  for (gint i = 1; i < n && added; i++)
    {
      why_progress_push (progress, (gdouble)i / n, (i + 1.0) / n);
      if (i == 1)
        added = try_seed (&tally, explainer, report, question, &random, progress, error);
      if (added && tally.n_maps == i)
        added = random ? add_seed (&tally, explainer, report, question, i, progress, error)
                       : add_crop (&tally, explainer, report, question, pixels, i, progress, error);
      why_progress_pop (progress);
    }
  if (!added)
    return FALSE;
  tally_finish (&tally, report->explanation);
  report->repeats = n;
  report->repeats_random = random;
  return TRUE;
}
