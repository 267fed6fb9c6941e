/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/dialog-preview.h"

#include <math.h>
#include <string.h>

/* The largest level kept, in pixels: 48 MB of RGB. */
#define MAX_PIXELS (16 << 20)
#define MAX_LEVELS 16
#define READ_ROWS 64

typedef struct
{
  gint width, height;
  guint8 *rgb; /* packed */
} Level;

struct _WhyPicture
{
  gatomicrefcount ref_count;
  gint width, height; /* of the image */
  gint first;         /* levels[i] is the image at 2^-(first + i) */
  gint n_levels;
  Level levels[MAX_LEVELS];
};

static void
level_init (Level *level, gint width, gint height)
{
  level->width = width;
  level->height = height;
  level->rgb = g_malloc ((gsize)width * height * 3);
}

/* Sums of block × block source pixels while rows stream in. */
typedef struct
{
  Level *level;
  gint block;
  gfloat *sums; /* [width, 3] of the level's current row */
  gint y, n_rows;
} Shrinker;

static void
shrinker_end_row (Shrinker *s, gint source_width)
{
  guint8 *row = s->level->rgb + (gsize)s->y * s->level->width * 3;

  for (gint x = 0; x < s->level->width; x++)
    {
      gint columns = MIN (s->block, source_width - x * s->block);
      gfloat scale = 255.0f / (gfloat)(columns * s->n_rows);

      for (gint c = 0; c < 3; c++)
        row[3 * x + c] = (guint8)(CLAMP (s->sums[3 * x + c] * scale, 0.0f, 255.0f) + 0.5f);
    }
  memset (s->sums, 0, sizeof (gfloat) * 3 * s->level->width);
  s->y++;
  s->n_rows = 0;
}

static void
shrinker_add_row (Shrinker *s, const gfloat *rgb, gint source_width)
{
  gint x = 0;

  for (gint out = 0; out < s->level->width; out++)
    for (gint end = MIN (x + s->block, source_width); x < end; x++)
      for (gint c = 0; c < 3; c++)
        s->sums[3 * out + c] += rgb[3 * x + c];
  if (++s->n_rows == s->block)
    shrinker_end_row (s, source_width);
}

/* Reads rows as they are, into a level of the picture's own size. */
static gboolean
copy_rows (WhyPicture *picture, WhyPixels *pixels, gint y, gint n_rows, GError **error)
{
  guint8 *rgb = picture->levels[0].rgb + 3 * (gsize)picture->width * y;

  return why_pixels_read_rgb_u8 (pixels, y, n_rows, why_background, rgb, error);
}

static gboolean
shrink_rows (Shrinker *shrinker, WhyPixels *pixels, gint y, gint n_rows, gfloat *rows,
             GError **error)
{
  gint width = why_pixels_get_width (pixels);

  if (!why_pixels_read_rgb (pixels, y, n_rows, why_background, rows, error))
    return FALSE;
  for (gint i = 0; i < n_rows; i++)
    shrinker_add_row (shrinker, rows + 3 * (gsize)width * i, width);
  return TRUE;
}

/* Reads the whole picture into the first level. */
static gboolean
read_level (WhyPicture *picture, WhyPixels *pixels, WhyProgress *progress, GError **error)
{
  gint block = 1 << picture->first;
  g_autofree gfloat *rows = g_new (gfloat, 3 * (gsize)picture->width * READ_ROWS);
  Shrinker shrinker = { &picture->levels[0], block };
  g_autofree gfloat *sums = NULL;

  level_init (&picture->levels[0], (picture->width + block - 1) / block,
              (picture->height + block - 1) / block);
  sums = shrinker.sums = g_new0 (gfloat, 3 * (gsize)picture->levels[0].width);
  for (gint y = 0; y < picture->height; y += READ_ROWS)
    {
      gint n_rows = MIN (READ_ROWS, picture->height - y);

      if (!why_progress_set (progress, (gdouble)y / picture->height, error)
          || !(block == 1 ? copy_rows (picture, pixels, y, n_rows, error)
                          : shrink_rows (&shrinker, pixels, y, n_rows, rows, error)))
        return FALSE;
    }
  if (shrinker.n_rows > 0)
    shrinker_end_row (&shrinker, picture->width);
  return TRUE;
}

static void
halve (const Level *from, Level *to)
{
  level_init (to, (from->width + 1) / 2, (from->height + 1) / 2);
  for (gint y = 0; y < to->height; y++)
    {
      const guint8 *a = from->rgb + (gsize)(2 * y) * from->width * 3;
      const guint8 *b = 2 * y + 1 < from->height ? a + (gsize)from->width * 3 : a;
      guint8 *out = to->rgb + (gsize)y * to->width * 3;

      for (gint x = 0; x < to->width; x++)
        {
          gint left = 6 * x, right = 2 * x + 1 < from->width ? left + 3 : left;

          for (gint c = 0; c < 3; c++)
            out[3 * x + c]
                = (guint8)((a[left + c] + a[right + c] + b[left + c] + b[right + c] + 2) / 4);
        }
    }
}

WhyPicture *
why_picture_new (WhyPixels *pixels, WhyProgress *progress, GError **error)
{
  g_autoptr (WhyPicture) picture = g_new0 (WhyPicture, 1);
  Level *last;

  g_atomic_ref_count_init (&picture->ref_count);
  picture->width = why_pixels_get_width (pixels);
  picture->height = why_pixels_get_height (pixels);
  while (((gint64)picture->width * picture->height >> (2 * picture->first)) > MAX_PIXELS)
    picture->first++;
  picture->n_levels = 1;
  if (!read_level (picture, pixels, progress, error))
    return NULL;
  last = &picture->levels[0];
  while (MAX (last->width, last->height) > 256 && picture->n_levels < MAX_LEVELS)
    {
      halve (last, last + 1);
      last++;
      picture->n_levels++;
    }
  return g_steal_pointer (&picture);
}

