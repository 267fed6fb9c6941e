/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A graph of one node: made from an operator's name, attributes and inputs, run forwards and
 * backwards by the real executor, and checked against finite differences and exact sums.
 *
 *   g_autoptr (OpRig) rig = op_rig_new ("Conv", 13);
 *   op_rig_ints (rig, "strides", 2, (gint64[]){ 2, 1 });
 *   op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 3, 7, 5));
 *   op_rig_constant (rig, weights);
 *   op_rig_plan (rig);
 *   op_rig_randomise (rig, &rng, -1, 1);
 *   op_rig_check_gradient (rig, &rng);
 */
#pragma once

#include "graph/net-private.h"
#include "whylayer/rng.h"

G_BEGIN_DECLS

/* Of the largest value compared. */
#ifdef WHY_REAL_DOUBLE
#  define OP_RIG_IS_DOUBLE TRUE
#  define OP_RIG_TOLERANCE 1e-10
#else
#  define OP_RIG_IS_DOUBLE FALSE
#  define OP_RIG_TOLERANCE 1e-5
#endif

typedef struct
{
  WhyGraph *graph; /* given to net by planning */
  WhyNode *node;   /* of net, once it is planned */
  GArray *attrs;   /* WhyAttr */
  WhyNet *net;
  gint n_outputs;
  GArray *inputs; /* WhyValueId, WHY_VALUE_NONE where absent */
  gint n_free;    /* inputs that can take a gradient: not constant, floating or 8-bit */
  WhyValueId *free_inputs;
  WhyValueId *outputs;
  gchar *op;
} OpRig;

OpRig *op_rig_new (const gchar *op, gint opset);
void op_rig_free (OpRig *rig);

/* Attributes, outputs (1 unless set) and inputs, in order; all before op_rig_plan(). */
void op_rig_int (OpRig *rig, const gchar *name, gint64 value);
void op_rig_float (OpRig *rig, const gchar *name, gdouble value);
void op_rig_string (OpRig *rig, const gchar *name, const gchar *value);
void op_rig_ints (OpRig *rig, const gchar *name, gint n, const gint64 *values);
void op_rig_floats (OpRig *rig, const gchar *name, gint n, const gdouble *values);
void op_rig_outputs (OpRig *rig, gint n);
void op_rig_input (OpRig *rig, WhyDType dtype, const WhyShape *shape);
void op_rig_constant (OpRig *rig, WhyTensor *tensor); /* (transfer full) */
void op_rig_absent (OpRig *rig);

/* Infers, plans and binds. Fails the test, or returns the error. Inputs are zeros after
 * op_rig_plan(). */
void op_rig_plan (OpRig *rig);
gboolean op_rig_try_plan (OpRig *rig, GError **error);
/* Planning fails with this code, and the message names the operator and contains text. */
void op_rig_assert_refused (OpRig *rig, WhyError code, const gchar *text);

/* Tensors of input and output i: write the inputs, then run. (transfer none) */
WhyTensor *op_rig_in (OpRig *rig, gint i);
WhyTensor *op_rig_out (OpRig *rig, gint i);
/* Fills all inputs that are not constant; whole numbers where the type is an integer. */
void op_rig_randomise (OpRig *rig, WhyRng *rng, gdouble low, gdouble high);
void op_rig_run (OpRig *rig);
/* Gradients (multipliers, relevance) of input i for a seed of output 0's shape; valid until the
 * next call. */
const WhyReal *op_rig_backward (OpRig *rig, gint i, const WhyReal *seed, WhyBackwardRule rule);
const WhyReal *op_rig_relevance (OpRig *rig, gint i, const WhyReal *seed, const WhyLrp *lrp,
                                 gdouble *leak);

/* Every free input's gradient of a random combination of output 0 against central differences;
 * only where OP_RIG_IS_DOUBLE, in float they say nothing. */
void op_rig_check_gradient (OpRig *rig, WhyRng *rng);
/* DeepLIFT: over the free inputs, Σ multipliers · Δx = Σ seed · Δy for every item of the batch. */
void op_rig_check_rescale (OpRig *rig, WhyRng *rng);
/* Relevance of the free inputs and leak sum to the relevance of the output; returns the leak. */
gdouble op_rig_check_relevance (OpRig *rig, WhyRng *rng, const WhyLrp *lrp);

/* A constant with these elements, or with random ones. (transfer full) */
WhyTensor *op_rig_tensor (WhyDType dtype, const WhyShape *shape, const gdouble *values);
WhyTensor *op_rig_random_tensor (const WhyShape *shape, WhyRng *rng, gdouble low, gdouble high);
/* Elements within tolerance times the largest expected magnitude. */
void op_rig_assert_near (const WhyReal *got, const gdouble *expected, gint64 n, gdouble tolerance);
void op_rig_assert_shape (const WhyTensor *tensor, const WhyShape *shape);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OpRig, op_rig_free)

G_END_DECLS
