/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is kept between requests: models, planned explainers and the last picture. */
#include "session/session-private.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "session/cache.h"
#include "session/process.h"

/* Weights and plans are large; a person compares a few models at a time. */
#define MAX_MODELS 4
#define MAX_EXPLAINERS 4

const gdouble why_background[3] = { 1.0, 1.0, 1.0 };

struct _WhySession
{
  gint threads;
  WhyCache models;     /* path, times, preset → WhyModel */
  WhyCache explainers; /* model, size → WhyExplainer */
  WhyPixels *pixels;   /* the picture of the subject, held so that its address stays its own */
  WhySubject *subject;
  gchar *subject_key;
};

WhySession *
why_session_new (gint threads)
{
  WhySession *session = g_new0 (WhySession, 1);

  session->threads = threads;
  why_cache_init (&session->models, MAX_MODELS, (GDestroyNotify)why_model_unref);
  why_cache_init (&session->explainers, MAX_EXPLAINERS, (GDestroyNotify)why_explainer_free);
  return session;
}

void
why_session_forget_picture (WhySession *session)
{
  g_clear_pointer (&session->pixels, why_pixels_unref);
  g_clear_pointer (&session->subject, why_subject_unref);
  g_clear_pointer (&session->subject_key, g_free);
}

void
why_session_free (WhySession *session)
{
  if (!session)
    return;
  why_session_forget_picture (session);
  why_cache_clear (&session->explainers);
  why_cache_clear (&session->models);
  g_free (session);
}

/* Changes when the file does. */
static void
append_file_state (GString *key, const gchar *path)
{
  GStatBuf st;

  if (g_stat (path, &st) == 0)
    g_string_append_printf (key, "|%" G_GINT64_FORMAT ".%09ld+%" G_GINT64_FORMAT,
                            (gint64)st.st_mtim.tv_sec, (long)st.st_mtim.tv_nsec,
                            (gint64)st.st_size);
  else
    g_string_append_c (key, '|');
}

static gchar *
model_key (const gchar *path, const gchar *preset)
{
  GString *key = g_string_new (path);
  g_autoptr (GString) sidecar = g_string_new (path);

  append_file_state (key, path);
  if (g_str_has_suffix (path, ".onnx"))
    {
      g_string_truncate (sidecar, sidecar->len - strlen (".onnx"));
      g_string_append (sidecar, ".json");
      append_file_state (key, sidecar->str);
    }
  g_string_append_printf (key, "|%s", preset ? preset : "");
  return g_string_free (key, FALSE);
}

WhyModel *
why_session_get_model (WhySession *session, const WhyRequest *request, GError **error)
{
  g_autofree gchar *name = NULL, *path = NULL, *key = NULL;
  const gchar *preset;
  WhyModel *model;

  if (!why_request_split_model (request, &name, &preset, error))
    return NULL;
  path = why_model_find (name, error);
  if (!path)
    return NULL;
  key = model_key (path, preset);
  model = why_cache_lookup (&session->models, key);
  if (!model)
    {
      why_process_expect_model (path);
      model = why_model_load (path, preset, error);
      if (!model)
        return NULL;
      why_cache_take (&session->models, key, model);
    }
  return why_model_ref (model);
}

/* A word that stands for a class of each picture's own. */
static gboolean
is_relative (const gchar *target)
{
  return *target == '\0' || g_ascii_strcasecmp (target, "top") == 0
         || g_ascii_strcasecmp (target, "second") == 0;
}

static gboolean
check_label (const WhyModel *model, const gchar *label, GError **error)
{
  return is_relative (label) || why_model_find_class (model, label, error) >= 0;
}

static gboolean
check_node (WhySession *session, WhyModel *model, const gchar *node, GError **error)
{
  const WhyPreprocessing *pre = why_model_get_preprocessing (model);
  WhyExplainer *explainer;
  WhyNet *net;

  if (*node == '\0')
    return TRUE;
  explainer = why_session_get_explainer (session, model, pre->width, pre->height, error);
  net = explainer ? why_explainer_get_net (explainer, 1, error) : NULL;
  return net && why_net_find_value (net, node, error) != WHY_VALUE_NONE;
}

gboolean
why_session_prepare (WhySession *session, const WhyRequest *request, GError **error)
{
  g_autoptr (WhyModel) model = why_session_get_model (session, request, error);

  return model && check_label (model, why_request_get (request, "target"), error)
         && check_label (model, why_request_get (request, "against"), error)
         && check_node (session, model, why_request_get (request, "node"), error);
}

WhySession *
why_session_new_sharing (WhySession *session, gint threads)
{
  WhySession *sharing = why_session_new (threads);

  why_cache_copy (&session->models, &sharing->models, (WhyCacheRef)why_model_ref);
  return sharing;
}

WhyExplainer *
why_session_get_explainer (WhySession *session, WhyModel *model, gint width, gint height,
                           GError **error)
{
  /* The explainer holds the model, so that a cached address is never another model's. */
  g_autofree gchar *key = g_strdup_printf ("%p|%dx%d", (gpointer)model, width, height);
  WhyExplainer *explainer = why_cache_lookup (&session->explainers, key);

  if (!explainer)
    {
      explainer = why_explainer_new (model, height, width, session->threads, error);
      if (explainer)
        why_cache_take (&session->explainers, key, explainer);
    }
  return explainer;
}

