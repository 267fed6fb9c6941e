/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The letter of a label that is pressed with Alt, written _X in it or, in languages without Latin
 * letters, (_X) after it.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The label as it is read aloud. (transfer full) */
gchar *why_mnemonic_strip (const gchar *label);

/* The label's letter in lower case, or 0. */
gunichar why_mnemonic_get (const gchar *label);

/* Rewrites the labels (gchar*, owned) so that each has a letter of its own that is not in taken, a
 * set of lower-case letters as pointers to which those given out are added. As many as possible
 * have one that is in them, preferably what they had; the others share one of theirs, among
 * which the toolkit goes round, or, if they may not or cannot, get one that is put behind them. None is
 * left without but when the whole alphabet and all digits are taken. */
void why_mnemonics_assign (GPtrArray *labels, GHashTable *taken, gboolean may_share);

G_END_DECLS
