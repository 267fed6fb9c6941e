/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exp, erf and gelu of many numbers against the C library in double, at every length of the rest
 * that does not fill a vector. Run once for each instruction set (WHYLAYER_ISA). */
#include <math.h>

#include "kernels/kernels.h"

#define N 4099

#ifdef WHY_REAL_DOUBLE
#  define TOLERANCE 1e-14
#else
#  define TOLERANCE 3e-7
#endif

typedef void (*Map) (const WhyReal *x, WhyReal *y, gint64 n);

static gdouble
gelu (gdouble x)
{
  return x / 2 * (1 + erf (x * M_SQRT1_2));
}

/* Errors count against the value, or against `least` where the value is smaller. */
static void
check (Map map, gdouble (*exact) (gdouble), gdouble low, gdouble high, gdouble least)
{
  g_autofree WhyReal *x = g_new (WhyReal, N), *y = g_new (WhyReal, N + 1);

  for (gint n = N - 40; n <= N; n++)
    {
      for (gint i = 0; i < n; i++)
        x[i] = (WhyReal)(low + (high - low) * i / (n - 1.0));
      y[n] = -7;
      map (x, y, n);
      g_assert_cmpfloat (y[n], ==, -7);
      for (gint i = 0; i < n; i++)
        {
          gdouble want = exact ((gdouble)x[i]);
          g_assert_cmpfloat (fabs ((gdouble)y[i] - want), <=, TOLERANCE * MAX (fabs (want), least));
        }
    }
}

static void
map_exp (const WhyReal *x, WhyReal *y, gint64 n)
{
  why_kernels ()->exp_sum (x, 0, y, n);
}

static void
exp_is_exp (void)
{
  const WhyReal ends[] = { -INFINITY, -1000, 1000, INFINITY, NAN };
  WhyReal y[5];

  check (map_exp, exp, -87.0, 88.0, 0.0);
  map_exp (ends, y, 5);
  g_assert_cmpfloat (y[0], ==, 0);
  g_assert_cmpfloat (y[1], ==, 0);
  g_assert_true (isinf (y[2]));
  g_assert_true (isinf (y[3]));
  g_assert_true (isnan (y[4]));
}

static void
erf_is_erf (void)
{
  const WhyReal ends[] = { -INFINITY, -30, 30, INFINITY };
  WhyReal y[4];

  check (why_kernels ()->erf, erf, -6.0, 6.0, 1e-3);
  why_kernels ()->erf (ends, y, 4);
  for (gint i = 0; i < 4; i++)
    g_assert_cmpfloat (y[i], ==, i < 2 ? -1 : 1);
}

static void
gelu_is_gelu (void)
{
  check (why_kernels ()->gelu, gelu, -8.0, 8.0, 1.0);
}

static gdouble
gelu_slope (gdouble x)
{
  return (1 + erf (x * M_SQRT1_2)) / 2 + x * exp (-x * x / 2) * M_2_SQRTPI * M_SQRT1_2 / 2;
}

static void
the_slope_of_gelu_is_its_derivative (void)
{
  const WhyReal ends[] = { -30, 30 };
  WhyReal y[2];

  check (why_kernels ()->gelu_slope, gelu_slope, -8.0, 8.0, 1.0);
  why_kernels ()->gelu_slope (ends, y, 2);
  g_assert_cmpfloat (fabs ((gdouble)y[0]), <=, TOLERANCE);
  g_assert_cmpfloat (fabs ((gdouble)y[1] - 1), <=, TOLERANCE);
}

static void
sums_are_of_what_is_written (void)
{
  WhyReal x[67], y[67];

  for (gint n = 1; n <= 67; n++)
    {
      gdouble sum, want = 0.0;
      for (gint i = 0; i < n; i++)
        x[i] = (WhyReal)sin (i);
      sum = why_kernels ()->exp_sum (x, 1, y, n);
      for (gint i = 0; i < n; i++)
        want += exp ((gdouble)x[i] - 1.0);
      g_assert_cmpfloat (fabs (sum - want), <=, 3 * TOLERANCE * want);
      g_assert_cmpfloat (fabs ((gdouble)y[n - 1] - exp ((gdouble)x[n - 1] - 1.0)), <=, TOLERANCE);
    }
}

int
main (int argc, char *argv[])
{
  const gchar *forced = g_getenv ("WHYLAYER_ISA");

  g_test_init (&argc, &argv, NULL);
  if (forced && g_strcmp0 (forced, why_kernels ()->name) != 0)
    {
      g_print ("1..0 # SKIP this processor has no %s\n", forced);
      return 0;
    }
  g_test_add_func ("/transcendental/exp", exp_is_exp);
  g_test_add_func ("/transcendental/erf", erf_is_erf);
  g_test_add_func ("/transcendental/gelu", gelu_is_gelu);
  g_test_add_func ("/transcendental/gelu-slope", the_slope_of_gelu_is_its_derivative);
  g_test_add_func ("/transcendental/exp-sum", sums_are_of_what_is_written);
  return g_test_run ();
}
