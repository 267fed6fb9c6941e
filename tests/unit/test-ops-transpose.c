/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ConvTranspose by its definition: every input cell adds a weighted kernel to the output. */
#include "op-rig.h"

#include <math.h>

typedef struct
{
  gint64 groups, in_channels, out_channels; /* of a group */
  gint64 in[2], kernel[2], stride[2], dilation[2], pads[4], extra[2];
  gboolean bias, constant;
} Case;

static gint64
pick (WhyRng *rng, gint64 low, gint64 high)
{
  return low + why_rng_below (rng, (guint32)(high - low + 1));
}

static Case
random_case (WhyRng *rng)
{
  Case c = { .groups = pick (rng, 1, 3), .bias = pick (rng, 0, 1) == 1 };

  c.in_channels = pick (rng, 1, 2);
  c.out_channels = pick (rng, 1, 3);
  for (gint i = 0; i < 2; i++)
    {
      c.in[i] = pick (rng, 2 + i, 4 + i);
      c.kernel[i] = pick (rng, 2, 3);
      c.stride[i] = pick (rng, 1, 3);
      c.dilation[i] = pick (rng, 1, 2);
      c.pads[i] = pick (rng, 0, 1);
      c.pads[2 + i] = pick (rng, 0, 1);
      c.extra[i] = pick (rng, 0, c.stride[i] - 1);
    }
  return c;
}

static gint64
out_extent (const Case *c, gint axis)
{
  return c->stride[axis] * (c->in[axis] - 1) + c->extra[axis]
         + (c->kernel[axis] - 1) * c->dilation[axis] + 1 - c->pads[axis] - c->pads[2 + axis];
}

