/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Logits of many pictures, each run by one thread alone: layers neither wait for each other nor
 * send their values from core to core, and what a thread keeps is one picture's or, where reading
 * the weights costs more than that saves, a few pictures'.
 */
#pragma once

#include "graph/net-private.h"

G_BEGIN_DECLS

typedef struct _WhyLanes WhyLanes;

/* options: batch is what a thread runs at once. As many lanes as threads, as long as their values
 * stay within bytes; where not even two do, all threads work together. */
WhyLanes *why_lanes_new (WhyModel *model, const WhyNetOptions *options, guint64 bytes,
                         GError **error);
void why_lanes_free (WhyLanes *lanes);

/* The plan of every lane. (transfer none) */
WhyNet *why_lanes_get_net (WhyLanes *lanes);
/* Pictures that a run should be given: enough for threads of unequal speed. */
gint why_lanes_get_batch (const WhyLanes *lanes);
/* inputs: [n,C,H,W], with room for a multiple of the net's batch; returns [n, classes], valid until
 * the next run. (transfer none) */
const WhyReal *why_lanes_forward (WhyLanes *lanes, const WhyReal *inputs, gint n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyLanes, why_lanes_free)

G_END_DECLS
