/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Included once per instruction set: a gradient on its way back through a rectifier. */

static void
run_gate (const WhyGate *g, gint64 begin, gint64 end)
{
  const WhyVec low = WHY_SPLAT (g->low), high = WHY_SPLAT (g->high), zero = { 0 };
  gint64 i = begin;

  for (; i + WHY_LANES <= end; i += WHY_LANES)
    {
      WhyVec y = WHY_LOAD (g->y + i), dy = WHY_LOAD (g->dy + i);
      WhyMask open = (WhyMask)(y > low) & (WhyMask)(y < high);
      if (g->positive)
        open &= (WhyMask)(dy > zero);
      WHY_STORE (g->out + i, (WhyVec)((WhyMask)dy & open));
    }
  for (; i < end; i++)
    {
      gboolean open = g->y[i] > g->low && g->y[i] < g->high && (!g->positive || g->dy[i] > 0);
      g->out[i] = open ? g->dy[i] : 0;
    }
}