static OpRig *
transpose_rig (const Case *c, WhyRng *rng)
{
  OpRig *rig = op_rig_new ("ConvTranspose", 11);
  WhyShape x = WHY_SHAPE (2, c->groups * c->in_channels, c->in[0], c->in[1]);
  WhyShape w = WHY_SHAPE (c->groups * c->in_channels, c->out_channels, c->kernel[0], c->kernel[1]);
  WhyShape b = WHY_SHAPE (c->groups * c->out_channels);

  op_rig_int (rig, "group", c->groups);
  op_rig_ints (rig, "strides", 2, c->stride);
  op_rig_ints (rig, "dilations", 2, c->dilation);
  op_rig_ints (rig, "pads", 4, c->pads);
  op_rig_ints (rig, "output_padding", 2, c->extra);
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

/* One weight at one input cell. */
static void
spread (const Case *c, OpRig *rig, gint64 cell, gint64 weight, gdouble *y)
{
  gint64 height = out_extent (c, 0), width = out_extent (c, 1);
  gint64 channels = c->groups * c->in_channels;
  gint64 column = cell % c->in[1], row = cell / c->in[1] % c->in[0];
  gint64 channel = cell / (c->in[0] * c->in[1]) % channels;
  gint64 picture = cell / (c->in[0] * c->in[1]) / channels;
  gint64 kx = weight % c->kernel[1], ky = weight / c->kernel[1] % c->kernel[0];
  gint64 out = weight / (c->kernel[0] * c->kernel[1]) % c->out_channels;
  gint64 at_y = row * c->stride[0] + ky * c->dilation[0] - c->pads[0];
  gint64 at_x = column * c->stride[1] + kx * c->dilation[1] - c->pads[1];

  if (weight / (c->kernel[0] * c->kernel[1] * c->out_channels) != channel || at_y < 0
      || at_y >= height || at_x < 0 || at_x >= width)
    return;
  out += channel / c->in_channels * c->out_channels;
  y[((picture * c->groups * c->out_channels + out) * height + at_y) * width + at_x]
      += (gdouble)op_rig_in (rig, 0)->real[cell] * (gdouble)op_rig_in (rig, 1)->real[weight];
}

static void
assert_by_definition (const Case *c, OpRig *rig)
{
  WhyTensor *y = op_rig_out (rig, 0);
  gint64 n = why_tensor_numel (y), cells = out_extent (c, 0) * out_extent (c, 1);
  gint64 channels = c->groups * c->out_channels;
  g_autofree gdouble *expected = g_new0 (gdouble, n);

  op_rig_assert_shape (y, &WHY_SHAPE (2, channels, out_extent (c, 0), out_extent (c, 1)));
  for (gint64 i = 0; c->bias && i < n; i++)
    expected[i] = (gdouble)op_rig_in (rig, 2)->real[i / cells % channels];
  for (gint64 i = 0; i < why_tensor_numel (op_rig_in (rig, 0)); i++)
    for (gint64 k = 0; k < why_tensor_numel (op_rig_in (rig, 1)); k++)
      spread (c, rig, i, k, expected);
  op_rig_assert_near (y->real, expected, n, OP_RIG_TOLERANCE);
}

static void
test_definition_and_gradient (void)
{
  WhyRng rng;

  why_rng_init (&rng, 41, 0);
  for (gint round = 0; round < 40; round++)
    {
      Case c = random_case (&rng);
      g_autoptr (OpRig) rig = transpose_rig (&c, &rng);

      op_rig_run (rig);
      assert_by_definition (&c, rig);
      if (OP_RIG_IS_DOUBLE)
        op_rig_check_gradient (rig, &rng);
    }
}

static void
test_relevance_sums (void)
{
  WhyRng rng;

  why_rng_init (&rng, 42, 0);
  for (gint rule = WHY_LRP_EPSILON; rule <= WHY_LRP_EXCITATION; rule++)
    {
      Case c = random_case (&rng);
      WhyLrp lrp
          = { .rule = (WhyLrpRule)rule, .epsilon = 1e-9, .gamma = 0.25, .alpha = 2, .beta = 1 };
      const WhyReal low[] = { -2, -2, -2, -2, -2, -2 }, high[] = { 2, 2, 2, 2, 2, 2 };
      g_autoptr (OpRig) rig = NULL;

      lrp.low = low;
      lrp.high = high;
      c.constant = TRUE;
      rig = transpose_rig (&c, &rng);
      op_rig_check_relevance (rig, &rng, &lrp);
    }
}

/* output_shape and SAME pads choose the pads: 3×3 cells with stride 3×2 and a 3×3 kernel. */
static void
test_output_shape (void)
{
  static const struct
  {
    const gchar *pad;
    gboolean shape;
    gint64 pads[4], height, width;
  } cases[] = {
    { "NOTSET", TRUE, { 0, 0, 0, 0 }, 9, 7 },
    { "SAME_UPPER", FALSE, { 0, 0, 0, 1 }, 9, 6 },
    { "SAME_LOWER", FALSE, { 0, 1, 0, 0 }, 9, 6 },
    { "VALID", FALSE, { 0, 0, 0, 0 }, 9, 7 },
  };
  WhyRng rng;

  why_rng_init (&rng, 43, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Case c = { 1, 2, 2, { 3, 3 }, { 3, 3 }, { 3, 2 }, { 1, 1 }, { 0 }, { 0 }, FALSE, FALSE };
      g_autoptr (OpRig) rig = op_rig_new ("ConvTranspose", 11);

      for (gint k = 0; k < 4; k++)
        c.pads[k] = cases[i].pads[k];
      op_rig_string (rig, "auto_pad", cases[i].pad);
      op_rig_ints (rig, "strides", 2, c.stride);
      if (cases[i].shape)
        op_rig_ints (rig, "output_shape", 2, (gint64[]){ cases[i].height, cases[i].width });
      op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 2, 3, 3));
      op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 2, 3, 3));
      op_rig_plan (rig);
      op_rig_randomise (rig, &rng, -1, 1);
      op_rig_run (rig);
      assert_by_definition (&c, rig);
    }
}

static void
test_refusals (void)
{
  g_autoptr (OpRig) channels = op_rig_new ("ConvTranspose", 11);
  g_autoptr (OpRig) pads = op_rig_new ("ConvTranspose", 11);

  op_rig_input (channels, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 2, 3, 4));
  op_rig_input (channels, WHY_DTYPE_FLOAT, &WHY_SHAPE (3, 2, 3, 3));
  op_rig_assert_refused (channels, WHY_ERROR_MODEL_INVALID, "input channels");
  op_rig_ints (pads, "pads", 4, (gint64[]){ 3, 0, 3, 0 });
  op_rig_input (pads, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 3, 3, 4));
  op_rig_input (pads, WHY_DTYPE_FLOAT, &WHY_SHAPE (3, 2, 3, 3));
  op_rig_assert_refused (pads, WHY_ERROR_MODEL_INVALID, "pads leave no output");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/conv-transpose/definition-and-gradient", test_definition_and_gradient);
  g_test_add_func ("/conv-transpose/relevance-sums", test_relevance_sums);
  g_test_add_func ("/conv-transpose/output-shape", test_output_shape);
  g_test_add_func ("/conv-transpose/refusals", test_refusals);
  return g_test_run ();
}
