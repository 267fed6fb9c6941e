/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Included once per instruction set: a gradient on its way back through a rectifier. */

static inline WhyMask
why_gate_open (const WhyGate *g, WhyVec y, WhyVec dy)
{
  WhyMask open = (WhyMask)(y > WHY_SPLAT (g->low)) & (WhyMask)(y < WHY_SPLAT (g->high));

  return g->positive ? open & (WhyMask)(dy > (WhyVec){ 0 }) : open;
}

static inline WhyReal
why_gate_one (const WhyGate *g, gint64 i)
{
  gboolean open = g->y[i] > g->low && g->y[i] < g->high && (!g->positive || g->dy[i] > 0);

  return open ? g->dy[i] : 0;
}

/* The gate is copied: what is written through out could be its bounds, as compilers see it. */
static void
run_gate (const WhyGate *gate, gint64 begin, gint64 end)
{
  const WhyGate g = *gate;
  gint64 i = begin;

  for (; i + WHY_LANES <= end; i += WHY_LANES)
    {
      WhyVec dy = WHY_LOAD (g.dy + i);
      WHY_STORE (g.out + i, (WhyVec)((WhyMask)dy & why_gate_open (&g, WHY_LOAD (g.y + i), dy)));
    }
  for (; i < end; i++)
    g.out[i] = why_gate_one (&g, i);
}

static void
run_gate_sum (const WhyGate *gate, WhyReal factor, gint64 begin, gint64 end)
{
  const WhyGate g = *gate;
  gint64 i = begin;

  for (; i + WHY_LANES <= end; i += WHY_LANES)
    {
      WhyVec dy = WHY_LOAD (g.dy + i);
      WhyVec passed = (WhyVec)((WhyMask)dy & why_gate_open (&g, WHY_LOAD (g.y + i), dy));
      WHY_STORE (g.out + i, WHY_LOAD (g.out + i) + WHY_SPLAT (factor) * passed);
    }
  for (; i < end; i++)
    g.out[i] += factor * why_gate_one (&g, i);
}
