/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GroupNormalization: groups of channels of every picture (1803.08494). Opset 18 has a scale for
 * each group, opset 21 for each channel.
 */
#include "ops/check.h"
#include "ops/normalise.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>

#define SCALE_PER_CHANNEL 21 /* the opset that brought it */

static gboolean
group_normalization_read (const WhyInfer *infer, WhyNormalise *plan, GError **error)
{
  const WhyNode *node = infer->node;
  const WhyShape *x;
  gint64 groups, cells;
  gboolean per_channel = node->opset >= SCALE_PER_CHANNEL;

  if (!why_check_input (infer, 0, "X", 3, WHY_MAX_RANK, error)
      || !why_check_int (node, "num_groups", 1, G_MAXINT32, error))
    return FALSE;
  x = &infer->in[0]->shape;
  groups = why_node_int (node, "num_groups", 0);
  if (groups == 0)
    return why_node_error (node, error, _ ("attribute num_groups is missing"));
  if (x->dims[1] % groups != 0)
    return why_node_error (node, error,
                           _ ("%" PRId64 " channels do not divide into %" PRId64 " groups"),
                           x->dims[1], groups);
  if (!why_check_vector (infer, 1, "scale", per_channel ? x->dims[1] : groups, error)
      || !why_check_vector (infer, 2, "bias", per_channel ? x->dims[1] : groups, error))
    return FALSE;
  cells = why_shape_span (x, 2, x->rank);
  *plan = (WhyNormalise){ .groups = x->dims[0] * groups,
                          .n = x->dims[1] / groups * cells,
                          .segment = per_channel ? cells : x->dims[1] / groups * cells,
                          .count = per_channel ? x->dims[1] : groups,
                          .epsilon = why_node_float (node, "epsilon", 1e-5),
                          .centred = TRUE,
                          .scale = 1,
                          .bias = 2,
                          .axis = 2 };
  return TRUE;
}

WHY_DEFINE_NORMALISE (group_normalization)

const WhyOp why_op_group_normalization = { .name = "GroupNormalization",
                                           .since = 18,
                                           .min_inputs = 3,
                                           .max_inputs = 3,
                                           .picture = TRUE,
                                           WHY_NORMALISE_ROW (group_normalization) };
