/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Request → report. */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "session/session-private.h"

static WhyReport *
report_new (const WhyRequest *request, WhySubject *subject, WhyPixels *pixels)
{
  WhyReport *report = g_new0 (WhyReport, 1);
  WhyPixelFormat format = why_pixels_get_format (pixels);

  report->width = why_pixels_get_width (pixels);
  report->height = why_pixels_get_height (pixels);
  report->request = why_request_copy (request);
  report->subject = why_subject_ref (subject);
  report->had_alpha = format == WHY_PIXELS_RGBA_U8 || format == WHY_PIXELS_RGBA_FLOAT;
  report->checks = g_ptr_array_new_with_free_func ((GDestroyNotify)why_check_free);
  report->agreement = NAN;
  report->repeats = 1;
  return report;
}

void
why_report_free (WhyReport *report)
{
  if (!report)
    return;
  g_free (report->image);
  g_clear_pointer (&report->request, why_request_free);
  g_clear_pointer (&report->subject, why_subject_unref);
  g_clear_pointer (&report->explanation, why_explanation_free);
  g_clear_pointer (&report->style, why_params_free);
  g_clear_pointer (&report->cells, why_tensor_unref);
  g_clear_pointer (&report->checks, g_ptr_array_unref);
  g_clear_pointer (&report->others, g_ptr_array_unref);
  g_free (report->layer_name);
  g_free (report->output_layer);
  g_free (report->output_png);
  g_free (report->output_raw);
  g_free (report);
}

static gint64
elapsed_ms (gint64 started)
{
  return (g_get_monotonic_time () - started) / 1000;
}

WhyReport *
why_session_classify (WhySession *session, const WhyRequest *request, WhyPixels *pixels,
                      const WhyRect *region, WhyProgress *progress, GError **error)
{
  gint64 started = g_get_monotonic_time ();
  g_autoptr (WhySubject) subject = NULL;
  WhyReport *report;

  if (!why_request_validate (request, error))
    return NULL;
  subject = why_session_get_subject (session, request, pixels, region, progress, error);
  if (!subject)
    return NULL;
  report = report_new (request, subject, pixels);
  report->elapsed_ms = elapsed_ms (started);
  return report;
}

static gint
most_probable_other (const WhySubject *subject, gint index)
{
  for (guint i = 0; i < subject->predictions->len; i++)
    {
      gint other = g_array_index (subject->predictions, WhyPrediction, i).index;

      if (other != index)
        return other;
    }
  return -1;
}

gboolean
why_request_resolve_target (const WhyRequest *request, const WhySubject *subject,
                            const WhyMethod *method, WhyTarget *target, GError **error)
{
  const gchar *index = why_request_get (request, "target");
  const gchar *against = why_request_get (request, "against");
  const gchar *score = why_request_get (request, "score");

  target->against = -1;
  target->score = why_method_get_score (method);
  if (*score && !why_score_from_string (score, &target->score, error))
    return FALSE;
  if (*index == '\0' || g_ascii_strcasecmp (index, "top") == 0)
    target->index = g_array_index (subject->predictions, WhyPrediction, 0).index;
  else
    target->index = why_model_find_class (subject->model, index, error);
  if (target->index < 0)
    return FALSE;
  if (*against == '\0')
    return TRUE;
  if (g_ascii_strcasecmp (against, "second") == 0)
    target->against = most_probable_other (subject, target->index);
  else
    target->against = why_model_find_class (subject->model, against, error);
  if (target->against == target->index)
    g_set_error (error, WHY_ERROR, WHY_ERROR_LABEL,
                 _ ("the target and the class it is compared with are both “%s”: name another "
                    "class, or “second”"),
                 why_model_get_label (subject->model, target->index));
  return target->against >= 0 && target->against != target->index;
}

/* The label's first synonym. */
static gchar *
short_label (const WhyModel *model, gint index)
{
  const gchar *label = why_model_get_label (model, index);
  const gchar *comma = strchr (label, ',');

  return comma ? g_strndup (label, comma - label) : g_strdup (label);
}

static gchar *
make_layer_name (const WhyReport *report)
{
  const WhyExplanation *explanation = report->explanation;
  const WhyModel *model = report->subject->model;
  const gchar *method = _ (why_method_get_name (explanation->method));
  g_autofree gchar *label = short_label (model, explanation->target.index);

  if (explanation->target.against >= 0)
    {
      g_autofree gchar *against = short_label (model, explanation->target.against);
      /* Translators: a layer's name: class, other class, attribution method. */
      return g_strdup_printf (_ ("Why: %s vs %s (%s)"), label, against, method);
    }
  if (report->subject->unsure)
    /* Translators: a layer's name when the model is not sure: class, attribution method. */
    return g_strdup_printf (_ ("Why: not sure, %s? (%s)"), label, method);
  /* Translators: a layer's name: class, attribution method. */
  return g_strdup_printf (_ ("Why: %s (%s)"), label, method);
}

