/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The numeric kernels, built once per instruction set and chosen at run time.
 *
 * They work on channels-last data: [rows][channels], where a row is a pixel. Then every inner loop
 * runs over contiguous channels, whatever the picture's size.
 */
#pragma once

#include <glib.h>

#include "whylayer/real.h"

G_BEGIN_DECLS

/**
 * WhyProduct: out[row][k] = act (bias[k] + residual[row][k] + Σ_tap Σ_c
 * in[tap][row][c]·W[tap][c][k]).
 *
 * Convolution, its gradient, dense layers and the products inside Winograd's algorithm are all
 * this, with other pointers (indirect convolution, Dukhan 2019, arXiv:1907.02129): in[tap·ld + row]
 * points at `depth` numbers; a row of zeros stands for padding.
 */
typedef struct
{
  gint64 rows, width; /* output rows and channels */
  gint taps;
  gint64 depth;                  /* input channels */
  const WhyReal *const *in;      /* [taps][ld] */
  gint64 ld;                     /* rows, rounded up to the tile: the padding entries are read */
  const WhyReal *weights;        /* packed by why_pack_weights() */
  gint64 panel_begin, panel_end; /* panels to compute */
  WhyReal *const *out;           /* [rows] */
  const WhyReal *bias;           /* [width] or NULL */
  gssize residual;               /* elements from out[row] to the residual's row; 0: none */
  gboolean accumulate;           /* add to what out holds */
  gboolean clamp;                /* clamp to low … high at the end (rectifiers) */
  gboolean split;                /* weights are why_split_weights()'s */
  WhyReal low, high;
} WhyProduct;

/** A small filter over each channel by itself: out[row][c] = act (bias[c] + Σ_tap
 * in[tap][row][c]·w[tap][c]). */
typedef struct
{
  gint64 rows, channels;
  gint taps;
  const WhyReal *const *in; /* [taps][ld] */
  gint64 ld;
  const gint *fresh; /* taps that read what no tap of the row before does */
  gint n_fresh;
  const WhyReal *weights; /* [taps][channels] */
  WhyReal *const *out;
  const WhyReal *bias;
  gboolean accumulate, clamp;
  WhyReal low, high;
} WhyDepthwise;

/** Winograd's F(m×m, 3×3) (Lavin, Gray 2015, arXiv:1509.09308): m = 2 or 4. */
typedef struct
{
  gint m;               /* output pixels a tile side */
  gint64 channels;      /* of the data being transformed */
  gint64 tiles;         /* tiles in this strip */
  WhyReal *transformed; /* [(m + 2)²][tiles][channels] */
  /* input: pixel (y, x) of tile t is in[t·(m+2)² + y·(m+2) + x], channels contiguous
   * output: out[t·m² + y·m + x]; NULL where the tile hangs over the edge */
  const WhyReal *const *in;
  WhyReal *const *out;
  const WhyReal *bias;
  gssize residual;
  gboolean accumulate, clamp;
  WhyReal low, high;
} WhyWinograd;

/** out = dy where low < y < high, 0 elsewhere: a rectifier's gradient told from its output.
 * positive: where dy > 0 besides (guided backpropagation). */
typedef struct
{
  const WhyReal *y, *dy;
  WhyReal *out;
  WhyReal low, high;
  gboolean positive;
} WhyGate;

/* Rows a task takes at most: a multiple of every tile height; their input stays in the second-level
 * cache. */
#define WHY_STRIP 120

/** One instruction set's kernels. */
typedef struct
{
  const gchar *name; /* "baseline", "avx2", "avx512", "amx" */
  gint tile_rows, panel;
  void (*product) (const WhyProduct *product);
  /* Rough products, good to 1e-5 of the largest sum, where they are much faster; else NULL.
   * split_weights: a panel's, [lines][panel], in the order they read them, as if the lines were a
   * multiple of split_lines. */
  gint split_rows, split_lines;
  void (*split_product) (const WhyProduct *product);
  void (*split_weights) (const WhyReal *panel, gint64 lines, gpointer split);
  void (*depthwise) (const WhyDepthwise *depthwise);
  /* out[c] = the largest of in[0][c] … in[n - 1][c]; out may be one of them. */
  void (*maximum) (const WhyReal *const *in, gint n, WhyReal *out, gint64 channels);
  /* out[i][c] += dy[c] for the first i with in[i][c] = y[c]. */
  void (*maximum_gradient) (const WhyReal *const *in, gint n, const WhyReal *y, const WhyReal *dy,
                            WhyReal *const *out, gint64 channels);
  void (*gate) (const WhyGate *gate, gint64 begin, gint64 end);
  /* out += factor · what the gate lets through. */
  void (*gate_sum) (const WhyGate *gate, WhyReal factor, gint64 begin, gint64 end);
  void (*winograd_input) (const WhyWinograd *winograd);
  void (*winograd_output) (const WhyWinograd *winograd);
  /* Elementwise; x and y may be the same. */
  void (*erf) (const WhyReal *x, WhyReal *y, gint64 n);
  void (*gelu) (const WhyReal *x, WhyReal *y, gint64 n);
  void (*gelu_slope) (const WhyReal *x, WhyReal *y, gint64 n); /* its derivative */
  /* y = exp (x - top); returns its sum. */
  gdouble (*exp_sum) (const WhyReal *x, WhyReal top, WhyReal *y, gint64 n);
} WhyKernels;

/* The best set for this processor, or the one WHYLAYER_ISA names (tests). */
const WhyKernels *why_kernels (void);
/* OpenBLAS's name (OPENBLAS_CORETYPE) for processors with that set's instructions; NULL for the
 * baseline. */
const gchar *why_kernels_get_blas_core (void);

/* weights [taps][depth][width] (row-major) → panels [⌈width/panel⌉][taps][depth][panel], zeros
 * beyond width. packed: why_packed_size() elements, 64-byte aligned. */
gint64 why_packed_size (gint taps, gint64 depth, gint64 width);
void why_pack_weights (const WhyReal *weights, gint taps, gint64 depth, gint64 width,
                       WhyReal *packed);

/* Panels of packed weights as split products read them, in their place; FALSE and nothing done
 * where there are none. stride: elements from panel to panel, afterwards. */
gboolean why_split_weights (WhyReal **packed, gint64 lines, gint64 panels, gint64 *stride);

/* How many rows a product, split or not, takes at a time. */
gint64 why_product_rows (gboolean split);
/* By the kernel that its weights are packed for. */
void why_product_run (const WhyProduct *product);

G_END_DECLS
