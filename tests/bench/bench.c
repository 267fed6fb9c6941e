/* SPDX-License-Identifier: GPL-3.0-or-later */
/* usage: whylayer-bench THREADS
 * One request a line on stdin, one line of milliseconds (a median) on stdout:
 *   forward MODEL BATCH TIMES     one run of the batch
 *   explain MODEL METHOD PARAMS TIMES   a whole explanation; PARAMS: NAME=VALUE;… or -
 *   preview MODEL MEGAPIXELS WIDTH TIMES   pixels → input → Grad-CAM → map drawn that wide
 *   patches MODEL WINDOW STRIDE   multiply-adds of occlusion where every patch is alone, as a share
 *                                 of whole passes; no milliseconds
 *   product SIDE TIMES            a square matrix product; GFLOP/s instead of milliseconds
 *   peak                          the process's largest resident size so far, MiB */
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "graph/patcher.h"
#include "session/process.h"
#include "whylayer/whylayer.h"

typedef struct
{
  gint threads;
  gchar *path;
  WhyModel *model;
  WhyExplainer *explainer;
  WhyNet *net;    /* for forward */
  WhyReal *input; /* [MOST_BATCH + 1,C,H,W] */
  gboolean
      odd; /* nets do not compute the same input twice: every other time the next one is shown */
  gint64 numel; /* C·H·W */
  WhyPixels *pixels;
} Bench;

#define MOST_BATCH 16

static void G_GNUC_NORETURN
fail (const gchar *message)
{
  g_printerr ("whylayer-bench: %s\n", message);
  exit (1);
}

static void
check (gboolean ok, GError *error)
{
  if (!ok)
    fail (error ? error->message : "failed");
}

static void
bench_clear (Bench *bench)
{
  if (!bench->path)
    return;
  g_clear_pointer (&bench->net, why_net_free);
  why_explainer_free (bench->explainer);
  why_model_unref (bench->model);
  g_free (bench->input);
  g_clear_pointer (&bench->path, g_free);
}

static const WhyReal *
next_input (Bench *bench)
{
  bench->odd = !bench->odd;
  return bench->input + (bench->odd ? bench->numel : 0);
}

static void
load (Bench *bench, const gchar *path)
{
  GError *error = NULL;
  const WhyShape *shape;
  WhyRng rng;

  if (g_strcmp0 (path, bench->path) == 0)
    return;
  bench_clear (bench);
  bench->path = g_strdup (path);
  bench->model = why_model_load (path, NULL, &error);
  check (bench->model != NULL, error);
  bench->explainer = why_explainer_new (bench->model, 0, 0, bench->threads, &error);
  check (bench->explainer != NULL, error);
  shape = why_net_get_input_shape (why_explainer_get_net (bench->explainer, 1, NULL));
  bench->numel = why_shape_numel (shape);
  bench->input = g_new (WhyReal, (MOST_BATCH + 1) * bench->numel);
  why_rng_init (&rng, 3, 0);
  for (gint64 i = 0; i < (MOST_BATCH + 1) * bench->numel; i++)
    bench->input[i] = (WhyReal)why_rng_gaussian (&rng);
}

/* What a classification alone needs. */
static WhyNet *
get_forward_net (Bench *bench, gint batch)
{
  GError *error = NULL;
  WhyNetOptions options
      = { .batch = batch, .threads = bench->threads, .rough = TRUE, .forgets = TRUE };

  if (bench->net && why_net_get_batch (bench->net) == batch)
    return bench->net;
  g_clear_pointer (&bench->net, why_net_free);
  bench->net = why_net_new (bench->model, &options, &error);
  check (bench->net != NULL, error);
  return bench->net;
}

static void
forward (Bench *bench, gchar **words)
{
  GError *error = NULL;
  WhyNet *net = get_forward_net (bench, CLAMP (atoi (words[0]), 1, MOST_BATCH));

  check (why_net_forward (net, next_input (bench), &error) != NULL, error);
}

