/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Included once per instruction set: exp and erf of many numbers, to about one unit in the last
 * place of float. In double, where they only serve as a witness, they are the C library's. */
#include <math.h>

#ifdef WHY_REAL_DOUBLE

static inline WhyVec
vec_exp (WhyVec x)
{
  for (gint i = 0; i < WHY_LANES; i++)
    x[i] = exp (x[i]);
  return x;
}

static inline WhyVec
vec_erf (WhyVec x)
{
  for (gint i = 0; i < WHY_LANES; i++)
    x[i] = erf (x[i]);
  return x;
}

#else

#  define LOG2_E 1.44269504f
#  define LN2_HIGH 0.693359375f /* so short that its multiples are exact */
#  define LN2_LOW -2.12194440e-4f
#  define ROUNDER 12582912.0f /* 1.5·2²³: adding it leaves the nearest integer in the low bits */

/* 2ⁿ · eʳ with x = n ln 2 + r; eʳ by Cephes' polynomial. */
static inline WhyVec
vec_exp (WhyVec x)
{
  WhyVec in = why_vec_min (why_vec_max (x, WHY_SPLAT (-87.33f)), WHY_SPLAT (88.37f));
  WhyVec shifted = in * LOG2_E + ROUNDER, n = shifted - ROUNDER;
  WhyVec r = in - n * LN2_HIGH - n * LN2_LOW, p = WHY_SPLAT (1.9875691500e-4f);

  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  p *= (WhyVec)(((WhyMask)shifted << 23) + (127 << 23));
  p = why_vec_select (x < WHY_SPLAT (-87.33f), WHY_SPLAT (0.0f), p);
  p = why_vec_select (x > WHY_SPLAT (88.72f), WHY_SPLAT ((gfloat)INFINITY), p);
  return why_vec_select (x == x, p, x); /* NaN stays NaN */
}

/* Two minimax polynomials: of x near zero, of log (1 - erf) elsewhere (Juffa 2014). */
static inline WhyVec
vec_erf (WhyVec x)
{
  WhyVec t = why_vec_max (x, -x), s = x * x, near, far, sign;

  far = -1.72853470e-5f * t + 3.83197126e-4f;
  far = far * s + (-3.88396438e-3f * t + 2.42546219e-2f);
  far = far * t - 1.06777877e-1f;
  far = far * t - 6.34846687e-1f;
  far = far * t - 1.28717512e-1f;
  far = 1.0f - vec_exp (far * t - t);
  sign = (WhyVec)((WhyMask)x & (gint32)0x80000000);
  far = (WhyVec)((WhyMask)far | (WhyMask)sign);
  near = -5.96761703e-4f * s + 4.99119423e-3f;
  near = near * s - 2.67681349e-2f;
  near = near * s + 1.12819925e-1f;
  near = near * s - 3.76125336e-1f;
  near = near * s + 1.28379166e-1f;
  near = near * x + x;
  return why_vec_select (t > WHY_SPLAT (0.927734375f), far, near);
}

#endif

static inline WhyVec
vec_gelu (WhyVec x)
{
  return x * WHY_REAL (0.5) * (1 + vec_erf (x * (WhyReal)M_SQRT1_2));
}

/* Its derivative, Φ(x) + x·φ(x). */
static inline WhyVec
vec_gelu_slope (WhyVec x)
{
  WhyReal density = (WhyReal)(M_2_SQRTPI * M_SQRT1_2 / 2);

  return WHY_REAL (0.5) * (1 + vec_erf (x * (WhyReal)M_SQRT1_2))
         + x * density * vec_exp (x * x * WHY_REAL (-0.5));
}

/* Applies a function of vectors; what is left over is done in a vector filled up with zeros. */
#define DEFINE_MAP(NAME)                                                                           \
  static void run_##NAME (const WhyReal *x, WhyReal *y, gint64 n)                                  \
  {                                                                                                \
    gint64 i = 0;                                                                                  \
    WhyVec rest = { 0 };                                                                           \
    for (; i + WHY_LANES <= n; i += WHY_LANES)                                                     \
      WHY_STORE (y + i, vec_##NAME (WHY_LOAD (x + i)));                                            \
    for (gint64 k = i; k < n; k++)                                                                 \
      rest[k - i] = x[k];                                                                          \
    rest = vec_##NAME (rest);                                                                      \
    for (gint64 k = i; k < n; k++)                                                                 \
      y[k] = rest[k - i];                                                                          \
  }

DEFINE_MAP (erf)
DEFINE_MAP (gelu)
DEFINE_MAP (gelu_slope)

/* y = exp (x - top); returns its sum. */
static gdouble
run_exp_sum (const WhyReal *x, WhyReal top, WhyReal *y, gint64 n)
{
  WhyVec sums = { 0 };
  gdouble sum = 0;
  gint64 i = 0;

  for (; i + WHY_LANES <= n; i += WHY_LANES)
    {
      WhyVec e = vec_exp (WHY_LOAD (x + i) - WHY_SPLAT (top));
      sums += e;
      WHY_STORE (y + i, e);
    }
  for (gint k = 0; k < WHY_LANES; k++)
    sum += (gdouble)sums[k];
  for (; i < n; i++)
    {
      WhyVec e = vec_exp (WHY_SPLAT (x[i] - top));
      y[i] = e[0];
      sum += (gdouble)y[i];
    }
  return sum;
}
