/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An XCF comes from anywhere: what a layer carries is read back exactly or refused. */
#include <math.h>
#include <string.h>

#include "places.h"
#include "session-model.h"

typedef struct
{
  TestFolder *folder;
  gchar *model, *line;
  WhySession *session;
  WhyReport *report;
  GBytes *npy;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (WhyRequest) request = NULL;
  g_autoptr (WhyPixels) pixels = session_pixels_new (13, 9, WHY_PIXELS_RGB_U8, 3);
  const WhyRect region = { 2, 1, 10, 5 };
  g_autoptr (GError) error = NULL;

  f->folder = test_folder_new ();
  f->model = session_model_write (f->folder, "net", FALSE);
  f->session = why_session_new (1);
  request = session_request_new (f->model, "method", "gradient", "target", "bee", "against", "4",
                                 "view", "letterbox", "style", "opacity=40;colormap=viridis",
                                 "region", "selection", "score", "probability", NULL);
  f->report = why_session_explain (f->session, request, pixels, &region, NULL, &error);
  g_assert_no_error (error);
  f->line = why_report_to_json_line (f->report, 5);
  f->npy = why_npy_write (f->report->explanation->map);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_bytes_unref (f->npy);
  g_free (f->line);
  why_report_free (f->report);
  why_session_free (f->session);
  g_free (f->model);
  test_folder_free (f->folder);
}

static WhyStored *
parse (const gchar *line, GBytes *npy, GError **error)
{
  g_autoptr (GBytes) json = g_bytes_new (line, strlen (line));

  return why_stored_parse (json, npy, error);
}

static void
test_round_trip (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WhyStored) stored = parse (f->line, f->npy, &error);
  const WhyView *before = &f->report->subject->view;
  const gchar *const *names = why_request_names ();
  gint64 n = why_tensor_numel (f->report->cells);

  g_assert_no_error (error);
  g_assert_cmpstr (stored->method_id, ==, "gradient");
  for (gint i = 0; names[i]; i++)
    if (!g_str_equal (names[i], "model"))
      g_assert_cmpstr (why_request_get (stored->request, names[i]), ==,
                       why_request_get (f->report->request, names[i]));
  g_assert_cmpstr (stored->request->model, ==, "net.onnx");
  g_assert_true (why_shape_equal (&stored->cells->shape, &f->report->cells->shape));
  g_assert_cmpmem (stored->cells->real, n * sizeof (WhyReal), f->report->cells->real,
                   n * sizeof (WhyReal));
  g_assert_cmpint (stored->view.policy, ==, before->policy);
  g_assert_cmpint (stored->view.dest_x, ==, before->dest_x);
  g_assert_cmpint (stored->view.dest_y, ==, before->dest_y);
  g_assert_cmpint (stored->view.dest_width, ==, before->dest_width);
  g_assert_cmpint (stored->view.dest_height, ==, before->dest_height);
  g_assert_cmpfloat (stored->view.rect.x, ==, before->rect.x);
  g_assert_cmpfloat (stored->view.region.width, ==, before->region.width);
}

/* The layer can be drawn again, the same. */
static void
test_redraw (Fixture *f, gconstpointer data)
{
  g_autoptr (WhyStored) stored = parse (f->line, f->npy, NULL);
  g_autoptr (WhyParams) style = why_params_new (why_style_params ());
  WhyScale scale;
  gint x, y, width, height;
  g_autofree guint8 *before = why_report_draw (f->report, &x, &y, &width, &height);
  g_autofree guint8 *after = g_malloc ((gsize)width * height * 4);

  g_assert_true (why_params_parse (style, stored->request->style, NULL));
  why_style_get_scale (style, stored->cells, &scale);
  why_style_draw (style, &scale, stored->cells, &stored->view, x, y, width, height, 1, after,
                  (gsize)width * 4);
  g_assert_cmpmem (after, (gsize)width * height * 4, before, (gsize)width * height * 4);
}

static gchar *
replace (const gchar *text, const gchar *from, const gchar *to)
{
  const gchar *at = strstr (text, from);

  if (!at)
    g_error ("the record does not hold %s", from);
  return g_strdup_printf ("%.*s%s%s", (gint)(at - text), text, to, at + strlen (from));
}

static WhyReport *
make_picture (Fixture *f)
{
  g_autoptr (WhyPixels) pixels = session_pixels_new (13, 9, WHY_PIXELS_RGB_U8, 3);
  const WhyRect region = { 2, 1, 10, 5 };
  g_autoptr (WhyRequest) request
      = session_request_new (f->model, "method", "feature-visualization", "parameters",
                             "iterations=2", "target", "bee", NULL);
  g_autoptr (GError) error = NULL;
  WhyReport *report = why_session_explain (f->session, request, pixels, &region, NULL, &error);

  g_assert_no_error (error);
  return report;
}

