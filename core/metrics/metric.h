/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The metric table. Adding a metric is one new file in this folder and one row in metric-table.c.
 */
#pragma once

#include "methods/method.h"
#include "whylayer/metric.h"

G_BEGIN_DECLS

/* Fills map [H,W] of task->x without asking the network. */
typedef void (*WhyControlFill) (const WhyTask *task, WhyReal *map);

typedef struct
{
  WhyTask task; /* the explanation's own question: model, x, target, score */
  const WhyParams *params;
  const WhyExplanation *explanation; /* NULL while a control map is measured */
  WhyControlFill control;            /* the control's map of a picture; NULL for the explanation */
  const WhyReal *map;  /* [H,W]: one value an input pixel, as drawn with nearest cells */
  const WhyReal *mask; /* [H,W] or NULL */
  GHashTable *details; /* name → g_free()d gdouble*; NULL for control maps */
} WhyTrial;

struct _WhyMetric
{
  const gchar *id, *name, *blurb, *citation;
  const WhyParam *params;
  gboolean higher_is_better, needs_mask;
  gboolean controls; /* meaningful for maps that know nothing (random, centre, edges) */
  gboolean (*measure) (WhyTrial *trial, gdouble *value, gdouble *standard_error, GError **error);
  gboolean (*flag) (gdouble value, const WhyParams *params); /* NULL: never flags */
};

const WhyMetric *const *why_metric_table (gsize *n);

G_END_DECLS
