/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Normalisations, softmax and Gaussian gates against their formulas. */
#include "op-rig.h"

#include <math.h>
#include <string.h>

/* Everything that is checked of an operator whose output is known. */
static void
check_all (OpRig *rig, const gdouble *expected, gdouble tolerance, WhyRng *rng)
{
  WhyLrp lrp = { .rule = WHY_LRP_EPSILON, .epsilon = 1e-9 };
  WhyTensor *y = op_rig_out (rig, 0);

  op_rig_run (rig);
  op_rig_assert_shape (y, &op_rig_in (rig, 0)->shape);
  op_rig_assert_near (y->real, expected, why_tensor_numel (y), tolerance);
  if (OP_RIG_IS_DOUBLE)
    op_rig_check_gradient (rig, rng);
  if (rig->n_free == 1)
    {
      op_rig_check_rescale (rig, rng);
      op_rig_check_relevance (rig, rng, &lrp);
    }
}

/* ---- normalisations --------------------------------------------------------------------- */

typedef struct
{
  const gchar *op;
  gint opset;
  WhyShape x, scale;
  gint64 axis, num_groups; /* of LayerNormalization and RMSNormalization, GroupNormalization */
  gint64 n;                /* elements of a group */
  gint64 inner;            /* element i uses scale[i / inner % elements] */
  gboolean bias, centred;
} NormCase;

#define N2                                                                                         \
  {                                                                                                \
    4,                                                                                             \
    {                                                                                              \
      2, 6, 3, 5                                                                                   \
    }                                                                                              \
  }
static const NormCase norm_cases[] = {
  { "InstanceNormalization", 13, N2, { 1, { 6 } }, 0, 0, 15, 15, TRUE, TRUE },
  { "InstanceNormalization", 13, { 3, { 2, 6, 4 } }, { 1, { 6 } }, 0, 0, 4, 4, TRUE, TRUE },
  { "GroupNormalization", 18, N2, { 1, { 3 } }, 0, 3, 30, 30, TRUE, TRUE },
  { "GroupNormalization", 21, N2, { 1, { 6 } }, 0, 3, 30, 15, TRUE, TRUE },
  { "LayerNormalization", 17, N2, { 1, { 5 } }, -1, 0, 5, 1, TRUE, TRUE },
  { "LayerNormalization", 17, N2, { 2, { 3, 5 } }, 2, 0, 15, 1, FALSE, TRUE },
  { "LayerNormalization", 17, N2, { 3, { 6, 3, 5 } }, -3, 0, 90, 1, TRUE, TRUE },
  { "LayerNormalization", 17, N2, { 1, { 5 } }, 1, 0, 90, 1, TRUE, TRUE },
  { "LayerNormalization", 17, N2, { 1, { 1 } }, 2, 0, 15, 1, TRUE, TRUE },
  { "RMSNormalization", 23, N2, { 1, { 5 } }, -1, 0, 5, 1, FALSE, FALSE },
  { "RMSNormalization", 23, N2, { 2, { 3, 5 } }, 2, 0, 15, 1, FALSE, FALSE },
};

static void
norm_expected (const NormCase *c, OpRig *rig, gdouble *expected)
{
  const WhyReal *x = op_rig_in (rig, 0)->real;
  gint64 count = why_shape_numel (&c->scale);

  for (gint64 g = 0; g < why_shape_numel (&c->x) / c->n; g++)
    {
      gdouble mean = 0, variance = 0;

      for (gint64 i = 0; c->centred && i < c->n; i++)
        mean += (gdouble)x[g * c->n + i] / (gdouble)c->n;
      for (gint64 i = 0; i < c->n; i++)
        variance += pow ((gdouble)x[g * c->n + i] - mean, 2) / (gdouble)c->n;
      for (gint64 i = g * c->n; i < (g + 1) * c->n; i++)
        {
          gint64 k = i / c->inner % count;
          expected[i] = ((gdouble)x[i] - mean) / sqrt (variance + 0.01)
                            * (gdouble)op_rig_in (rig, 1)->real[k]
                        + (c->bias ? (gdouble)op_rig_in (rig, 2)->real[k] : 0);
        }
    }
}

