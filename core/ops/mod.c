/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mod: with fmod=1 the remainder has the sign of the dividend (C), else of the divisor (Python). */
#include "ops/binary.h"

static inline WhyReal
floor_mod (WhyReal a, WhyReal b)
{
  return a - b * floor (a / b);
}

static inline gint64
int_fmod (gint64 a, gint64 b)
{
  return b == 0 || b == -1 ? 0 : a % b;
}

static inline gint64
int_floor_mod (gint64 a, gint64 b)
{
  gint64 r = int_fmod (a, b);

  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

WHY_BINARY_ROW (fmod_row, fmod, WhyReal, WhyReal, WhyReal)
WHY_BINARY_ROW (fmod_row_int, int_fmod, gint64, gint64, gint64)
WHY_BINARY_ROW (mod_row, floor_mod, WhyReal, WhyReal, WhyReal)
WHY_BINARY_ROW (mod_row_int, int_floor_mod, gint64, gint64, gint64)

static void
mod_forward (const WhyRun *run)
{
  if (why_node_int (run->node, "fmod", 0))
    why_binary_forward (run, fmod_row, fmod_row_int);
  else
    why_binary_forward (run, mod_row, mod_row_int);
}

/* Shape arithmetic: no gradient. */
const WhyOp why_op_mod = { .name = "Mod",
                           .since = 10,
                           .min_inputs = 2,
                           .max_inputs = 2,
                           .infer = why_binary_infer,
                           .forward = mod_forward,
                           .region_forward = why_region_same,
                           .region_backward = why_region_same };
