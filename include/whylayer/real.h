/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The number type of the engine: float in the product; double in the test-only
 * library built with -DWHY_REAL_DOUBLE, where gradients can be checked to 1e-8.
 */
#pragma once

#ifdef WHY_REAL_DOUBLE
typedef double WhyReal;
#  define WHY_REAL(x) x
#else
typedef float WhyReal;
#  define WHY_REAL(x) x##f
#endif
