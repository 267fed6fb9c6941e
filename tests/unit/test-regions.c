/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Region callbacks: a changed rectangle changes nothing outside of the rectangle they name, and an
 * output rectangle needs nothing outside of the one they name.
 */
#include "op-rig.h"

typedef struct
{
  const gchar *op;
  gint opset;
  void (*set_up) (OpRig *rig);
} Local;

#define HEIGHT 9
#define WIDTH 7

static void
picture (OpRig *rig)
{
  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 2, HEIGHT, WIDTH));
}

static void
integers (OpRig *rig, gint n, const gdouble *values)
{
  op_rig_constant (rig, op_rig_tensor (WHY_DTYPE_INT64, &WHY_SHAPE (n), values));
}

static void
two_pictures (OpRig *rig)
{
  picture (rig);
  picture (rig);
}

static void
picture_and_channels (OpRig *rig)
{
  picture (rig);
  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 2, 1, 1));
}

static void
channels_and_picture (OpRig *rig)
{
  op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 2, 1, 1));
  picture (rig);
}

static void
concat_channels (OpRig *rig)
{
  op_rig_int (rig, "axis", 1);
  two_pictures (rig);
}

static void
concat_rows (OpRig *rig)
{
  op_rig_int (rig, "axis", -2);
  two_pictures (rig);
}

static void
pad_constant (OpRig *rig)
{
  picture (rig);
  integers (rig, 8, (const gdouble[]){ 0, 0, 2, -1, 0, 1, -3, 4 });
}

static void
pad_reflect (OpRig *rig)
{
  op_rig_string (rig, "mode", "reflect");
  picture (rig);
  integers (rig, 8, (const gdouble[]){ 0, 0, 3, 2, 0, 0, 1, 5 });
}

static void
slice_forwards (OpRig *rig)
{
  picture (rig);
  integers (rig, 2, (const gdouble[]){ 1, -4 });
  integers (rig, 2, (const gdouble[]){ 8, 100 });
  integers (rig, 2, (const gdouble[]){ 2, 3 });
  integers (rig, 2, (const gdouble[]){ 3, 1 });
}

static void
slice_backwards (OpRig *rig)
{
  picture (rig);
  integers (rig, 2, (const gdouble[]){ -1, 5 });
  integers (rig, 2, (const gdouble[]){ -100, 0 });
  integers (rig, 2, (const gdouble[]){ 2, 3 });
  integers (rig, 2, (const gdouble[]){ -2, -1 });
}

static void
resize_to (OpRig *rig, const gchar *mode, const gchar *transform, gdouble height, gdouble width)
{
  op_rig_string (rig, "mode", mode);
  op_rig_string (rig, "coordinate_transformation_mode", transform);
  picture (rig);
  op_rig_absent (rig);
  op_rig_absent (rig);
  integers (rig, 4, (const gdouble[]){ 1, 2, height, width });
}

static void
resize_nearest (OpRig *rig)
{
  resize_to (rig, "nearest", "asymmetric", 2 * HEIGHT, 3 * WIDTH);
}

static void
resize_linear (OpRig *rig)
{
  resize_to (rig, "linear", "half_pixel", 5, 13);
}

static void
resize_cubic (OpRig *rig)
{
  resize_to (rig, "cubic", "align_corners", 11, 4);
}

static const Local local[] = {
  { "Relu", 13, picture },
  { "Identity", 13, picture },
  { "Add", 13, two_pictures },
  { "Mul", 13, picture_and_channels },
  { "Mul", 13, channels_and_picture },
  { "Max", 13, two_pictures },
  { "Concat", 13, concat_channels },
  { "Concat", 13, concat_rows },
  { "Pad", 13, pad_constant },
  { "Pad", 13, pad_reflect },
  { "Slice", 13, slice_forwards },
  { "Slice", 13, slice_backwards },
  { "Resize", 13, resize_nearest },
  { "Resize", 13, resize_linear },
  { "Resize", 13, resize_cubic },
};

static gint64
rows_of (const WhyTensor *tensor)
{
  return tensor->shape.dims[tensor->shape.rank - 2];
}

static gint64
columns_of (const WhyTensor *tensor)
{
  return tensor->shape.dims[tensor->shape.rank - 1];
}

static gboolean
inside (const WhyTensor *tensor, gint64 i, WhyRegion r)
{
  gint64 x = i % columns_of (tensor), y = i / columns_of (tensor) % rows_of (tensor);

  return y >= r.y && y < r.y + r.height && x >= r.x && x < r.x + r.width;
}

