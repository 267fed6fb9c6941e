/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/pixels.h"
#include "render/resample.h"

#include <glib/gi18n-lib.h>
#include <math.h>

/* Rectangles computed with rounding errors must not reach a pixel further. */
#define ROUNDING 1e-6
/* Source rows read at once: a GIMP tile is 64 pixels high. */
#define BLOCK_ROWS 64

static gboolean
clip_region (const WhyRect *region, gint width, gint height, WhyRect *out)
{
  const WhyRect everything = { 0, 0, width, height };
  gdouble x0, y0, x1, y1;

  if (region == NULL)
    region = &everything;
  if (!isfinite (region->x + region->width) || !isfinite (region->y + region->height))
    return FALSE;
  x0 = MAX (region->x, 0.0);
  y0 = MAX (region->y, 0.0);
  x1 = MIN (region->x + region->width, width);
  y1 = MIN (region->y + region->height, height);
  *out = (WhyRect){ x0, y0, x1 - x0, y1 - y0 };
  return out->width > ROUNDING && out->height > ROUNDING;
}

/* Python's round(): halves go to the even neighbour. */
static gint
round_half_even (gdouble value)
{
  gdouble down = floor (value), rest = value - down;

  return (gint)down + (rest > 0.5 || (rest == 0.5 && fmod (down, 2.0) != 0.0));
}

/* One axis of CenterCrop: the part of `resized` samples (which show extent from origin) that fills
 * `input` samples; what is too short is centred between padding. */
static void
centre_crop (gint resized, gint input, gdouble *origin, gdouble *extent, gint *dest,
             gint *dest_extent)
{
  gdouble unit = *extent / resized;

  if (resized < input)
    {
      *dest = (input - resized) / 2;
      *dest_extent = resized;
      return;
    }
  *origin += round_half_even ((resized - input) / 2.0) * unit;
  *extent = input * unit;
}

static void
plan_crop (WhyView *view, gint short_side)
{
  WhyRect *rect = &view->rect;
  gboolean wide = rect->width > rect->height;
  /* torchvision: int (short_side * long / short), never so large that an int overflows. */
  gint long_side = (gint)MIN (short_side * (wide ? rect->width : rect->height)
                                  / (wide ? rect->height : rect->width),
                              G_MAXINT / 2);

  centre_crop (wide ? long_side : short_side, view->input_width, &rect->x, &rect->width,
               &view->dest_x, &view->dest_width);
  centre_crop (wide ? short_side : long_side, view->input_height, &rect->y, &rect->height,
               &view->dest_y, &view->dest_height);
}

/* The largest centred part with the input's proportions. */
static void
plan_cover (WhyView *view)
{
  WhyRect *rect = &view->rect;
  gdouble scale = MIN (rect->width / view->input_width, rect->height / view->input_height);
  gdouble width = view->input_width * scale, height = view->input_height * scale;

  *rect = (WhyRect){ rect->x + (rect->width - width) / 2, rect->y + (rect->height - height) / 2,
                     width, height };
}

static void
plan_letterbox (WhyView *view)
{
  gdouble scale
      = MIN (view->input_width / view->rect.width, view->input_height / view->rect.height);

  view->dest_width = CLAMP ((gint)lround (view->rect.width * scale), 1, view->input_width);
  view->dest_height = CLAMP ((gint)lround (view->rect.height * scale), 1, view->input_height);
  view->dest_x = (view->input_width - view->dest_width) / 2;
  view->dest_y = (view->input_height - view->dest_height) / 2;
}

gboolean
why_view_init (WhyView *view, gint image_width, gint image_height, const WhyRect *region,
               WhyResize policy, gint input_width, gint input_height, gint short_side,
               GError **error)
{
  *view = (WhyView){ .policy = policy,
                     .image_width = image_width,
                     .image_height = image_height,
                     .input_width = input_width,
                     .input_height = input_height,
                     .dest_width = input_width,
                     .dest_height = input_height };
  if (image_width <= 0 || image_height <= 0 || input_width <= 0 || input_height <= 0)
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                   _ ("A picture of %d×%d pixels cannot be shown to a network input of %d×%d; "
                      "every side must be at least 1."),
                   image_width, image_height, input_width, input_height);
      return FALSE;
    }
  if (!clip_region (region, image_width, image_height, &view->region))
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                   _ ("The region lies outside the picture; choose one that overlaps its %d×%d "
                      "pixels."),
                   image_width, image_height);
      return FALSE;
    }

  view->rect = view->region;
  if (policy == WHY_RESIZE_LETTERBOX)
    plan_letterbox (view);
  else if (policy == WHY_RESIZE_CROP && short_side > 0)
    plan_crop (view, short_side);
  else if (policy == WHY_RESIZE_CROP)
    plan_cover (view);
  return TRUE;
}

void
why_view_to_image (const WhyView *view, gdouble input_x, gdouble input_y, gdouble *x, gdouble *y)
{
  *x = view->rect.x + (input_x - view->dest_x) * view->rect.width / view->dest_width;
  *y = view->rect.y + (input_y - view->dest_y) * view->rect.height / view->dest_height;
}

void
why_view_to_input (const WhyView *view, gdouble x, gdouble y, gdouble *input_x, gdouble *input_y)
{
  *input_x = view->dest_x + (x - view->rect.x) * view->dest_width / view->rect.width;
  *input_y = view->dest_y + (y - view->rect.y) * view->dest_height / view->rect.height;
}

/* The whole samples that from … from + extent touches. */
static void
round_outwards (gdouble from, gdouble extent, gint limit, gint *begin, gint *n)
{
  gint first = CLAMP ((gint)floor (from + ROUNDING), 0, limit - 1);
  gint end = CLAMP ((gint)ceil (from + extent - ROUNDING), first + 1, limit);

  *begin = first;
  *n = end - first;
}

