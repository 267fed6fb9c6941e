/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What several questions about one picture share: it is read once and shown to a network once. */
#include <string.h>

#include "graph/net-private.h"
#include "session-model.h"
#include "session/session-private.h"

#define WIDTH 20
#define HEIGHT 14

/** A picture that counts how often its rows are read. */
typedef struct
{
  gint rows_read;
} Counter;

static gboolean
read_rows (gpointer user_data, gint y, gint n_rows, gpointer rows, GError **error)
{
  guint8 *rgb = rows;
  Counter *counter = user_data;

  counter->rows_read += n_rows;
  for (gint i = 0; i < n_rows * WIDTH * 3; i++)
    rgb[i] = (guint8)((y * WIDTH * 3 + i) * 37);
  return TRUE;
}

static WhyPixels *
counted_pixels (Counter *counter)
{
  return why_pixels_new (WIDTH, HEIGHT, WHY_PIXELS_RGB_U8, read_rows, counter, NULL);
}

/* How often the model of a report has been shown something in this session. */
static guint64
count_forwards (WhySession *session, const WhyReport *report)
{
  const WhyView *view = &report->subject->view;
  WhyExplainer *explainer = why_session_get_explainer (session, report->subject->model,
                                                       view->input_width, view->input_height, NULL);

  return why_explainer_get_net (explainer, 1, NULL)->run;
}

/* Asks every request about one picture. (element-type WhyReport) */
static GPtrArray *
explain_all (WhySession *session, GPtrArray *requests, WhyPixels *pixels)
{
  GPtrArray *reports = g_ptr_array_new_with_free_func ((GDestroyNotify)why_report_free);

  for (guint i = 0; i < requests->len; i++)
    {
      GError *error = NULL;
      WhyReport *report = why_session_explain (session, g_ptr_array_index (requests, i), pixels,
                                               NULL, NULL, &error);

      g_assert_no_error (error);
      g_ptr_array_add (reports, report);
    }
  return reports;
}

static const gchar *const methods[]
    = { "gradient", "input-x-gradient", "grad-cam", "hires-cam", NULL };

static void
test_one_model (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree gchar *model = session_model_write (folder, "small", FALSE);
  g_autoptr (WhyRequest) request = session_request_new (model, NULL);
  g_autoptr (GPtrArray) requests = why_request_expand (request, NULL, methods, NULL);
  g_autoptr (WhySession) session = why_session_new (1);

  for (guint picture = 1; picture <= 3; picture++)
    {
      Counter counter = { 0 };
      g_autoptr (WhyPixels) pixels = counted_pixels (&counter);
      g_autoptr (GPtrArray) reports = explain_all (session, requests, pixels);

      g_assert_cmpint (counter.rows_read, ==, HEIGHT);
      /* The next picture's pixels are the same, and so is what the network would see. */
      g_assert_cmpint (count_forwards (session, reports->pdata[0]), ==, 1);
      why_session_forget_picture (session);
    }
}

static void
test_several_models (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree gchar *one = session_model_write (folder, "one", FALSE);
  g_autofree gchar *two = session_model_write (folder, "two", TRUE);
  const gchar *const models[] = { one, two, NULL };
  g_autoptr (WhyRequest) request = session_request_new ("", NULL);
  g_autoptr (GPtrArray) requests = why_request_expand (request, models, methods, NULL);
  g_autoptr (WhySession) session = why_session_new (1);
  Counter counter = { 0 };
  g_autoptr (WhyPixels) pixels = counted_pixels (&counter);
  g_autoptr (GPtrArray) reports = explain_all (session, requests, pixels);

  g_assert_cmpint (reports->len, ==, 8);
  g_assert_cmpint (count_forwards (session, reports->pdata[0]), ==, 1);
  g_assert_cmpint (count_forwards (session, reports->pdata[7]), ==, 1);
  g_assert_cmpint (counter.rows_read, ==, 2 * HEIGHT); /* sampled for each, decoded by neither */
}

/* Sharing must not show: each answer is the one that a session of its own gives. */
static void
test_same_answers (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree gchar *model = session_model_write (folder, "small", FALSE);
  const gchar *const mixed[]
      = { "ablation-cam", "gradient", "occlusion", "grad-cam", "deeplift", "gradient", NULL };
  g_autoptr (WhyRequest) request = session_request_new (model, NULL);
  g_autoptr (GPtrArray) requests = why_request_expand (request, NULL, mixed, NULL);
  g_autoptr (WhySession) shared = why_session_new (1);
  g_autoptr (WhyPixels) pixels = session_pixels_new (WIDTH, HEIGHT, WHY_PIXELS_RGB_U8, 1);
  g_autoptr (GPtrArray) together = explain_all (shared, requests, pixels);

  for (guint i = 0; i < requests->len; i++)
    {
      g_autoptr (WhySession) alone = why_session_new (1);
      g_autoptr (GPtrArray) one = g_ptr_array_new ();
      g_autoptr (GPtrArray) reports = NULL;
      const WhyTensor *a = ((WhyReport *)together->pdata[i])->explanation->map, *b;

      g_ptr_array_add (one, requests->pdata[i]);
      reports = explain_all (alone, one, pixels);
      b = ((WhyReport *)reports->pdata[0])->explanation->map;
      g_assert_cmpmem (a->real, (gsize)why_tensor_numel (a) * sizeof (WhyReal), b->real,
                       (gsize)why_tensor_numel (b) * sizeof (WhyReal));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/shared/one-model", test_one_model);
  g_test_add_func ("/session/shared/several-models", test_several_models);
  g_test_add_func ("/session/shared/same-answers", test_same_answers);
  return g_test_run ();
}