WhySubject *
why_subject_ref (WhySubject *subject)
{
  g_atomic_ref_count_inc (&subject->ref_count);
  return subject;
}

void
why_subject_unref (WhySubject *subject)
{
  if (!subject || !g_atomic_ref_count_dec (&subject->ref_count))
    return;
  g_clear_pointer (&subject->predictions, g_array_unref);
  g_clear_pointer (&subject->logits, why_tensor_unref);
  g_clear_pointer (&subject->input, why_tensor_unref);
  g_clear_pointer (&subject->rgb, why_tensor_unref);
  g_clear_pointer (&subject->model, why_model_unref);
  g_free (subject);
}

static gboolean
plan_view (WhyView *view, const WhyModel *model, const WhyViewSpec *spec, WhyPixels *pixels,
           const WhyRect *region, GError **error)
{
  const WhyPreprocessing *pre = why_model_get_preprocessing (model);
  gint width = spec->width > 0 ? spec->width : pre->width;
  gint height = spec->height > 0 ? spec->height : pre->height;
  gint short_side = MIN (width, height);

  if (pre->fixed_size && (width != pre->width || height != pre->height))
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                   _ ("%s takes %d×%d pixels and no other size, not %d×%d"),
                   why_model_get_name (model), pre->width, pre->height, width, height);
      return FALSE;
    }
  /* At another size the crop keeps its share of the picture. */
  if (pre->short_side > 0)
    short_side
        = (gint)lround ((gdouble)pre->short_side * short_side / MIN (pre->width, pre->height));
  return why_view_init (view, why_pixels_get_width (pixels), why_pixels_get_height (pixels), region,
                        spec->has_policy ? spec->policy : pre->resize, width, height, short_side,
                        error);
}

WhySubject *
why_subject_sample (WhyModel *model, const WhyView *view, WhyPixels *pixels, WhyProgress *progress,
                    GError **error)
{
  const WhyShape rgb_shape = WHY_SHAPE (3, view->input_height, view->input_width);
  const WhyShape input_shape
      = WHY_SHAPE (why_model_get_n_channels (model), view->input_height, view->input_width);
  g_autoptr (WhySubject) subject = g_new0 (WhySubject, 1);

  g_atomic_ref_count_init (&subject->ref_count);
  subject->model = why_model_ref (model);
  subject->view = *view;
  subject->rgb = why_tensor_new (WHY_DTYPE_FLOAT, &rgb_shape);
  subject->input = why_tensor_new (WHY_DTYPE_FLOAT, &input_shape);
  if (!why_view_sample (view, pixels, why_background, subject->rgb->real, progress, error))
    return NULL;
  why_preprocessing_apply (why_model_get_preprocessing (model), view->input_width,
                           view->input_height, subject->rgb->real, subject->input->real);
  return g_steal_pointer (&subject);
}

static gboolean
classify_subject (WhySession *session, WhySubject *subject, GError **error)
{
  const WhyView *view = &subject->view;
  WhyExplainer *explainer = why_session_get_explainer (session, subject->model, view->input_width,
                                                       view->input_height, error);
  const WhyShape shape = WHY_SHAPE (why_model_get_n_classes (subject->model));
  const WhyReal *confidence;

  if (!explainer)
    return FALSE;
  subject->logits = why_tensor_new (WHY_DTYPE_FLOAT, &shape);
  if (!why_explainer_classify (explainer, subject->input->real, subject->logits->real, error))
    return FALSE;
  for (gint i = 0; i < shape.dims[0]; i++)
    if (!isfinite (subject->logits->real[i]))
      {
        g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_INVALID,
                     _ ("%s answers with a number that is not finite: its weights or its "
                        "preprocessing are wrong"),
                     why_model_get_name (subject->model));
        return FALSE;
      }
  subject->predictions = why_predictions_new (subject->model, subject->logits->real);
  confidence = why_net_get_confidence (why_explainer_get_net (explainer, 1, NULL));
  subject->unsure = why_model_is_unsure (subject->model, subject->logits->real,
                                         confidence ? (gdouble)*confidence : NAN);
  return TRUE;
}

WhySubject *
why_session_get_subject (WhySession *session, const WhyRequest *request, WhyPixels *pixels,
                         const WhyRect *region, WhyProgress *progress, GError **error)
{
  g_autoptr (WhyModel) model = why_session_get_model (session, request, error);
  g_autoptr (WhySubject) subject = NULL;
  g_autofree gchar *key = NULL;
  WhyViewSpec spec;
  WhyView view;

  if (!model || !why_view_spec_parse (why_request_get (request, "view"), &spec, error)
      || !plan_view (&view, model, &spec, pixels, region, error))
    return NULL;
  key = g_strdup_printf ("%p|%p|%d|%dx%d|%a,%a,%a,%a", (gpointer)pixels, (gpointer)model,
                         view.policy, view.input_width, view.input_height, view.rect.x, view.rect.y,
                         view.rect.width, view.rect.height);
  if (g_strcmp0 (key, session->subject_key) == 0)
    return why_subject_ref (session->subject);
  subject = why_subject_sample (model, &view, pixels, progress, error);
  if (!subject || !classify_subject (session, subject, error))
    return NULL;
  why_session_forget_picture (session);
  session->pixels = why_pixels_ref (pixels);
  session->subject = why_subject_ref (subject);
  session->subject_key = g_steal_pointer (&key);
  return g_steal_pointer (&subject);
}
