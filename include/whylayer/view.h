/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model.h"
#include "progress.h"

G_BEGIN_DECLS

/** A rectangle in image pixels; x, y may be fractional. */
typedef struct
{
  gdouble x, y, width, height;
} WhyRect;

/**
 * WhyPixels: a source of sRGB pixels (non-linear R'G'B', interleaved rows), read in row blocks so
 * that a large picture never has to be in memory twice. Either 8-bit (0…255) or float (0…1, not
 * clipped), with or without a last, non-premultiplied alpha channel.
 */
typedef struct _WhyPixels WhyPixels;
typedef gboolean (*WhyPixelsRead) (gpointer user_data, gint y, gint n_rows, gpointer rows,
                                   GError **error);
typedef enum
{
  WHY_PIXELS_RGB_U8,
  WHY_PIXELS_RGBA_U8,
  WHY_PIXELS_RGB_FLOAT,
  WHY_PIXELS_RGBA_FLOAT
} WhyPixelFormat;

WhyPixels *why_pixels_new (gint width, gint height, WhyPixelFormat format, WhyPixelsRead read,
                           gpointer user_data, GDestroyNotify destroy);
/* Pixels in memory, tightly packed rows; takes data. (transfer full) */
WhyPixels *why_pixels_new_take (gint width, gint height, WhyPixelFormat format, gpointer data);
WhyPixels *why_pixels_ref (WhyPixels *pixels);
void why_pixels_unref (WhyPixels *pixels);
gint why_pixels_get_width (const WhyPixels *pixels);
gint why_pixels_get_height (const WhyPixels *pixels);
WhyPixelFormat why_pixels_get_format (const WhyPixels *pixels);
/* Reads rows y … y + n_rows - 1 as interleaved float RGB 0…1 (float sources are clipped: a picture
 * classifies like its 8-bit copy) with alpha composited (in sRGB, as browsers and Pillow do) over
 * background (three values 0…1). */
gboolean why_pixels_read_rgb (WhyPixels *pixels, gint y, gint n_rows, const gdouble background[3],
                              gfloat *rgb, GError **error);
/* The same in 8 bits, rounded; sources of 8 bits never become floats on the way. */
gboolean why_pixels_read_rgb_u8 (WhyPixels *pixels, gint y, gint n_rows,
                                 const gdouble background[3], guint8 *rgb, GError **error);

/**
 * WhyView: the exact affine map between image pixels and network input pixels. Pixel centres lie
 * at half-integers on both sides. The picture's part `rect` fills the input's part `dest`; outside
 * dest (letterbox, or a crop larger than the resized picture) the input is the background colour.
 */
typedef struct
{
  WhyResize policy;
  gint image_width, image_height;               /* the whole image */
  WhyRect region;                               /* the part the person asked about, image pixels */
  WhyRect rect;                                 /* what the network sees of it, image pixels */
  gint input_width, input_height;               /* network input, pixels */
  gint dest_x, dest_y, dest_width, dest_height; /* where rect lies in the input */
} WhyView;

/* Plans a view of region (NULL: everything; it is clipped to the image) for a w×h input, as if the
 * picture had been cut to the region first. WHY_RESIZE_CROP follows torchvision's Resize and
 * CenterCrop with their rounding: the short side becomes short_side, then the centre is cropped;
 * short_side 0: the largest centred part with the input's proportions. WHY_ERROR_ARGUMENT when the
 * region lies outside the image or a size is not positive. */
gboolean why_view_init (WhyView *view, gint image_width, gint image_height, const WhyRect *region,
                        WhyResize policy, gint input_width, gint input_height, gint short_side,
                        GError **error);
void why_view_to_image (const WhyView *view, gdouble input_x, gdouble input_y, gdouble *x,
                        gdouble *y);
void why_view_to_input (const WhyView *view, gdouble x, gdouble y, gdouble *input_x,
                        gdouble *input_y);
/* The image rectangle covered by rect, rounded outwards and clipped to the image. */
void why_view_get_bounds (const WhyView *view, gint *x, gint *y, gint *width, gint *height);

/* Resamples the view's rect to the input size: antialiased bilinear in sRGB, as Pillow's
 * Image.resize (BILINEAR, box=rect) of the picture cut to the region. rgb: [3,H,W] planar, 0…1;
 * background lies behind transparent pixels and outside dest. Every needed row is read once, in
 * order; memory is bounded by a block of rows. */
gboolean why_view_sample (const WhyView *view, WhyPixels *pixels, const gdouble background[3],
                          gfloat *rgb, WhyProgress *progress, GError **error);
/* From sampled planar RGB to the normalised network input [C,H,W] (channel order, range, mean,
 * std). */
void why_preprocessing_apply (const WhyPreprocessing *preprocessing, gint width, gint height,
                              const gfloat *rgb, WhyReal *input);
/* The inverse, for showing what the network sees. */
void why_preprocessing_invert (const WhyPreprocessing *preprocessing, gint width, gint height,
                               const WhyReal *input, gfloat *rgb);
/* The normalised value of a pixel value (0…1) in every channel, for baselines. values: [C]. */
void why_preprocessing_pixel (const WhyPreprocessing *preprocessing, gdouble pixel,
                              WhyReal *values);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyPixels, why_pixels_unref)

G_END_DECLS