/* What a stored record with another style draws. (transfer full) */
static guint8 *
redraw (const gchar *line, const WhyReport *report)
{
  g_autoptr (GBytes) npy = why_npy_write (report->explanation->map);
  g_autoptr (GError) error = NULL;
  g_autoptr (WhyStored) stored = parse (line, npy, &error);
  gint x, y, width, height;
  guint8 *rgba;
  WhyDrawing drawing;

  g_assert_no_error (error);
  g_assert_true (why_stored_set_style (stored, "colormap=magma;opacity=30", &error));
  drawing = why_stored_get_drawing (stored);
  why_view_get_bounds (drawing.view, &x, &y, &width, &height);
  rgba = g_malloc ((gsize)width * height * 4);
  why_drawing_draw_rows (&drawing, 0, height, rgba);
  return rgba;
}

/* What is no map but a picture is drawn as one again, whatever the style, with the channels in the
 * order that the record tells. */
static void
test_redraw_of_a_picture (Fixture *f, gconstpointer data)
{
  g_autoptr (WhyReport) report = make_picture (f);
  g_autofree gchar *line = why_report_to_json_line (report, 5);
  g_autofree gchar *bgr_line = replace (line, "\"policy\"", "\"channels\":\"bgr\",\"policy\"");
  gint x, y, width, height;
  g_autofree guint8 *drawn = why_report_draw (report, &x, &y, &width, &height);
  g_autofree guint8 *again = redraw (line, report), *bgr = redraw (bgr_line, report);

  g_assert_cmpmem (again, (gsize)width * height * 4, drawn, (gsize)width * height * 4);
  for (gint i = 0; i < width * height * 4; i += 4)
    {
      g_assert_cmpuint (bgr[i], ==, drawn[i + 2]);
      g_assert_cmpuint (bgr[i + 1], ==, drawn[i + 1]);
      g_assert_cmpuint (bgr[i + 2], ==, drawn[i]);
    }
}

/* A file may claim a picture of any number of channels. */
static void
test_refuses_a_picture_of_two_channels (Fixture *f, gconstpointer data)
{
  g_autoptr (WhyReport) report = make_picture (f);
  g_autofree gchar *line = why_report_to_json_line (report, 5);
  g_autoptr (WhyTensor) map = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 3, 5));
  g_autoptr (GBytes) npy = why_npy_write (map);
  g_autoptr (GError) error = NULL;

  g_assert_null (parse (line, npy, &error));
  g_assert_error (error, WHY_ERROR, WHY_ERROR_PARASITE);
}

/* One lie at a time. */
static void
test_lies (Fixture *f, gconstpointer data)
{
  static const gchar *const lies[][2] = {
    { "\"size\":[13,9]", "\"size\":[13,-9]" },
    { "\"size\":[13,9]", "\"size\":[1e300,9]" },
    { "\"size\":[13,9]", "\"size\":[3,2]" },
    { "\"size\":[13,9]", "\"size\":\"13x9\"" },
    { "\"size\":[13,9]", "\"size\":[13]" },
    { "\"size\":[13,9]", "\"size\":[[13],9]" },
    { "\"policy\":\"letterbox\"", "\"policy\":\"melt\"" },
    { "\"policy\":\"letterbox\"", "\"policy\":7" },
    { "\"rect\":[2.0", "\"rect\":[-900.0" },
    { "\"rect\":[2.0", "\"rect\":[1e999" },
    { "\"input\":[3,8,6]", "\"input\":[3,0,6]" },
    { "\"input\":[3,8,6]", "\"input\":[3,8,100000]" },
    { "\"input\":[3,8,6]", "\"input\":[3,8.5,6]" },
    { "\"dest\":[0", "\"dest\":[9" },
    { "\"id\":\"gradient\"", "\"id\":\"no-such-method\"" },
    { "\"id\":\"gradient\"", "\"id\":{}" },
    { "\"model\":\"net.onnx\"", "\"model\":\"/etc/passwd\"" },
    { "\"model\":\"net.onnx\"", "\"model\":\"../net\"" },
    { "\"model\":\"net.onnx\"", "\"model\":[]" },
    { "\"score\":\"probability\",\"region\"", "\"score\":\"guess\",\"region\"" },
    { "\"style\":\"opacity=40", "\"style\":\"opacity=4000" },
    { "\"request\":{", "\"request\":[{" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (lies); i++)
    {
      g_autofree gchar *line = replace (f->line, lies[i][0], lies[i][1]);
      g_autoptr (GError) error = NULL;

      if (parse (line, f->npy, &error))
        g_error ("%s was believed", lies[i][1]);
      g_assert_error (error, WHY_ERROR, WHY_ERROR_PARASITE);
    }
}

static void
test_garbage (Fixture *f, gconstpointer data)
{
  g_autofree gchar *deep = g_strnfill (100000, '[');
  const gchar *const texts[] = { "", "nonsense", "[]", "{}", "7", "\xff\xfe{}", deep };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (parse (texts[i], f->npy, &error));
      g_assert_error (error, WHY_ERROR, WHY_ERROR_PARASITE);
    }
}

