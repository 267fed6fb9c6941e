/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "methods/felzenszwalb.h"

#include <math.h>
#include <stdlib.h>

typedef struct
{
  gfloat weight;
  gint a, b; /* pixels */
} Edge;

typedef struct
{
  gint *parent, *size;
  gdouble *inside; /* of a root: the strongest edge of its spanning tree */
} Forest;

static gint
find_root (Forest *forest, gint i)
{
  while (forest->parent[i] != i)
    i = forest->parent[i] = forest->parent[forest->parent[i]];
  return i;
}

static void
join (Forest *forest, gint a, gint b, gdouble weight)
{
  if (forest->size[a] < forest->size[b])
    {
      gint swap = a;
      a = b;
      b = swap;
    }
  forest->parent[b] = a;
  forest->size[a] += forest->size[b];
  forest->inside[a] = weight; /* edges come in order: the newest is the strongest */
}

static gfloat
difference (const gfloat *rgb, gint64 plane, gint a, gint b)
{
  gdouble sum = 0.0;

  for (gint c = 0; c < 3; c++)
    {
      gdouble d = 255.0 * ((gdouble)rgb[c * plane + a] - (gdouble)rgb[c * plane + b]);
      sum += d * d;
    }
  return (gfloat)sqrt (sum);
}

/* Ties in the order of the pixels, so that results are the same everywhere. */
static int
compare_edges (gconstpointer first, gconstpointer second)
{
  const Edge *a = first, *b = second;

  if (a->weight != b->weight)
    return a->weight < b->weight ? -1 : 1;
  return a->a != b->a ? a->a - b->a : a->b - b->b;
}

/* Edges from every pixel to the next of its eight neighbours in reading order. */
static gint
list_edges (const gfloat *rgb, gint height, gint width, Edge *edges)
{
  static const gint steps[][2] = { { 0, 1 }, { 1, -1 }, { 1, 0 }, { 1, 1 } };
  gint n = 0;

  for (gint y = 0; y < height; y++)
    for (gint x = 0; x < width; x++)
      for (gsize s = 0; s < G_N_ELEMENTS (steps); s++)
        {
          gint ny = y + steps[s][0], nx = x + steps[s][1];
          gint a = y * width + x, b = ny * width + nx;
          if (ny < height && nx >= 0 && nx < width)
            edges[n++] = (Edge){ difference (rgb, (gint64)height * width, a, b), a, b };
        }
  qsort (edges, (gsize)n, sizeof *edges, compare_edges);
  return n;
}

static gint
number_regions (Forest *forest, gint n, gint *labels)
{
  g_autofree gint *label_of = g_new (gint, n);
  gint count = 0;

  for (gint i = 0; i < n; i++)
    label_of[i] = -1;
  for (gint i = 0; i < n; i++)
    {
      gint root = find_root (forest, i);
      if (label_of[root] < 0)
        label_of[root] = count++;
      labels[i] = label_of[root];
    }
  return count;
}

gint
why_felzenszwalb (const gfloat *rgb, gint height, gint width, gdouble scale, gint min_size,
                  gint *labels)
{
  gint n = height * width, n_edges;
  g_autofree Edge *edges = g_new (Edge, (gsize)n * 4);
  g_autofree gint *parent = g_new (gint, n);
  g_autofree gint *size = g_new (gint, n);
  g_autofree gdouble *inside = g_new0 (gdouble, n);
  Forest forest = { parent, size, inside };

  for (gint i = 0; i < n; i++)
    {
      parent[i] = i;
      size[i] = 1;
    }
  n_edges = list_edges (rgb, height, width, edges);
  for (gint e = 0; e < n_edges; e++)
    {
      gint a = find_root (&forest, edges[e].a), b = find_root (&forest, edges[e].b);
      gdouble weight = (gdouble)edges[e].weight;
      if (a != b && weight <= inside[a] + scale / size[a] && weight <= inside[b] + scale / size[b])
        join (&forest, a, b, weight);
    }
  for (gint e = 0; e < n_edges; e++)
    {
      gint a = find_root (&forest, edges[e].a), b = find_root (&forest, edges[e].b);
      if (a != b && (size[a] < min_size || size[b] < min_size))
        join (&forest, a, b, (gdouble)edges[e].weight);
    }
  return number_regions (&forest, n, labels);
}
