/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operators that move, copy or drop elements: every one of them is linear, so its gradient is its
 * transpose, and relevance moves with the elements.
 */
#include "op-rig.h"

#include <math.h>

/* What may be said about one node: attributes and constant inputs after the data. */
typedef struct
{
  const gchar *op;
  gint opset;
  WhyShape in, out;
  struct
  {
    const gchar *name;
    gint n; /* 0: a single integer */
    gint64 v[8];
  } ints[3];
  const gchar *mode;
  struct
  {
    gint n; /* -1: a scalar; -2: absent; 0: no more */
    gint64 v[8];
  } inputs[4];
} Move;

#define SHAPE(...)                                                                                 \
  {                                                                                                \
    (gint) (sizeof ((gint64[]){ __VA_ARGS__ }) / sizeof (gint64)),                                 \
    {                                                                                              \
      __VA_ARGS__                                                                                  \
    }                                                                                              \
  }

static const Move moves[] = {
  { "Transpose", 13, SHAPE (2, 3, 4, 5), SHAPE (2, 4, 5, 3),
    .ints = { { "perm", 4, { 0, 2, 3, 1 } } } },
  { "Transpose", 13, SHAPE (2, 3, 5), SHAPE (5, 3, 2) },
  { "Reshape", 14, SHAPE (2, 3, 4, 5), SHAPE (2, 12, 5), .inputs = { { 3, { 0, -1, 5 } } } },
  { "Flatten", 13, SHAPE (2, 3, 4, 5), SHAPE (6, 20), .ints = { { "axis", 0, { -2 } } } },
  { "Squeeze", 11, SHAPE (2, 1, 3, 1), SHAPE (2, 1, 3), .ints = { { "axes", 1, { -1 } } } },
  { "Squeeze", 13, SHAPE (2, 1, 3, 1), SHAPE (2, 3, 1), .inputs = { { 1, { 1 } } } },
  { "Squeeze", 13, SHAPE (1, 5, 1), SHAPE (5) },
  { "Unsqueeze", 11, SHAPE (2, 3), SHAPE (1, 2, 3, 1), .ints = { { "axes", 2, { 0, 3 } } } },
  { "Unsqueeze", 13, SHAPE (2, 3), SHAPE (2, 1, 3, 1), .inputs = { { 2, { -1, 1 } } } },
  { "Expand", 13, SHAPE (2, 1, 5), SHAPE (3, 2, 4, 5), .inputs = { { 4, { 3, 1, 4, 1 } } } },
  { "Tile", 13, SHAPE (2, 3, 5), SHAPE (4, 3, 15), .inputs = { { 3, { 2, 1, 3 } } } },
  { "Slice", 9, SHAPE (4, 6, 5), SHAPE (4, 3, 4),
    .ints = { { "starts", 2, { 1, -4 } }, { "ends", 2, { -2, 100 } }, { "axes", 2, { 1, 2 } } } },
  { "Slice", 13, SHAPE (4, 7, 5), SHAPE (4, 3, 5),
    .inputs = { { 2, { -1, 4 } }, { 2, { 0, -100 } }, { 2, { -2, -1 } }, { 2, { -2, -1 } } } },
  { "Slice", 13, SHAPE (4, 7), SHAPE (2, 7), .inputs = { { 1, { 1 } }, { 1, { 3 } } } },
  { "Gather", 13, SHAPE (4, 3, 5), SHAPE (4, 2, 5), .ints = { { "axis", 0, { -2 } } },
    .inputs = { { 2, { 2, -3 } } } },
  { "Gather", 13, SHAPE (4, 3), SHAPE (5, 3), .inputs = { { 5, { 1, 1, 0, -1, 1 } } } },
  { "Gather", 13, SHAPE (4, 3, 5), SHAPE (4, 5), .ints = { { "axis", 0, { 1 } } },
    .inputs = { { -1, { 2 } } } },
  { "Pad", 10, SHAPE (2, 3, 4), SHAPE (2, 6, 5), .ints = { { "pads", 6, { 0, 1, 0, 0, 2, 1 } } } },
  { "Pad", 13, SHAPE (2, 5, 4), SHAPE (2, 4, 6), .inputs = { { 6, { 0, -2, 1, 0, 1, 1 } } } },
  { "Pad", 13, SHAPE (2, 4, 5), SHAPE (2, 9, 8), .mode = "reflect",
    .inputs = { { 6, { 0, 3, 2, 0, 2, 1 } } } },
  { "Pad", 13, SHAPE (2, 4, 5), SHAPE (2, 10, 8), .mode = "edge",
    .inputs = { { 6, { 0, 5, 2, 0, 1, 1 } } } },
  { "Pad", 19, SHAPE (2, 4, 5), SHAPE (2, 13, 8), .mode = "wrap",
    .inputs = { { 6, { 0, 6, 2, 0, 3, 1 } } } },
  { "Pad", 18, SHAPE (2, 3, 4, 5), SHAPE (2, 3, 4, 8),
    .inputs = { { 2, { 1, 2 } }, { -2 }, { 1, { -1 } } } },
  { "DepthToSpace", 13, SHAPE (2, 12, 3, 5), SHAPE (2, 3, 6, 10),
    .ints = { { "blocksize", 0, { 2 } } } },
  { "DepthToSpace", 13, SHAPE (2, 12, 3, 5), SHAPE (2, 3, 6, 10),
    .ints = { { "blocksize", 0, { 2 } } }, .mode = "CRD" },
  { "SpaceToDepth", 13, SHAPE (2, 3, 6, 10), SHAPE (2, 12, 3, 5),
    .ints = { { "blocksize", 0, { 2 } } } },
  { "Trilu", 14, SHAPE (2, 4, 6), SHAPE (2, 4, 6), .ints = { { "upper", 0, { 0 } } },
    .inputs = { { -1, { 1 } } } },
  { "CumSum", 14, SHAPE (2, 4, 6), SHAPE (2, 4, 6), .ints = { { "reverse", 0, { 1 } } },
    .inputs = { { -1, { -2 } } } },
  { "CumSum", 14, SHAPE (2, 4, 6), SHAPE (2, 4, 6), .ints = { { "exclusive", 0, { 1 } } },
    .inputs = { { -1, { 2 } } } },
  { "Dropout", 13, SHAPE (2, 3, 5), SHAPE (2, 3, 5) },
};

