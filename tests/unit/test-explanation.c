/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "whylayer/explanation.h"

#include <math.h>
#include <string.h>

#include "methods/method.h"
#include "whylayer/rng.h"

static WhyExplanation *
make_explanation (const WhyMethod *method)
{
  WhyExplanation *explanation = why_explanation_new ();
  WhyTensor *map = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (3, 2, 4));

  for (gint i = 0; i < 24; i++)
    map->real[i] = i % 5 - 3 * (i % 3);
  explanation->method = method;
  why_explanation_take_map (explanation, map);
  return explanation;
}

static void
test_channels_are_summed (void)
{
  const WhyMethod method = { .reduce = WHY_REDUCE_SUM };
  g_autoptr (WhyExplanation) explanation = make_explanation (&method);
  g_autoptr (WhyTensor) cells = why_explanation_reduce (explanation);
  const WhyReal *map = explanation->map->real;

  g_assert_true (why_shape_equal (&cells->shape, &WHY_SHAPE (2, 4)));
  for (gint i = 0; i < 8; i++)
    g_assert_cmpfloat (cells->real[i], ==, map[i] + map[8 + i] + map[16 + i]);
}

static void
test_channels_are_reduced_to_the_largest_magnitude (void)
{
  const WhyMethod method = { .reduce = WHY_REDUCE_MAX_ABS };
  g_autoptr (WhyExplanation) explanation = make_explanation (&method);
  g_autoptr (WhyTensor) cells = why_explanation_reduce (explanation);
  const WhyReal *map = explanation->map->real;

  for (gint i = 0; i < 8; i++)
    g_assert_cmpfloat (cells->real[i], ==,
                       MAX (fabs (map[i]), MAX (fabs (map[8 + i]), fabs (map[16 + i]))));
}

static void
test_residuals_and_notes_are_kept (void)
{
  g_autoptr (WhyExplanation) explanation = why_explanation_new ();

  g_assert_true (isnan (explanation->residual));
  g_assert_cmpint (explanation->target.against, ==, -1);
  why_explanation_set_residual (explanation, "leak", 1);
  why_explanation_set_residual (explanation, "leak", 0.25);
  why_explanation_add_note (explanation, "a note");
  g_assert_cmpfloat (*(gdouble *)g_hash_table_lookup (explanation->residuals, "leak"), ==, 0.25);
  g_assert_cmpstr (explanation->notes->pdata[0], ==, "a note");
}

static WhyTensor *
make_tensor (const WhyShape *shape)
{
  WhyTensor *tensor = why_tensor_new (WHY_DTYPE_FLOAT, shape);

  for (gint64 i = 0; i < why_tensor_numel (tensor); i++)
    tensor->real[i] = (gfloat)(sin (i) * pow (10, i % 40 - 20));
  return tensor;
}

static void
test_npy_comes_back_bit_for_bit (void)
{
  const WhyShape shapes[] = { WHY_SHAPE (5), WHY_SHAPE (2, 7), WHY_SHAPE (3, 4, 5),
                              WHY_SHAPE (1, 2, 3, 1, 2, 1, 1, 2) };

  for (gsize k = 0; k < G_N_ELEMENTS (shapes); k++)
    {
      g_autoptr (WhyTensor) tensor = make_tensor (&shapes[k]);
      g_autoptr (GBytes) bytes = why_npy_write (tensor);
      g_autoptr (GError) error = NULL;
      g_autoptr (WhyTensor) back = why_npy_read (bytes, &error);

      g_assert_no_error (error);
      g_assert_true (why_shape_equal (&back->shape, &shapes[k]));
      g_assert_cmpmem (back->real, why_tensor_numel (back) * sizeof (WhyReal), tensor->real,
                       why_tensor_numel (tensor) * sizeof (WhyReal));
    }
}

/* Byte for byte what numpy.save (numpy.array ([[1.5, -2, 0.25]], "<f4")) writes. */
static void
test_npy_is_what_numpy_writes (void)
{
  static const gchar header[]
      = "\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }"
        "                                                          \n";
  static const guint8 elements[] = { 0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0, 0, 0, 0x80, 0x3e };
  g_autoptr (WhyTensor) tensor = why_tensor_new (WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 3));
  g_autoptr (GBytes) bytes = NULL;
  const guint8 *data;
  gsize size;

  tensor->real[0] = 1.5;
  tensor->real[1] = -2;
  tensor->real[2] = 0.25;
  bytes = why_npy_write (tensor);
  data = g_bytes_get_data (bytes, &size);
  g_assert_cmpuint (size, ==, 128 + sizeof elements);
  g_assert_cmpmem (data, 128, header, sizeof header - 1);
  g_assert_cmpmem (data + 128, sizeof elements, elements, sizeof elements);
}

