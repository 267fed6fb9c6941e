/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Products over a lattice of pixels: the direct, indirect and gathered convolutions. */
#pragma once

#include "kernels/last-conv.h"

G_BEGIN_DECLS

/**
 * WhyLattice: the output pixels first + i·step (both axes), and for each tap where their input
 * pixel lies: i·advance + offset[tap]. Rows are counted over the whole batch.
 */
typedef struct
{
  gint64 batch;
  gint64 first[2], step[2], count[2]; /* output lattice */
  gint64 out_extent[2], in_extent[2]; /* of the whole pictures */
  gint64 advance[2];
  gint n_taps;
  gint *taps;  /* index r·S + s of each tap in the window */
  gint *fresh; /* of them, those that read what neither the row above nor the one before does */
  gint n_fresh;
  gint64 (*offset)[2];
  gint64 depth, width; /* channels a group: in, out */
  gint64 in_channels;
  gint64 pitch;        /* numbers from pixel to pixel of the output */
  gboolean joins_taps; /* a row is the whole patch, [taps][depth] or, planar, [depth][taps] */
  gboolean planar_input;
  gboolean by_lines;    /* planar: a strip's lines are interleaved, a line of the window is a tap */
  gboolean split;       /* the weights are those of split products */
  gint64 packed_stride; /* elements a group */
  WhyReal *packed;
} WhyLattice;

typedef struct
{
  const WhyReal *in;
  WhyReal *out;
  const WhyReal *bias;
  gssize residual;
  gboolean accumulate, clamp;
  WhyReal low, high;
  const WhyPart *part; /* NULL: all of the lattice, which in a forward run is all of the output */
} WhyLatticeRun;

void why_lattice_init_forward (WhyLattice *lattice, const WhyLastConvShape *shape);
/* The input pixels whose coordinates are y, x modulo the strides, and the taps that reach them. */
void why_lattice_init_backward (WhyLattice *lattice, const WhyLastConvShape *shape, gint64 y,
                                gint64 x);
void why_lattice_clear (WhyLattice *lattice);
gsize why_lattice_scratch (const WhyLastConvShape *shape); /* bytes a thread */
void why_lattice_run_product (const WhyLattice *lattice, const WhyLatticeRun *run, gint64 groups,
                              WhyPool *pool, gpointer scratch, gsize scratch_each);
void why_lattice_run_depthwise (const WhyLattice *lattice, const WhyLatticeRun *run, WhyPool *pool,
                                gpointer scratch, gsize scratch_each);

/** The gradient by a planar picture of few channels: all taps' products first, then gathered. */
typedef struct _WhyScatter WhyScatter;
WhyScatter *why_scatter_new (const WhyLastConvShape *shape, const WhyFilters *filters);
void why_scatter_free (WhyScatter *scatter);
gsize why_scatter_scratch (const WhyLastConvShape *shape, gint threads);
void why_scatter_run (const WhyScatter *scatter, const WhyReal *dy, WhyReal *dx, WhyPool *pool,
                      gpointer scratch);

G_END_DECLS
