/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores and summed gradients at points of the straight line between two pictures. The first
 * convolution is affine: its output at any point follows from those at the two ends, and the
 * gradients of all points are added up behind it and carried through it once. */
#pragma once

#include "graph/net-private.h"

G_BEGIN_DECLS

/** Works on one net, whose values it overwrites: nobody else may run that net meanwhile. */
typedef struct _WhyLine WhyLine;

/* from, to: [C,H,W]. NULL without an error where nothing is won: the net's program does not begin
 * with a convolution that alone reads the picture. (transfer full) */
WhyLine *why_line_new (WhyNet *net, const WhyReal *from, const WhyReal *to, GError **error);
void why_line_free (WhyLine *line);

/* Logits [N, classes] at from + alphas[i] · (to - from), N the net's batch; valid until the next
 * run. */
const WhyReal *why_line_forward (WhyLine *line, const gdouble *alphas);
/* After a forward: adds weights[i] times the gradient of seed[i]·logits[i]; seed: [N, classes]. */
gboolean why_line_backward (WhyLine *line, const WhyReal *seed, const gdouble *weights,
                            GError **error);
/* What was added up so far, by the picture: [C,H,W]. (transfer none, valid until the next call) */
const WhyReal *why_line_get_sum (WhyLine *line, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyLine, why_line_free)

G_END_DECLS
