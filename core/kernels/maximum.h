/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Included once per instruction set: the largest of several rows, number by number. */

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