static void
test_bad_maps (Fixture *f, gconstpointer data)
{
  const WhyShape flat = WHY_SHAPE (6), shape = WHY_SHAPE (1, 2, 2);
  g_autoptr (WhyTensor) line = why_tensor_new (WHY_DTYPE_FLOAT, &flat);
  g_autoptr (WhyTensor) bad = why_tensor_new (WHY_DTYPE_FLOAT, &shape);
  g_autoptr (GBytes) flat_npy = why_npy_write (line);
  g_autoptr (GBytes) bad_npy = NULL;
  g_autoptr (GBytes) cut = g_bytes_new_from_bytes (f->npy, 0, g_bytes_get_size (f->npy) - 5);
  GBytes *maps[3] = { flat_npy, NULL, cut };

  bad->real[3] = NAN;
  maps[1] = bad_npy = why_npy_write (bad);
  for (gsize i = 0; i < G_N_ELEMENTS (maps); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (parse (f->line, maps[i], &error));
      g_assert_error (error, WHY_ERROR, WHY_ERROR_PARASITE);
    }
}

/* Any damage ends in a refusal or in something that can be drawn, never in a crash. */
static void
test_damage (Fixture *f, gconstpointer data)
{
  gsize length = strlen (f->line), npy_length = g_bytes_get_size (f->npy);
  WhyRng rng;

  why_rng_init (&rng, 7, 0);
  for (gint i = 0; i < 3000; i++)
    {
      g_autofree gchar *line = g_strdup (f->line);
      g_autofree guint8 *npy = g_memdup2 (g_bytes_get_data (f->npy, NULL), npy_length);
      g_autoptr (GBytes) map = NULL;
      g_autoptr (WhyStored) stored = NULL;

      for (guint k = why_rng_below (&rng, 4) + 1; k > 0; k--)
        line[why_rng_below (&rng, (guint32)length)]
            = "0123456789\"{}[],:-.eE\\x"[why_rng_below (&rng, 23)];
      if (i % 2)
        npy[why_rng_below (&rng, 128)] ^= (guint8)(1 << why_rng_below (&rng, 8));
      map = g_bytes_new (npy, npy_length);
      stored = parse (line, map, NULL);
      if (stored)
        {
          g_autoptr (WhyParams) style = why_params_new (why_style_params ());
          guint8 rgba[4 * 4 * 4];
          WhyScale scale;

          g_assert_true (why_params_parse (style, stored->request->style, NULL));
          why_style_get_scale (style, stored->cells, &scale);
          why_style_draw (style, &scale, stored->cells, &stored->view, 3, 2, 4, 4, 1, rgba, 16);
        }
    }
}

#define ADD(path, test) g_test_add (path, Fixture, NULL, set_up, test, tear_down)

static void
test_restyle (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WhyStored) stored = parse (f->line, f->npy, &error);
  g_autoptr (WhyStored) again = NULL;
  g_autofree gchar *line = NULL;
  WhyDrawing drawing, expected;
  gint x, y, width, height;
  g_autofree guint8 *rgba = NULL, *wanted = NULL;

  g_assert_no_error (error);
  g_assert_true (why_stored_set_style (stored, "sign=both;gamma=2", &error));
  g_assert_true (
      why_report_set_style (f->report, "opacity=40;colormap=viridis;sign=both;gamma=2", &error));
  drawing = why_stored_get_drawing (stored);
  expected = why_report_get_drawing (f->report);
  why_view_get_bounds (drawing.view, &x, &y, &width, &height);
  rgba = g_malloc (4 * (gsize)width * height);
  wanted = g_malloc (4 * (gsize)width * height);
  why_drawing_draw_rows (&drawing, 0, height, rgba);
  why_drawing_draw_rows (&expected, 0, height, wanted);
  g_assert_cmpmem (rgba, 4 * (gsize)width * height, wanted, 4 * (gsize)width * height);

  /* What is written back says the new style and everything else as before. */
  line = why_stored_to_json_line (stored);
  again = parse (line, f->npy, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (why_request_get (again->request, "style"), ==,
                   why_request_get (f->report->request, "style"));
  g_assert_cmpstr (why_request_get (again->request, "target"), ==, "bee");
  g_assert_nonnull (strstr (line, "\"predictions\""));
}

static void
test_bad_restyle (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WhyStored) stored = parse (f->line, f->npy, &error);
  g_autofree gchar *before = why_stored_to_json_line (stored), *after = NULL;

  g_assert_false (why_stored_set_style (stored, "opacity=999", &error));
  g_assert_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT);
  after = why_stored_to_json_line (stored);
  g_assert_cmpstr (before, ==, after);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/stored/round-trip", test_round_trip);
  ADD ("/stored/redraw-of-a-picture", test_redraw_of_a_picture);
  ADD ("/stored/refuses-a-picture-of-two-channels", test_refuses_a_picture_of_two_channels);
  ADD ("/stored/redraws-the-same", test_redraw);
  ADD ("/stored/restyle-draws-as-explain-would", test_restyle);
  ADD ("/stored/bad-restyle-changes-nothing", test_bad_restyle);
  ADD ("/stored/lies-are-refused", test_lies);
  ADD ("/stored/garbage-is-refused", test_garbage);
  ADD ("/stored/bad-maps-are-refused", test_bad_maps);
  ADD ("/stored/damage-never-crashes", test_damage);
  return g_test_run ();
}
