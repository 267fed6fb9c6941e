/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures by which many maps are sorted. */
#pragma once

#include "session/session.h"

G_BEGIN_DECLS

/* Share (0…1) of the positive evidence that lies outside the centred rectangle of half the map's
 * area; 0.5 for a flat map, NAN when there is no positive evidence. cells: [h,w] */
gdouble why_evidence_outside_middle (const WhyTensor *cells);

/* How alike two maps of one picture rank its places: Spearman's correlation over a grid of points
 * that both networks saw (-1…1); NAN when they share none or one of them is flat. */
gdouble why_evidence_agreement (const WhyTensor *cells_a, const WhyView *view_a,
                                const WhyTensor *cells_b, const WhyView *view_b);

G_END_DECLS
