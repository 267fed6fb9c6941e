/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Conv against a convolution written out as sums, with random shapes, strides, pads and groups. */
#include "op-rig.h"

#include <math.h>

#define MAX_AXES 3

typedef struct
{
  gint n;                                          /* spatial axes */
  gint64 batch, groups, in_channels, out_channels; /* of a group */
  gint64 in[MAX_AXES], kernel[MAX_AXES], stride[MAX_AXES], dilation[MAX_AXES];
  gint64 pads[2 * MAX_AXES];
  gboolean bias, constant;
} Case;

static gint64
pick (WhyRng *rng, gint64 low, gint64 high)
{
  return low + why_rng_below (rng, (guint32)(high - low + 1));
}

static Case
random_case (WhyRng *rng, gint n)
{
  Case c = { .n = n, .batch = pick (rng, 1, 2), .groups = pick (rng, 1, 3) };

  c.in_channels = pick (rng, 1, 3);
  c.out_channels = pick (rng, 1, 3);
  c.bias = pick (rng, 0, 1) == 1;
  for (gint i = 0; i < n; i++)
    {
      c.in[i] = pick (rng, 4 + i, 6 + i);
      c.kernel[i] = pick (rng, 1, 3);
      c.stride[i] = pick (rng, 1, 3);
      c.dilation[i] = pick (rng, 1, 2);
      c.pads[i] = pick (rng, 0, 2);
      c.pads[n + i] = pick (rng, 0, 2);
    }
  return c;
}

static OpRig *
conv_rig (const Case *c, WhyRng *rng)
{
  OpRig *rig = op_rig_new ("Conv", 13);
  WhyShape x = { c->n + 2, { c->batch, c->groups * c->in_channels } };
  WhyShape w = { c->n + 2, { c->groups * c->out_channels, c->in_channels } };
  WhyShape b = WHY_SHAPE (w.dims[0]);

  for (gint i = 0; i < c->n; i++)
    {
      x.dims[2 + i] = c->in[i];
      w.dims[2 + i] = c->kernel[i];
    }
  op_rig_int (rig, "group", c->groups);
  op_rig_ints (rig, "kernel_shape", c->n, c->kernel);
  op_rig_ints (rig, "strides", c->n, c->stride);
  op_rig_ints (rig, "dilations", c->n, c->dilation);
  op_rig_ints (rig, "pads", 2 * c->n, c->pads);
  op_rig_input (rig, WHY_DTYPE_FLOAT, &x);
  if (c->constant)
    op_rig_constant (rig, op_rig_random_tensor (&w, rng, -1, 1));
  else
    op_rig_input (rig, WHY_DTYPE_FLOAT, &w);
  if (c->bias && c->constant)
    op_rig_constant (rig, op_rig_random_tensor (&b, rng, -1, 1));
  else if (c->bias)
    op_rig_input (rig, WHY_DTYPE_FLOAT, &b);
  op_rig_plan (rig);
  op_rig_randomise (rig, rng, -1, 1);
  return rig;
}

/* One output value of the definition; at: picture, channel, position. */
static gdouble
sum_window (const Case *c, OpRig *rig, const gint64 *at)
{
  gint64 group = at[1] / c->out_channels, taps = 1;
  gdouble sum = c->bias ? (gdouble)op_rig_in (rig, 2)->real[at[1]] : 0;

  for (gint i = 0; i < c->n; i++)
    taps *= c->kernel[i];
  for (gint64 channel = 0; channel < c->in_channels; channel++)
    for (gint64 tap = 0; tap < taps; tap++)
      {
        gint64 cell = at[0] * c->groups * c->in_channels + group * c->in_channels + channel;
        gint64 weight = (at[1] * c->in_channels + channel) * taps + tap, rest = tap;
        gint64 offset[MAX_AXES];
        gboolean inside = TRUE;

        for (gint i = c->n - 1; i >= 0; i--)
          {
            offset[i] = rest % c->kernel[i];
            rest /= c->kernel[i];
          }
        for (gint i = 0; i < c->n; i++)
          {
            gint64 pos = at[2 + i] * c->stride[i] + offset[i] * c->dilation[i] - c->pads[i];
            inside &= pos >= 0 && pos < c->in[i];
            cell = cell * c->in[i] + pos;
          }
        if (inside)
          sum += (gdouble)op_rig_in (rig, 0)->real[cell]
                 * (gdouble)op_rig_in (rig, 1)->real[weight];
      }
  return sum;
}