/* A file with the given dict and n elements. */
static GBytes *
make_npy (const gchar *dict, gsize n)
{
  GByteArray *array = g_byte_array_new ();
  guint8 length[2] = { strlen (dict) & 0xff, strlen (dict) >> 8 };
  const guint8 zero[4] = { 0 };

  g_byte_array_append (array, (const guint8 *)"\x93NUMPY\x01\x00", 8);
  g_byte_array_append (array, length, 2);
  g_byte_array_append (array, (const guint8 *)dict, strlen (dict));
  for (gsize i = 0; i < n; i++)
    g_byte_array_append (array, zero, 4);
  return g_byte_array_free_to_bytes (array);
}

static void
assert_refused (GBytes *bytes)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (why_npy_read (bytes, &error));
  g_assert_error (error, WHY_ERROR, WHY_ERROR_PARASITE);
}

#define DICT(shape) "{'descr': '<f4', 'fortran_order': False, 'shape': (" shape "), }\n"

static void
test_npy_refuses_what_is_not_ours (void)
{
  static const struct
  {
    const gchar *dict;
    gsize n;
  } bad[] = {
    { DICT ("2, 3"), 5 },
    { DICT ("2, 3"), 7 },
    { DICT (""), 1 },
    { DICT ("0, 3"), 0 },
    { DICT ("-2, -3"), 6 },
    { DICT ("2 3"), 6 },
    { DICT ("6"), 6 }, /* a Python tuple of one needs its comma */
    { DICT ("4294967296, 4294967296"), 0 },
    { DICT ("99999999999999999999"), 6 },
    { DICT ("2305843009213693952, 8"), 0 },
    { DICT ("1, 1, 1, 1, 1, 1, 1, 1, 1"), 1 },
    { "{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3), }", 6 },
    { "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 3), }", 6 },
    { "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", 6 },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), } + exec", 6 },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)", 6 },
    { "", 6 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GBytes) bytes = make_npy (bad[i].dict, bad[i].n);

      assert_refused (bytes);
    }
}

static void
test_npy_accepts_other_spacing (void)
{
  g_autoptr (GBytes) bytes
      = make_npy ("{'descr':'<f4','fortran_order':False,'shape':(2,3)}  \n", 6);
  g_autoptr (WhyTensor) tensor = why_npy_read (bytes, NULL);

  g_assert_nonnull (tensor);
}

/* Cut anywhere or with random bytes changed, a file is read whole or refused. */
static void
test_npy_survives_damage (void)
{
  g_autoptr (WhyTensor) tensor = make_tensor (&WHY_SHAPE (1, 3, 5));
  g_autoptr (GBytes) whole = why_npy_write (tensor);
  gsize size = g_bytes_get_size (whole);
  WhyRng rng;

  for (gsize n = 0; n < size; n++)
    {
      g_autoptr (GBytes) cut = g_bytes_new_from_bytes (whole, 0, n);

      assert_refused (cut);
    }
  why_rng_init (&rng, 1, 0);
  for (gint k = 0; k < 20000; k++)
    {
      guint8 *data = g_memdup2 (g_bytes_get_data (whole, NULL), size);
      g_autoptr (GBytes) damaged = g_bytes_new_take (data, size);
      g_autoptr (GError) error = NULL;
      g_autoptr (WhyTensor) back = NULL;

      for (gint j = 0; j <= k % 3; j++)
        data[why_rng_below (&rng, 128)] = why_rng_below (&rng, 256);
      back = why_npy_read (damaged, &error);
      if (back == NULL)
        g_assert_error (error, WHY_ERROR, WHY_ERROR_PARASITE);
      else
        g_assert_cmpint (why_tensor_numel (back), ==, 15);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/explanation/channels-are-summed", test_channels_are_summed);
  g_test_add_func ("/explanation/channels-are-reduced-to-the-largest-magnitude",
                   test_channels_are_reduced_to_the_largest_magnitude);
  g_test_add_func ("/explanation/residuals-and-notes-are-kept", test_residuals_and_notes_are_kept);
  g_test_add_func ("/npy/comes-back-bit-for-bit", test_npy_comes_back_bit_for_bit);
  g_test_add_func ("/npy/is-what-numpy-writes", test_npy_is_what_numpy_writes);
  g_test_add_func ("/npy/refuses-what-is-not-ours", test_npy_refuses_what_is_not_ours);
  g_test_add_func ("/npy/accepts-other-spacing", test_npy_accepts_other_spacing);
  g_test_add_func ("/npy/survives-damage", test_npy_survives_damage);
  return g_test_run ();
}