gboolean
why_report_set_style (WhyReport *report, const gchar *style, GError **error)
{
  g_autoptr (WhyParams) params = why_params_new (why_style_params ());

  if (!why_params_parse (params, style, error))
    return FALSE;
  g_clear_pointer (&report->style, why_params_free);
  report->style = g_steal_pointer (&params);
  why_request_set (report->request, "style", style);
  why_style_get_scale (report->style, report->cells, &report->scale);
  return TRUE;
}

/* Everything that is read off the explanation. */
static gboolean
finish_report (WhyReport *report, GError **error)
{
  report->cells = why_explanation_reduce (report->explanation);
  report->layer_name = make_layer_name (report);
  return why_report_set_style (report, why_request_get (report->request, "style"), error);
}

static gboolean
run_method (WhySession *session, WhyReport *report, WhyPixels *pixels, WhyProgress *progress,
            GError **error)
{
  const WhyRequest *request = report->request;
  const WhySubject *subject = report->subject;
  const WhyMethod *method = why_method_lookup (why_request_get (request, "method"), error);
  gint repeat = why_request_get_repeat (request);
  g_autoptr (WhyParams) params = why_params_new (why_method_get_params (method));
  WhyQuestion question
      = { method, params, why_request_get (request, "node"), { 0 }, &subject->view };
  WhyExplainer *explainer;

  if (!why_params_parse (params, why_request_get (request, "parameters"), error)
      || !why_request_resolve_target (request, subject, method, &question.target, error))
    return FALSE;
  explainer = why_session_get_explainer (session, subject->model, subject->view.input_width,
                                         subject->view.input_height, error);
  if (!explainer)
    return FALSE;
  why_progress_push (progress, 0.0, 1.0 / repeat);
  report->explanation
      = why_explainer_explain (explainer, subject->input->real, &question, progress, error);
  why_progress_pop (progress);
  if (!report->explanation)
    return FALSE;
  return repeat == 1
         || why_session_repeat (session, report, &question, pixels, repeat, progress, error);
}

static WhyReport *
explain_subject (WhySession *session, const WhyRequest *request, WhySubject *subject,
                 WhyPixels *pixels, WhyProgress *progress, GError **error)
{
  gint64 started = g_get_monotonic_time ();
  g_autoptr (WhyReport) report = report_new (request, subject, pixels);

  if (!run_method (session, report, pixels, progress, error) || !finish_report (report, error))
    return NULL;
  report->elapsed_ms = elapsed_ms (started);
  return g_steal_pointer (&report);
}

/* The classes that a group shows beside the report's own. */
static GArray *
find_others (const WhyReport *report, gint n)
{
  const WhyTarget *target = &report->explanation->target;
  GArray *others = g_array_new (FALSE, FALSE, sizeof (gint));

  for (gint i = 0; i < MIN (n, (gint)report->subject->predictions->len); i++)
    {
      gint index = g_array_index (report->subject->predictions, WhyPrediction, i).index;

      if (index != target->index && index != target->against)
        g_array_append_val (others, index);
    }
  return others;
}

/* Explains the further classes that a group is asked to show; nothing to do for other outputs. */
static gboolean
explain_others (WhySession *session, WhyReport *report, WhyPixels *pixels, gint n,
                WhyProgress *progress, GError **error)
{
  g_autoptr (GArray) classes = find_others (report, n);
  g_autoptr (WhyRequest) request = why_request_copy (report->request);

  report->others = g_ptr_array_new_with_free_func ((GDestroyNotify)why_report_free);
  why_request_set (request, "output", "layer");
  for (guint i = 0; i < classes->len; i++)
    {
      g_autofree gchar *target = g_strdup_printf ("%d", g_array_index (classes, gint, i));
      WhyReport *other;

      why_request_set (request, "target", target);
      why_progress_push (progress, (gdouble)i / classes->len, (gdouble)(i + 1) / classes->len);
      other = explain_subject (session, request, report->subject, pixels, progress, error);
      why_progress_pop (progress);
      if (!other)
        return FALSE;
      g_ptr_array_add (report->others, other);
    }
  return TRUE;
}

WhyReport *
why_session_explain (WhySession *session, const WhyRequest *request, WhyPixels *pixels,
                     const WhyRect *region, WhyProgress *progress, GError **error)
{
  gint64 started = g_get_monotonic_time ();
  g_autoptr (WhySubject) subject = NULL;
  g_autoptr (WhyReport) report = NULL;
  WhyOutputSpec output;
  gboolean is_group, done = TRUE;
  gdouble middle;

  if (!why_request_validate (request, error)
      || !why_output_spec_parse (why_request_get (request, "output"), &output, error))
    return NULL;
  is_group = g_str_equal (output.kind, "group");
  middle = is_group ? 0.1 + 0.9 / output.classes : 1.0;
  why_progress_push (progress, 0.0, 0.1);
  subject = why_session_get_subject (session, request, pixels, region, progress, error);
  why_progress_pop (progress);
  if (!subject)
    return NULL;
  why_progress_push (progress, 0.1, middle);
  report = explain_subject (session, request, subject, pixels, progress, error);
  why_progress_pop (progress);
  if (report && is_group)
    {
      why_progress_push (progress, middle, 1.0);
      done = explain_others (session, report, pixels, output.classes, progress, error);
      why_progress_pop (progress);
    }
  if (!report || !done)
    return NULL;
  report->elapsed_ms = elapsed_ms (started);
  return g_steal_pointer (&report);
}