static OpRig *
norm_rig (const NormCase *c, gboolean constant, WhyRng *rng)
{
  OpRig *rig = op_rig_new (c->op, c->opset);

  if (c->axis != 0)
    op_rig_int (rig, "axis", c->axis);
  if (c->num_groups != 0)
    op_rig_int (rig, "num_groups", c->num_groups);
  op_rig_float (rig, "epsilon", 0.01);
  op_rig_input (rig, WHY_DTYPE_FLOAT, &c->x);
  for (gint i = 0; i < 1 + c->bias; i++)
    if (constant)
      op_rig_constant (rig, op_rig_random_tensor (&c->scale, rng, 0.5, 2));
    else
      op_rig_input (rig, WHY_DTYPE_FLOAT, &c->scale);
  op_rig_plan (rig);
  op_rig_randomise (rig, rng, -1, 2);
  return rig;
}

static void
test_norm (gconstpointer data)
{
  const NormCase *c = data;
  WhyRng rng;

  why_rng_init (&rng, 31, (guint64)(c - norm_cases));
  for (gint constant = 0; constant < 2; constant++)
    {
      g_autoptr (OpRig) rig = norm_rig (c, constant, &rng);
      g_autofree gdouble *expected = g_new (gdouble, why_shape_numel (&c->x));

      norm_expected (c, rig, expected);
      check_all (rig, expected, OP_RIG_TOLERANCE, &rng);
    }
}

static void
test_layer_norm_moments (void)
{
  static const gdouble mean[] = { 2, 5 }, inverse[] = { 0.5, 0.25 };
  const WhyReal x[] = { 0, 4, 2 + 2, 0, 1, 9, 9, 1 };
  g_autoptr (OpRig) rig = op_rig_new ("LayerNormalization", 17);

  op_rig_float (rig, "epsilon", 0);
  op_rig_outputs (rig, 3);
  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 4));
  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (4));
  op_rig_plan (rig);
  memcpy (op_rig_in (rig, 0)->real, x, sizeof x);
  op_rig_run (rig);
  op_rig_assert_shape (op_rig_out (rig, 1), &WHY_SHAPE (2, 1));
  op_rig_assert_near (op_rig_out (rig, 1)->real, mean, 2, OP_RIG_TOLERANCE);
  op_rig_assert_near (op_rig_out (rig, 2)->real, inverse, 2, OP_RIG_TOLERANCE);
}

static void
test_norm_refusals (void)
{
  g_autoptr (OpRig) group = op_rig_new ("GroupNormalization", 21);
  g_autoptr (OpRig) layer = op_rig_new ("LayerNormalization", 17);
  g_autoptr (OpRig) batch = op_rig_new ("BatchNormalization", 15);

  op_rig_int (group, "num_groups", 4);
  op_rig_input (group, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 6, 2, 3));
  op_rig_input (group, WHY_DTYPE_FLOAT, &WHY_SHAPE (6));
  op_rig_input (group, WHY_DTYPE_FLOAT, &WHY_SHAPE (6));
  op_rig_assert_refused (group, WHY_ERROR_MODEL_INVALID, "groups");
  op_rig_int (layer, "axis", 4);
  op_rig_input (layer, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 6, 2, 3));
  op_rig_input (layer, WHY_DTYPE_FLOAT, &WHY_SHAPE (3));
  op_rig_assert_refused (layer, WHY_ERROR_MODEL_INVALID, "axis");
  op_rig_int (batch, "training_mode", 1);
  for (gint i = 0; i < 5; i++)
    op_rig_input (batch, WHY_DTYPE_FLOAT, i == 0 ? &WHY_SHAPE (1, 6, 2) : &WHY_SHAPE (6));
  op_rig_assert_refused (batch, WHY_ERROR_MODEL_UNSUPPORTED, "training_mode");
}

