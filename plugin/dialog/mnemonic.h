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

/* The label with a letter that is not in taken (lower-case letters as pointers), to which it is
 * added: its own, else another of its letters, else one that is put behind it. No letter at all
 * when the whole alphabet and all digits are taken. (transfer full) */
gchar *why_mnemonic_claim (const gchar *label, GHashTable *taken);

G_END_DECLS