static OpRig *
move_rig (const Move *move, WhyDType dtype, WhyRng *rng)
{
  OpRig *rig = op_rig_new (move->op, move->opset);

  for (guint i = 0; i < G_N_ELEMENTS (move->ints) && move->ints[i].name; i++)
    if (move->ints[i].n == 0)
      op_rig_int (rig, move->ints[i].name, move->ints[i].v[0]);
    else
      op_rig_ints (rig, move->ints[i].name, move->ints[i].n, move->ints[i].v);
  if (move->mode)
    op_rig_string (rig, "mode", move->mode);
  op_rig_input (rig, dtype, &move->in);
  for (guint i = 0; i < G_N_ELEMENTS (move->inputs) && move->inputs[i].n != 0; i++)
    {
      gint n = move->inputs[i].n;
      WhyShape shape = { n > 0 ? 1 : 0, { n } };
      WhyTensor *tensor;

      if (n == -2)
        {
          op_rig_absent (rig);
          continue;
        }
      tensor = why_tensor_new (WHY_DTYPE_INT64, &shape);
      for (gint64 k = 0; k < why_tensor_numel (tensor); k++)
        tensor->i64[k] = move->inputs[i].v[k];
      op_rig_constant (rig, tensor);
    }
  op_rig_plan (rig);
  op_rig_randomise (rig, rng, -50, 50);
  return rig;
}

static void
shapes_follow_the_arguments (void)
{
  WhyRng rng;

  why_rng_init (&rng, 1, 0);
  for (guint i = 0; i < G_N_ELEMENTS (moves); i++)
    {
      g_autoptr (OpRig) rig = move_rig (&moves[i], WHY_DTYPE_FLOAT, &rng);
      op_rig_assert_shape (op_rig_out (rig, 0), &moves[i].out);
    }
}

static void
gradients_are_finite_differences (void)
{
  WhyRng rng;

  why_rng_init (&rng, 2, 0);
  for (guint i = 0; i < G_N_ELEMENTS (moves); i++)
    {
      g_autoptr (OpRig) rig = move_rig (&moves[i], WHY_DTYPE_FLOAT, &rng);
      op_rig_check_gradient (rig, &rng);
    }
}

