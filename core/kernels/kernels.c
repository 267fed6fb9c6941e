/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels/kernels.h"

#include <stdlib.h>
#include <string.h>

#include "kernels/memory.h"

#ifdef WHY_HAVE_AMX
#  include <sys/syscall.h>
#  include <unistd.h>
#endif

extern const WhyKernels why_kernels_baseline;
#ifdef WHY_HAVE_X86
extern const WhyKernels why_kernels_avx2, why_kernels_avx512;
#endif
#ifdef WHY_HAVE_AMX
extern const WhyKernels why_kernels_amx;
#endif

typedef struct
{
  const WhyKernels *kernels;
  gboolean runs;
  const gchar *blas_core;
} Candidate;

#ifdef WHY_HAVE_AMX
#  define ASK_FOR_STATE 0x1023 /* arch_prctl's ARCH_REQ_XCOMP_PERM */
#  define TILE_DATA 18

/* Linux saves a process's matrix tiles only when it has asked for them. */
static gboolean
may_use_tiles (void)
{
  return __builtin_cpu_supports ("avx512f") && __builtin_cpu_supports ("avx512dq")
         && __builtin_cpu_supports ("avx512bw") && __builtin_cpu_supports ("avx512vl")
         && __builtin_cpu_supports ("avx512bf16") && __builtin_cpu_supports ("amx-tile")
         && __builtin_cpu_supports ("amx-bf16")
         && syscall (SYS_arch_prctl, ASK_FOR_STATE, TILE_DATA) == 0;
}
#endif

static Candidate
choose (void)
{
  const gchar *forced = g_getenv ("WHYLAYER_ISA");
  Candidate candidates[] = {
#ifdef WHY_HAVE_AMX
    { &why_kernels_amx, may_use_tiles (), "SkylakeX" },
#endif
#ifdef WHY_HAVE_X86
    { &why_kernels_avx512,
      __builtin_cpu_supports ("avx512f") && __builtin_cpu_supports ("avx512dq"), "SkylakeX" },
    { &why_kernels_avx2, __builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma"),
      "Haswell" },
#endif
    { &why_kernels_baseline, TRUE, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (candidates); i++)
    if (candidates[i].runs && (!forced || strcmp (forced, candidates[i].kernels->name) == 0))
      return candidates[i];
  g_message ("WHYLAYER_ISA=%s is not to be had on this processor; using the baseline", forced);
  return candidates[G_N_ELEMENTS (candidates) - 1];
}

/* Chosen once: which processor this is never changes. */
static const Candidate *
get_chosen (void)
{
  static Candidate candidate;
  static gsize chosen = 0;

  if (g_once_init_enter (&chosen))
    {
      candidate = choose ();
      g_once_init_leave (&chosen, 1);
    }
  return &candidate;
}

const WhyKernels *
why_kernels (void)
{
  return get_chosen ()->kernels;
}

const gchar *
why_kernels_get_blas_core (void)
{
  return get_chosen ()->blas_core;
}

gint64
why_packed_size (gint taps, gint64 depth, gint64 width)
{
  gint64 panel = why_kernels ()->panel;

  return (width + panel - 1) / panel * panel * taps * depth;
}

void
why_pack_weights (const WhyReal *weights, gint taps, gint64 depth, gint64 width, WhyReal *packed)
{
  gint64 panel = why_kernels ()->panel, lines = taps * depth;

  for (gint64 column = 0; column < width; column += panel)
    {
      gint64 live = MIN (panel, width - column);
      const WhyReal *from = weights + column;
      for (gint64 line = 0; line < lines; line++, packed += panel, from += width)
        {
          memcpy (packed, from, (gsize)live * sizeof *packed);
          memset (packed + live, 0, (gsize)(panel - live) * sizeof *packed);
        }
    }
}

static gint64
split_stride (gint64 lines)
{
  const WhyKernels *kernels = why_kernels ();

  return (lines + kernels->split_lines - 1) / kernels->split_lines * kernels->split_lines
         * kernels->panel;
}

gboolean
why_split_weights (WhyReal **packed, gint64 lines, gint64 panels, gint64 *stride)
{
  gint64 panel = why_kernels ()->panel;
  WhyReal *split;

  if (!why_kernels ()->split_weights)
    return FALSE;
  *stride = split_stride (lines);
  split = why_memory_new ((gsize)(panels * *stride) * sizeof *split);
  for (gint64 i = 0; i < panels; i++)
    why_kernels ()->split_weights (*packed + i * lines * panel, lines, split + i * *stride);
  free (*packed);
  *packed = split;
  return TRUE;
}

gint64
why_product_rows (gboolean split)
{
  return split ? why_kernels ()->split_rows : why_kernels ()->tile_rows;
}

void
why_product_run (const WhyProduct *product)
{
  if (product->split)
    why_kernels ()->split_product (product);
  else
    why_kernels ()->product (product);
}
