/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pools against windows walked cell by cell. */
#include "op-rig.h"

#include <math.h>

typedef struct
{
  gint64 in[2], kernel[2], stride[2], dilation[2], pads[4];
  gboolean ceil_mode, count_include_pad;
} Case;

#define LP 3     /* of LpPool: odd, so that signs matter */
#define PLANES 6 /* 2 pictures of 3 channels */

static gint64
pick (WhyRng *rng, gint64 low, gint64 high)
{
  return low + why_rng_below (rng, (guint32)(high - low + 1));
}

/* Pads stay under the kernel, so that no window is all padding. */
static Case
random_case (WhyRng *rng)
{
  Case c = { .ceil_mode = pick (rng, 0, 1) == 1, .count_include_pad = pick (rng, 0, 1) == 1 };

  for (gint i = 0; i < 2; i++)
    {
      c.in[i] = pick (rng, 5 + 2 * i, 8 + 2 * i);
      c.kernel[i] = pick (rng, 1, 3);
      c.stride[i] = pick (rng, 1, 3);
      c.dilation[i] = pick (rng, 1, 2);
      c.pads[i] = pick (rng, 0, c.kernel[i] - 1);
      c.pads[2 + i] = pick (rng, 0, c.kernel[i] - 1);
    }
  return c;
}

static OpRig *
pool_rig (const gchar *op, const Case *c)
{
  OpRig *rig = op_rig_new (op, 19);

  op_rig_ints (rig, "kernel_shape", 2, c->kernel);
  op_rig_ints (rig, "strides", 2, c->stride);
  op_rig_ints (rig, "dilations", 2, c->dilation);
  op_rig_ints (rig, "pads", 4, c->pads);
  op_rig_int (rig, "ceil_mode", c->ceil_mode);
  if (g_str_equal (op, "AveragePool"))
    op_rig_int (rig, "count_include_pad", c->count_include_pad);
  if (g_str_equal (op, "LpPool"))
    op_rig_int (rig, "p", LP);
  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 3, c->in[0], c->in[1]));
  return rig;
}

static gint64
out_extent (const Case *c, gint axis)
{
  gint64 room = c->in[axis] + c->pads[axis] + c->pads[2 + axis]
                - (c->kernel[axis] - 1) * c->dilation[axis] - 1;
  gint64 n = room / c->stride[axis] + 1;

  if (c->ceil_mode)
    {
      n = (room + c->stride[axis] - 1) / c->stride[axis] + 1;
      if ((n - 1) * c->stride[axis] >= c->in[axis] + c->pads[axis])
        n--;
    }
  return n;
}

typedef struct
{
  gdouble sum, top, cubes;
  gint64 inside, padded, winner;
} Window;

static Window
look (const Case *c, const WhyReal *x, gint64 row, gint64 column)
{
  Window w = { 0, -INFINITY, 0, 0, 0, -1 };

  for (gint64 ky = 0; ky < c->kernel[0]; ky++)
    for (gint64 kx = 0; kx < c->kernel[1]; kx++)
      {
        gint64 at_y = row * c->stride[0] + ky * c->dilation[0] - c->pads[0];
        gint64 at_x = column * c->stride[1] + kx * c->dilation[1] - c->pads[1];

        if (at_y >= c->in[0] + c->pads[2] || at_x >= c->in[1] + c->pads[3])
          continue;
        w.padded++;
        if (at_y < 0 || at_y >= c->in[0] || at_x < 0 || at_x >= c->in[1])
          continue;
        w.inside++;
        w.sum += (gdouble)x[at_y * c->in[1] + at_x];
        w.cubes += pow (fabs ((gdouble)x[at_y * c->in[1] + at_x]), LP);
        if ((gdouble)x[at_y * c->in[1] + at_x] > w.top)
          {
            w.top = (gdouble)x[at_y * c->in[1] + at_x];
            w.winner = at_y * c->in[1] + at_x;
          }
      }
  return w;
}