/* Σ y·(A x) = Σ (Aᵀ y)·x, in both number types. */
static void
gradients_are_the_transpose (void)
{
  WhyRng rng;

  why_rng_init (&rng, 3, 0);
  for (guint i = 0; i < G_N_ELEMENTS (moves); i++)
    {
      g_autoptr (OpRig) rig = move_rig (&moves[i], WHY_DTYPE_FLOAT, &rng);
      WhyTensor *x = op_rig_in (rig, 0), *y = op_rig_out (rig, 0);
      g_autofree WhyReal *seed = g_new (WhyReal, why_tensor_numel (y));
      const WhyReal *gradient;
      gdouble forwards = 0, backwards = 0, total = 0;

      op_rig_run (rig);
      for (gint64 k = 0; k < why_tensor_numel (y); k++)
        {
          seed[k] = (WhyReal)(why_rng_uniform (&rng) - 0.5);
          forwards += (gdouble)seed[k] * (gdouble)y->real[k];
          total += fabs ((gdouble)seed[k] * (gdouble)y->real[k]);
        }
      gradient = op_rig_backward (rig, 0, seed, WHY_BACKWARD_GRADIENT);
      for (gint64 k = 0; k < why_tensor_numel (x); k++)
        backwards += (gdouble)gradient[k] * (gdouble)x->real[k];
      g_assert_cmpfloat (fabs (forwards - backwards), <=, OP_RIG_TOLERANCE * total);
    }
}

static void
int64_elements_move_like_numbers (void)
{
  WhyRng rng;

  for (guint i = 0; i < G_N_ELEMENTS (moves); i++)
    {
      g_autoptr (OpRig) real = NULL;
      g_autoptr (OpRig) whole = NULL;

      why_rng_init (&rng, 4, i);
      real = move_rig (&moves[i], WHY_DTYPE_INT32, &rng);
      why_rng_init (&rng, 4, i);
      whole = move_rig (&moves[i], WHY_DTYPE_INT64, &rng);
      op_rig_run (real);
      op_rig_run (whole);
      for (gint64 k = 0; k < why_tensor_numel (op_rig_out (real, 0)); k++)
        g_assert_cmpint (why_tensor_get_int (op_rig_out (real, 0), k), ==,
                         why_tensor_get_int (op_rig_out (whole, 0), k));
    }
}

static void
concat_joins_along_any_axis (void)
{
  WhyRng rng;

  why_rng_init (&rng, 5, 0);
  for (gint axis = 0; axis < 3; axis++)
    {
      g_autoptr (OpRig) rig = op_rig_new ("Concat", 13);
      WhyShape out = WHY_SHAPE (2, 3, 5);

      op_rig_int (rig, "axis", axis - 3);
      for (gint64 extent = 1; extent < 4; extent++)
        {
          WhyShape part = WHY_SHAPE (2, 3, 5);
          part.dims[axis] = extent;
          op_rig_input (rig, WHY_DTYPE_FLOAT, &part);
        }
      op_rig_plan (rig);
      out.dims[axis] = 6;
      op_rig_assert_shape (op_rig_out (rig, 0), &out);
      op_rig_randomise (rig, &rng, -1, 1);
      if (OP_RIG_IS_DOUBLE)
        op_rig_check_gradient (rig, &rng);
      op_rig_run (rig);
      g_assert_cmpfloat ((gdouble)op_rig_out (rig, 0)->real[0], ==,
                         (gdouble)op_rig_in (rig, 0)->real[0]);
    }
}

static void
split_is_undone_by_concat (void)
{
  static const gint64 sizes[] = { 1, 4, 2 };
  WhyRng rng;

  why_rng_init (&rng, 6, 0);
  for (gint input = 0; input < 2; input++)
    {
      g_autoptr (OpRig) rig = op_rig_new ("Split", input ? 13 : 11);
      gint64 before = 0;

      op_rig_int (rig, "axis", -2);
      if (!input)
        op_rig_ints (rig, "split", 3, sizes);
      op_rig_outputs (rig, 3);
      op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 7, 3));
      if (input)
        op_rig_constant (
            rig, op_rig_tensor (WHY_DTYPE_INT64, &WHY_SHAPE (3), (const gdouble[]){ 1, 4, 2 }));
      op_rig_plan (rig);
      op_rig_randomise (rig, &rng, -1, 1);
      op_rig_run (rig);
      for (gint i = 0; i < 3; i++)
        {
          op_rig_assert_shape (op_rig_out (rig, i), &WHY_SHAPE (2, sizes[i], 3));
          for (gint64 k = 0; k < 2 * sizes[i] * 3; k++)
            {
              gint64 from = k / (sizes[i] * 3) * 21 + before * 3 + k % (sizes[i] * 3);
              g_assert_cmpfloat ((gdouble)op_rig_out (rig, i)->real[k], ==,
                                 (gdouble)op_rig_in (rig, 0)->real[from]);
            }
          before += sizes[i];
        }
      if (OP_RIG_IS_DOUBLE)
        op_rig_check_gradient (rig, &rng);
    }
}