static WhyExplanation *
explain (Bench *bench, const WhyReal *input, const gchar *method, const gchar *text)
{
  GError *error = NULL;
  const WhyMethod *row = why_method_lookup (method, &error);
  g_autoptr (WhyParams) params = NULL;
  WhyExplanation *explanation;
  WhyQuestion question = { .method = row, .target = { .index = 0, .against = -1 } };

  check (row != NULL, error);
  params = why_params_new (why_method_get_params (row));
  check (strcmp (text, "-") == 0 || why_params_parse (params, text, &error), error);
  question.params = params;
  explanation = why_explainer_explain (bench->explainer, input, &question, NULL, &error);
  check (explanation != NULL, error);
  return explanation;
}

static void
explain_once (Bench *bench, gchar **words)
{
  why_explanation_free (explain (bench, next_input (bench), words[0], words[1]));
}

static WhyPixels *
picture (gint width, gint height)
{
  gsize bytes = (gsize)width * height * 3;
  guint8 *rgb = g_malloc (bytes);

  for (gsize i = 0; i < bytes; i++)
    rgb[i] = (guint8)(i * 2654435761u >> 13);
  return why_pixels_new_take (width, height, WHY_PIXELS_RGB_U8, rgb);
}

#define PICTURE_WIDTH 4000

/* As a host's dialog does it: the picture is in memory, the map of all of it is drawn as wide as
 * the window. */
static void
preview (Bench *bench, gchar **words)
{
  const WhyPreprocessing *pre = why_model_get_preprocessing (bench->model);
  gint height = 250 * atoi (words[0]), drawn = atoi (words[1]);
  gdouble zoom = (gdouble)drawn / PICTURE_WIDTH;
  gint drawn_height = (gint)(height * zoom);
  g_autofree guint8 *rgba = g_malloc ((gsize)drawn * drawn_height * 4);
  g_autofree gfloat *sampled = g_new (gfloat, bench->numel);
  g_autofree WhyReal *input = g_new (WhyReal, bench->numel);
  g_autoptr (WhyParams) style = why_params_new (why_style_params ());
  g_autoptr (WhyExplanation) explanation = NULL;
  g_autoptr (WhyTensor) cells = NULL;
  GError *error = NULL;
  WhyScale scale;
  WhyView view;

  if (!bench->pixels)
    bench->pixels = picture (PICTURE_WIDTH, height);
  check (why_view_init (&view, PICTURE_WIDTH, height, NULL, WHY_RESIZE_STRETCH, pre->width,
                        pre->height, 0, &error)
             && why_view_sample (&view, bench->pixels, (const gdouble[]){ 1, 1, 1 }, sampled, NULL,
                                 &error),
         error);
  why_preprocessing_apply (pre, pre->width, pre->height, sampled, input);
  explanation = explain (bench, input, "grad-cam", "-");
  cells = why_explanation_reduce (explanation);
  why_style_get_scale (style, cells, &scale);
  why_style_draw (style, &scale, cells, &view, 0, 0, drawn, drawn_height, zoom, rgba,
                  (gsize)drawn * 4);
}

/* The picture with one window of other values. */
static void
cover (const WhyShape *shape, gint64 top, gint64 left, gint64 window, WhyReal *input)
{
  for (gint64 c = 0; c < shape->dims[1]; c++)
    for (gint64 y = top; y < MIN (top + window, shape->dims[2]); y++)
      for (gint64 x = left; x < MIN (left + window, shape->dims[3]); x++)
        input[(c * shape->dims[2] + y) * shape->dims[3] + x] += 1;
}

/* What incremental occlusion has to do: every patch as if it were alone, a layer of which four
 * fifths change counted whole. */
static gdouble
patches (Bench *bench, gchar **words)
{
  GError *error = NULL;
  WhyNet *net = why_explainer_get_net (bench->explainer, 1, &error);
  gint64 window = atoi (words[0]), stride = MAX (atoi (words[1]), 1), n = 0;
  gsize bytes = (gsize)bench->numel * sizeof (WhyReal);
  const WhyShape *shape;
  gdouble sum = 0.0;

  check (net != NULL, error);
  shape = why_net_get_input_shape (net);
  for (gint64 y = 0; y == 0 || y + window < shape->dims[2] + stride; y += stride)
    for (gint64 x = 0; x == 0 || x + window < shape->dims[3] + stride; x += stride, n++)
      {
        g_autofree WhyReal *input = g_memdup2 (bench->input, bytes);

        cover (shape, y, x, window, input);
        sum += why_patcher_estimate (net, bench->input, input);
      }
  return sum / (gdouble)n;
}

