/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A fuzz target is one file with these two functions. libFuzzer drives it with its own main (meson
 * option "fuzzer", clang); fuzz-driver.c drives it with seeded mutants as an ordinary test.
 */
#pragma once

#include <glib.h>

/* libFuzzer's entry: must return 0 whatever the bytes, without crash, leak or endless work. */
int LLVMFuzzerTestOneInput (const guint8 *data, size_t size);

/* Adds well-formed inputs to mutate. (element-type GBytes) */
void fuzz_add_seeds (GPtrArray *seeds);
