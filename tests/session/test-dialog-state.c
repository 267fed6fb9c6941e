/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The dialog's state with the bundled model and a picture that is not square. */
#include "session/dialog-state.h"

#define WIDTH 120
#define HEIGHT 90

typedef struct
{
  WhySession *session;
  WhyDialog *dialog;
  gint changes[5]; /* how often each kind was told */
} Fixture;

static void
count_changes (WhyDialog *dialog, WhyDialogChange changes, gpointer data)
{
  Fixture *fixture = data;

  for (gint i = 0; i < 5; i++)
    fixture->changes[i] += (changes & (1 << i)) != 0;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WhyRequest) request = why_request_new ();

  fixture->session = why_session_new (1);
  fixture->dialog = why_dialog_new (fixture->session, request);
  why_dialog_set_listener (fixture->dialog, count_changes, fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  why_dialog_free (fixture->dialog);
  why_session_free (fixture->session);
}

static void
give_picture (Fixture *fixture)
{
  g_autoptr (WhyPixels) pixels = NULL;
  guint8 *rgb = g_malloc (WIDTH * HEIGHT * 3);
  const WhyRect all = { 0, 0, WIDTH, HEIGHT };

  for (gint i = 0; i < WIDTH * HEIGHT * 3; i++)
    rgb[i] = (guint8)((i * 7919) >> 5);
  pixels = why_pixels_new_take (WIDTH, HEIGHT, WHY_PIXELS_RGB_U8, rgb);
  why_dialog_set_pixels (fixture->dialog, pixels, &all);
}

static void
wait_until_idle (Fixture *fixture)
{
  while (why_dialog_is_busy (fixture->dialog))
    g_main_context_iteration (NULL, TRUE);
}

static void
test_a_picture_gets_an_answer (Fixture *fixture, gconstpointer data)
{
  const WhyReport *report;

  g_assert_false (why_dialog_is_busy (fixture->dialog));
  give_picture (fixture);
  g_assert_true (why_dialog_is_busy (fixture->dialog));
  wait_until_idle (fixture);
  g_assert_cmpstr (why_dialog_get_error (fixture->dialog), ==, NULL);
  g_assert_true (why_dialog_is_current (fixture->dialog));
  g_assert_cmpint (why_picture_get_width (why_dialog_get_picture (fixture->dialog)), ==, WIDTH);
  g_assert_nonnull (why_dialog_get_subject (fixture->dialog));
  report = why_dialog_get_report (fixture->dialog);
  g_assert_cmpstr (why_method_get_id (report->explanation->method), ==, "grad-cam");
}

/* Drawing otherwise computes nothing, and the map stays the same object. */
static void
test_style_only_redraws (Fixture *fixture, gconstpointer data)
{
  const WhyReport *report;

  give_picture (fixture);
  wait_until_idle (fixture);
  report = why_dialog_get_report (fixture->dialog);
  why_dialog_set_style_param (fixture->dialog, "opacity", "25");
  g_assert_false (why_dialog_is_busy (fixture->dialog));
  g_assert_true (why_dialog_is_current (fixture->dialog));
  g_assert_true (why_dialog_get_report (fixture->dialog) == report);
  g_assert_cmpfloat (why_style_get_opacity (report->style), ==, 25.0);
}

/* Classes are listed once for a picture and model, not with every method. */
static void
test_another_method_has_the_same_classes (Fixture *fixture, gconstpointer data)
{
  give_picture (fixture);
  wait_until_idle (fixture);
  g_assert_cmpint (fixture->changes[2], ==, 1);
  why_dialog_set (fixture->dialog, "method", "layer-cam");
  wait_until_idle (fixture);
  g_assert_true (why_dialog_is_current (fixture->dialog));
  g_assert_cmpint (fixture->changes[2], ==, 1);
  why_dialog_set (fixture->dialog, "view", "stretch");
  wait_until_idle (fixture);
  g_assert_cmpint (fixture->changes[2], ==, 2);
}

