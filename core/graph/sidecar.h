/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "graph/labels.h"
#include "whylayer/model.h"

G_BEGIN_DECLS

/** What a sidecar said, so that what it left open can be told from what it set. */
typedef enum
{
  WHY_SAID_SIZE = 1 << 0,
  WHY_SAID_CHANNELS = 1 << 1,
  WHY_SAID_LAYOUT = 1 << 2,
  WHY_SAID_PIXELS = 1 << 3, /* range, mean, std: what is missing of them is 0…1, 0, 1 */
  WHY_SAID_RESIZE = 1 << 4, /* resize, short_side */
  WHY_SAID_ACTIVATION = 1 << 5
} WhySaid;

/**
 * WhySidecar: what a sidecar file or the model's own metadata says beyond the graph.
 */
typedef struct
{
  WhySaid said;
  const gchar *pixels_source;          /* "sidecar" or "metadata" when WHY_SAID_PIXELS */
  gchar *name, *description, *licence; /* NULL when not said */
  gchar *input, *layer, *confidence;   /* graph input, CAM node, "unsure" output; NULL: not said */
  WhyPreprocessing preprocessing;      /* only what was said; mean, std: n_mean, n_std values */
  gint n_mean, n_std;                  /* 0, 1 (for every channel) or 3 */
  WhyActivation activation;
  gdouble temperature, below;
  WhyUnsure unsure;
  WhyLabels *labels; /* NULL when not said */
} WhySidecar;

WhySidecar *why_sidecar_new (void);
void why_sidecar_free (WhySidecar *sidecar);
/* Reads text over what is already there. source: "sidecar" or "metadata"; folder: where label files
 * may lie, or NULL. WHY_ERROR_MODEL_INVALID names the key, WHY_ERROR_MODEL_DATA the file. */
gboolean why_sidecar_read (WhySidecar *sidecar, const gchar *text, gsize length,
                           const gchar *source, const gchar *folder, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhySidecar, why_sidecar_free)

G_END_DECLS
