/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include "real.h"

G_BEGIN_DECLS

#define WHY_MAX_RANK 8

/**
 * WhyDType: the type a value has in the ONNX graph, with ONNX's own numbers.
 *
 * Only WHY_DTYPE_INT64 is stored as gint64 (shape arithmetic must be exact);
 * every other type is stored as #WhyReal: 8-bit and 32-bit integers of a quantised
 * network and booleans are whole numbers in it, so that gradients pass straight through.
 */
typedef enum
{
  WHY_DTYPE_NONE = 0,
  WHY_DTYPE_FLOAT = 1,
  WHY_DTYPE_UINT8 = 2,
  WHY_DTYPE_INT8 = 3,
  WHY_DTYPE_UINT16 = 4,
  WHY_DTYPE_INT16 = 5,
  WHY_DTYPE_INT32 = 6,
  WHY_DTYPE_INT64 = 7,
  WHY_DTYPE_BOOL = 9,
  WHY_DTYPE_FLOAT16 = 10,
  WHY_DTYPE_DOUBLE = 11,
  WHY_DTYPE_UINT32 = 12,
  WHY_DTYPE_UINT64 = 13,
  WHY_DTYPE_BFLOAT16 = 16
} WhyDType;

const gchar *why_dtype_name (WhyDType dtype);
gboolean why_dtype_is_float (WhyDType dtype); /* float, float16, bfloat16, double */

/**
 * WhyShape: up to WHY_MAX_RANK extents, outermost first (NCHW for pictures).
 * A scalar has rank 0 and one element. An extent of -1 is not known yet.
 */
typedef struct
{
  gint rank;
  gint64 dims[WHY_MAX_RANK];
} WhyShape;

#define WHY_SHAPE(...)                                                                             \
  ((WhyShape){ (gint)(sizeof ((gint64[]){ __VA_ARGS__ }) / sizeof (gint64)), { __VA_ARGS__ } })

gboolean why_shape_equal (const WhyShape *a, const WhyShape *b);
gboolean why_shape_is_known (const WhyShape *shape);
/* Number of elements, or -1 when an extent is unknown or the product overflows. */
gint64 why_shape_numel (const WhyShape *shape);
/* Product of dims[from] … dims[to - 1]; 1 when empty. */
gint64 why_shape_span (const WhyShape *shape, gint from, gint to);
gchar *why_shape_to_string (const WhyShape *shape); /* "[1, 3, 64, 64]" */

/**
 * WhyTensor: a dense, contiguous, row-major array. Reference counted; whoever
 * holds the only reference may write, everybody else treats it as immutable.
 */
typedef struct
{
  WhyDType dtype;
  WhyShape shape;
  union
  {
    gpointer data;
    WhyReal *real; /* every dtype but int64 */
    gint64 *i64;   /* WHY_DTYPE_INT64 */
  };
  /*< private >*/
  gatomicrefcount ref_count;
  gpointer owner;
  GDestroyNotify owner_free;
} WhyTensor;

WhyTensor *why_tensor_new (WhyDType dtype,
                           const WhyShape *shape); /* zero-filled, 64-byte aligned */
/* The same with its elements as they come, for whoever writes them all. */
WhyTensor *why_tensor_new_bare (WhyDType dtype, const WhyShape *shape);
/* A view on memory owned by someone else; owner is released with owner_free at the end. */
WhyTensor *why_tensor_new_wrapped (WhyDType dtype, const WhyShape *shape, gpointer data,
                                   gpointer owner, GDestroyNotify owner_free);
/* The same elements under another shape of equal size; shares the data. (transfer full) */
WhyTensor *why_tensor_reshaped (WhyTensor *tensor, const WhyShape *shape);
WhyTensor *why_tensor_copy (const WhyTensor *tensor);
WhyTensor *why_tensor_ref (WhyTensor *tensor);
void why_tensor_unref (WhyTensor *tensor);

gint64 why_tensor_numel (const WhyTensor *tensor);
gsize why_dtype_storage (WhyDType dtype); /* bytes per stored element */
/* Element i as a double or as a saturated int64, whatever the dtype. */
gdouble why_tensor_get (const WhyTensor *tensor, gint64 i);
gint64 why_tensor_get_int (const WhyTensor *tensor, gint64 i);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyTensor, why_tensor_unref)

G_END_DECLS