/* What methods cost is known with the first answer, and anew for another size of the input. */
static void
test_methods_have_a_cost (Fixture *fixture, gconstpointer data)
{
  const WhyMethod *quick = why_method_lookup ("grad-cam", NULL);
  const WhyMethod *slow = why_method_lookup ("rise", NULL);

  g_assert_cmpfloat (why_dialog_estimate (fixture->dialog, slow), <, 0.0);
  give_picture (fixture);
  wait_until_idle (fixture);
  g_assert_cmpfloat (why_dialog_estimate (fixture->dialog, quick), >, 0.0);
  g_assert_cmpfloat (why_dialog_estimate (fixture->dialog, slow), >,
                     100.0 * why_dialog_estimate (fixture->dialog, quick));
  why_dialog_set (fixture->dialog, "view", "stretch");
  g_assert_cmpfloat (why_dialog_estimate (fixture->dialog, slow), <, 0.0);
  wait_until_idle (fixture);
  g_assert_cmpfloat (why_dialog_estimate (fixture->dialog, slow), >, 0.0);
}

static void
test_the_newest_request_wins (Fixture *fixture, gconstpointer data)
{
  static const gchar *const methods[] = { "rise", "occlusion", "gradient", "input-x-gradient" };

  give_picture (fixture);
  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
    why_dialog_set (fixture->dialog, "method", methods[i]);
  wait_until_idle (fixture);
  g_assert_true (why_dialog_is_current (fixture->dialog));
  g_assert_cmpstr (why_method_get_id (why_dialog_get_report (fixture->dialog)->explanation->method),
                   ==, "input-x-gradient");
}

static void
test_stop_keeps_the_old_map_and_is_not_current (Fixture *fixture, gconstpointer data)
{
  const WhyReport *report;

  give_picture (fixture);
  wait_until_idle (fixture);
  report = why_dialog_get_report (fixture->dialog);
  why_dialog_set (fixture->dialog, "method", "rise");
  why_dialog_stop (fixture->dialog);
  wait_until_idle (fixture);
  g_assert_true (why_dialog_get_report (fixture->dialog) == report);
  g_assert_false (why_dialog_is_current (fixture->dialog));
  g_assert_null (why_dialog_take_report (fixture->dialog));

  why_dialog_set (fixture->dialog, "method", "gradient");
  wait_until_idle (fixture);
  g_assert_true (why_dialog_is_current (fixture->dialog));
}

/* A stop while the picture is still being read does not lose the picture. */
static void
test_stop_at_once_can_be_started_again (Fixture *fixture, gconstpointer data)
{
  give_picture (fixture);
  why_dialog_stop (fixture->dialog);
  wait_until_idle (fixture);
  why_dialog_start (fixture->dialog);
  wait_until_idle (fixture);
  g_assert_true (why_dialog_is_current (fixture->dialog));
  g_assert_nonnull (why_dialog_get_picture (fixture->dialog));
}

static void
test_failures_are_said_and_mended (Fixture *fixture, gconstpointer data)
{
  give_picture (fixture);
  why_dialog_set (fixture->dialog, "node", "no.such.layer");
  wait_until_idle (fixture);
  g_assert_false (why_dialog_is_current (fixture->dialog));
  g_assert_nonnull (strstr (why_dialog_get_error (fixture->dialog), "no.such.layer"));
  why_dialog_set (fixture->dialog, "node", "");
  wait_until_idle (fixture);
  g_assert_cmpstr (why_dialog_get_error (fixture->dialog), ==, NULL);
  g_assert_true (why_dialog_is_current (fixture->dialog));
}

static void
test_each_method_remembers_its_parameters (Fixture *fixture, gconstpointer data)
{
  why_dialog_set (fixture->dialog, "method", "integrated-gradients");
  why_dialog_set_param (fixture->dialog, "steps", "20");
  why_dialog_set (fixture->dialog, "method", "occlusion");
  g_assert_cmpstr (why_request_get (why_dialog_get_request (fixture->dialog), "parameters"), ==,
                   "");
  why_dialog_set (fixture->dialog, "method", "integrated-gradients");
  g_assert_cmpint (why_params_get_int (why_dialog_get_params (fixture->dialog), "steps"), ==, 20);
}

/* What only the host acts on is in the report that is written. */
static void
test_the_report_carries_the_last_settings (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WhyReport) report = NULL;

  give_picture (fixture);
  wait_until_idle (fixture);
  why_dialog_set (fixture->dialog, "output", "channel");
  report = why_dialog_take_report (fixture->dialog);
  g_assert_cmpstr (why_request_get (report->request, "output"), ==, "channel");
  g_assert_null (why_dialog_get_report (fixture->dialog));
}

