/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Included once per instruction set: the largest of several rows, number by number, and the way
 * back. */

static void
run_maximum (const WhyReal *const *in, gint n, WhyReal *out, gint64 channels)
{
  gint64 c = 0;

  for (; c + 2 * WHY_LANES <= channels; c += 2 * WHY_LANES)
    {
      WhyVec a = WHY_LOAD (in[0] + c), b = WHY_LOAD (in[0] + c + WHY_LANES);
      for (gint i = 1; i < n; i++)
        {
          a = why_vec_max (WHY_LOAD (in[i] + c), a);
          b = why_vec_max (WHY_LOAD (in[i] + c + WHY_LANES), b);
        }
      WHY_STORE (out + c, a);
      WHY_STORE (out + c + WHY_LANES, b);
    }
  for (; c < channels; c++)
    {
      WhyReal most = in[0][c];
      for (gint i = 1; i < n; i++)
        most = in[i][c] > most ? in[i][c] : most;
      out[c] = most;
    }
}

/* y: the maxima. The first row that holds one takes its gradient. */
static void
run_maximum_gradient (const WhyReal *const *in, gint n, const WhyReal *y, const WhyReal *dy,
                      WhyReal *const *out, gint64 channels)
{
  gint64 c = 0;

  for (; c + WHY_LANES <= channels; c += WHY_LANES)
    {
      WhyVec most = WHY_LOAD (y + c), left = WHY_LOAD (dy + c);
      for (gint i = 0; i < n; i++)
        {
          WhyMask wins = (WhyMask)(WHY_LOAD (in[i] + c) == most);
          WHY_STORE (out[i] + c, WHY_LOAD (out[i] + c) + (WhyVec)((WhyMask)left & wins));
          left = (WhyVec)((WhyMask)left & ~wins);
        }
    }
  for (; c < channels; c++)
    for (gint i = 0; i < n; i++)
      if (in[i][c] == y[c])
        {
          out[i][c] += dy[c];
          break;
        }
}
