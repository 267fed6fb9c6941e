/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dialog/mnemonic.h"

/* Checks what the labels, separated by "|", become when the letters are taken. */
static void
assert_assigned (const gchar *before, const gchar *taken, gboolean may_share, const gchar *after)
{
  g_autoptr (GHashTable) letters = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) labels = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) parts = g_strsplit (before, "|", -1);
  g_autofree gchar *found = NULL;

  for (const gchar *c = taken; *c; c++)
    g_hash_table_add (letters, GUINT_TO_POINTER ((guchar)*c));
  for (gchar **part = parts; *part; part++)
    g_ptr_array_add (labels, g_strdup (*part));
  why_mnemonics_assign (labels, letters, may_share);
  g_ptr_array_add (labels, NULL);
  found = g_strjoinv ("|", (gchar **)labels->pdata);
  g_assert_cmpstr (found, ==, after);
}

static void
assert_claim (const gchar *label, const gchar *taken, const gchar *expected)
{
  assert_assigned (label, taken, FALSE, expected);
}

static void
test_reads_aloud_without_the_letter (void)
{
  g_autofree gchar *latin = why_mnemonic_strip ("Copy as comman_d");
  g_autofree gchar *chinese = why_mnemonic_strip ("查找(_D)：");
  g_autofree gchar *escaped = why_mnemonic_strip ("sigma__max");

  g_assert_cmpstr (latin, ==, "Copy as command");
  g_assert_cmpstr (chinese, ==, "查找：");
  g_assert_cmpstr (escaped, ==, "sigma_max");
  g_assert_cmpuint (why_mnemonic_get ("查找(_D)："), ==, 'd');
  g_assert_cmpuint (why_mnemonic_get ("sigma__max"), ==, 0);
}

static void
test_keeps_its_own_letter (void)
{
  assert_claim ("Fin_d:", "abc", "Fin_d:");
  assert_claim ("查找(_D)：", "abc", "查找(_D)：");
  assert_claim ("_Überblenden", "u", "_Überblenden");
}

static void
test_prefers_the_beginnings_of_words (void)
{
  assert_claim ("Fin_d a class", "d", "_Find a class");
  assert_claim ("Fin_d a class", "df", "Find _a class");
  assert_claim ("Fin_d a class", "dfac", "F_ind a class");
  assert_claim ("Stop", "", "_Stop");
}

static void
test_puts_a_letter_behind_what_has_none (void)
{
  assert_claim ("查找(_D)：", "d", "查找(_A)：");
  assert_claim ("保存为预设(_S)…", "sa", "保存为预设(_B)…");
  assert_claim ("转换为 RGB(_V)", "v", "转换为 _RGB");
  assert_claim ("Fi_t", "fit", "Fit(_A)");
}

static void
test_makes_room_for_those_with_less_choice (void)
{
  assert_assigned ("_Colormap|Opacity", "opcityrmnse", FALSE, "Co_lormap|Op_acity");
  assert_assigned ("_ab|a", "", FALSE, "a_b|_a");
  assert_assigned ("_ab|b_c|_a|c", "", FALSE, "a_b|b_c|_a|c(_D)");
}

static void
test_shares_only_what_is_not_taken_outside (void)
{
  assert_assigned ("C_lip|_Cells", "cpies", TRUE, "C_lip|Ce_lls");
  assert_assigned ("C_lip|_Cells", "clpies", TRUE, "Clip(_A)|Cells(_B)");
  assert_assigned ("_Go|_Ogo|_Gog", "o", TRUE, "_Go|O_go|_Gog");
  assert_assigned ("_Go|_Tog|_Gtog", "o", TRUE, "_Go|_Tog|_Gtog");
  assert_assigned ("_Go|_Og|_Goo|_Oog", "o", TRUE, "_Go|O_g|_Goo|Oog(_A)");
  assert_assigned ("C_lip|_Cells", "cpies", FALSE, "C_lip|Cells(_A)");
}

static void
test_says_the_same_again (void)
{
  assert_assigned ("C_lip|Ce_lls|Op_acity|查找(_D)：", "copty", TRUE,
                   "Cl_ip|Ce_lls|Op_acity|查找(_D)：");
  assert_assigned ("Cl_ip|Ce_lls|Op_acity|查找(_D)：", "copty", TRUE,
                   "Cl_ip|Ce_lls|Op_acity|查找(_D)：");
}

static void
test_goes_without_when_all_is_taken (void)
{
  assert_claim ("sigma__ma_x", "abcdefghijklmnopqrstuvwxyz0123456789", "sigma__max");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mnemonic/is-read-aloud-without-the-letter",
                   test_reads_aloud_without_the_letter);
  g_test_add_func ("/mnemonic/keeps-its-own-letter", test_keeps_its_own_letter);
  g_test_add_func ("/mnemonic/prefers-the-beginnings-of-words",
                   test_prefers_the_beginnings_of_words);
  g_test_add_func ("/mnemonic/puts-a-letter-behind-what-has-none",
                   test_puts_a_letter_behind_what_has_none);
  g_test_add_func ("/mnemonic/makes-room-for-those-with-less-choice",
                   test_makes_room_for_those_with_less_choice);
  g_test_add_func ("/mnemonic/shares-only-what-is-not-taken-outside",
                   test_shares_only_what_is_not_taken_outside);
  g_test_add_func ("/mnemonic/says-the-same-again", test_says_the_same_again);
  g_test_add_func ("/mnemonic/goes-without-when-all-is-taken", test_goes_without_when_all_is_taken);
  return g_test_run ();
}