static void
a_split_that_does_not_divide_leaves_a_smaller_last_part (void)
{
  g_autoptr (OpRig) rig = op_rig_new ("Split", 18);

  op_rig_outputs (rig, 3);
  op_rig_int (rig, "num_outputs", 3);
  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (7, 2));
  op_rig_plan (rig);
  op_rig_assert_shape (op_rig_out (rig, 1), &WHY_SHAPE (3, 2));
  op_rig_assert_shape (op_rig_out (rig, 2), &WHY_SHAPE (1, 2));
}

static void
gather_elements_scatters_its_gradient_back (void)
{
  g_autoptr (OpRig) rig = op_rig_new ("GatherElements", 13);
  WhyRng rng;

  why_rng_init (&rng, 7, 0);
  op_rig_int (rig, "axis", 1);
  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (3, 4));
  op_rig_constant (rig, op_rig_tensor (WHY_DTYPE_INT64, &WHY_SHAPE (2, 3),
                                       (const gdouble[]){ 3, 3, 0, -1, 1, -4 }));
  op_rig_plan (rig);
  op_rig_randomise (rig, &rng, -1, 1);
  op_rig_run (rig);
  for (gint i = 0; i < 6; i++)
    {
      static const gint from[] = { 3, 3, 0, 7, 5, 4 };
      g_assert_cmpfloat ((gdouble)op_rig_out (rig, 0)->real[i], ==,
                         (gdouble)op_rig_in (rig, 0)->real[from[i]]);
    }
  if (OP_RIG_IS_DOUBLE)
    op_rig_check_gradient (rig, &rng);
}

static void
scatter_nd_has_gradients_for_data_and_updates (void)
{
  static const gchar *const reductions[] = { "none", "add", "mul", "max", "min" };
  WhyRng rng;

  why_rng_init (&rng, 8, 0);
  for (guint i = 0; i < G_N_ELEMENTS (reductions); i++)
    {
      g_autoptr (OpRig) rig = op_rig_new ("ScatterND", 18);

      op_rig_string (rig, "reduction", reductions[i]);
      op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (4, 3, 5));
      op_rig_constant (rig, op_rig_tensor (WHY_DTYPE_INT64, &WHY_SHAPE (3, 2),
                                           (const gdouble[]){ 0, 2, -1, 0, 2, 2 }));
      op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (3, 5));
      op_rig_plan (rig);
      op_rig_randomise (rig, &rng, -1, 1);
      op_rig_check_gradient (rig, &rng);
    }
}

/* Written twice, the later one counts; the earlier one has no influence and no gradient. */
static void
scatter_nd_keeps_the_last_write (void)
{
  g_autoptr (OpRig) rig = op_rig_new ("ScatterND", 13);
  WhyRng rng;

  why_rng_init (&rng, 9, 0);
  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (4));
  op_rig_constant (
      rig, op_rig_tensor (WHY_DTYPE_INT64, &WHY_SHAPE (3, 1), (const gdouble[]){ 1, 3, 1 }));
  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (3));
  op_rig_plan (rig);
  op_rig_randomise (rig, &rng, -1, 1);
  op_rig_run (rig);
  g_assert_cmpfloat ((gdouble)op_rig_out (rig, 0)->real[1], ==,
                     (gdouble)op_rig_in (rig, 2)->real[2]);
  if (OP_RIG_IS_DOUBLE)
    op_rig_check_gradient (rig, &rng);
}

static void
assert_int_output (OpRig *rig, gint n, const gint64 *expected)
{
  WhyTensor *out = op_rig_out (rig, 0);

  g_assert_null (rig->node); /* known when planned */
  g_assert_cmpint (out->dtype, ==, WHY_DTYPE_INT64);
  g_assert_cmpint (why_tensor_numel (out), ==, n);
  for (gint i = 0; i < n; i++)
    g_assert_cmpint (out->i64[i], ==, expected[i]);
}