static void
test_batch_norm (void)
{
  WhyShape x = WHY_SHAPE (2, 3, 4, 5), vector = WHY_SHAPE (3);
  WhyRng rng;

  why_rng_init (&rng, 32, 0);
  for (gint constant = 0; constant < 2; constant++)
    {
      g_autoptr (OpRig) rig = op_rig_new ("BatchNormalization", 15);
      gdouble expected[120];

      op_rig_float (rig, "epsilon", 0.01);
      op_rig_input (rig, WHY_DTYPE_FLOAT, &x);
      for (gint i = 0; i < 4; i++)
        if (constant)
          op_rig_constant (rig, op_rig_random_tensor (&vector, &rng, 0.5, 2));
        else
          op_rig_input (rig, WHY_DTYPE_FLOAT, &vector);
      op_rig_plan (rig);
      op_rig_randomise (rig, &rng, 0.5, 2);
      for (gint i = 0; i < 120; i++)
        {
          gdouble p[5];
          for (gint k = 0; k < 5; k++)
            p[k] = (gdouble)op_rig_in (rig, k)->real[k == 0 ? i : i / 20 % 3];
          expected[i] = (p[0] - p[3]) / sqrt (p[4] + 0.01) * p[1] + p[2];
        }
      check_all (rig, expected, OP_RIG_TOLERANCE, &rng);
    }
}

/* ---- LRN -------------------------------------------------------------------------------- */

static void
test_lrn (void)
{
  WhyRng rng;

  why_rng_init (&rng, 33, 0);
  for (gint64 size = 1; size <= 6; size++)
    {
      g_autoptr (OpRig) rig = op_rig_new ("LRN", 13);
      gdouble expected[2 * 5 * 2 * 3];

      op_rig_int (rig, "size", size);
      op_rig_float (rig, "alpha", 0.9);
      op_rig_float (rig, "beta", 0.6);
      op_rig_float (rig, "bias", 1.5);
      op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 5, 2, 3));
      op_rig_plan (rig);
      op_rig_randomise (rig, &rng, -2, 2);
      for (gint i = 0; i < 60; i++)
        {
          const WhyReal *x = op_rig_in (rig, 0)->real;
          gint64 c = i / 6 % 5;
          gdouble squares = 0;

          for (gint64 k = 0; k < 5; k++)
            if (k >= c - (size - 1) / 2 && k <= c + size / 2)
              squares += pow ((gdouble)x[i + (k - c) * 6], 2);
          expected[i] = (gdouble)x[i] / pow (1.5 + 0.9 / (gdouble)size * squares, 0.6);
        }
      check_all (rig, expected, 10 * OP_RIG_TOLERANCE, &rng);
    }
}

/* ---- softmax ---------------------------------------------------------------------------- */

typedef struct
{
  const gchar *op;
  gint opset;
  gint64 axis;
  gboolean default_axis;
  gint64 outer, n, inner; /* of vectors in [2, 3, 4, 5] */
} SoftmaxCase;

static const SoftmaxCase softmax_cases[] = {
  { "Softmax", 13, 1, FALSE, 2, 3, 20 },    { "Softmax", 13, -1, TRUE, 24, 5, 1 },
  { "Softmax", 13, -2, FALSE, 6, 4, 5 },    { "Softmax", 11, 1, TRUE, 2, 60, 1 },
  { "Softmax", 11, 2, FALSE, 6, 20, 1 },    { "LogSoftmax", 13, 1, FALSE, 2, 3, 20 },
  { "LogSoftmax", 13, -1, TRUE, 24, 5, 1 }, { "LogSoftmax", 11, -1, FALSE, 24, 5, 1 },
};

static void
test_softmax (gconstpointer data)
{
  const SoftmaxCase *c = data;
  gboolean logarithm = g_str_equal (c->op, "LogSoftmax");
  gdouble expected[120];
  WhyRng rng;
  g_autoptr (OpRig) rig = op_rig_new (c->op, c->opset);
  const WhyReal *x;

  why_rng_init (&rng, 34, 0);
  if (!c->default_axis)
    op_rig_int (rig, "axis", c->axis);
  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 3, 4, 5));
  op_rig_plan (rig);
  op_rig_randomise (rig, &rng, -3, 3);
  x = op_rig_in (rig, 0)->real;
  for (gint64 i = 0; i < 120; i++)
    {
      gint64 first = i / (c->n * c->inner) * c->n * c->inner + i % c->inner;
      gdouble sum = 0;
      for (gint64 k = 0; k < c->n; k++)
        sum += exp ((gdouble)x[first + k * c->inner]);
      expected[i] = logarithm ? (gdouble)x[i] - log (sum) : exp ((gdouble)x[i]) / sum;
    }
  check_all (rig, expected, OP_RIG_TOLERANCE, &rng);
}

