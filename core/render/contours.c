/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "render/lattice.h"
#include "render/palette.h"

/* Sizes as shares of the shorter side of what the network saw. */
#define LINE_SHARE (1.0 / 500)
#define TEXT_SHARE (1.0 / 32)
#define MIN_TEXT 8.0

static const guint8 black[3] = { 0, 0, 0 }, white[3] = { 255, 255, 255 };

typedef struct
{
  gdouble x, y, width; /* top left corner, output pixels */
  gint level;
  gchar *text;
} Label;

static void
label_clear (gpointer data)
{
  g_free (((Label *)data)->text);
}

static const guint8 *
halo_of (const WhyContours *contours, gint level)
{
  return contours->inks[level][0] == 0 ? white : black;
}

/* Black on light colours, white on dark ones. */
static void
choose_inks (WhyContours *contours, const WhyParams *style)
{
  WhyPalette *palette = g_new (WhyPalette, 1);

  why_palette_init (palette, style);
  contours->inks = g_malloc0 (3 * (contours->n + 1));
  for (gint level = 1; level <= contours->n; level++)
    {
      gfloat t = (gfloat)level / (contours->n + 1);
      const guint8 *rgb = why_palette_get (palette, contours->sign == WHY_SIGN_NEGATIVE ? -t : t);
      gboolean dark = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2] < 128;

      for (gint c = 0; c < 3; c++)
        contours->inks[level][c] = dark ? 255 : 0;
    }
  g_free (palette);
}

/* Where a label would lie that is centred on a point of the cells, in output pixels. */
static Label
label_at (const WhyContours *contours, const WhyMapLattice *lattice, const WhyView *view,
          gdouble zoom, gdouble cell_x, gdouble cell_y, gdouble width)
{
  gdouble x, y;

  why_view_to_image (view, (cell_x + 0.5) * view->input_width / lattice->width,
                     (cell_y + 0.5) * view->input_height / lattice->height, &x, &y);
  return (Label){ x * zoom - width / 2, y * zoom - contours->text_height / 2, width, 0, NULL };
}

/* Inside what the network saw, and clear of the labels before it. */
static gboolean
label_fits (const WhyContours *contours, const Label *label, const WhyView *view, gdouble zoom)
{
  gdouble margin = contours->text_height / 2, height = contours->text_height;
  const WhyRect *rect = &view->rect;

  if (label->x < rect->x * zoom + margin || label->y < rect->y * zoom + margin
      || label->x + label->width > (rect->x + rect->width) * zoom - margin
      || label->y + height > (rect->y + rect->height) * zoom - margin)
    return FALSE;
  for (guint i = 0; i < contours->labels->len; i++)
    {
      const Label *other = &g_array_index (contours->labels, Label, i);

      if (fabs (label->y - other->y) < height + margin
          && label->x < other->x + other->width + margin
          && other->x < label->x + label->width + margin)
        return FALSE;
    }
  return TRUE;
}

/* Puts one label where the line of that share first crosses between two neighbouring cells and
 * there is room. Lines of different levels begin to look at different rows. */
static void
place_label (WhyContours *contours, const WhyMapLattice *lattice, const WhyView *view, gdouble zoom,
             gint level, gdouble share, gdouble high)
{
  g_autofree gchar *text = why_text_number (share * high);
  gdouble width = why_text_width (text, contours->text_height);
  gint w = lattice->width, h = lattice->height;
  gint64 n = (gint64)w * h, start = n * (level - 1) / contours->n;

  for (gint64 k = 0; k < n; k++)
    {
      gint x = (start + k) % n % w, y = (start + k) % n / w;
      const gfloat *at = lattice->shares + (gsize)y * (w + 1) + x;

      for (gint down = 0; down < 2; down++)
        {
          gdouble here = at[0] - share, next = at[down ? w + 1 : 1] - share, cross;
          Label label;

          if ((here < 0) == (next < 0))
            continue;
          cross = here / (here - next);
          label = label_at (contours, lattice, view, zoom, down ? x : x + cross,
                            down ? y + cross : y, width);
          if (!label_fits (contours, &label, view, zoom))
            continue;
          label.level = level;
          label.text = g_steal_pointer (&text);
          g_array_append_val (contours->labels, label);
          return;
        }
    }
}

