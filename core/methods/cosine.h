/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The orthonormal cosine transform (DCT-II) of [h,w] planes, as two matrix products. It is the
 * Fourier transform of the plane mirrored at its borders, in which Gaussian blur is diagonal. */
#pragma once

#include <glib.h>
#include "whylayer/real.h"

G_BEGIN_DECLS

typedef struct _WhyCosine WhyCosine;

WhyCosine *why_cosine_new (gint height, gint width);
void why_cosine_free (WhyCosine *cosine);
/* Both: [h,w] → [h,w]; in and out must differ. Each is the other's inverse and transpose. */
void why_cosine_forward (WhyCosine *cosine, const WhyReal *plane, WhyReal *coefficients);
void why_cosine_inverse (WhyCosine *cosine, const WhyReal *coefficients, WhyReal *plane);
/* Angular frequency of coefficient (u, v) in radians a pixel. */
gdouble why_cosine_frequency (const WhyCosine *cosine, gint u, gint v);
/* Multiplies coefficients by the transfer function of a Gaussian, sigma in pixels. */
void why_cosine_blur (const WhyCosine *cosine, const WhyReal *coefficients, gdouble sigma,
                      WhyReal *blurred);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyCosine, why_cosine_free)

G_END_DECLS