void
why_view_get_bounds (const WhyView *view, gint *x, gint *y, gint *width, gint *height)
{
  round_outwards (view->rect.x, view->rect.width, view->image_width, x, width);
  round_outwards (view->rect.y, view->rect.height, view->image_height, y, height);
}

/** Both passes of one picture. */
typedef struct
{
  WhyPixels *pixels;
  const gdouble *background;
  gint left, top; /* the region's corner in whole pixels: where the resamplers' samples begin */
  WhyResampler *across, *down;
  gfloat *row;     /* the needed part of one source row, interleaved */
  gfloat *resized; /* the same resampled, [3, dest_width] */
  gint first;      /* the first output row that the current source row can still reach */
  gfloat *out;     /* the first sample of dest in the planar input */
  gsize out_stride, out_plane;
} Pass;

/* Adds one source row to every output row that it contributes to. */
static void
pass_row (Pass *pass, gint row, const guint8 *stored)
{
  const WhyResampler *across = pass->across, *down = pass->down;
  gsize bytes = why_pixel_format_bytes (why_pixels_get_format (pass->pixels));
  gint n = across->n_out;

  why_pixels_convert (why_pixels_get_format (pass->pixels),
                      stored + (pass->left + across->begin) * bytes, across->end - across->begin,
                      pass->background, pass->row);
  why_resampler_row_rgb (across, pass->row, pass->resized);

  while (down->taps[pass->first].begin + down->taps[pass->first].n <= row)
    pass->first++;
  for (gint i = pass->first; i < down->n_out && down->taps[i].begin <= row; i++)
    {
      gfloat weight = down->taps[i].weights[row - down->taps[i].begin];

      for (gint c = 0; c < 3; c++)
        {
          gfloat *restrict out = pass->out + c * pass->out_plane + i * pass->out_stride;
          const gfloat *restrict in = pass->resized + c * n;

          for (gint x = 0; x < n; x++)
            out[x] += weight * in[x];
        }
    }
}

static gboolean
pass_run (Pass *pass, WhyProgress *progress, GError **error)
{
  gint begin = pass->down->begin, end = pass->down->end;
  gsize stride = why_pixels_get_width (pass->pixels)
                 * why_pixel_format_bytes (why_pixels_get_format (pass->pixels));
  g_autofree guint8 *buffer = NULL;

  if (why_pixels_is_streamed (pass->pixels))
    buffer = g_malloc (stride * MIN (BLOCK_ROWS, end - begin));
  for (gint y = begin; y < end;)
    {
      /* Blocks end where tiles end. */
      gint absolute = pass->top + y;
      gint n = MIN (BLOCK_ROWS - absolute % BLOCK_ROWS, end - y);
      const guint8 *rows = why_pixels_get_rows (pass->pixels, absolute, n, buffer, error);

      if (rows == NULL)
        return FALSE;
      for (gint i = 0; i < n; i++)
        pass_row (pass, y + i, rows + i * stride);
      y += n;
      if (!why_progress_set (progress, (gdouble)(y - begin) / (end - begin), error))
        return FALSE;
    }
  return TRUE;
}

/* Background everywhere but in dest, which starts as zero. */
static void
fill_input (const WhyView *view, const gdouble background[3], gfloat *rgb)
{
  for (gint c = 0; c < 3; c++)
    for (gint y = 0; y < view->input_height; y++)
      for (gint x = 0; x < view->input_width; x++)
        {
          gboolean inside = x >= view->dest_x && x < view->dest_x + view->dest_width
                            && y >= view->dest_y && y < view->dest_y + view->dest_height;

          *rgb++ = inside ? 0.0f : (gfloat)background[c];
        }
}

gboolean
why_view_sample (const WhyView *view, WhyPixels *pixels, const gdouble background[3], gfloat *rgb,
                 WhyProgress *progress, GError **error)
{
  gint left, top, width, height;
  g_autoptr (WhyResampler) across = NULL;
  g_autoptr (WhyResampler) down = NULL;
  g_autofree gfloat *row = NULL;
  g_autofree gfloat *resized = NULL;
  Pass pass;

  if (why_pixels_get_width (pixels) != view->image_width
      || why_pixels_get_height (pixels) != view->image_height)
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_IMAGE,
                   _ ("The picture is %d×%d pixels, not %d×%d as planned."),
                   why_pixels_get_width (pixels), why_pixels_get_height (pixels), view->image_width,
                   view->image_height);
      return FALSE;
    }

  round_outwards (view->region.x, view->region.width, view->image_width, &left, &width);
  round_outwards (view->region.y, view->region.height, view->image_height, &top, &height);
  across = why_resampler_new (width, view->rect.x - left, view->rect.x - left + view->rect.width,
                              view->dest_width, 3);
  down = why_resampler_new (height, view->rect.y - top, view->rect.y - top + view->rect.height,
                            view->dest_height, 1);
  row = g_new (gfloat, 3 * (gsize)(across->end - across->begin));
  resized = g_new (gfloat, 3 * (gsize)view->dest_width);
  fill_input (view, background, rgb);

  pass = (Pass){ .pixels = pixels,
                 .background = background,
                 .left = left,
                 .top = top,
                 .across = across,
                 .down = down,
                 .row = row,
                 .resized = resized,
                 .out = rgb + (gsize)view->dest_y * view->input_width + view->dest_x,
                 .out_stride = view->input_width,
                 .out_plane = (gsize)view->input_width * view->input_height };
  return pass_run (&pass, progress, error);
}