static void
place_labels (WhyContours *contours, const WhyMapLattice *lattice, const WhyView *view,
              gdouble zoom, gdouble high)
{
  contours->labels = g_array_new (FALSE, FALSE, sizeof (Label));
  g_array_set_clear_func (contours->labels, label_clear);
  for (gint level = contours->n; level >= 1; level--)
    {
      gdouble share = (gdouble)level / (contours->n + 1);

      if (share < contours->threshold)
        continue;
      if (contours->sign != WHY_SIGN_NEGATIVE)
        place_label (contours, lattice, view, zoom, level, share, high);
      if (contours->sign != WHY_SIGN_POSITIVE)
        place_label (contours, lattice, view, zoom, level, -share, high);
    }
}

void
why_contours_init (WhyContours *contours, const WhyParams *style, const WhyScale *scale,
                   const WhyMapLattice *lattice, const WhyView *view, gdouble zoom)
{
  gdouble side = MIN (view->rect.width, view->rect.height) * zoom;

  *contours = (WhyContours){ .sign = why_style_get_sign (style),
                             .n = why_params_get_int (style, "contours"),
                             .threshold = why_params_get_double (style, "threshold"),
                             .radius = MAX (side * LINE_SHARE / 2, 0.5),
                             .text_height = MAX (side * TEXT_SHARE, MIN_TEXT) };
  if (contours->n == 0)
    return;
  choose_inks (contours, style);
  if (why_params_get_bool (style, "labels"))
    place_labels (contours, lattice, view, zoom, scale->high);
}

void
why_contours_clear (WhyContours *contours)
{
  g_clear_pointer (&contours->inks, g_free);
  g_clear_pointer (&contours->labels, g_array_unref);
}

/* Paints the line of a level over a pixel at a distance in pixels. */
static void
draw_line (const WhyContours *contours, gint level, gdouble distance, guint8 *pixel)
{
  if ((gdouble)level / (contours->n + 1) >= contours->threshold)
    why_canvas_paint (pixel, contours->inks[level],
                      CLAMP (contours->radius + 0.5 - distance, 0, 1));
}

void
why_contours_draw_row (const WhyContours *contours, const WhyMapLatticePoint *columns, gint n,
                       const gfloat *line, const gfloat *slope, guint8 *rgba)
{
  gfloat levels = contours->n + 1, reach = contours->radius + 0.5f;
  gfloat positive = contours->sign != WHY_SIGN_NEGATIVE,
         negative = contours->sign != WHY_SIGN_POSITIVE;

  for (gint i = 0; i < n; i++, rgba += 4)
    {
      const WhyMapLatticePoint *point = &columns[i];
      const gfloat *at, *down;
      gfloat t, dx, dy, share, off;
      gint level;

      if (point->cell < 0)
        continue;
      at = line + point->cell;
      t = (at[0] + point->share * (at[1] - at[0])) * levels;
      share = MAX (t * positive, -t * negative);
      level = (gint)(share + 0.5f);
      if (level < 1 || level > contours->n)
        continue;
      down = slope + point->cell;
      dx = point->slope * (at[1] - at[0]) * levels;
      dy = (down[0] + point->share * (down[1] - down[0])) * levels;
      off = fabsf (share - level);
      /* |dx| + |dy| is at least the slope: most pixels are done here. */
      if (off < reach * (fabsf (dx) + fabsf (dy)))
        draw_line (contours, level, off / sqrtf (dx * dx + dy * dy), rgba);
    }
}

void
why_contours_draw_labels (const WhyContours *contours, const WhyCanvas *canvas)
{
  if (contours->labels == NULL)
    return;
  for (guint i = 0; i < contours->labels->len; i++)
    {
      const Label *label = &g_array_index (contours->labels, Label, i);

      why_text_draw (canvas, label->text, label->x, label->y, contours->text_height,
                     contours->inks[label->level], halo_of (contours, label->level));
    }
}