WhyDrawing
why_report_get_drawing (const WhyReport *report)
{
  const WhyExplanation *explanation = report->explanation;
  WhyDrawing drawing = { .style = report->style,
                         .scale = &report->scale,
                         .cells = report->cells,
                         .view = &report->subject->view };

  if (explanation && why_method_makes_picture (explanation->method))
    {
      drawing.picture = explanation->map;
      drawing.bgr
          = why_model_get_preprocessing (report->subject->model)->channels == WHY_CHANNELS_BGR;
    }
  return drawing;
}

/* One pixel of the picture; a gray one has a single channel. */
static void
read_picture (const WhyDrawing *drawing, gint64 at, guint8 rgb[3])
{
  const WhyShape *shape = &drawing->picture->shape;
  gint64 plane = shape->dims[1] * shape->dims[2];

  for (gint c = 0; c < 3; c++)
    {
      gint64 channel = shape->dims[0] == 1 ? 0 : drawing->bgr ? 2 - c : c;
      gdouble value = (gdouble)drawing->picture->real[channel * plane + at];

      rgb[c] = (guint8)lrint (CLAMP (value, 0.0, 1.0) * 255.0);
    }
}

guint8 *
why_drawing_get_picture (const WhyDrawing *drawing, gint *width, gint *height)
{
  guint8 *rgb;

  if (!drawing->picture)
    return NULL;
  *height = (gint)drawing->picture->shape.dims[1];
  *width = (gint)drawing->picture->shape.dims[2];
  rgb = g_malloc ((gsize)*width * *height * 3);
  for (gint64 i = 0; i < (gint64)*width * *height; i++)
    read_picture (drawing, i, rgb + 3 * i);
  return rgb;
}

/* One pixel of the picture where the network would see it, at a place of the image. */
static void
draw_picture_pixel (const WhyDrawing *drawing, gdouble x, gdouble y, guint8 rgba[4])
{
  gint h = (gint)drawing->picture->shape.dims[1], w = (gint)drawing->picture->shape.dims[2];
  gdouble column, row;

  why_view_to_input (drawing->view, x, y, &column, &row);
  column = CLAMP (floor (column * w / drawing->view->input_width), 0.0, w - 1.0);
  row = CLAMP (floor (row * h / drawing->view->input_height), 0.0, h - 1.0);
  read_picture (drawing, (gint64)row * w + (gint64)column, rgba);
  rgba[3] = 255;
}

static void
draw_picture (const WhyDrawing *drawing, gint x, gint y, gint width, gint height, gdouble zoom,
              guint8 *rgba, gsize rowstride)
{
  gint bx, by, bw, bh;

  why_view_get_bounds (drawing->view, &bx, &by, &bw, &bh);
  for (gint j = 0; j < height; j++)
    for (gint i = 0; i < width; i++)
      {
        guint8 *out = rgba + rowstride * (gsize)j + 4 * (gsize)i;
        gdouble image_x = (x + i + 0.5) / zoom, image_y = (y + j + 0.5) / zoom;

        if (image_x < bx || image_y < by || image_x >= bx + bw || image_y >= by + bh)
          memset (out, 0, 4);
        else
          draw_picture_pixel (drawing, image_x, image_y, out);
      }
}

void
why_drawing_draw (const WhyDrawing *drawing, gint x, gint y, gint width, gint height, gdouble zoom,
                  guint8 *rgba, gsize rowstride)
{
  if (drawing->picture)
    draw_picture (drawing, x, y, width, height, zoom, rgba, rowstride);
  else
    why_style_draw (drawing->style, drawing->scale, drawing->cells, drawing->view, x, y, width,
                    height, zoom, rgba, rowstride);
}

void
why_drawing_draw_rows (const WhyDrawing *drawing, gint y, gint n_rows, guint8 *rgba)
{
  gint bx, by, width, height;

  why_view_get_bounds (drawing->view, &bx, &by, &width, &height);
  why_drawing_draw (drawing, bx, by + y, width, n_rows, 1.0, rgba, (gsize)width * 4);
}

guint8 *
why_report_draw (const WhyReport *report, gint *x, gint *y, gint *width, gint *height)
{
  WhyDrawing drawing = why_report_get_drawing (report);
  guint8 *rgba;

  why_view_get_bounds (drawing.view, x, y, width, height);
  rgba = g_malloc ((gsize)*width * *height * 4);
  why_drawing_draw_rows (&drawing, 0, *height, rgba);
  return rgba;
}
