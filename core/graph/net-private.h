/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of WhyNet, for the files of this folder and for tests that run graphs which are no
 * classifiers. */
#pragma once

#include "graph/graph.h"
#include "ops/op.h"

G_BEGIN_DECLS

/** One node as it will be run. */
typedef struct
{
  WhyNode *node;
  const WhyValue **infer_in; /* what WhyInfer points at, kept for region callbacks and scratch */
  WhyValue **infer_out;
  WhyInfer infer;
  gpointer plan;
  const WhyTensor **in; /* bound at planning: tensors never move */
  WhyTensor **out;
  gint n_in, n_out;
} WhyStep;

/** Buffers that gradients borrow and give back; sizes repeat from layer to layer. */
typedef struct
{
  GPtrArray *idle; /* WhyBuffer* */
  GPtrArray *all;
  guint64 bytes;
} WhyBufferPool;

struct _WhyNet
{
  WhyModel *model; /* NULL for bare graphs */
  const WhyNet *owner; /* of graph, program and plan, where this net only has memory of its own */
  WhyGraph *graph;   /* own copy, shapes known: what people name values by */
  WhyGraph *program; /* what is run: graph itself or, after why_graph_lay_out(), its rewrite */
  WhyValueId *twin;  /* per value of graph: its channels-last twin where only that is computed */
  WhyReal **plain_values;    /* per value of graph: plain copy of a twin's data, made when asked for */
  WhyReal **plain_gradients; /* the same for gradients */
  WhyNet *plain;     /* planned at first use: what the program cannot tell */
  guint64 run, plain_run; /* which input net and plain last saw; run counts the forward runs */
  gboolean current;       /* the values are those of the input tensor */
  WhyNetOptions options;
  WhyShape input_shape; /* [N,C,H,W] */
  gint n_classes;
  WhyPool *pool;
  WhyValueId logits;
  WhyValueId *alias;   /* per value: the value that took its place by folding, or itself */
  WhyTensor **tensors; /* per value of program: constant or activation; NULL when nothing makes it */
  WhyStep *steps;
  gint n_steps;
  gpointer scratch;
  gchar *arena; /* what tensors share when the net forgets; NULL: each has its own memory */
  guint64 activation_bytes;
  WhyBufferPool *buffers;
  WhyReal **results;       /* per value: gradient kept for the caller until the next run */
  WhyReal *input_gradient; /* [N,C,H,W] of an NHWC graph */
};

/* Infers shapes and types in node order, folds every node whose inputs are constant, checks the
 * budget. Node order must be topological. */
gboolean why_graph_infer (WhyGraph *graph, GError **error);
/* Folds BatchNormalization into the Conv before it where nothing else reads between; alias[] gets
 * the value that stands for the vanished one. */
void why_graph_fold_batchnorm (WhyGraph *graph, WhyValueId *alias);
/* Multiplies the filters that folding left as they are, but for channels-last convolutions, which
 * do so when they pack them. */
void why_graph_scale_filters (WhyGraph *graph, WhyPool *pool);

/* Makes one node of several; the values between vanish. Prunes. */
void why_graph_fuse (WhyGraph *graph);

/* Rewrites a folded, pruned graph so that convolutions run channels-last with what follows them
 * fused. twin: one entry a value, see WhyNet. */
void why_graph_lay_out (WhyGraph *graph, const WhyNetOptions *options, WhyValueId *twin);

/* A net over any sorted graph whose inputs have types and shapes. (transfer full graph) */
WhyNet *why_net_new_graph (WhyGraph *graph, const WhyNetOptions *options, GError **error);
/* Another net's plan with memory of its own, for another thread: both may run forward at once, when
 * net has done so before (plans are completed by the first run). One thread. To be freed before
 * net. */
WhyNet *why_net_new_beside (const WhyNet *net, GError **error);
const WhyGraph *why_net_get_graph (WhyNet *net);
/* The run-time tensor of an input, to be written before why_net_run(). (transfer none) */
WhyTensor *why_net_get_tensor (WhyNet *net, WhyValueId id);
gboolean why_net_run (WhyNet *net, GError **error);
/* Runs what depends on a value of the program whose tensor was written to, and nothing else: the
 * logits. Gradients can be asked for, at that value or behind it. */
const WhyReal *why_net_run_after (WhyNet *net, WhyValueId from);
/* Copies [N,C,H,W] to where the net reads it; returns whether it is another one than before. */
gboolean why_net_set_input (WhyNet *net, const WhyReal *input);

/* Chooses LRP's rule for a node; order: 0 for the node nearest the input among those that have a
 * relevance callback of their own. */
typedef void (*WhyLrpChoose) (const WhyNode *node, gint order, WhyLrp *lrp, gpointer user_data);
/* Relevance of value `from` (seed: its shape) at values `to`; leak: what nodes absorbed. */
gboolean why_net_relevance (WhyNet *net, WhyValueId from, const WhyReal *seed, const WhyValueId *to,
                            gint n_to, WhyLrpChoose choose, gpointer user_data,
                            const WhyReal **results, gdouble *leak, GError **error);

/* What the attention node's op->weights gives for the values of the last run; gradient: of the
 * node's output, or NULL for the weights themselves. net: a plain one. (transfer none) */
const WhyReal *why_net_get_weights (WhyNet *net, gint node, const WhyReal *gradient);

/* Whether the program computes a value, plain or as a twin. */
gboolean why_net_has_value (const WhyNet *net, WhyValueId id);
/* A net that computes every value as written and has seen the same input. */
WhyNet *why_net_get_plain (WhyNet *net, GError **error);
/* [N,h,w,K] → [N,K,h,w] and back; shape: the plain one. */
void why_twin_to_plain (const WhyShape *shape, const WhyReal *twin, WhyReal *plain);
void why_plain_to_twin (const WhyShape *shape, const WhyReal *plain, WhyReal *twin);

WhyBufferPool *why_buffer_pool_new (void);
void why_buffer_pool_free (WhyBufferPool *pool);
WhyReal *why_buffer_pool_take (WhyBufferPool *pool, gint64 numel); /* zero-filled */
WhyReal *why_buffer_pool_take_bare (WhyBufferPool *pool, gint64 numel); /* as it comes */
void why_buffer_pool_give (WhyBufferPool *pool, WhyReal *data);

G_END_DECLS
