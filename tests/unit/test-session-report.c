/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <locale.h>
#include <math.h>
#include <string.h>

#include "places.h"
#include "session-model.h"
#include "session/evidence.h"
#include "session/output.h"

typedef struct
{
  TestFolder *folder;
  gchar *model;
  WhySession *session;
  WhyPixels *pixels;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->folder = test_folder_new ();
  f->model = session_model_write (f->folder, "net", data != NULL);
  f->session = why_session_new (1);
  f->pixels = session_pixels_new (13, 9, WHY_PIXELS_RGB_U8, 1);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  why_pixels_unref (f->pixels);
  why_session_free (f->session);
  g_free (f->model);
  test_folder_free (f->folder);
}

static WhyReport *
explain (Fixture *f, WhyRequest *request)
{
  g_autoptr (GError) error = NULL;
  WhyReport *report = why_session_explain (f->session, request, f->pixels, NULL, NULL, &error);

  g_assert_no_error (error);
  why_request_free (request);
  return report;
}

static void
assert_refused (Fixture *f, WhyRequest *request, WhyError code, const gchar *text)
{
  GError *error = NULL;

  g_assert_null (why_session_explain (f->session, request, f->pixels, NULL, NULL, &error));
  test_assert_error (&error, (gint)code, text);
  why_request_free (request);
}

static gint
rank_of (const WhyReport *report, guint place)
{
  return g_array_index (report->subject->predictions, WhyPrediction, place).index;
}

