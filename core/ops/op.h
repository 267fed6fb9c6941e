/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The operator table. Adding an operator is one new file in this folder and one row in op-table.c.
 *
 * An operator's forward, backward and relevance stand together in one file. Operators see plain
 * row-major tensors (NCHW); what a kernel does inside is its own business.
 */
#pragma once

#include "graph/graph.h"
#include "kernels/parallel.h"
#include "kernels/window.h"

G_BEGIN_DECLS

/** What infer sees: one node, the types of its inputs, and constants where they are known. */
typedef struct
{
  const WhyGraph *graph; /* read only: what a gate or a pair of operators needs to see upstream */
  const WhyNode *node;
  const WhyValue *const *in; /* NULL entries: absent inputs; in[i]->constant when known */
  WhyValue *const *out;      /* infer fills dtype and shape; it may set constant (transfer full) */
} WhyInfer;

/** LRP's choices for one node. */
typedef enum
{
  WHY_LRP_EPSILON,
  WHY_LRP_GAMMA,
  WHY_LRP_ALPHA_BETA,
  WHY_LRP_Z_PLUS,
  WHY_LRP_Z_BOX,     /* z^B for the input layer: low and high are the box */
  WHY_LRP_EXCITATION,     /* marginal winning probability (Zhang 2016) */
  WHY_LRP_EXCITATION_DUAL /* the same for -W: the classifier's weights of its contrastive form */
} WhyLrpRule;

typedef struct
{
  WhyLrpRule rule;
  gdouble epsilon, gamma, alpha, beta;
  const WhyReal *low, *high; /* per input channel, for WHY_LRP_Z_BOX */
  gdouble leak; /* relevance this node absorbed (bias, epsilon, residual); the node adds to it */
} WhyLrp;

/** One node at run time. */
typedef struct
{
  const WhyNode *node;
  gpointer plan;              /* what prepare returned */
  const WhyTensor *const *in; /* NULL entries: absent inputs */
  WhyTensor *const *out;      /* allocated with the inferred shapes */
  WhyPool *pool;
  gpointer scratch; /* at least the bytes that scratch() asked for, 64-byte aligned */
  gboolean rough;   /* forward: as WhyNetOptions has it */

  /* backward, rescale, relevance: */
  const WhyReal *const *grad_out; /* per output: dY or relevance of Y; NULL when it is zero */
  WhyReal *const *grad_in; /* per input: dX, to be ADDED to (zeroed before); NULL when not wanted */
  const gboolean *fresh;   /* per input, where the operator `overwrites`: dX was not zeroed and is
                            * to be WRITTEN; NULL: none */
  WhyBackwardRule rule;
  WhyLrp *lrp;
} WhyRun;

static inline gboolean
why_run_is_fresh (const WhyRun *run, gint input)
{
  return run->fresh && run->fresh[input];
}

/** A rectangle of changed or needed cells in the two innermost axes of a value (rows, columns). */
typedef struct
{
  gint64 y, x, height, width;
} WhyRegion;

typedef enum
{
  /* How an operator without a relevance callback of its own passes relevance: */
  WHY_RELEVANCE_MOVE,   /* it only moves or copies elements: relevance moves like the gradient */
  WHY_RELEVANCE_LINEAR, /* linear in its one data input: R_x = x · J^T (R_y / (y + eps·sign y)) */
  WHY_RELEVANCE_AFFINE, /* LINEAR, each element by itself with a shift: excitation passes it whole */
  WHY_RELEVANCE_PASS,   /* elementwise activation, same shape: R_x = R_y */
  WHY_RELEVANCE_OWN     /* the relevance callback decides */
} WhyRelevance;

struct _WhyOp
{
  const gchar *name;           /* ONNX operator type; other domains: "com.microsoft.FusedConv" */
  gint since, until;           /* opset range this row reads; until 0: no end */
  gint min_inputs, max_inputs; /* max_inputs -1: any number */

  /* Shapes, types and, for shape arithmetic, constants. Must check every attribute it uses. */
  gboolean (*infer) (const WhyInfer *infer, GError **error);
  /* Optional: once per net, after inference; what it returns is WhyRun.plan. */
  gpointer (*prepare) (const WhyNode *node, const WhyInfer *infer);
  void (*unprepare) (gpointer plan);
  /* Optional: scratch bytes wanted by forward and backward. */
  gsize (*scratch) (const WhyNode *node, const WhyInfer *infer, gint threads);
  void (*forward) (const WhyRun *run);
  /* NULL: not differentiable; gradient stops here (integers, comparisons, shapes). */
  void (*backward) (const WhyRun *run);
  gboolean overwrites; /* backward heeds `fresh`: for operators whose gradients are large */
  /* Optional: DeepLIFT's finite-difference multipliers where they differ from backward. The first
   * half of the batch is x, the second the reference; see notes in docs. NULL: linear, backward. */
  void (*rescale) (const WhyRun *run);
  /* Its first input and output are pictures, [N,C,rows,columns]: maps may be read from it. */
  gboolean picture;
  WhyRelevance relevance_kind;
  void (*relevance) (const WhyRun *run); /* WHY_RELEVANCE_OWN */

  /* Optional, for attention in one node: with which weights [items, queries, keys] it sums the
   * values, or with grad_out the gradient by them; rows sum to 1. In scratch: gone with the next
   * operator that runs. grad_in: all NULL. */
  const WhyReal *(*weights) (const WhyRun *run);

  /* Optional, for operators that are local in the two innermost axes: which output cells change
   * when these input cells change, and which input cells are needed for these output cells
   * (unclipped). */
  WhyRegion (*region_forward) (const WhyNode *node, const WhyInfer *infer, WhyRegion changed);
  WhyRegion (*region_backward) (const WhyNode *node, const WhyInfer *infer, WhyRegion needed);
  /* Optional, for channels-last operators (ops/last.h; there a region's axes are 1 and 2): the
   * forward of only these output cells. */
  void (*forward_part) (const WhyRun *run, const WhyPart *part);

  /* Optional: multiply-adds of one forward; NULL counts as none. */
  guint64 (*macs) (const WhyNode *node, const WhyInfer *infer);
};

/* The row for an operator at an opset, or NULL. */
const WhyOp *why_op_lookup (const gchar *name, gint opset);
const WhyOp *const *why_op_table (gsize *n);

/* Shared by the operators (ops/common.c). */
gint why_axis (gint64 axis, gint rank); /* negative axes wrapped; -1 when out of range */
gboolean why_infer_same (const WhyInfer *infer, GError **error);      /* out[0] like in[0] */
gboolean why_infer_broadcast (const WhyInfer *infer, GError **error); /* all inputs → out[0] */
gboolean why_broadcast_shapes (const WhyShape *a, const WhyShape *b, WhyShape *out);
/* Sets a WHY_ERROR_MODEL_INVALID that names the node and operator. Returns FALSE. */
gboolean why_node_error (const WhyNode *node, GError **error, const gchar *format, ...)
    G_GNUC_PRINTF (3, 4);
gboolean why_node_unsupported (const WhyNode *node, GError **error, const gchar *format, ...)
    G_GNUC_PRINTF (3, 4);

G_END_DECLS
