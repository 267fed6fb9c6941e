/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forward passes of pictures that differ from one picture in a small rectangle each (occlusion):
 * only what the rectangle reaches is computed, layer by layer, until it reaches everything
 * (Krypton, Nakandala, Kumar, Papakonstantinou, SIGMOD 2019, without its approximations). */
#pragma once

#include "graph/net-private.h"

G_BEGIN_DECLS

/** Works on one net, whose values it overwrites: nobody else may run that net meanwhile. */
typedef struct _WhyPatcher WhyPatcher;

/* Multiply-adds that a patcher would do for inputs like these, as a share of a whole run's. The net
 * is only looked at: any of the same model and batch will do. */
gdouble why_patcher_estimate (WhyNet *net, const WhyReal *x, const WhyReal *inputs);
/* Whether that is so much less that a patcher is quicker. */
gboolean why_patcher_pays (WhyNet *net, const WhyReal *x, const WhyReal *inputs);

/* x: [C,H,W], kept by reference. The net must not forget its values. single: one of batch 1 that
 * keeps every value, to run x itself; it must outlive the patcher. Where it has another program, or
 * is NULL, the net runs a batch of x. */
WhyPatcher *why_patcher_new (WhyNet *net, WhyNet *single, const WhyReal *x);
void why_patcher_free (WhyPatcher *patcher);
/* why_net_forward() of inputs [N,C,H,W]; the more they are like x, the faster. */
const WhyReal *why_patcher_forward (WhyPatcher *patcher, const WhyReal *inputs, GError **error);
/* Multiply-adds of the last forward, as a share of a whole one. */
gdouble why_patcher_get_share (const WhyPatcher *patcher);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyPatcher, why_patcher_free)

G_END_DECLS