typedef void (*Work) (Bench *bench, gchar **words);

static gint
compare_doubles (gconstpointer a, gconstpointer b)
{
  gdouble x = *(const gdouble *)a, y = *(const gdouble *)b;

  return (x > y) - (x < y);
}

/* Wall clock or, where WHYLAYER_BENCH_CLOCK is "processor", the process's own time. */
static gdouble
now_ms (void)
{
  gboolean own = g_strcmp0 (g_getenv ("WHYLAYER_BENCH_CLOCK"), "processor") == 0;
  struct timespec time;

  clock_gettime (own ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return (gdouble)time.tv_sec * 1e3 + (gdouble)time.tv_nsec * 1e-6;
}

static gdouble
median_ms (Bench *bench, Work work, gchar **words, gint times)
{
  g_autofree gdouble *ms = g_new (gdouble, MAX (times, 1));

  for (gint i = 0; i < times; i++)
    {
      gdouble start = now_ms ();
      work (bench, words);
      ms[i] = now_ms () - start;
    }
  qsort (ms, (gsize)times, sizeof *ms, compare_doubles);
  return ms[times / 2];
}

static void
product (G_GNUC_UNUSED Bench *bench, gchar **words)
{
  static gfloat *a = NULL;
  gint n = atoi (words[0]);

  if (!a)
    {
      a = g_new (gfloat, 3 * (gsize)n * n);
      for (gsize i = 0; i < 3 * (gsize)n * n; i++)
        a[i] = 0.5f;
    }
  cblas_sgemm (CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a, n, a + (gsize)n * n, n, 0,
               a + 2 * (gsize)n * n, n);
}

static gdouble
peak_mib (void)
{
  g_autofree gchar *status = NULL;
  const gchar *line;

  if (!g_file_get_contents ("/proc/self/status", &status, NULL, NULL)
      || !(line = strstr (status, "VmHWM:")))
    return 0.0;
  return g_ascii_strtod (line + strlen ("VmHWM:"), NULL) / 1024.0;
}

static gdouble
answer (Bench *bench, gchar **words)
{
  guint n = g_strv_length (words);
  gint times = n > 1 ? atoi (words[n - 1]) : 1;

  if (n == 1 && strcmp (words[0], "peak") == 0)
    return peak_mib ();
  if (n == 3 && strcmp (words[0], "product") == 0)
    {
      gdouble side = atof (words[1]), ms;
      openblas_set_num_threads (bench->threads);
      ms = median_ms (bench, product, words + 1, times);
      openblas_set_num_threads (1);
      return 2e-6 * side * side * side / ms;
    }
  if (n < 4)
    fail ("cannot read that request");
  load (bench, words[1]);
  if (strcmp (words[0], "forward") == 0)
    return median_ms (bench, forward, words + 2, times);
  if (strcmp (words[0], "patches") == 0)
    return patches (bench, words + 2);
  if (n == 5 && strcmp (words[0], "preview") == 0)
    return median_ms (bench, preview, words + 2, times);
  if (n == 5 && strcmp (words[0], "explain") == 0)
    return median_ms (bench, explain_once, words + 2, times);
  fail ("cannot read that request");
}

int
main (int argc, char **argv)
{
  Bench bench = { .threads = argc > 1 ? atoi (argv[1]) : 0 };
  gchar line[4096];

  why_process_prepare (); /* as the hosts do */
  openblas_set_num_threads (1); /* this program has it linked, so loaded already */
  while (fgets (line, sizeof line, stdin))
    {
      g_auto (GStrv) words = g_strsplit (g_strstrip (line), " ", -1);
      g_print ("%.4f\n", answer (&bench, words));
    }
  bench_clear (&bench);
  g_clear_pointer (&bench.pixels, why_pixels_unref);
  return 0;
}