static void
assert_by_definition (const gchar *op, const Case *c, OpRig *rig)
{
  gboolean average = g_str_equal (op, "AveragePool"), norm = g_str_equal (op, "LpPool");
  gint64 height = out_extent (c, 0), width = out_extent (c, 1), cells = c->in[0] * c->in[1];
  gint64 n = PLANES * height * width;
  g_autofree gdouble *expected = g_new (gdouble, n);
  WhyTensor *y = op_rig_out (rig, 0);

  op_rig_assert_shape (y, &WHY_SHAPE (2, 3, height, width));
  for (gint64 i = 0; i < n; i++)
    {
      gint64 plane = i / (height * width);
      Window w = look (c, op_rig_in (rig, 0)->real + plane * cells, i / width % height, i % width);
      expected[i] = average ? w.sum / (gdouble)(c->count_include_pad ? w.padded : w.inside)
                    : norm  ? cbrt (w.cubes)
                            : w.top;
      if (!average && !norm)
        g_assert_cmpint (op_rig_out (rig, 1)->i64[i], ==, plane * cells + w.winner);
    }
  op_rig_assert_near (y->real, expected, n, OP_RIG_TOLERANCE);
}

static void
test_definition (gconstpointer data)
{
  const gchar *op = data;
  WhyRng rng;

  why_rng_init (&rng, 11, 0);
  for (gint round = 0; round < 60; round++)
    {
      Case c = random_case (&rng);
      g_autoptr (OpRig) rig = pool_rig (op, &c);

      op_rig_outputs (rig, g_str_equal (op, "MaxPool") ? 2 : 1);
      op_rig_plan (rig);
      op_rig_randomise (rig, &rng, -2, -1); /* negative: padding with zeros would win */
      op_rig_run (rig);
      assert_by_definition (op, &c, rig);
      if (OP_RIG_IS_DOUBLE)
        op_rig_check_gradient (rig, &rng);
    }
}

static void
test_rescale (gconstpointer data)
{
  const gchar *op = data;
  WhyRng rng;

  why_rng_init (&rng, 12, 0);
  for (gint round = 0; round < 30; round++)
    {
      Case c = random_case (&rng);
      g_autoptr (OpRig) rig = pool_rig (op, &c);

      op_rig_plan (rig);
      op_rig_randomise (rig, &rng, -1, 1);
      op_rig_check_rescale (rig, &rng);
    }
}

static void
test_relevance_sums (gconstpointer data)
{
  const gchar *op = data;
  WhyLrp lrp = { .rule = WHY_LRP_EPSILON, .epsilon = 1e-9 };
  WhyRng rng;

  why_rng_init (&rng, 13, 0);
  for (gint round = 0; round < 10; round++)
    {
      Case c = random_case (&rng);
      g_autoptr (OpRig) rig = pool_rig (op, &c);

      op_rig_plan (rig);
      op_rig_randomise (rig, &rng, 0.5, 1);
      g_assert_cmpfloat (fabs (op_rig_check_relevance (rig, &rng, &lrp)), <, 1e-3);
    }
}

/* 1-D and 3-D windows are the same code: one of each, worked out by hand. */
static void
test_other_ranks (void)
{
  static const gdouble line[] = { 5, 3, 4 }, box[] = { 8, 9 };
  g_autoptr (OpRig) rig = op_rig_new ("MaxPool", 12), cube = op_rig_new ("AveragePool", 11);
  const gdouble values[] = { 5, 1, 3, 4 };

  op_rig_ints (rig, "kernel_shape", 1, (gint64[]){ 2 });
  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 1, 4));
  op_rig_plan (rig);
  for (gint i = 0; i < 4; i++)
    op_rig_in (rig, 0)->real[i] = (WhyReal)values[i];
  op_rig_run (rig);
  op_rig_assert_near (op_rig_out (rig, 0)->real, line, 3, 0);

  op_rig_ints (cube, "kernel_shape", 3, (gint64[]){ 3, 2, 2 });
  op_rig_input (cube, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 1, 3, 2, 3));
  op_rig_plan (cube);
  for (gint i = 0; i < 18; i++)
    op_rig_in (cube, 0)->real[i] = (WhyReal)i;
  op_rig_run (cube);
  op_rig_assert_shape (op_rig_out (cube, 0), &WHY_SHAPE (1, 1, 1, 1, 2));
  op_rig_assert_near (op_rig_out (cube, 0)->real, box, 2, OP_RIG_TOLERANCE);
}