/* The preview shows one class; the others of a group are computed when all is wanted. */
static void
test_a_group_is_completed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WhyReport) report = NULL;
  gint first;

  give_picture (fixture);
  why_dialog_set (fixture->dialog, "output", "group:3");
  wait_until_idle (fixture);
  g_assert_true (why_dialog_is_current (fixture->dialog));
  g_assert_false (why_dialog_is_complete (fixture->dialog));
  g_assert_null (why_dialog_take_report (fixture->dialog));
  why_dialog_complete (fixture->dialog);
  wait_until_idle (fixture);
  g_assert_true (why_dialog_is_complete (fixture->dialog));
  why_dialog_set_style_param (fixture->dialog, "opacity", "25");
  report = why_dialog_take_report (fixture->dialog);
  g_assert_cmpuint (report->others->len, ==, 2);
  first = report->explanation->target.index;
  for (guint i = 0; i < 2; i++)
    {
      const WhyReport *other = report->others->pdata[i];

      g_assert_cmpint (other->explanation->target.index, ==,
                       g_array_index (report->subject->predictions, WhyPrediction, i + 1).index);
      g_assert_cmpint (other->explanation->target.index, !=, first);
      g_assert_cmpfloat (why_style_get_opacity (other->style), ==, 25.0);
    }
}

static void
test_a_stopped_group_is_not_complete (Fixture *fixture, gconstpointer data)
{
  why_dialog_set (fixture->dialog, "method", "rise");
  why_dialog_set (fixture->dialog, "output", "group:3");
  give_picture (fixture);
  why_dialog_complete (fixture->dialog);
  why_dialog_stop (fixture->dialog);
  wait_until_idle (fixture);
  g_assert_false (why_dialog_is_complete (fixture->dialog));
  why_dialog_set (fixture->dialog, "output", "layer");
  why_dialog_set (fixture->dialog, "method", "gradient");
  wait_until_idle (fixture);
  g_assert_true (why_dialog_is_complete (fixture->dialog));
}

/* A layer that is updated is one layer, whatever the result was to be. */
static void
test_an_edited_layer_needs_no_group (Fixture *fixture, gconstpointer data)
{
  give_picture (fixture);
  why_dialog_set (fixture->dialog, "output", "group:3");
  why_dialog_set_edited (fixture->dialog, "Why: a class");
  g_assert_true (why_dialog_get_updates (fixture->dialog));
  wait_until_idle (fixture);
  g_assert_true (why_dialog_is_complete (fixture->dialog));
  why_dialog_set_updates (fixture->dialog, FALSE);
  g_assert_false (why_dialog_is_complete (fixture->dialog));
}

static void
test_the_ladder_has_two_ends (Fixture *fixture, gconstpointer data)
{
  const WhyMethod *method;
  gint n = 0;

  g_assert_null (why_dialog_get_neighbour (fixture->dialog, -1));
  while ((method = why_dialog_get_neighbour (fixture->dialog, 1)) && n++ < 10)
    why_dialog_set (fixture->dialog, "method", why_method_get_id (method));
  g_assert_cmpint (n, >, 1);
  g_assert_cmpint (n, <, 10);
}

static void
test_freeing_while_busy_is_clean (Fixture *fixture, gconstpointer data)
{
  why_dialog_set (fixture->dialog, "method", "rise");
  give_picture (fixture);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const gchar *name;
    void (*test) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/dialog/a-picture-gets-an-answer", test_a_picture_gets_an_answer },
    { "/dialog/style-only-redraws", test_style_only_redraws },
    { "/dialog/another-method-has-the-same-classes", test_another_method_has_the_same_classes },
    { "/dialog/methods-have-a-cost", test_methods_have_a_cost },
    { "/dialog/the-newest-request-wins", test_the_newest_request_wins },
    { "/dialog/stop-keeps-the-old-map", test_stop_keeps_the_old_map_and_is_not_current },
    { "/dialog/stop-at-once-can-be-started-again", test_stop_at_once_can_be_started_again },
    { "/dialog/failures-are-said-and-mended", test_failures_are_said_and_mended },
    { "/dialog/each-method-remembers-its-parameters", test_each_method_remembers_its_parameters },
    { "/dialog/the-report-carries-the-last-settings", test_the_report_carries_the_last_settings },
    { "/dialog/a-group-is-completed", test_a_group_is_completed },
    { "/dialog/a-stopped-group-is-not-complete", test_a_stopped_group_is_not_complete },
    { "/dialog/an-edited-layer-needs-no-group", test_an_edited_layer_needs_no_group },
    { "/dialog/the-ladder-has-two-ends", test_the_ladder_has_two_ends },
    { "/dialog/freeing-while-busy-is-clean", test_freeing_while_busy_is_clean },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
