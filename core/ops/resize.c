/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Resize (10: scales only; 11: region of interest and sizes; 18: axes, antialias, aspect ratio; 19:
 * half_pixel_symmetric) and Upsample (7: scales as an attribute; 9: as an input).
 */
#include "ops/arguments.h"
#include "ops/resample.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

typedef struct
{
  gboolean modern; /* Resize from opset 11 */
  const WhyTensor *scales, *sizes, *roi;
  WhyInts axes;
  WhySampleAxis all;
  gdouble scale[WHY_MAX_RANK];
  WhyShape out;
} Resize;

static gboolean
one_of (const gchar *name, const gchar *const *names)
{
  return g_strv_contains (names, name);
}

static gboolean
read_modes (const WhyInfer *infer, Resize *r, GError **error)
{
  static const gchar *const transforms[] = { "half_pixel",           "asymmetric",
                                             "align_corners",        "pytorch_half_pixel",
                                             "tf_half_pixel_for_nn", "tf_crop_and_resize",
                                             "half_pixel_symmetric", NULL };
  static const gchar *const roundings[]
      = { "round_prefer_floor", "round_prefer_ceil", "floor", "ceil", NULL };
  const WhyNode *node = infer->node;
  const gchar *mode = why_node_string (node, "mode", "nearest");

  r->all.transform = r->modern
                         ? why_node_string (node, "coordinate_transformation_mode", "half_pixel")
                         : "asymmetric";
  r->all.rounding
      = r->modern ? why_node_string (node, "nearest_mode", "round_prefer_floor") : "floor";
  r->all.cubic_a = why_node_float (node, "cubic_coeff_a", -0.75);
  r->all.exclude_outside = why_node_int (node, "exclude_outside", 0) != 0;
  r->all.antialias = why_node_int (node, "antialias", 0) != 0;
  if (strcmp (mode, "nearest") == 0)
    r->all.mode = WHY_SAMPLE_NEAREST;
  else if (strcmp (mode, "linear") == 0 || strcmp (mode, "bilinear") == 0)
    r->all.mode = WHY_SAMPLE_LINEAR;
  else if (strcmp (mode, "cubic") == 0)
    r->all.mode = WHY_SAMPLE_CUBIC;
  else
    return why_node_unsupported (node, error, _ ("mode '%s'; nearest, linear or cubic are meant"),
                                 mode);
  if (!one_of (r->all.transform, transforms) || !one_of (r->all.rounding, roundings))
    return why_node_unsupported (node, error, _ ("'%s' with '%s' is not known"), r->all.transform,
                                 r->all.rounding);
  return TRUE;
}

/* A constant input; one without elements counts as absent. */
static gboolean
read_input (const WhyInfer *infer, gint i, const WhyTensor **tensor, GError **error)
{
  if (!why_infer_constant (infer, i, tensor, error))
    return FALSE;
  if (*tensor && why_tensor_numel (*tensor) == 0)
    *tensor = NULL;
  return TRUE;
}

static gboolean
set_extent (const WhyInfer *infer, Resize *r, gint axis, gint64 out, gdouble scale, GError **error)
{
  if (!(scale > 0) || out < 0 || out > G_MAXINT32 || (out > 0 && r->out.dims[axis] < 1))
    return why_node_error (infer->node, error, _ ("axis %d cannot be resized by %g"), axis, scale);
  r->out.dims[axis] = out;
  r->scale[axis] = scale;
  return TRUE;
}

/* not_larger, not_smaller: one scale for all axes. */
static gdouble
common_scale (const WhyInfer *infer, const Resize *r)
{
  const gchar *policy = why_node_string (infer->node, "keep_aspect_ratio_policy", "stretch");
  gboolean smaller = strcmp (policy, "not_larger") == 0;
  gdouble scale = smaller ? HUGE_VAL : 0;

  if (!smaller && strcmp (policy, "not_smaller") != 0)
    return 0;
  for (gint i = 0; i < r->axes.n; i++)
    {
      gdouble s = why_tensor_get (r->sizes, i) / (gdouble)infer->in[0]->shape.dims[r->axes.v[i]];
      scale = smaller ? MIN (scale, s) : MAX (scale, s);
    }
  return scale;
}