/* Two equal maxima: the gradient goes to the first of them alone. */
static void
test_first_maximum_wins (void)
{
  static const gdouble expected[] = { 0, 1, 0, 0, 0, 0 };
  const WhyReal values[] = { 1, 4, 2, 4, 3, 4 }, seed[] = { 1 };
  g_autoptr (OpRig) rig = op_rig_new ("MaxPool", 12), global = op_rig_new ("GlobalMaxPool", 12);
  OpRig *rigs[] = { rig, global };

  op_rig_ints (rig, "kernel_shape", 2, (gint64[]){ 2, 3 });
  for (gint i = 0; i < 2; i++)
    {
      op_rig_input (rigs[i], WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 1, 2, 3));
      op_rig_plan (rigs[i]);
      for (gint k = 0; k < 6; k++)
        op_rig_in (rigs[i], 0)->real[k] = values[k];
      op_rig_run (rigs[i]);
      op_rig_assert_near (op_rig_backward (rigs[i], 0, seed, WHY_BACKWARD_GRADIENT), expected, 6,
                          0);
    }
}

/* The published case: x = ones, reference (1, 2, 3, 9) → 0 0 0 -8 as contributions. */
static void
test_rescale_golden (void)
{
  static const gdouble expected[] = { 0, 0, 0, 1 }; /* -8 / (1 - 9) */
  const WhyReal reference[] = { 1, 2, 3, 9 }, seed[] = { 1, 0 };
  g_autoptr (OpRig) rig = op_rig_new ("MaxPool", 12), global = op_rig_new ("GlobalMaxPool", 12);
  OpRig *rigs[] = { rig, global };

  op_rig_ints (rig, "kernel_shape", 2, (gint64[]){ 1, 4 });
  for (gint i = 0; i < 2; i++)
    {
      const WhyReal *multipliers;

      op_rig_input (rigs[i], WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 1, 1, 4));
      op_rig_plan (rigs[i]);
      for (gint k = 0; k < 4; k++)
        {
          op_rig_in (rigs[i], 0)->real[k] = 1;
          op_rig_in (rigs[i], 0)->real[4 + k] = reference[k];
        }
      op_rig_run (rigs[i]);
      multipliers = op_rig_backward (rigs[i], 0, seed, WHY_BACKWARD_RESCALE);
      op_rig_assert_near (multipliers + 1, expected + 1, 3, OP_RIG_TOLERANCE);
    }
}

static void
test_storage_order (void)
{
  g_autoptr (OpRig) rig = op_rig_new ("MaxPool", 12);

  op_rig_ints (rig, "kernel_shape", 2, (gint64[]){ 2, 3 });
  op_rig_int (rig, "storage_order", 1);
  op_rig_outputs (rig, 2);
  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 2, 2, 3));
  op_rig_plan (rig);
  op_rig_in (rig, 0)->real[5] = 1;     /* row 1, column 2 of plane 0: 2 · 2 + 1 */
  op_rig_in (rig, 0)->real[6 + 1] = 1; /* row 0, column 1 of plane 1: 6 + 1 · 2 */
  op_rig_run (rig);
  g_assert_cmpint (op_rig_out (rig, 1)->i64[0], ==, 5);
  g_assert_cmpint (op_rig_out (rig, 1)->i64[1], ==, 8);
}

