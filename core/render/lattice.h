/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "render/canvas.h"
#include "whylayer/style.h"

G_BEGIN_DECLS

/** Where one output column or row falls among the cells. */
typedef struct
{
  gint cell;    /* between this cell's centre and the next one's; -1: the network never saw it */
  gfloat share; /* of the next cell, 0 … 1 */
  gfloat slope; /* cells an output pixel; 0 where the map does not change */
} WhyMapLatticePoint;

/**
 * WhyMapLattice: cells as shares of the scale, ready to be sampled at output pixels. One column and
 * one row are repeated at the end, so that every cell has a next one.
 */
typedef struct
{
  gint width, height; /* in cells, without the repeated ones */
  gfloat *shares;     /* [height + 1, width + 1] */
} WhyMapLattice;

void why_map_lattice_init (WhyMapLattice *lattice, const WhyTensor *cells, const WhyScale *scale);
void why_map_lattice_clear (WhyMapLattice *lattice);

/* n output columns (or, down, rows) from position begin on. Native cells: share and slope are 0. */
WhyMapLatticePoint *why_map_lattice_axis (const WhyView *view, gboolean down, gint n_cells,
                                          gint begin, gint n, gdouble zoom, gboolean native);
/* The lattice's row at a point between two of its rows. out: [width + 1] */
void why_map_lattice_row (const WhyMapLattice *lattice, const WhyMapLatticePoint *point,
                          gfloat *out);
/* How much that row changes an output pixel downwards. out: [width + 1] */
void why_map_lattice_row_slope (const WhyMapLattice *lattice, const WhyMapLatticePoint *point,
                                gfloat *out);

/** WhyContours: iso-lines of |share| at level/(n + 1), level = 1 … n, and their labels. */
typedef struct
{
  WhySign sign;
  gint n;
  gdouble threshold;
  gdouble radius;    /* half a line's width in output pixels */
  guint8 (*inks)[3]; /* [n + 1] black or white, whichever stands out; the other is the halo */
  gdouble text_height;
  GArray *labels; /* of a private type; NULL: no labels */
} WhyContours;

/* zoom as in why_style_draw(). n is 0 when the style wants no contours. */
void why_contours_init (WhyContours *contours, const WhyParams *style, const WhyScale *scale,
                        const WhyMapLattice *lattice, const WhyView *view, gdouble zoom);
void why_contours_clear (WhyContours *contours);
/* The lines in n pixels of one row; line and slope: why_map_lattice_row() and its slope there. */
void why_contours_draw_row (const WhyContours *contours, const WhyMapLatticePoint *columns, gint n,
                            const gfloat *line, const gfloat *slope, guint8 *rgba);
void why_contours_draw_labels (const WhyContours *contours, const WhyCanvas *canvas);

G_END_DECLS