/* Numbers that overflow exp, and a masked one. */
static void
test_softmax_extremes (void)
{
  static const gdouble expected[] = { 0.25, 0.75, 0, 0 };
  WhyLrp lrp = { .rule = WHY_LRP_EPSILON };
  WhyRng rng;
  g_autoptr (OpRig) rig = op_rig_new ("Softmax", 13);

  why_rng_init (&rng, 35, 0);
  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 4));
  op_rig_plan (rig);
  for (gint i = 0; i < 2; i++)
    {
      WhyReal *x = op_rig_in (rig, 0)->real + 4 * i;
      x[0] = 800 - 50 * i;
      x[1] = x[0] + (WhyReal)log (3.0);
      x[2] = -800;
      x[3] = -INFINITY;
    }
  op_rig_run (rig);
  op_rig_assert_near (op_rig_out (rig, 0)->real, expected, 4, 10 * OP_RIG_TOLERANCE);
  op_rig_check_relevance (rig, &rng, &lrp);
  for (gint i = 0; i < 2; i++)
    op_rig_in (rig, 0)->real[4 * i + 3] = -700; /* differences of infinities have no sum */
  op_rig_check_rescale (rig, &rng);
}

/* ---- gates ------------------------------------------------------------------------------ */

static gdouble
gate (const gchar *op, gboolean approximate, gdouble x)
{
  if (g_str_equal (op, "Erf"))
    return erf (x);
  if (approximate)
    return 0.5 * x * (1 + tanh (sqrt (2 / G_PI) * (x + 0.044715 * x * x * x)));
  return 0.5 * x * erfc (-x / sqrt (2));
}

static void
test_gates (void)
{
  static const struct
  {
    const gchar *op, *approximate;
  } cases[] = { { "Erf", NULL }, { "Gelu", NULL }, { "Gelu", "none" }, { "Gelu", "tanh" } };
  WhyRng rng;

  why_rng_init (&rng, 36, 0);
  for (gsize n = 0; n < G_N_ELEMENTS (cases); n++)
    {
      g_autoptr (OpRig) rig = op_rig_new (cases[n].op, 20);
      gdouble expected[60];

      if (cases[n].approximate != NULL)
        op_rig_string (rig, "approximate", cases[n].approximate);
      op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (4, 3, 5));
      op_rig_plan (rig);
      op_rig_randomise (rig, &rng, -4, 4);
      for (gint i = 0; i < 60; i++)
        expected[i] = gate (cases[n].op, g_strcmp0 (cases[n].approximate, "tanh") == 0,
                            (gdouble)op_rig_in (rig, 0)->real[i]);
      check_all (rig, expected, OP_RIG_TOLERANCE, &rng);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (norm_cases); i++)
    {
      g_autofree gchar *path = g_strdup_printf ("/norm/%s/%zu", norm_cases[i].op, i);
      g_test_add_data_func (path, &norm_cases[i], test_norm);
    }
  g_test_add_func ("/norm/layer-norm-moments", test_layer_norm_moments);
  g_test_add_func ("/norm/refusals", test_norm_refusals);
  g_test_add_func ("/norm/batch-norm", test_batch_norm);
  g_test_add_func ("/norm/lrn", test_lrn);
  for (gsize i = 0; i < G_N_ELEMENTS (softmax_cases); i++)
    {
      g_autofree gchar *path = g_strdup_printf ("/norm/%s/%zu", softmax_cases[i].op, i);
      g_test_add_data_func (path, &softmax_cases[i], test_softmax);
    }
  g_test_add_func ("/norm/softmax-extremes", test_softmax_extremes);
  g_test_add_func ("/norm/gates", test_gates);
  return g_test_run ();
}
