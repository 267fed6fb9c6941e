/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random numbers that are the same on every platform, thread and host: xoshiro256**
 * (Blackman, Vigna 2018) seeded by splitmix64. A WhyRng is a value; copy it freely.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  guint64 s[4];
  gdouble spare; /* second half of a Gaussian pair */
  gboolean has_spare;
} WhyRng;

/* Streams with different numbers never overlap in practice: use the sample's index as the
 * stream, so that results do not depend on batch size or threads. */
void why_rng_init (WhyRng *rng, guint64 seed, guint64 stream);
guint64 why_rng_next (WhyRng *rng);
gdouble why_rng_uniform (WhyRng *rng);            /* [0, 1) */
gdouble why_rng_gaussian (WhyRng *rng);           /* mean 0, variance 1 */
guint32 why_rng_below (WhyRng *rng, guint32 end); /* 0 … end - 1, unbiased */
void why_rng_shuffle (WhyRng *rng, gint *items, gint n);

G_END_DECLS
