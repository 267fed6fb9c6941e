/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "explanation.h"

G_BEGIN_DECLS

/**
 * The style table: how a map is drawn. Rows: opacity, mode, colormap, sign, clip, threshold, gamma,
 * cells, contours, labels, scale, legend. Values are a WhyParams over this table.
 */
const WhyParam *why_style_params (void);

typedef enum
{
  WHY_SIGN_POSITIVE,
  WHY_SIGN_NEGATIVE,
  WHY_SIGN_BOTH
} WhySign;

/** WhyColormap: 256 sRGB colours, perceptually uniform and safe for colour-blind readers. */
typedef struct
{
  const gchar *id;
  const gchar *nick;  /* N_() marked */
  gboolean diverging; /* zero at entry 127.5 */
  const guint8 (*rgb)[3];
} WhyColormap;
const WhyColormap *why_colormaps (gsize *n);
const WhyColormap *why_colormap_lookup (const gchar *id);

/** WhyScale: the two ends of the drawn range in the map's own units. */
typedef struct
{
  gdouble low, high; /* low is 0 for one-signed drawings (magnitudes), -high for diverging ones */
  gboolean empty;    /* nothing of the wanted sign is there: drawn fully transparent, and said so */
} WhyScale;
/* By percentile of this map, or the fixed absolute value of the style's "scale". */
void why_style_get_scale (const WhyParams *style, const WhyTensor *cells, WhyScale *scale);

/* Draws cells [h,w] through the view into width×height RGBA 8-bit sRGB pixels, non-premultiplied.
 * x, y, width, height are a rectangle of the image scaled by `zoom`, in output pixels: output pixel
 * (i, j) shows image point ((x + i + ½) / zoom, (y + j + ½) / zoom). zoom is 1 for the layer, less
 * for a preview. What the network never saw is transparent. The layer's opacity and mode are not
 * applied here. rgba: rowstride bytes a row. Rows are independent: the caller may draw in strips. */
void why_style_draw (const WhyParams *style, const WhyScale *scale, const WhyTensor *cells,
                     const WhyView *view, gint x, gint y, gint width, gint height, gdouble zoom,
                     guint8 *rgba, gsize rowstride);
/* The same map as evidence for a mask, selection or channel: one byte a pixel, 0 (none of the wanted
 * sign, below the threshold, or never seen by the network) … 255 (the end of the scale), by the
 * style's sign (both: the magnitude), clip, threshold, gamma and cells. */
void why_style_draw_evidence (const WhyParams *style, const WhyScale *scale,
                              const WhyTensor *cells, const WhyView *view, gint x, gint y,
                              gint width, gint height, gdouble zoom, guint8 *gray,
                              gsize rowstride);
/* The layer's opacity 0…100 and blend mode, for hosts; the id is the nick of GIMP's GimpLayerMode
 * ("normal", "overlay", "softlight", "hsl-color" …), so that hosts need no table of their own. */
gdouble why_style_get_opacity (const WhyParams *style);
const gchar *why_style_get_mode (const WhyParams *style);
/* Composites rgba over rgb (both 8-bit sRGB) as GIMP's layer of that opacity and mode would look,
 * for previews, the command line and contact sheets. */
void why_style_composite (const WhyParams *style, const guint8 *rgba, gsize rgba_stride,
                          guint8 *rgb, gsize rgb_stride, gint width, gint height);
/* A legend: the colour bar with its ends' values. (transfer full) RGBA rows, tightly packed. */
guint8 *why_style_draw_legend (const WhyParams *style, const WhyScale *scale, gint width,
                               gint height);

G_END_DECLS
