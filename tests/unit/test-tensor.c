/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "whylayer/rng.h"
#include "whylayer/tensor.h"

static void
test_shape_products_refuse_overflow (void)
{
  WhyShape fine = WHY_SHAPE (2, 3, 5);
  WhyShape huge = WHY_SHAPE (G_MAXINT64 / 2, 3);
  WhyShape open = WHY_SHAPE (-1, 3);
  WhyShape scalar = { .rank = 0 };

  g_assert_cmpint (why_shape_numel (&fine), ==, 30);
  g_assert_cmpint (why_shape_span (&fine, 1, 3), ==, 15);
  g_assert_cmpint (why_shape_numel (&huge), ==, -1);
  g_assert_cmpint (why_shape_numel (&open), ==, -1);
  g_assert_cmpint (why_shape_numel (&scalar), ==, 1);
}

static void
test_reshaped_shares_data_and_outlives_its_source (void)
{
  WhyTensor *tensor = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 3));
  g_autoptr (WhyTensor) view = why_tensor_reshaped (tensor, &WHY_SHAPE (3, 2));

  tensor->real[5] = 7;
  why_tensor_unref (tensor);
  g_assert_cmpfloat (view->real[5], ==, 7);
  g_assert_cmpuint (GPOINTER_TO_SIZE (view->data) % 64, ==, 0);
}

static void
test_get_int_saturates (void)
{
  g_autoptr (WhyTensor) tensor = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (3));

  tensor->real[0] = WHY_REAL (1e30);
  tensor->real[1] = WHY_REAL (-1e30);
  tensor->real[2] = -3;
  g_assert_cmpint (why_tensor_get_int (tensor, 0), ==, G_MAXINT64);
  g_assert_cmpint (why_tensor_get_int (tensor, 1), ==, G_MININT64);
  g_assert_cmpint (why_tensor_get_int (tensor, 2), ==, -3);
}

static void
test_random_numbers_are_the_same_everywhere (void)
{
  WhyRng a, b, c;
  gdouble sum = 0, squares = 0;

  why_rng_init (&a, 1, 0);
  why_rng_init (&b, 1, 0);
  why_rng_init (&c, 1, 1);
  g_assert_cmpuint (why_rng_next (&a), ==, why_rng_next (&b));
  g_assert_cmpuint (why_rng_next (&a), !=, why_rng_next (&c));
  for (gint i = 0; i < 100000; i++)
    {
      gdouble x = why_rng_gaussian (&a);
      sum += x;
      squares += x * x;
      g_assert_cmpuint (why_rng_below (&b, 7), <, 7);
    }
  g_assert_cmpfloat_with_epsilon (sum / 1e5, 0.0, 0.02);
  g_assert_cmpfloat_with_epsilon (squares / 1e5, 1.0, 0.03);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tensor/shape-products-refuse-overflow", test_shape_products_refuse_overflow);
  g_test_add_func ("/tensor/reshaped-shares-data-and-outlives-its-source",
                   test_reshaped_shares_data_and_outlives_its_source);
  g_test_add_func ("/tensor/get-int-saturates", test_get_int_saturates);
  g_test_add_func ("/rng/the-same-everywhere", test_random_numbers_are_the_same_everywhere);
  return g_test_run ();
}
