/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "whylayer/rng.h"

#include <math.h>

static guint64
splitmix64 (guint64 *state)
{
  guint64 z = (*state += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15));
  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return z ^ (z >> 31);
}

void
why_rng_init (WhyRng *rng, guint64 seed, guint64 stream)
{
  guint64 state = seed;
  /* Mixing the stream through the generator keeps neighbouring streams unrelated. */
  state = splitmix64 (&state) ^ (stream * G_GUINT64_CONSTANT (0xd1342543de82ef95));
  for (gint i = 0; i < 4; i++)
    rng->s[i] = splitmix64 (&state);
  rng->spare = 0.0;
  rng->has_spare = FALSE;
}

static inline guint64
rotl (guint64 x, gint k)
{
  return (x << k) | (x >> (64 - k));
}

guint64
why_rng_next (WhyRng *rng)
{
  guint64 *s = rng->s;
  guint64 result = rotl (s[1] * 5, 7) * 9;
  guint64 t = s[1] << 17;

  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotl (s[3], 45);
  return result;
}

gdouble
why_rng_uniform (WhyRng *rng)
{
  return (gdouble)(why_rng_next (rng) >> 11) * 0x1.0p-53;
}

gdouble
why_rng_gaussian (WhyRng *rng)
{
  gdouble u, v, s, scale;

  if (rng->has_spare)
    {
      rng->has_spare = FALSE;
      return rng->spare;
    }
  do /* Marsaglia's polar method */
    {
      u = 2.0 * why_rng_uniform (rng) - 1.0;
      v = 2.0 * why_rng_uniform (rng) - 1.0;
      s = u * u + v * v;
    }
  while (s >= 1.0 || s == 0.0);
  scale = sqrt (-2.0 * log (s) / s);
  rng->spare = v * scale;
  rng->has_spare = TRUE;
  return u * scale;
}

guint32
why_rng_below (WhyRng *rng, guint32 end)
{
  guint32 threshold, x;

  g_return_val_if_fail (end > 0, 0);
  threshold = -end % end;
  do
    x = (guint32)(why_rng_next (rng) >> 32);
  while (x < threshold);
  return x % end;
}

void
why_rng_shuffle (WhyRng *rng, gint *items, gint n)
{
  for (gint i = n - 1; i > 0; i--)
    {
      gint j = (gint)why_rng_below (rng, (guint32)i + 1);
      gint t = items[i];
      items[i] = items[j];
      items[j] = t;
    }
}