static WhyRegion
random_region (const WhyTensor *tensor, WhyRng *rng)
{
  gint64 rows = rows_of (tensor), columns = columns_of (tensor);
  WhyRegion r
      = { .y = why_rng_below (rng, (guint32)rows), .x = why_rng_below (rng, (guint32)columns) };

  r.height = 1 + why_rng_below (rng, (guint32)(rows - r.y));
  r.width = 1 + why_rng_below (rng, (guint32)(columns - r.x));
  return r;
}

/* Moves the elements of an input that lie inside (or outside) of a rectangle. */
static void
disturb (WhyTensor *tensor, WhyRegion r, gboolean outside)
{
  for (gint64 i = 0; i < why_tensor_numel (tensor); i++)
    if (inside (tensor, i, r) != outside)
      tensor->real[i] += 1;
}

static OpRig *
local_rig (const Local *l, WhyRng *rng)
{
  OpRig *rig = op_rig_new (l->op, l->opset);

  l->set_up (rig);
  op_rig_plan (rig);
  op_rig_randomise (rig, rng, 1, 2);
  op_rig_run (rig);
  return rig;
}

static void
a_change_stays_inside_the_region (void)
{
  WhyRng rng;

  why_rng_init (&rng, 1, 0);
  for (guint i = 0; i < G_N_ELEMENTS (local); i++)
    for (gint trial = 0; trial < 20; trial++)
      {
        g_autoptr (OpRig) rig = local_rig (&local[i], &rng);
        g_autoptr (WhyTensor) before = why_tensor_copy (op_rig_out (rig, 0));
        WhyRegion changed = random_region (op_rig_in (rig, 0), &rng);
        WhyRegion out
            = rig->node->op->region_forward (rig->node, &rig->net->steps[0].infer, changed);

        disturb (op_rig_in (rig, 0), changed, FALSE);
        op_rig_run (rig);
        for (gint64 k = 0; k < why_tensor_numel (before); k++)
          if (!inside (before, k, out) && before->real[k] != op_rig_out (rig, 0)->real[k])
            g_error ("%s, row %u of the table: a cell outside of the region changed", local[i].op,
                     i);
      }
}

static void
nothing_outside_of_the_region_is_needed (void)
{
  WhyRng rng;

  why_rng_init (&rng, 2, 0);
  for (guint i = 0; i < G_N_ELEMENTS (local); i++)
    for (gint trial = 0; trial < 20; trial++)
      {
        g_autoptr (OpRig) rig = local_rig (&local[i], &rng);
        g_autoptr (WhyTensor) before = why_tensor_copy (op_rig_out (rig, 0));
        WhyRegion needed = random_region (before, &rng);
        WhyRegion in
            = rig->node->op->region_backward (rig->node, &rig->net->steps[0].infer, needed);

        disturb (op_rig_in (rig, 0), in, TRUE);
        op_rig_run (rig);
        for (gint64 k = 0; k < why_tensor_numel (before); k++)
          if (inside (before, k, needed) && before->real[k] != op_rig_out (rig, 0)->real[k])
            g_error ("%s, row %u of the table: a cell of the region changed", local[i].op, i);
      }
}

/* A rectangle that is always everything would pass the tests above. */
static void
local_operators_stay_local (void)
{
  const WhyRegion one = { 4, 3, 1, 1 };
  WhyRng rng;

  why_rng_init (&rng, 3, 0);
  for (guint i = 0; i < G_N_ELEMENTS (local); i++)
    {
      g_autoptr (OpRig) rig = local_rig (&local[i], &rng);
      gboolean everything = local[i].set_up == channels_and_picture
                            || local[i].set_up == picture_and_channels
                            || local[i].set_up == concat_rows || local[i].set_up == pad_reflect;
      WhyRegion out = rig->node->op->region_forward (rig->node, &rig->net->steps[0].infer, one);
      WhyTensor *y = op_rig_out (rig, 0);

      g_assert_cmpint (out.height * out.width == rows_of (y) * columns_of (y), ==, everything);
      if (!everything)
        g_assert_cmpint (out.height * out.width, <=, 36);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/regions/forward", a_change_stays_inside_the_region);
  g_test_add_func ("/regions/backward", nothing_outside_of_the_region_is_needed);
  g_test_add_func ("/regions/local", local_operators_stay_local);
  return g_test_run ();
}
