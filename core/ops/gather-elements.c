/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GatherElements: element i of the output is input 0 at the same place, except that the index along
 * `axis` is element i of input 1.
 */
#include "ops/arguments.h"
#include "ops/loop.h"

#include <glib/gi18n-lib.h>

static gboolean
gather_elements_infer (const WhyInfer *infer, GError **error)
{
  const WhyShape *in = &infer->in[0]->shape, *index = &infer->in[1]->shape;
  gboolean fits = in->rank == index->rank;
  gint axis;

  if (!why_infer_axis (infer, 0, in->rank, &axis, error))
    return FALSE;
  for (gint i = 0; fits && i < in->rank; i++)
    fits = i == axis ? in->dims[i] > 0 : index->dims[i] <= in->dims[i];
  if (!fits)
    return why_node_error (infer->node, error, _ ("its indices reach outside of the tensor"));
  infer->out[0]->dtype = infer->in[0]->dtype;
  infer->out[0]->shape = *index;
  return TRUE;
}

typedef struct
{
  const WhyRun *run;
  gint64 axis_stride, extent;
  gboolean backward;
} GatherCall;

enum
{
  GATHER_OUT, /* also the indices */
  GATHER_IN   /* without the part along the axis */
};

static void
gather_row (gpointer data, const gint64 *offset, const gint64 *stride, gint64 n)
{
  const GatherCall *c = data;
  const WhyRun *run = c->run;

  for (gint64 i = 0; i < n; i++)
    {
      gint64 out = offset[GATHER_OUT] + i * stride[GATHER_OUT];
      gint64 in = offset[GATHER_IN] + i * stride[GATHER_IN];
      gint64 index = why_tensor_get_int (run->in[1], out);

      if (index < 0)
        index += c->extent;
      in += CLAMP (index, 0, c->extent - 1) * c->axis_stride; /* the file is not trusted */
      if (c->backward)
        run->grad_in[0][in] += run->grad_out[0][out];
      else if (run->in[0]->dtype == WHY_DTYPE_INT64)
        run->out[0]->i64[out] = run->in[0]->i64[in];
      else
        run->out[0]->real[out] = run->in[0]->real[in];
    }
}

static void
gather_elements_run (const WhyRun *run, gboolean backward)
{
  const WhyShape *in = &run->in[0]->shape;
  gint axis = why_axis (why_node_int (run->node, "axis", 0), in->rank);
  gint64 stride[WHY_MAX_RANK];
  GatherCall call = { .run = run, .backward = backward, .extent = in->dims[axis] };
  WhyLoop loop;

  why_shape_strides (in, stride);
  call.axis_stride = stride[axis];
  why_loop_init (&loop, &run->out[0]->shape, 2);
  why_loop_dense (&loop, GATHER_OUT);
  for (gint i = 0; i < in->rank; i++)
    loop.stride[GATHER_IN][i] = i == axis ? 0 : stride[i];
  why_loop_run (&loop, run->pool, backward ? GATHER_IN : GATHER_OUT, gather_row, &call);
}

static void
gather_elements_forward (const WhyRun *run)
{
  gather_elements_run (run, FALSE);
}

static void
gather_elements_backward (const WhyRun *run)
{
  if (run->grad_out[0] && run->grad_in[0])
    gather_elements_run (run, TRUE);
}

const WhyOp why_op_gather_elements = { .name = "GatherElements",
                                       .since = 11,
                                       .min_inputs = 2,
                                       .max_inputs = 2,
                                       .infer = gather_elements_infer,
                                       .forward = gather_elements_forward,
                                       .backward = gather_elements_backward,
                                       .relevance_kind = WHY_RELEVANCE_MOVE };