static void
assert_by_definition (const Case *c, OpRig *rig)
{
  WhyTensor *y = op_rig_out (rig, 0);
  gint64 n = why_tensor_numel (y);
  g_autofree gdouble *expected = g_new (gdouble, n);
  WhyShape shape = { c->n + 2, { c->batch, c->groups * c->out_channels } };

  for (gint i = 0; i < c->n; i++)
    shape.dims[2 + i]
        = (c->in[i] + c->pads[i] + c->pads[c->n + i] - (c->dilation[i] * (c->kernel[i] - 1) + 1))
              / c->stride[i]
          + 1;
  op_rig_assert_shape (y, &shape);
  for (gint64 k = 0; k < n; k++)
    {
      gint64 at[2 + MAX_AXES], rest = k;
      for (gint i = shape.rank - 1; i >= 0; i--)
        {
          at[i] = rest % shape.dims[i];
          rest /= shape.dims[i];
        }
      expected[k] = sum_window (c, rig, at);
    }
  op_rig_assert_near (y->real, expected, n, OP_RIG_TOLERANCE);
}

static gboolean
fits (const Case *c)
{
  for (gint i = 0; i < c->n; i++)
    if (c->in[i] + c->pads[i] + c->pads[c->n + i] < c->dilation[i] * (c->kernel[i] - 1) + 1)
      return FALSE;
  return TRUE;
}

static void
test_definition (void)
{
  WhyRng rng;

  why_rng_init (&rng, 1, 0);
  for (gint round = 0; round < 90; round++)
    {
      Case c = random_case (&rng, 1 + round % 3);
      g_autoptr (OpRig) rig = NULL;
      if (!fits (&c))
        continue;
      rig = conv_rig (&c, &rng);
      op_rig_run (rig);
      assert_by_definition (&c, rig);
    }
}

/* Enough cells for several tiles, and channels for several blocks of a thread. */
static void
test_tiles (void)
{
  Case c = { 2, 1, 1, 60, 5, { 37, 41 }, { 3, 5 }, { 1, 2 }, { 1, 1 }, { 1, 0, 2, 3 }, TRUE, TRUE };
  WhyRng rng;
  g_autoptr (OpRig) rig = NULL;

  why_rng_init (&rng, 2, 0);
  rig = conv_rig (&c, &rng);
  op_rig_run (rig);
  assert_by_definition (&c, rig);
}

static void
test_pointwise_and_depthwise (void)
{
  Case cases[] = {
    { 2, 2, 1, 7, 5, { 5, 6 }, { 1, 1 }, { 1, 1 }, { 1, 1 }, { 0 }, TRUE, FALSE },
    { 2, 2, 1, 7, 5, { 5, 6 }, { 1, 1 }, { 2, 1 }, { 1, 1 }, { 0 }, FALSE, FALSE },
    { 2, 2, 6, 1, 1, { 7, 9 }, { 3, 5 }, { 1, 1 }, { 1, 1 }, { 1, 2, 1, 2 }, TRUE, FALSE },
    { 2, 1, 4, 1, 2, { 7, 9 }, { 3, 3 }, { 2, 3 }, { 2, 1 }, { 2, 0, 1, 1 }, FALSE, FALSE },
  };
  WhyRng rng;

  why_rng_init (&rng, 3, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (OpRig) rig = conv_rig (&cases[i], &rng);
      op_rig_run (rig);
      assert_by_definition (&cases[i], rig);
      if (OP_RIG_IS_DOUBLE)
        op_rig_check_gradient (rig, &rng);
    }
}

static void
test_gradient (void)
{
  WhyRng rng;

  why_rng_init (&rng, 4, 0);
  for (gint round = 0; round < 40; round++)
    {
      Case c = random_case (&rng, 1 + round % 3);
      g_autoptr (OpRig) rig = NULL;
      if (!fits (&c))
        continue;
      rig = conv_rig (&c, &rng);
      op_rig_check_gradient (rig, &rng);
    }
}

/* SAME pads so that ceil (in / stride) cells come out, the odd one right (UPPER) or left. */
static void
test_auto_pad (void)
{
  static const gchar *const names[] = { "SAME_UPPER", "SAME_LOWER", "VALID" };
  static const gint64 explicit[][4]
      = { { 0, 1, 1, 1 }, { 1, 1, 0, 1 }, { 0, 0, 0, 0 } }; /* 6×5, kernel 3×3, strides 2×1 */
  WhyRng rng;

  why_rng_init (&rng, 5, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      Case c = { 2, 1, 1, 2, 2, { 6, 5 }, { 3, 3 }, { 2, 1 }, { 1, 1 }, { 0 }, FALSE, FALSE };
      g_autoptr (OpRig) rig = op_rig_new ("Conv", 11);

      for (gint k = 0; k < 4; k++)
        c.pads[k] = explicit[i][k];
      op_rig_string (rig, "auto_pad", names[i]);
      op_rig_ints (rig, "strides", 2, c.stride);
      op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 2, 6, 5));
      op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 2, 3, 3));
      op_rig_plan (rig);
      op_rig_randomise (rig, &rng, -1, 1);
      op_rig_run (rig);
      assert_by_definition (&c, rig);
    }
}