WhyPicture *
why_picture_ref (WhyPicture *picture)
{
  g_atomic_ref_count_inc (&picture->ref_count);
  return picture;
}

void
why_picture_unref (WhyPicture *picture)
{
  if (!picture || !g_atomic_ref_count_dec (&picture->ref_count))
    return;
  for (gint i = 0; i < picture->n_levels; i++)
    g_free (picture->levels[i].rgb);
  g_free (picture);
}

gint
why_picture_get_width (const WhyPicture *picture)
{
  return picture->width;
}

gint
why_picture_get_height (const WhyPicture *picture)
{
  return picture->height;
}

/* Where an output pixel's centre lies on an axis of a level: its left neighbour and the weight, of
 * 256, of the right one. */
static void
locate (gdouble centre, gboolean nearest, gint length, gint *left, gint *right, gint *weight)
{
  gdouble at = nearest ? floor (centre) : centre - 0.5;
  gdouble base = floor (at);

  *weight = nearest ? 0 : (gint)((at - base) * 256.0);
  *left = CLAMP ((gint)base, 0, length - 1);
  *right = CLAMP ((gint)base + 1, 0, length - 1);
}

typedef struct
{
  gint left, right, weight;
} Column;

void
why_picture_draw (const WhyPicture *picture, gint x, gint y, gint width, gint height, gdouble zoom,
                  guint8 *rgb, gsize rowstride)
{
  gint index = 0;
  gdouble scale = zoom * (1 << picture->first); /* output pixels a level pixel */
  const Level *level;
  gboolean nearest;
  g_autofree Column *columns = g_new (Column, MAX (width, 1));
  gint x0 = MAX (0, -x), x1 = MIN (width, (gint)ceil (picture->width * zoom) - x);
  gint y0 = MAX (0, -y), y1 = MIN (height, (gint)ceil (picture->height * zoom) - y);

  while (index + 1 < picture->n_levels && scale <= 0.5)
    {
      index++;
      scale *= 2.0;
    }
  level = &picture->levels[index];
  nearest = scale >= 1.0;
  for (gint i = x0; i < x1; i++)
    locate ((x + i + 0.5) / scale, nearest, level->width, &columns[i].left, &columns[i].right,
            &columns[i].weight);
  for (gint j = y0; j < y1; j++)
    {
      guint8 *out = rgb + rowstride * (gsize)j;
      const guint8 *a, *b;
      gint top, bottom, wy;

      locate ((y + j + 0.5) / scale, nearest, level->height, &top, &bottom, &wy);
      a = level->rgb + (gsize)top * level->width * 3;
      b = level->rgb + (gsize)bottom * level->width * 3;
      for (gint i = x0; i < x1; i++)
        for (gint c = 0; c < 3; c++)
          {
            gint l = 3 * columns[i].left + c, r = 3 * columns[i].right + c, wx = columns[i].weight;
            gint upper = a[l] * (256 - wx) + a[r] * wx, lower = b[l] * (256 - wx) + b[r] * wx;

            out[3 * i + c] = (guint8)((upper * (256 - wy) + lower * wy + 32768) >> 16);
          }
    }
}

void
why_picture_draw_map (const WhyPicture *picture, const WhyReport *report, gint x, gint y,
                      gint width, gint height, gdouble zoom, guint8 *rgb, gsize rowstride)
{
  g_autofree guint8 *rgba = g_malloc ((gsize)width * height * 4);
  WhyDrawing drawing = why_report_get_drawing (report);

  why_picture_draw (picture, x, y, width, height, zoom, rgb, rowstride);
  why_drawing_draw (&drawing, x, y, width, height, zoom, rgba, (gsize)width * 4);
  why_style_composite (report->style, rgba, (gsize)width * 4, rgb, rowstride, width, height);
}

guint8 *
why_subject_to_rgb (const WhySubject *subject)
{
  gsize n = (gsize)subject->view.input_width * subject->view.input_height;
  guint8 *rgb = g_malloc (3 * n);

  for (gsize i = 0; i < n; i++)
    for (gsize c = 0; c < 3; c++)
      rgb[3 * i + c]
          = (guint8)(CLAMP (subject->rgb->real[c * n + i], (WhyReal)0, (WhyReal)1) * 255 + 0.5);
  return rgb;
}

void
why_report_read (const WhyReport *report, gdouble x, gdouble y, WhyReading *reading)
{
  const WhyView *view = &report->subject->view;
  const WhyTensor *cells = report->cells;
  gint rows = cells->shape.dims[0], columns = cells->shape.dims[1];
  const WhyRect *rect = &view->rect;
  gdouble input_x, input_y, magnitude;

  memset (reading, 0, sizeof *reading);
  if (x < rect->x || y < rect->y || x >= rect->x + rect->width || y >= rect->y + rect->height)
    return;
  why_view_to_input (view, x, y, &input_x, &input_y);
  reading->seen = TRUE;
  reading->row = CLAMP ((gint)(input_y * rows / view->input_height), 0, rows - 1);
  reading->column = CLAMP ((gint)(input_x * columns / view->input_width), 0, columns - 1);
  reading->relevance = cells->real[reading->row * columns + reading->column];
  reading->n = rows * columns;
  reading->rank = 1;
  magnitude = fabs (reading->relevance);
  for (gint i = 0; i < reading->n; i++)
    if (fabs ((gdouble)cells->real[i]) > magnitude)
      reading->rank++;
}
