/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compiled once per instruction set with -DWHY_ISA=name and that set's flags. */
#include "kernels/kernels.h"
#include "kernels/simd.h"

#include "kernels/product.h"
#ifdef __AMX_BF16__
#  include "kernels/split.h"
#endif
#include "kernels/depthwise.h"
#include "kernels/gate.h"
#include "kernels/maximum.h"
#include "kernels/winograd.h"
#include "kernels/transcendental.h"

#define STRING_(x) #x
#define STRING(x) STRING_ (x)

extern const WhyKernels WHY_ISA_SYMBOL (why_kernels);
const WhyKernels WHY_ISA_SYMBOL (why_kernels) = {
  .name = STRING (WHY_ISA),
  .tile_rows = WHY_TILE_ROWS,
  .panel = WHY_PANEL,
  .product = run_product,
#ifdef __AMX_BF16__
  .split_rows = BLOCK,
  .split_lines = DEEP,
  .split_product = run_split_product,
  .split_weights = run_split_weights,
#endif
  .depthwise = run_depthwise,
  .maximum = run_maximum,
  .maximum_gradient = run_maximum_gradient,
  .gate = run_gate,
  .gate_sum = run_gate_sum,
  .winograd_input = run_winograd_input,
  .winograd_output = run_winograd_output,
  .erf = run_erf,
  .gelu = run_gelu,
  .gelu_slope = run_gelu_slope,
  .exp_sum = run_exp_sum,
};