static void
test_relevance_sums (void)
{
  static const WhyReal low[] = { -2, -2, -2, -2, -2, -2 }, high[] = { 2, 2, 2, 2, 2, 2 };
  WhyRng rng;

  why_rng_init (&rng, 6, 0);
  for (gint rule = WHY_LRP_EPSILON; rule <= WHY_LRP_EXCITATION; rule++)
    {
      Case c
          = { 2, 2, 2, 3, 2, { 6, 5 }, { 3, 3 }, { 1, 2 }, { 1, 1 }, { 1, 1, 1, 0 }, FALSE, TRUE };
      WhyLrp lrp = { (WhyLrpRule)rule, 1e-9, 0.25, 2, 1, low, high, 0 };
      g_autoptr (OpRig) rig = conv_rig (&c, &rng);
      gdouble leak = op_rig_check_relevance (rig, &rng, &lrp);

      /* Without bias nothing is absorbed, unless a unit has no input of the sign that counts. */
      if (rule != WHY_LRP_ALPHA_BETA && OP_RIG_IS_DOUBLE)
        g_assert_cmpfloat (fabs (leak), <, 1e-5);
    }
}

/* R_x = Σ x w R / (Σ x w + b): one unit, so that it can be read. */
static void
test_epsilon_absorbs_the_bias (void)
{
  static const gdouble weights[] = { 1, 2, -1 }, bias[] = { 2 };
  static const gdouble expected[] = { 1, 6, -1 };
  const WhyReal seed[] = { 8 };
  WhyLrp lrp = { .rule = WHY_LRP_EPSILON };
  gdouble leak;
  g_autoptr (OpRig) rig = op_rig_new ("Conv", 13);

  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 1, 1, 3));
  op_rig_constant (rig, op_rig_tensor (WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 1, 1, 3), weights));
  op_rig_constant (rig, op_rig_tensor (WHY_DTYPE_FLOAT, &WHY_SHAPE (1), bias));
  op_rig_plan (rig);
  op_rig_in (rig, 0)->real[0] = 1;
  op_rig_in (rig, 0)->real[1] = 3;
  op_rig_in (rig, 0)->real[2] = 1;
  op_rig_run (rig);
  g_assert_cmpfloat ((gdouble)op_rig_out (rig, 0)->real[0], ==, 8);
  op_rig_assert_near (op_rig_relevance (rig, 0, seed, &lrp, &leak), expected, 3, OP_RIG_TOLERANCE);
  g_assert_cmpfloat_with_epsilon (leak, 2, 1e-5);
}

/* The five other rules on x = (1, -2, 3), w = (2, 1, -1), R = 1, each worked out by hand. */
static void
test_rules_by_hand (void)
{
  static const gdouble weights[] = { 2, 1, -1 };
  static const WhyReal low[] = { -3 }, high[] = { 4 };
  /* Products are 2, -2, -3, sum -3. Gamma 1 doubles the negative ones: 2 - 4 - 6 = -8.
   * Box: (x - l) w⁺ + (x - h) w⁻: 4·2, 1·1, -1·-1 → 8 + 1 + 1 = 10. */
  static const struct
  {
    WhyLrpRule rule;
    gdouble expected[3];
  } cases[] = {
    { WHY_LRP_GAMMA, { -2.0 / 8, 4.0 / 8, 6.0 / 8 } },
    { WHY_LRP_ALPHA_BETA, { 2.0, -2.0 / 5, -3.0 / 5 } },
    { WHY_LRP_Z_PLUS, { 1, 0, 0 } },
    { WHY_LRP_Z_BOX, { 0.8, 0.1, 0.1 } },
    { WHY_LRP_EXCITATION, { 1, 0, 0 } },
  };
  const WhyReal seed[] = { 1 };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      WhyLrp lrp = { cases[i].rule, 0, 1, 2, 1, low, high, 0 };
      gdouble leak;
      g_autoptr (OpRig) rig = op_rig_new ("Conv", 13);

      op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 1, 1, 3));
      op_rig_constant (rig, op_rig_tensor (WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 1, 1, 3), weights));
      op_rig_plan (rig);
      op_rig_in (rig, 0)->real[0] = 1;
      op_rig_in (rig, 0)->real[1] = -2;
      op_rig_in (rig, 0)->real[2] = 3;
      op_rig_run (rig);
      op_rig_assert_near (op_rig_relevance (rig, 0, seed, &lrp, &leak), cases[i].expected, 3,
                          OP_RIG_TOLERANCE);
    }
}