static void
test_classify (Fixture *f, gconstpointer data)
{
  g_autoptr (WhyRequest) request = session_request_new (f->model, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (WhyReport) report
      = why_session_classify (f->session, request, f->pixels, NULL, NULL, &error);
  gdouble sum = 0;

  g_assert_no_error (error);
  g_assert_null (report->explanation);
  g_assert_cmpint (report->width, ==, 13);
  g_assert_cmpint (report->height, ==, 9);
  g_assert_cmpint (report->subject->predictions->len, ==, 5);
  for (guint i = 0; i < 5; i++)
    sum += g_array_index (report->subject->predictions, WhyPrediction, i).probability;
  g_assert_cmpfloat_with_epsilon (sum, 1, 1e-9);
  g_assert_false (report->subject->unsure);
}

static void
test_target (Fixture *f, gconstpointer data)
{
  g_autoptr (WhyReport) top = explain (f, session_request_new (f->model, NULL));
  g_autoptr (WhyReport) label
      = explain (f, session_request_new (f->model, "target", "Honey bee", NULL));
  g_autoptr (WhyReport) index
      = explain (f, session_request_new (f->model, "target", "3", "against", "second", NULL));

  g_assert_cmpint (top->explanation->target.index, ==, rank_of (top, 0));
  g_assert_cmpint (top->explanation->target.against, ==, -1);
  g_assert_cmpint (label->explanation->target.index, ==, 1);
  g_assert_cmpint (index->explanation->target.index, ==, 3);
  /* "second" is the best of the others, not the second of all. */
  g_assert_cmpint (index->explanation->target.against, ==,
                   rank_of (index, 0) == 3 ? rank_of (index, 1) : rank_of (index, 0));
}

static void
test_refusals (Fixture *f, gconstpointer data)
{
  assert_refused (f, session_request_new (f->model, "target", "cet", NULL), WHY_ERROR_LABEL, "cat");
  assert_refused (f, session_request_new (f->model, "target", "cat", "against", "2", NULL),
                  WHY_ERROR_LABEL, "cat");
  assert_refused (f, session_request_new (f->model, "node", "nowhere", NULL), WHY_ERROR_NODE,
                  "nowhere");
  assert_refused (f, session_request_new (f->model, "view", ":12", NULL), WHY_ERROR_ARGUMENT,
                  "6×8");
  assert_refused (f, session_request_new ("nothing-of-that-name", NULL), WHY_ERROR_MODEL_NOT_FOUND,
                  "nothing-of-that-name");
}

/* Another WhyReport of the same WhyPixels shares what the network saw. */
static void
test_shared_subject (Fixture *f, gconstpointer data)
{
  g_autoptr (WhyReport) first = explain (f, session_request_new (f->model, NULL));
  g_autoptr (WhyReport) second
      = explain (f, session_request_new (f->model, "method", "gradient", NULL));
  g_autoptr (WhyReport) other
      = explain (f, session_request_new (f->model, "view", "letterbox", NULL));

  g_assert_true (first->subject == second->subject);
  g_assert_false (first->subject == other->subject);
  why_pixels_unref (f->pixels);
  f->pixels = session_pixels_new (13, 9, WHY_PIXELS_RGB_U8, 2);
  {
    g_autoptr (WhyReport) changed = explain (f, session_request_new (f->model, NULL));

    g_assert_false (first->subject == changed->subject);
  }
}

/* A model that is replaced on disk is loaded again. */
static void
test_changed_model (Fixture *f, gconstpointer data)
{
  g_autoptr (WhyRequest) request = session_request_new (f->model, NULL);
  g_autoptr (WhyModel) first = why_session_get_model (f->session, request, NULL);
  g_autoptr (WhyModel) again = why_session_get_model (f->session, request, NULL);
  g_autoptr (WhyModel) changed = NULL;

  g_assert_true (first == again);
  test_folder_write (f->folder, "net.json", "{\"labels\": [\"a\", \"b\", \"c\", \"d\", \"e\"]}");
  changed = why_session_get_model (f->session, request, NULL);
  g_assert_cmpstr (why_model_get_label_c (changed, 2), ==, "c");
}

static void
test_model_with_preset (Fixture *f, gconstpointer data)
{
  g_autofree gchar *name = NULL, *hash_name = g_strconcat (f->model, "#tf", NULL);
  g_autoptr (WhyRequest) request = NULL;
  g_autoptr (WhyModel) model = NULL;

  test_folder_write (f->folder, "net.json", "{}");
  request = session_request_new (hash_name, NULL);
  model = why_session_get_model (f->session, request, NULL);
  g_assert_cmpstr (why_model_get_preprocessing_source (model), ==, "preset tf");
}

static void
test_region (Fixture *f, gconstpointer data)
{
  g_autoptr (WhyRequest) request = session_request_new (f->model, NULL);
  const WhyRect region = { 4, 2, 5, 6 };
  g_autoptr (WhyReport) report
      = why_session_explain (f->session, request, f->pixels, &region, NULL, NULL);
  g_autofree guint8 *rgba = NULL;
  gint x, y, width, height;

  rgba = why_report_draw (report, &x, &y, &width, &height);
  g_assert_cmpint (x, ==, 4);
  g_assert_cmpint (y, ==, 2);
  g_assert_cmpint (width, ==, 5);
  g_assert_cmpint (height, ==, 6);
}

static void
test_strips_are_the_whole (Fixture *f, gconstpointer data)
{
  g_autoptr (WhyReport) report
      = explain (f, session_request_new (f->model, "method", "gradient", NULL));
  WhyDrawing drawing = why_report_get_drawing (report);
  gint x, y, width, height;
  g_autofree guint8 *whole = why_report_draw (report, &x, &y, &width, &height);
  g_autofree guint8 *strip = g_malloc (width * 2 * 4);

  for (gint row = 0; row + 2 <= height; row += 2)
    {
      why_drawing_draw_rows (&drawing, row, 2, strip);
      g_assert_cmpmem (strip, width * 2 * 4, whole + row * width * 4, width * 2 * 4);
    }
}

static void
test_compose (Fixture *f, gconstpointer data)
{
  g_autoptr (WhyReport) report
      = explain (f, session_request_new (f->model, "style", "opacity=0", NULL));
  g_autofree guint8 *plain = why_report_compose (report, f->pixels, NULL);
  g_autofree guint8 *blended = NULL;
  g_autofree gfloat *rgb = g_new (gfloat, 13 * 9 * 3);

  why_pixels_read_rgb (f->pixels, 0, 9, why_background, rgb, NULL);
  for (gint i = 0; i < 13 * 9 * 3; i++)
    g_assert_cmpint (plain[i], ==, (gint)lrintf (rgb[i] * 255));
  g_assert_true (why_report_set_style (report, "opacity=100;mode=normal", NULL));
  blended = why_report_compose (report, f->pixels, NULL);
  g_assert_cmpint (memcmp (blended, plain, 13 * 9 * 3), !=, 0);
}

/* A method that makes a picture is shown as that picture, not as a map of it. */
static void
test_picture (Fixture *f, gconstpointer data)
{
  g_autoptr (WhyReport) report
      = explain (f, session_request_new (f->model, "method", "feature-visualization", "parameters",
                                         "iterations=2", NULL));
  WhyDrawing drawing = why_report_get_drawing (report);
  gint width = 0, height = 0, x, y, across, down;
  g_autofree guint8 *rgb = why_drawing_get_picture (&drawing, &width, &height);
  g_autofree guint8 *rgba = why_report_draw (report, &x, &y, &across, &down);

  g_assert_cmpint (width, ==, report->subject->view.input_width);
  g_assert_cmpint (height, ==, report->subject->view.input_height);
  for (gint c = 0; c < 3; c++)
    {
      gint last = (width * height - 1) * 3 + c;

      g_assert_cmpint (rgba[c], ==, rgb[c]);
      g_assert_cmpint (rgba[(across * down - 1) * 4 + c], ==, rgb[last]);
      g_assert_cmpint (
          rgb[last], ==,
          lrint (255.0 * report->explanation->map->real[(c + 1) * width * height - 1]));
    }
  g_assert_cmpint (rgba[3], ==, 255);
}

static void
test_layer_names (Fixture *f, gconstpointer data)
{
  g_autoptr (WhyReport) plain = explain (f, session_request_new (f->model, "target", "1", NULL));
  g_autoptr (WhyReport) contrast
      = explain (f, session_request_new (f->model, "target", "1", "against", "cat", NULL));

  if (data) /* the model is never sure */
    {
      g_assert_true (plain->subject->unsure);
      g_assert_cmpstr (plain->layer_name, ==, "Why: not sure, bee? (Grad-CAM)");
      return;
    }
  g_assert_cmpstr (plain->layer_name, ==, "Why: bee (Grad-CAM)");
  g_assert_cmpstr (contrast->layer_name, ==, "Why: bee vs cat (Grad-CAM)");
}

static JsonObject *
parse (JsonParser *parser, const gchar *line)
{
  g_assert_null (strchr (line, '\n'));
  g_assert_true (json_parser_load_from_data (parser, line, -1, NULL));
  return json_node_get_object (json_parser_get_root (parser));
}

static void
test_json (Fixture *f, gconstpointer data)
{
  g_autoptr (WhyReport) report
      = explain (f, session_request_new (f->model, "method", "integrated-gradients", "target",
                                         "bee", "against", "emu", "parameters", "steps=9", NULL));
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree gchar *line = NULL;
  JsonObject *root, *object;
  JsonArray *array;

  report->image = g_strdup ("a \"b\"\n.png");
  line = why_report_to_json_line (report, 2);
  root = parse (parser, line);
  g_assert_cmpstr (json_object_get_string_member (root, "image"), ==, "a \"b\"\n.png");
  array = json_object_get_array_member (root, "size");
  g_assert_cmpint (json_array_get_int_element (array, 0), ==, 13);
  g_assert_cmpint (json_array_get_int_element (array, 1), ==, 9);
  object = json_object_get_object_member (root, "model");
  g_assert_cmpstr (json_object_get_string_member (object, "name"), ==, "net");
  g_assert_cmpint (strlen (json_object_get_string_member (object, "sha256")), ==, 64);
  object = json_object_get_object_member (root, "view");
  g_assert_cmpstr (json_object_get_string_member (object, "policy"), ==, "stretch");
  array = json_object_get_array_member (object, "rect");
  g_assert_cmpfloat (json_array_get_double_element (array, 2), ==, 13);
  array = json_object_get_array_member (object, "input");
  g_assert_cmpint (json_array_get_int_element (array, 1), ==, 8);
  g_assert_cmpint (json_array_get_int_element (array, 2), ==, 6);
  g_assert_cmpint (json_array_get_length (json_object_get_array_member (root, "predictions")), ==,
                   2);
  object = json_object_get_object_member (root, "target");
  g_assert_cmpint (json_object_get_int_member (object, "index"), ==, 1);
  g_assert_cmpstr (json_object_get_string_member (object, "label"), ==, "bee, honey bee");
  object = json_object_get_object_member (root, "against");
  g_assert_cmpint (json_object_get_int_member (object, "index"), ==, 4);
  object = json_object_get_object_member (root, "method");
  g_assert_cmpstr (json_object_get_string_member (object, "id"), ==, "integrated-gradients");
  object = json_object_get_object_member (object, "params");
  g_assert_cmpint (json_object_get_int_member (object, "steps"), ==, 9);
  array = json_object_get_array_member (root, "native");
  g_assert_cmpint (json_array_get_int_element (array, 0), ==, 8);
  g_assert_cmpint (json_array_get_int_element (array, 1), ==, 6);
  object = json_object_get_object_member (root, "residual");
  g_assert_true (json_object_has_member (object, "completeness"));
  g_assert_false (json_object_get_boolean_member (root, "unsure"));
  g_assert_true (json_object_has_member (root, "elapsed_ms"));
  g_assert_true (json_object_has_member (root, "version"));
  g_assert_false (json_object_has_member (root, "error"));
  g_assert_false (json_object_has_member (root, "outputs"));
  g_assert_false (json_object_has_member (root, "checks"));
  /* Where files lie is nobody's business. */
  g_assert_null (strstr (line, f->folder->path));
}

static void
test_json_leaves_out (Fixture *f, gconstpointer data)
{
  g_autoptr (WhyReport) report = explain (f, session_request_new (f->model, NULL));
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree gchar *line = NULL;
  JsonObject *root;

  report->explanation->residual = NAN;
  report->scale = (WhyScale){ 0, INFINITY, FALSE };
  line = why_report_to_json_line (report, 5);
  root = parse (parser, line);
  g_assert_false (json_object_has_member (root, "residual"));
  g_assert_false (json_object_has_member (root, "scale"));
  g_assert_false (json_object_has_member (root, "against"));
  g_assert_false (json_object_has_member (root, "seed"));
  g_assert_null (strstr (line, "nan"));
  g_assert_null (strstr (line, "inf"));
}

static void
test_json_ignores_locale (Fixture *f, gconstpointer data)
{
  g_autoptr (WhyReport) report = explain (f, session_request_new (f->model, NULL));
  g_autofree gchar *plain = why_report_to_json_line (report, 5), *german = NULL;

  if (!setlocale (LC_ALL, "de_DE.UTF-8"))
    {
      g_test_skip ("no German locale here");
      return;
    }
  german = why_report_to_json_line (report, 5);
  setlocale (LC_ALL, "C");
  g_assert_cmpstr (german, ==, plain);
}

static void
test_error_json (void)
{
  g_autoptr (GError) error = g_error_new_literal (WHY_ERROR, WHY_ERROR_IMAGE, "the file is empty");
  g_autofree gchar *line = why_error_to_json_line ("x.png", NULL, error);
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *root = parse (parser, line);

  g_assert_cmpstr (json_object_get_string_member (root, "image"), ==, "x.png");
  g_assert_cmpstr (json_object_get_string_member (root, "error"), ==, "the file is empty");
}

static void
test_alpha_background (Fixture *f, gconstpointer data)
{
  g_autofree gchar *line = NULL;
  g_autoptr (WhyReport) report = NULL;

  why_pixels_unref (f->pixels);
  f->pixels = session_pixels_new (13, 9, WHY_PIXELS_RGBA_U8, 1);
  report = explain (f, session_request_new (f->model, NULL));
  line = why_report_to_json_line (report, 1);
  g_assert_nonnull (strstr (line, "\"background\":[1.0,1.0,1.0]"));
}

/* Of a deterministic method over crops, each value lands where its part of the picture is: the
 * mean of a map that follows the picture stays close to the map itself. */
static void
test_repeat_crops (Fixture *f, gconstpointer data)
{
  g_autoptr (WhyReport) once
      = explain (f, session_request_new (f->model, "method", "input-x-gradient", NULL));
  g_autoptr (WhyReport) mean = explain (
      f, session_request_new (f->model, "method", "input-x-gradient", "repeat", "8", NULL));
  gint64 n = why_tensor_numel (once->explanation->map);
  gdouble error = 0;

  g_assert_cmpint (mean->repeats, ==, 8);
  g_assert_false (mean->repeats_random);
  g_assert_true (why_shape_equal (&mean->explanation->map->shape, &once->explanation->map->shape));
  for (gint64 i = 0; i < n; i++)
    error += mean->explanation->error->real[i];
  g_assert_cmpfloat (error, >, 0);
}

static void
test_repeat_seeds (Fixture *f, gconstpointer data)
{
  g_autoptr (WhyReport) mean
      = explain (f, session_request_new (f->model, "method", "smoothgrad", "parameters",
                                         "samples=3;seed=5", "repeat", "4", NULL));
  gint64 n = why_tensor_numel (mean->explanation->map);
  g_autofree gdouble *sum = g_new0 (gdouble, n), *squares = g_new0 (gdouble, n);

  g_assert_true (mean->repeats_random);
  for (gint seed = 5; seed < 9; seed++)
    {
      g_autofree gchar *parameters = g_strdup_printf ("samples=3;seed=%d", seed);
      g_autoptr (WhyReport) one = explain (f, session_request_new (f->model, "method", "smoothgrad",
                                                                   "parameters", parameters, NULL));

      for (gint64 i = 0; i < n; i++)
        {
          sum[i] += one->explanation->map->real[i];
          squares[i] += pow (one->explanation->map->real[i], 2);
        }
    }
  for (gint64 i = 0; i < n; i++)
    {
      gdouble m = sum[i] / 4, variance = MAX (squares[i] / 4 - m * m, 0) * 4 / 3;

      g_assert_cmpfloat_with_epsilon (mean->explanation->map->real[i], m, 1e-6);
      g_assert_cmpfloat_with_epsilon (mean->explanation->error->real[i], sqrt (variance / 4), 1e-5);
    }
}

/* Whatever draws numbers is repeated over seeds, everything else over crops, whether or not it has
 * a seed. */
static void
test_repeat_draws_again_what_was_drawn (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const gchar *method, *parameters;
    gboolean random;
  } cases[] = {
    { "gradient", "", FALSE },
    { "integrated-gradients", "steps=3", FALSE },
    { "integrated-gradients", "steps=3;baseline=noise", TRUE },
    { "deeplift", "baseline=noise", TRUE },
    { "occlusion", "window=4;stride=4", FALSE },
    { "occlusion", "window=4;stride=4;fill=noise", TRUE },
    { "lime", "segments=6;samples=12", TRUE },
    { "kernel-shap", "segments=4", FALSE },
    { "rise", "masks=8;grid=3", TRUE },
    { "feature-factorization", "components=2;iterations=5", TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (WhyReport) report
          = explain (f, session_request_new (f->model, "method", cases[i].method, "parameters",
                                             cases[i].parameters, "repeat", "3", NULL));

      g_test_message ("%s, %s", cases[i].method, cases[i].parameters);
      g_assert_cmpint (report->repeats, ==, 3);
      g_assert_cmpint (report->repeats_random, ==, cases[i].random);
      g_assert_nonnull (report->explanation->error);
    }
}

static void
test_cancel (Fixture *f, gconstpointer data)
{
  g_autoptr (WhyProgress) progress = why_progress_new (NULL, NULL);
  g_autoptr (WhyRequest) request = session_request_new (f->model, "method", "occlusion", NULL);
  GError *error = NULL;

  why_progress_cancel (progress);
  g_assert_null (why_session_explain (f->session, request, f->pixels, NULL, progress, &error));
  test_assert_error (&error, WHY_ERROR_CANCELLED, "");
}

static WhyTensor *
make_cells (gint h, gint w, gdouble (*value) (gint x, gint y))
{
  const WhyShape shape = WHY_SHAPE (h, w);
  WhyTensor *cells = why_tensor_new (WHY_DTYPE_FLOAT, &shape);

  for (gint i = 0; i < h * w; i++)
    cells->real[i] = (WhyReal)value (i % w, i / w);
  return cells;
}

static gdouble
flat (gint x, gint y)
{
  return 2;
}

static gdouble
corner (gint x, gint y)
{
  return x == 0 && y == 0;
}

static gdouble
against (gint x, gint y)
{
  return -1;
}

static gdouble
slope (gint x, gint y)
{
  return x + 10 * y;
}

static gdouble
steep_slope (gint x, gint y)
{
  return exp (0.1 * slope (x, y));
}

static gdouble
down_slope (gint x, gint y)
{
  return -slope (x, y);
}

static void
test_evidence (void)
{
  g_autoptr (WhyTensor) even = make_cells (5, 9, flat), one = make_cells (5, 9, corner);
  g_autoptr (WhyTensor) none = make_cells (5, 9, against);

  g_assert_cmpfloat_with_epsilon (why_evidence_outside_middle (even), 0.5, 1e-6);
  g_assert_cmpfloat_with_epsilon (why_evidence_outside_middle (one), 1, 1e-6);
  g_assert_true (isnan (why_evidence_outside_middle (none)));
}

static void
test_agreement (void)
{
  g_autoptr (WhyTensor) up = make_cells (5, 9, slope), steep = make_cells (5, 9, steep_slope);
  g_autoptr (WhyTensor) down = make_cells (5, 9, down_slope), even = make_cells (3, 4, flat);
  WhyView view;

  g_assert_true (why_view_init (&view, 90, 50, NULL, WHY_RESIZE_STRETCH, 18, 10, 0, NULL));
  g_assert_cmpfloat_with_epsilon (why_evidence_agreement (up, &view, steep, &view), 1, 1e-9);
  g_assert_cmpfloat_with_epsilon (why_evidence_agreement (up, &view, down, &view), -1, 1e-9);
  g_assert_true (isnan (why_evidence_agreement (up, &view, even, &view)));
}

#define ADD(path, test, data) g_test_add (path, Fixture, data, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/session/classify", test_classify, NULL);
  ADD ("/session/target", test_target, NULL);
  ADD ("/session/refusals", test_refusals, NULL);
  ADD ("/session/one-picture-is-seen-once", test_shared_subject, NULL);
  ADD ("/session/changed-model-is-loaded-again", test_changed_model, NULL);
  ADD ("/session/model-with-preset", test_model_with_preset, NULL);
  ADD ("/session/region", test_region, NULL);
  ADD ("/session/cancel", test_cancel, NULL);
  ADD ("/session/repeat-over-crops", test_repeat_crops, NULL);
  ADD ("/session/repeat-over-seeds", test_repeat_seeds, NULL);
  ADD ("/session/repeat-draws-again-what-was-drawn", test_repeat_draws_again_what_was_drawn, NULL);
  ADD ("/report/strips-are-the-whole", test_strips_are_the_whole, NULL);
  ADD ("/report/compose", test_compose, NULL);
  ADD ("/report/picture", test_picture, NULL);
  ADD ("/report/layer-names", test_layer_names, NULL);
  ADD ("/report/layer-name-when-unsure", test_layer_names, "unsure");
  ADD ("/report/json", test_json, NULL);
  ADD ("/report/json-leaves-out", test_json_leaves_out, NULL);
  ADD ("/report/json-ignores-locale", test_json_ignores_locale, NULL);
  ADD ("/report/alpha-background-is-stated", test_alpha_background, NULL);
  g_test_add_func ("/report/error-json", test_error_json);
  g_test_add_func ("/evidence/outside-middle", test_evidence);
  g_test_add_func ("/evidence/agreement", test_agreement);
  return g_test_run ();
}
