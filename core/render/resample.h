/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Antialiased bilinear resampling along one axis, with the arithmetic of Pillow's
 * Image.resize (BILINEAR, box, reducing_gap=None): a triangle filter that widens on downscaling,
 * cut off and renormalised at the source's bounds.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Weights of one output sample: source samples begin … begin + n - 1. */
typedef struct
{
  gint begin, n;
  const gfloat *weights;
} WhyTaps;

typedef struct
{
  gint n_out;
  gint begin, end; /* the source samples that any output needs: begin … end - 1 */
  WhyTaps *taps;   /* [n_out]; begin and begin + n never decrease */
  gfloat *weights;
} WhyResampler;

/* from … to: the part of a source of n_in samples that becomes n_out samples. Each weight is
 * stored `repeat` times in a row: 3 for interleaved RGB. (transfer full) */
WhyResampler *why_resampler_new (gint n_in, gdouble from, gdouble to, gint n_out, gint repeat);
void why_resampler_free (WhyResampler *resampler);

/* One row of interleaved RGB → planar; rgb begins at sample resampler->begin, whose repeat is 3.
 * out: [3, n_out]. */
void why_resampler_row_rgb (const WhyResampler *resampler, const gfloat *rgb, gfloat *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyResampler, why_resampler_free)

G_END_DECLS
