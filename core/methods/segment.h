/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "whylayer/real.h"
#include <glib.h>

G_BEGIN_DECLS

/* SLIC superpixels (Achanta et al. 2012) of a [C,H,W] picture: about n connected regions.
 * labels: [H,W], numbered from 0 in reading order. Returns their number. */
gint why_segment (const WhyReal *x, gint channels, gint height, gint width, gint n, gint *labels);

G_END_DECLS
