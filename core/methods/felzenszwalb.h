/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Graph-based segmentation (Felzenszwalb, Huttenlocher 2004, IJCV 59): neighbouring regions merge
 * while the edge between them is no stronger than what either has inside, plus scale / size. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* rgb: [3,H,W], 0 … 1, smooth enough for single pixels not to matter. scale: in the paper's units
 * (differences of 0 … 255); min_size: smaller regions join the neighbour they resemble most.
 * labels: [H,W], 0 … count - 1 in order of appearance. Returns the count. */
gint why_felzenszwalb (const gfloat *rgb, gint height, gint width, gdouble scale, gint min_size,
                       gint *labels);

G_END_DECLS
