/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One line per row, in the order of the alphabet. A row is a WhyOp defined in the file of its
 * operator; several rows of one operator read different opsets. */
#include "ops/op.h"

#include <string.h>

#define WHY_OP_ROWS(ROW)                                                                           \
  ROW (abs)                                                                                        \
  ROW (add)                                                                                        \
  ROW (and)                                                                                        \
  ROW (arg_max)                                                                                    \
  ROW (arg_min)                                                                                    \
  ROW (attention)                                                                                  \
  ROW (average_pool)                                                                               \
  ROW (batch_normalization)                                                                        \
  ROW (cast)                                                                                       \
  ROW (cast_like)                                                                                  \
  ROW (ceil)                                                                                       \
  ROW (celu)                                                                                       \
  ROW (clip)                                                                                       \
  ROW (concat)                                                                                     \
  ROW (constant_of_shape)                                                                          \
  ROW (conv)                                                                                       \
  ROW (conv_integer)                                                                               \
  ROW (conv_transpose)                                                                             \
  ROW (cos)                                                                                        \
  ROW (cum_sum)                                                                                    \
  ROW (depth_to_space)                                                                             \
  ROW (dequantize_linear)                                                                          \
  ROW (div)                                                                                        \
  ROW (dropout)                                                                                    \
  ROW (dynamic_quantize_linear)                                                                    \
  ROW (einsum)                                                                                     \
  ROW (elu)                                                                                        \
  ROW (equal)                                                                                      \
  ROW (erf)                                                                                        \
  ROW (exp)                                                                                        \
  ROW (expand)                                                                                     \
  ROW (flatten)                                                                                    \
  ROW (floor)                                                                                      \
  ROW (gather)                                                                                     \
  ROW (gather_elements)                                                                            \
  ROW (gelu)                                                                                       \
  ROW (gemm)                                                                                       \
  ROW (global_average_pool)                                                                        \
  ROW (global_max_pool)                                                                            \
  ROW (greater)                                                                                    \
  ROW (greater_or_equal)                                                                           \
  ROW (group_normalization)                                                                        \
  ROW (hard_sigmoid)                                                                               \
  ROW (hard_swish)                                                                                 \
  ROW (identity)                                                                                   \
  ROW (instance_normalization)                                                                     \
  ROW (is_nan)                                                                                     \
  ROW (layer_normalization)                                                                        \
  ROW (leaky_relu)                                                                                 \
  ROW (less)                                                                                       \
  ROW (less_or_equal)                                                                              \
  ROW (log)                                                                                        \
  ROW (log_softmax)                                                                                \
  ROW (lp_pool)                                                                                    \
  ROW (lrn)                                                                                        \
  ROW (mat_mul)                                                                                    \
  ROW (mat_mul_integer)                                                                            \
  ROW (max)                                                                                        \
  ROW (max_pool)                                                                                   \
  ROW (mean)                                                                                       \
  ROW (min)                                                                                        \
  ROW (mish)                                                                                       \
  ROW (mod)                                                                                        \
  ROW (mul)                                                                                        \
  ROW (neg)                                                                                        \
  ROW (not )                                                                                       \
  ROW (or)                                                                                         \
  ROW (pad)                                                                                        \
  ROW (pow)                                                                                        \
  ROW (prelu)                                                                                      \
  ROW (q_linear_conv)                                                                              \
  ROW (q_linear_mat_mul)                                                                           \
  ROW (quantize_linear)                                                                            \
  ROW (range)                                                                                      \
  ROW (reciprocal)                                                                                 \
  ROW (reduce_l1)                                                                                  \
  ROW (reduce_l2)                                                                                  \
  ROW (reduce_log_sum)                                                                             \
  ROW (reduce_log_sum_exp)                                                                         \
  ROW (reduce_max)                                                                                 \
  ROW (reduce_mean)                                                                                \
  ROW (reduce_min)                                                                                 \
  ROW (reduce_prod)                                                                                \
  ROW (reduce_sum)                                                                                 \
  ROW (reduce_sum_square)                                                                          \
  ROW (relu)                                                                                       \
  ROW (reshape)                                                                                    \
  ROW (resize)                                                                                     \
  ROW (rms_normalization)                                                                          \
  ROW (round)                                                                                      \
  ROW (scatter_nd)                                                                                 \
  ROW (selu)                                                                                       \
  ROW (shape)                                                                                      \
  ROW (sigmoid)                                                                                    \
  ROW (sign)                                                                                       \
  ROW (sin)                                                                                        \
  ROW (size)                                                                                       \
  ROW (slice)                                                                                      \
  ROW (softmax)                                                                                    \
  ROW (softplus)                                                                                   \
  ROW (softsign)                                                                                   \
  ROW (space_to_depth)                                                                             \
  ROW (split)                                                                                      \
  ROW (sqrt)                                                                                       \
  ROW (squeeze)                                                                                    \
  ROW (sub)                                                                                        \
  ROW (sum)                                                                                        \
  ROW (tanh)                                                                                       \
  ROW (thresholded_relu)                                                                           \
  ROW (tile)                                                                                       \
  ROW (transpose)                                                                                  \
  ROW (trilu)                                                                                      \
  ROW (unsqueeze)                                                                                  \
  ROW (upsample)                                                                                   \
  ROW (where)                                                                                      \
  ROW (xor)

#define DECLARE(name) extern const WhyOp why_op_##name;
WHY_OP_ROWS (DECLARE)
#undef DECLARE

#define POINT(name) &why_op_##name,
static const WhyOp *const op_table[] = { WHY_OP_ROWS (POINT) NULL };
#undef POINT

const WhyOp *const *
why_op_table (gsize *n)
{
  *n = G_N_ELEMENTS (op_table) - 1;
  return op_table;
}

const WhyOp *
why_op_lookup (const gchar *name, gint opset)
{
  for (gsize i = 0; i + 1 < G_N_ELEMENTS (op_table); i++)
    {
      const WhyOp *op = op_table[i];
      if (strcmp (op->name, name) == 0 && opset >= op->since
          && (op->until == 0 || opset <= op->until))
        return op;
    }
  return NULL;
}
