/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a fuzz target on its seeds and on mutants of them: the same ones every time. More with
 * $WHYLAYER_FUZZ_MUTANTS. */
#include "fuzz.h"

#include <string.h>

#include "whylayer/rng.h"

#define MUTANTS 5000 /* of each target: a few seconds at most */
#define MAX_STEPS 6  /* changes to one mutant */

static const guint8 interesting[] = { 0x00, 0x01, 0x7f, 0x80, 0xff, '[', '{', '"', '\\', '-' };

static void
overwrite_byte (WhyRng *rng, GByteArray *bytes, GBytes *other)
{
  bytes->data[why_rng_below (rng, bytes->len)]
      = interesting[why_rng_below (rng, G_N_ELEMENTS (interesting))];
}

static void
flip_bit (WhyRng *rng, GByteArray *bytes, GBytes *other)
{
  bytes->data[why_rng_below (rng, bytes->len)] ^= (guint8)(1 << why_rng_below (rng, 8));
}

static void
nudge_byte (WhyRng *rng, GByteArray *bytes, GBytes *other)
{
  bytes->data[why_rng_below (rng, bytes->len)] += (guint8)(why_rng_below (rng, 2) ? 1 : 255);
}

static void
cut_end (WhyRng *rng, GByteArray *bytes, GBytes *other)
{
  g_byte_array_set_size (bytes, why_rng_below (rng, bytes->len) + 1);
}

static void
remove_span (WhyRng *rng, GByteArray *bytes, GBytes *other)
{
  guint at = why_rng_below (rng, bytes->len);

  g_byte_array_remove_range (bytes, at, why_rng_below (rng, MIN (64, bytes->len - at) + 1));
}

static void
insert_span (WhyRng *rng, GByteArray *bytes, GBytes *other)
{
  gsize size;
  const guint8 *from = g_bytes_get_data (other, &size);
  guint start = why_rng_below (rng, (guint32)size), at = why_rng_below (rng, bytes->len);
  guint length = why_rng_below (rng, MIN (256, (guint32)size - start)) + 1;
  guint tail = bytes->len - at;

  g_byte_array_set_size (bytes, bytes->len + length);
  memmove (bytes->data + at + length, bytes->data + at, tail);
  memcpy (bytes->data + at, from + start, length);
}

/* A varint, or a number in text, that is as large as can be. */
static void
write_extreme (WhyRng *rng, GByteArray *bytes, GBytes *other)
{
  static const gchar *const extremes[]
      = { "\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "\xff\xff\xff\xff\x0f", "99999999999999999999",
          "-1", "1e999" };
  const gchar *extreme = extremes[why_rng_below (rng, G_N_ELEMENTS (extremes))];
  guint at = why_rng_below (rng, bytes->len);
  gsize length = MIN (strlen (extreme), bytes->len - at);

  memcpy (bytes->data + at, extreme, length);
}

typedef void (*Mutation) (WhyRng *rng, GByteArray *bytes, GBytes *other);
static const Mutation mutations[]
    = { overwrite_byte, flip_bit, nudge_byte, write_extreme, remove_span, insert_span, cut_end };
#define IN_PLACE 4 /* the first ones leave lengths alone, so that nested messages stay whole */

static void
run_mutant (const GPtrArray *seeds, guint64 number)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autofree guint8 *exact = NULL;
  GBytes *seed, *other;
  WhyRng rng;
  gint steps;
  guint32 kinds;

  why_rng_init (&rng, 20240229, number);
  seed = seeds->pdata[why_rng_below (&rng, seeds->len)];
  other = seeds->pdata[why_rng_below (&rng, seeds->len)];
  g_byte_array_append (bytes, g_bytes_get_data (seed, NULL), (guint)g_bytes_get_size (seed));
  steps = (gint)why_rng_below (&rng, MAX_STEPS) + 1;
  kinds = why_rng_below (&rng, 3) ? IN_PLACE : G_N_ELEMENTS (mutations);
  for (gint i = 0; i < steps && bytes->len > 0; i++)
    mutations[why_rng_below (&rng, kinds)](&rng, bytes, other);
  /* Exactly as long as it is, so that a sanitizer sees a read beyond the end. */
  exact = g_memdup2 (bytes->data, bytes->len);
  LLVMFuzzerTestOneInput (exact, bytes->len);
}

static GPtrArray *
make_seeds (void)
{
  GPtrArray *seeds = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);

  fuzz_add_seeds (seeds);
  g_assert_cmpuint (seeds->len, >, 0);
  return seeds;
}

static void
test_seeds (void)
{
  g_autoptr (GPtrArray) seeds = make_seeds ();

  for (guint i = 0; i < seeds->len; i++)
    {
      gsize size;
      const guint8 *data = g_bytes_get_data (seeds->pdata[i], &size);
      LLVMFuzzerTestOneInput (data, size);
    }
}

static void
test_mutants (void)
{
  g_autoptr (GPtrArray) seeds = make_seeds ();
  const gchar *chosen = g_getenv ("WHYLAYER_FUZZ_MUTANTS");
  guint64 n = chosen ? g_ascii_strtoull (chosen, NULL, 10) : MUTANTS;

  for (guint64 i = 0; i < n; i++)
    run_mutant (seeds, i);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fuzz/seeds", test_seeds);
  g_test_add_func ("/fuzz/mutants", test_mutants);
  return g_test_run ();
}