static void
shape_is_known_when_planned (void)
{
  g_autoptr (OpRig) all = op_rig_new ("Shape", 13);
  g_autoptr (OpRig) part = op_rig_new ("Shape", 15);
  g_autoptr (OpRig) size = op_rig_new ("Size", 13);

  op_rig_input (all, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 3, 5));
  op_rig_plan (all);
  assert_int_output (all, 3, (const gint64[]){ 2, 3, 5 });
  op_rig_int (part, "start", -2);
  op_rig_int (part, "end", -1);
  op_rig_input (part, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 3, 5));
  op_rig_plan (part);
  assert_int_output (part, 1, (const gint64[]){ 3 });
  op_rig_input (size, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 3, 5));
  op_rig_plan (size);
  assert_int_output (size, 1, (const gint64[]){ 30 });
}

static void
a_target_shape_of_another_size_is_refused (void)
{
  g_autoptr (OpRig) rig = op_rig_new ("Reshape", 13);

  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 3));
  op_rig_constant (rig,
                   op_rig_tensor (WHY_DTYPE_INT64, &WHY_SHAPE (2), (const gdouble[]){ 4, -1 }));
  op_rig_assert_refused (rig, WHY_ERROR_MODEL_INVALID, "[2, 3]");
}

static void
a_shape_that_the_picture_decides_is_refused (void)
{
  g_autoptr (OpRig) rig = op_rig_new ("Reshape", 13);

  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 3));
  op_rig_input (rig, WHY_DTYPE_INT64, &WHY_SHAPE (2));
  op_rig_assert_refused (rig, WHY_ERROR_MODEL_UNSUPPORTED, "constant");
}

static void
an_axis_outside_the_rank_is_refused (void)
{
  g_autoptr (OpRig) rig = op_rig_new ("Squeeze", 11);

  op_rig_ints (rig, "axes", 1, (const gint64[]){ 4 });
  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 3));
  op_rig_assert_refused (rig, WHY_ERROR_MODEL_INVALID, "axis 4");
}

static void
an_index_outside_the_axis_is_refused (void)
{
  g_autoptr (OpRig) rig = op_rig_new ("Gather", 13);

  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 3));
  op_rig_constant (rig, op_rig_tensor (WHY_DTYPE_INT64, &WHY_SHAPE (1), (const gdouble[]){ 2 }));
  op_rig_assert_refused (rig, WHY_ERROR_MODEL_INVALID, "index 2");
}

static void
reflecting_more_than_there_is_is_refused (void)
{
  g_autoptr (OpRig) rig = op_rig_new ("Pad", 10);

  op_rig_string (rig, "mode", "reflect");
  op_rig_ints (rig, "pads", 4, (const gint64[]){ 0, 3, 0, 0 });
  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 3));
  op_rig_assert_refused (rig, WHY_ERROR_MODEL_INVALID, "axis 1");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/movement/shapes", shapes_follow_the_arguments);
  if (OP_RIG_IS_DOUBLE)
    {
      g_test_add_func ("/movement/gradient", gradients_are_finite_differences);
      g_test_add_func ("/movement/scatter-nd/gradient",
                       scatter_nd_has_gradients_for_data_and_updates);
    }
  g_test_add_func ("/movement/transpose", gradients_are_the_transpose);
  g_test_add_func ("/movement/int64", int64_elements_move_like_numbers);
  g_test_add_func ("/movement/concat", concat_joins_along_any_axis);
  g_test_add_func ("/movement/split", split_is_undone_by_concat);
  g_test_add_func ("/movement/split/uneven",
                   a_split_that_does_not_divide_leaves_a_smaller_last_part);
  g_test_add_func ("/movement/gather-elements", gather_elements_scatters_its_gradient_back);
  g_test_add_func ("/movement/scatter-nd/twice", scatter_nd_keeps_the_last_write);
  g_test_add_func ("/movement/shape", shape_is_known_when_planned);
  g_test_add_func ("/movement/refused/size", a_target_shape_of_another_size_is_refused);
  g_test_add_func ("/movement/refused/dynamic", a_shape_that_the_picture_decides_is_refused);
  g_test_add_func ("/movement/refused/axis", an_axis_outside_the_rank_is_refused);
  g_test_add_func ("/movement/refused/index", an_index_outside_the_axis_is_refused);
  g_test_add_func ("/movement/refused/reflect", reflecting_more_than_there_is_is_refused);
  return g_test_run ();
}
