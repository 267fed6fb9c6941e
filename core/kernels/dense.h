/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Products with a matrix that never changes, packed once for the tiled kernel. */
#pragma once

#include "kernels/parallel.h"
#include "whylayer/real.h"

G_BEGIN_DECLS

/** How a constant matrix of `inner` rows and `columns` columns is stored. */
typedef struct
{
  const WhyReal *numbers;
  gint64 inner, columns;
  gboolean transposed; /* stored as [columns][inner] instead of [inner][columns] */
  WhyReal scale;       /* what every number is multiplied by */
  gboolean rough;      /* products may be good to 1e-5 of the largest only */
} WhyMatrix;

typedef struct _WhyDense WhyDense;

/* Whether packing, which takes as much memory again as the matrix, pays for products of so many
 * rows. */
gboolean why_dense_pays (gint64 rows);

WhyDense *why_dense_new (const WhyMatrix *matrix);
void why_dense_free (WhyDense *dense);

/* y [rows, columns] = x [rows, inner] · matrix + bias [columns] (or NULL), or y += where it
 * accumulates. */
void why_dense_run (const WhyDense *dense, gint64 rows, const WhyReal *x, const WhyReal *bias,
                    gboolean accumulate, WhyReal *y, WhyPool *pool);

G_END_DECLS