/* A changed input cell changes output cells inside the region told, and reaches its borders. */
static void
test_regions (void)
{
  Case c = { 2, 1, 1, 1, 1, { 11, 14 }, { 3, 2 }, { 2, 3 }, { 2, 1 }, { 1, 2, 1, 0 }, FALSE, TRUE };
  WhyRng rng;
  g_autoptr (OpRig) rig = NULL;
  const WhyOp *op;
  const WhyInfer *infer;
  WhyTensor *x, *y;
  g_autoptr (WhyTensor) before = NULL;

  why_rng_init (&rng, 7, 0);
  rig = conv_rig (&c, &rng);
  op = rig->node->op;
  infer = &rig->net->steps[0].infer;
  x = op_rig_in (rig, 0);
  y = op_rig_out (rig, 0);
  op_rig_run (rig);
  before = why_tensor_copy (y);
  for (gint64 i = 0; i < why_tensor_numel (x); i++)
    {
      WhyRegion changed = { i / 14, i % 14, 1, 1 }, needed;
      WhyRegion out = op->region_forward (rig->node, infer, changed);
      WhyReal was = x->real[i];

      x->real[i] += 1;
      op_rig_run (rig);
      x->real[i] = was;
      for (gint64 k = 0; k < why_tensor_numel (y); k++)
        if (y->real[k] != before->real[k])
          {
            gint64 row = k / y->shape.dims[3], column = k % y->shape.dims[3];
            WhyRegion one = { row, column, 1, 1 };
            g_assert_true (row >= out.y && row < out.y + out.height);
            g_assert_true (column >= out.x && column < out.x + out.width);
            needed = op->region_backward (rig->node, infer, one);
            g_assert_true (changed.y >= needed.y && changed.y < needed.y + needed.height);
            g_assert_true (changed.x >= needed.x && changed.x < needed.x + needed.width);
          }
      g_assert_cmpint (out.height, <=, 3); /* reach 5 over stride 2 */
      g_assert_cmpint (out.width, <=, 1);
    }
}

static void
test_refusals (void)
{
  static const struct
  {
    const gchar *attribute;
    gint n;
    gint64 values[4];
    const gchar *text;
  } cases[] = {
    { "strides", 1, { 1 }, "strides" },           { "strides", 2, { 0, 1 }, "strides" },
    { "dilations", 2, { 1, -1 }, "dilations" },   { "pads", 2, { 1, 1 }, "pads" },
    { "pads", 4, { 0, 0, -1, 0 }, "pads" },       { "kernel_shape", 2, { 2, 3 }, "kernel_shape" },
    { "dilations", 2, { 9, 1 }, "does not fit" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (OpRig) rig = op_rig_new ("Conv", 13);
      op_rig_ints (rig, cases[i].attribute, cases[i].n, cases[i].values);
      op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 2, 6, 5));
      op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 2, 3, 3));
      op_rig_assert_refused (rig, WHY_ERROR_MODEL_INVALID, cases[i].text);
    }
}

static void
test_refuses_mismatched_channels (void)
{
  g_autoptr (OpRig) rig = op_rig_new ("Conv", 13);

  op_rig_int (rig, "group", 2);
  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 3, 6, 5));
  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 2, 3, 3));
  op_rig_assert_refused (rig, WHY_ERROR_MODEL_INVALID, "input channels");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/conv/definition", test_definition);
  g_test_add_func ("/conv/tiles", test_tiles);
  g_test_add_func ("/conv/pointwise-and-depthwise", test_pointwise_and_depthwise);
  if (OP_RIG_IS_DOUBLE)
    g_test_add_func ("/conv/gradient", test_gradient);
  g_test_add_func ("/conv/auto-pad", test_auto_pad);
  g_test_add_func ("/conv/relevance-sums", test_relevance_sums);
  g_test_add_func ("/conv/epsilon-absorbs-the-bias", test_epsilon_absorbs_the_bias);
  g_test_add_func ("/conv/rules-by-hand", test_rules_by_hand);
  g_test_add_func ("/conv/regions", test_regions);
  g_test_add_func ("/conv/refusals", test_refusals);
  g_test_add_func ("/conv/refuses-mismatched-channels", test_refuses_mismatched_channels);
  return g_test_run ();
}