static void
test_global (void)
{
  static const gchar *const ops[] = { "GlobalAveragePool", "GlobalMaxPool" };
  WhyLrp lrp = { .rule = WHY_LRP_EPSILON, .epsilon = 1e-9 };
  WhyRng rng;

  why_rng_init (&rng, 14, 0);
  for (gint i = 0; i < 2; i++)
    {
      g_autoptr (OpRig) rig = op_rig_new (ops[i], 13);
      gdouble expected[6];

      op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 3, 4, 5));
      op_rig_plan (rig);
      op_rig_randomise (rig, &rng, -1, 1);
      op_rig_run (rig);
      op_rig_assert_shape (op_rig_out (rig, 0), &WHY_SHAPE (2, 3, 1, 1));
      for (gint p = 0; p < 6; p++)
        {
          expected[p] = i == 0 ? 0 : -INFINITY;
          for (gint k = 0; k < 20; k++)
            {
              gdouble x = (gdouble)op_rig_in (rig, 0)->real[p * 20 + k];
              expected[p] = i == 0 ? expected[p] + x / 20 : MAX (expected[p], x);
            }
        }
      op_rig_assert_near (op_rig_out (rig, 0)->real, expected, 6, OP_RIG_TOLERANCE);
      if (OP_RIG_IS_DOUBLE)
        op_rig_check_gradient (rig, &rng);
      op_rig_check_rescale (rig, &rng);
      op_rig_check_relevance (rig, &rng, &lrp);
    }
}

static void
test_refuses_windows_of_padding (void)
{
  static const gchar *const ops[] = { "MaxPool", "AveragePool" };

  for (gint i = 0; i < 2; i++)
    {
      g_autoptr (OpRig) rig = op_rig_new (ops[i], 12);
      op_rig_ints (rig, "kernel_shape", 2, (gint64[]){ 2, 2 });
      op_rig_ints (rig, "pads", 4, (gint64[]){ 0, 3, 0, 0 });
      op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 1, 4, 5));
      op_rig_assert_refused (rig, WHY_ERROR_MODEL_INVALID, "padding");
    }
}

static void
test_refuses_missing_kernel (void)
{
  g_autoptr (OpRig) rig = op_rig_new ("MaxPool", 12);

  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 1, 4, 5));
  op_rig_assert_refused (rig, WHY_ERROR_MODEL_INVALID, "kernel_shape");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/pool/max/definition-and-gradient", "MaxPool", test_definition);
  g_test_add_data_func ("/pool/average/definition-and-gradient", "AveragePool", test_definition);
  g_test_add_data_func ("/pool/lp/definition-and-gradient", "LpPool", test_definition);
  g_test_add_data_func ("/pool/max/rescale", "MaxPool", test_rescale);
  g_test_add_data_func ("/pool/average/rescale", "AveragePool", test_rescale);
  g_test_add_data_func ("/pool/lp/rescale", "LpPool", test_rescale);
  g_test_add_data_func ("/pool/max/relevance-sums", "MaxPool", test_relevance_sums);
  g_test_add_data_func ("/pool/average/relevance-sums", "AveragePool", test_relevance_sums);
  g_test_add_data_func ("/pool/lp/relevance-sums", "LpPool", test_relevance_sums);
  g_test_add_func ("/pool/other-ranks", test_other_ranks);
  g_test_add_func ("/pool/first-maximum-wins", test_first_maximum_wins);
  g_test_add_func ("/pool/rescale-golden", test_rescale_golden);
  g_test_add_func ("/pool/storage-order", test_storage_order);
  g_test_add_func ("/pool/global", test_global);
  g_test_add_func ("/pool/refuses-windows-of-padding", test_refuses_windows_of_padding);
  g_test_add_func ("/pool/refuses-missing-kernel", test_refuses_missing_kernel);
  return g_test_run ();
}
