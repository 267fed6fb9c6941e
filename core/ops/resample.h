/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Separable resampling: every axis has its own short list of input elements and weights for each
 * output element. Shared by Resize and Upsample.
 */
#pragma once

#include "ops/op.h"

G_BEGIN_DECLS

typedef enum
{
  WHY_SAMPLE_NEAREST,
  WHY_SAMPLE_LINEAR,
  WHY_SAMPLE_CUBIC
} WhySampleMode;

/** How one axis of a resampling is wanted. */
typedef struct
{
  WhySampleMode mode;
  const gchar *transform; /* ONNX's coordinate_transformation_mode */
  const gchar *rounding;  /* ONNX's nearest_mode */
  gdouble cubic_a;
  gboolean exclude_outside, antialias;
  gint64 in, out;
  gdouble scale;
  gdouble start, end; /* of the region of interest, tf_crop_and_resize */
} WhySampleAxis;

/** Inputs and weights of one axis: element i of the output is Σ weight[i·n + k] · x[index[i·n +
 * k]]. n 0: the axis stays as it is. */
typedef struct
{
  gint64 in, out;
  gint n;
  gint64 *index;
  WhyReal *weight;
  gboolean *outside; /* tf_crop_and_resize: beyond the picture; NULL: none is */
} WhySampleTaps;

typedef struct
{
  WhyShape in, out;
  WhySampleTaps axis[WHY_MAX_RANK];
  WhyReal extrapolation;
} WhySamplePlan;

void why_sample_taps_init (WhySampleTaps *taps, const WhySampleAxis *axis);
void why_sample_taps_clear (WhySampleTaps *taps);
void why_resample_unprepare (gpointer plan);
gsize why_resample_scratch (const WhyNode *node, const WhyInfer *infer, gint threads);
void why_resample_forward (const WhyRun *run);
void why_resample_backward (const WhyRun *run);

G_END_DECLS
