/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory that values share when they are not needed at the same time: less of it, and still in the
 * cache when the next layer reads it. */
#pragma once

#include "graph/graph.h"

G_BEGIN_DECLS

/* hosts: for every value the join in whose memory it lies, offsets bytes from its beginning; or
 * WHY_VALUE_NONE. */
void why_arena_find_hosts (const WhyGraph *program, WhyValueId *hosts, guint64 *offsets);

/* Offsets in bytes, multiples of 64, of every value that a sorted program makes or is fed (others
 * get 0), by size, largest first (Pisarchyk, Lee 2020, arXiv:2001.03288). Inputs and declared
 * outputs keep theirs for themselves. Returns the bytes of the whole. */
guint64 why_arena_plan (const WhyGraph *program, guint64 *offsets);

G_END_DECLS