static gboolean
set_sizes (const WhyInfer *infer, Resize *r, GError **error)
{
  const WhyShape *in = &infer->in[0]->shape;
  gdouble common = common_scale (infer, r);

  for (gint i = 0; i < r->axes.n; i++)
    {
      gint axis = (gint)r->axes.v[i];
      gint64 out = common > 0 ? (gint64)floor (common * (gdouble)in->dims[axis] + 0.5)
                              : why_tensor_get_int (r->sizes, i);
      gdouble scale = common > 0 ? common : (gdouble)out / (gdouble)MAX (in->dims[axis], 1);

      if (!set_extent (infer, r, axis, out, scale, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
set_scales (const WhyInfer *infer, Resize *r, const gdouble *scales, GError **error)
{
  for (gint i = 0; i < r->axes.n; i++)
    {
      gint axis = (gint)r->axes.v[i];
      /* in float, as exporters and runtimes do: 10·0.7 is 7 */
      gfloat out = (gfloat)infer->in[0]->shape.dims[axis] * (gfloat)scales[i];

      if (!set_extent (infer, r, axis, out < (gfloat)G_MAXINT32 ? (gint64)out : -1, scales[i],
                       error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_inputs (const WhyInfer *infer, Resize *r, GError **error)
{
  gint scales = r->modern ? 2 : 1;

  if (r->modern
      && (!read_input (infer, 1, &r->roi, error) || !read_input (infer, 3, &r->sizes, error)
          || !why_infer_axes (infer, "axes", -1, infer->in[0]->shape.rank, &r->axes, error)))
    return FALSE;
  if (!r->axes.given)
    for (gint i = 0; i < infer->in[0]->shape.rank; i++)
      r->axes.v[r->axes.n++] = i;
  return read_input (infer, scales, &r->scales, error);
}

static gboolean
resolve (const WhyInfer *infer, Resize *r, GError **error)
{
  const WhyNode *node = infer->node;
  const WhyAttr *attr = node->opset < 9 ? why_node_attr (node, "scales") : NULL;
  gdouble scales[WHY_MAX_RANK];
  gboolean crop, listed;

  *r = (Resize){ .modern = node->opset >= 11 && strcmp (node->op->name, "Resize") == 0,
                 .out = infer->in[0]->shape };
  for (gint i = 0; i < r->out.rank; i++)
    r->scale[i] = 1;
  if (infer->in[0]->dtype == WHY_DTYPE_INT64)
    return why_node_unsupported (node, error, _ ("int64 cannot be resized"));
  if (!read_modes (infer, r, error) || !read_inputs (infer, r, error))
    return FALSE;
  crop = strcmp (r->all.transform, "tf_crop_and_resize") == 0;
  if (crop && (!r->roi || why_tensor_numel (r->roi) != 2 * r->axes.n))
    return why_node_error (node, error, _ ("its region of interest does not fit its axes"));
  if (r->sizes && why_tensor_numel (r->sizes) == r->axes.n)
    return set_sizes (infer, r, error);
  listed = attr && attr->type == WHY_ATTR_FLOATS && attr->n == r->axes.n;
  if (!listed && !(r->scales && why_tensor_numel (r->scales) == r->axes.n))
    return why_node_error (node, error, _ ("neither scales nor sizes for every axis"));
  for (gint i = 0; i < r->axes.n; i++)
    scales[i] = listed ? attr->floats[i] : why_tensor_get (r->scales, i);
  return set_scales (infer, r, scales, error);
}

static gboolean
resize_infer (const WhyInfer *infer, GError **error)
{
  Resize resize;

  if (!resolve (infer, &resize, error))
    return FALSE;
  infer->out[0]->dtype = infer->in[0]->dtype;
  infer->out[0]->shape = resize.out;
  return TRUE;
}

static void
axis_taps (const WhyInfer *infer, const Resize *r, gint i, WhySampleTaps *taps)
{
  gint axis = (gint)r->axes.v[i];
  WhySampleAxis sample = r->all;

  sample.in = infer->in[0]->shape.dims[axis];
  sample.out = r->out.dims[axis];
  sample.scale = r->scale[axis];
  sample.start = r->roi ? why_tensor_get (r->roi, i) : 0;
  sample.end = r->roi ? why_tensor_get (r->roi, r->axes.n + i) : 1;
  why_sample_taps_init (taps, &sample);
}

static gpointer
resize_prepare (const WhyNode *node, const WhyInfer *infer)
{
  WhySamplePlan *plan = g_new0 (WhySamplePlan, 1);
  Resize r;

  resolve (infer, &r, NULL);
  plan->in = infer->in[0]->shape;
  plan->out = r.out;
  if (why_shape_numel (&r.out) == 0)
    return plan;
  plan->extrapolation = (WhyReal)why_node_float (node, "extrapolation_value", 0);
  for (gint i = 0; i < r.axes.n; i++)
    axis_taps (infer, &r, i, &plan->axis[r.axes.v[i]]);
  return plan;
}

/* Outputs that use inputs of a range, or inputs that outputs of a range use. */
static void
map_range (const WhySampleTaps *taps, gboolean forward, gint64 *begin, gint64 *length)
{
  gint64 low = G_MAXINT64, high = -1;

  for (gint64 i = 0; i < taps->out; i++)
    for (gint k = 0; k < taps->n; k++)
      {
        gint64 from = forward ? taps->index[i * taps->n + k] : i;
        gint64 to = forward ? i : taps->index[i * taps->n + k];

        if (from < *begin || from >= *begin + *length)
          continue;
        low = MIN (low, to);
        high = MAX (high, to);
      }
  *begin = high < 0 ? 0 : low;
  *length = high < 0 ? 0 : high - low + 1;
}

static WhyRegion
resize_region (const WhyInfer *infer, WhyRegion region, gboolean forward)
{
  gint rank = infer->in[0]->shape.rank;
  Resize r;

  if (!resolve (infer, &r, NULL))
    return region;
  for (gint i = 0; i < r.axes.n; i++)
    {
      WhySampleTaps taps;

      if (r.axes.v[i] < rank - 2)
        continue;
      axis_taps (infer, &r, i, &taps);
      if (taps.n > 0 && r.axes.v[i] == rank - 1)
        map_range (&taps, forward, &region.x, &region.width);
      else if (taps.n > 0)
        map_range (&taps, forward, &region.y, &region.height);
      why_sample_taps_clear (&taps);
    }
  return region;
}

static WhyRegion
resize_region_forward (const WhyNode *node, const WhyInfer *infer, WhyRegion changed)
{
  return resize_region (infer, changed, TRUE);
}

static WhyRegion
resize_region_backward (const WhyNode *node, const WhyInfer *infer, WhyRegion needed)
{
  return resize_region (infer, needed, FALSE);
}

const WhyOp why_op_resize = { .name = "Resize",
                              .since = 10,
                              .min_inputs = 1,
                              .max_inputs = 4,
                              .infer = resize_infer,
                              .prepare = resize_prepare,
                              .unprepare = why_resample_unprepare,
                              .scratch = why_resample_scratch,
                              .forward = why_resample_forward,
                              .backward = why_resample_backward,
                              .relevance_kind = WHY_RELEVANCE_LINEAR,
                              .region_forward = resize_region_forward,
                              .region_backward = resize_region_backward };

const WhyOp why_op_upsample = { .name = "Upsample",
                                .since = 7,
                                .until = 9,
                                .min_inputs = 1,
                                .max_inputs = 2,
                                .infer = resize_infer,
                                .prepare = resize_prepare,
                                .unprepare = why_resample_unprepare,
                                .scratch = why_resample_scratch,
                                .forward = why_resample_forward,
                                .backward = why_resample_backward,
                                .relevance_kind = WHY_RELEVANCE_LINEAR,
                                .region_forward = resize_region_forward,
                                .region_backward = resize_region_backward };
