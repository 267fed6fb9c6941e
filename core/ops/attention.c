/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attention: Y = softmax (scale · Q K' + mask) V, for many heads (1706.03762) with as many or fewer
 * key heads (2305.13245), without a cache of past keys, which image classifiers do not have.
 */
#include "kernels/gemm.h"
#include "ops/check.h"
#include "ops/elementwise.h"
#include "ops/linear.h"
#include "ops/loop.h"
#include "ops/softmax-common.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>
#include <tgmath.h>

enum
{
  Q,
  K,
  V,
  MASK,
  PAST_KEY,
  PAST_VALUE
};

/** Where each (picture, head) of a tensor starts and how far apart its rows are. */
typedef struct
{
  gint64 *at;
  gint64 ld;
} View;

typedef struct
{
  gint64 batch, heads, key_heads;
  gint64 queries, keys;      /* tokens */
  gint64 width, value_width; /* of a head of Q and K, and of V */
  gint64 items;              /* batch · heads */
  WhyReal scale, softcap;
  gboolean causal;
  gboolean shared_keys; /* several heads read one key head */
  WhyLoop mask;         /* operands: scores, mask */
  View q, k, v, y, scores;
} Plan;

/* ---- reading ---------------------------------------------------------------------------- */

static gboolean
read_heads (const WhyInfer *infer, Plan *p, GError **error)
{
  static const gchar *const names[] = { "Q", "K", "V" };
  const WhyNode *node = infer->node;
  gint rank;

  for (gint i = Q; i <= V; i++)
    if (!why_check_input (infer, i, names[i], 3, 4, error))
      return FALSE;
  rank = infer->in[Q]->shape.rank;
  if (infer->in[K]->shape.rank != rank || infer->in[V]->shape.rank != rank)
    return why_node_error (node, error, _ ("Q, K and V differ in their number of axes"));
  if (!why_check_int (node, "q_num_heads", 1, G_MAXINT32, error)
      || !why_check_int (node, "kv_num_heads", 1, G_MAXINT32, error))
    return FALSE;
  p->heads = rank == 4 ? infer->in[Q]->shape.dims[1] : why_node_int (node, "q_num_heads", 0);
  p->key_heads = rank == 4 ? infer->in[K]->shape.dims[1] : why_node_int (node, "kv_num_heads", 0);
  if (p->heads < 1 || p->key_heads < 1)
    return why_node_error (node, error, _ ("q_num_heads and kv_num_heads are missing"));
  if (p->heads % p->key_heads != 0)
    return why_node_error (node, error,
                           _ ("%" PRId64 " query heads do not divide among %" PRId64 " key heads"),
                           p->heads, p->key_heads);
  return TRUE;
}

/* Tokens and width of a head of input i. */
static gboolean
read_tokens (const WhyInfer *infer, gint i, gint64 heads, gint64 *tokens, gint64 *width,
             GError **error)
{
  const WhyShape *shape = &infer->in[i]->shape;

  *tokens = shape->dims[shape->rank - 2];
  *width = shape->dims[shape->rank - 1] / (shape->rank == 4 ? 1 : heads);
  if (shape->dims[0] != infer->in[Q]->shape.dims[0]
      || (shape->rank == 4 ? shape->dims[1] != heads : *width * heads != shape->dims[2]))
    {
      g_autofree gchar *text = why_shape_to_string (shape);
      return why_node_error (infer->node, error,
                             _ ("shape %s does not hold %" PRId64 " heads of this batch"), text,
                             heads);
    }
  return TRUE;
}

static gboolean
read_mask (const WhyInfer *infer, Plan *p, GError **error)
{
  WhyShape scores = WHY_SHAPE (p->batch, p->heads, p->queries, p->keys);

  if (!why_check_broadcasts (infer, MASK, "attn_mask", &scores, error))
    return FALSE;
  why_loop_init (&p->mask, &scores, 2);
  why_loop_dense (&p->mask, 0);
  if (why_has_input (infer, MASK))
    why_loop_broadcast (&p->mask, 1, &infer->in[MASK]->shape);
  return TRUE;
}

static gboolean
refuse_extras (const WhyInfer *infer, const Plan *p, GError **error)
{
  const WhyNode *node = infer->node;

  if (why_has_input (infer, PAST_KEY) || why_has_input (infer, PAST_VALUE))
    return why_node_unsupported (node, error, _ ("past keys and values"));
  for (gint i = 1; i < node->n_outputs; i++)
    if (node->outputs[i] != WHY_VALUE_NONE)
      return why_node_unsupported (node, error, _ ("outputs other than Y"));
  /* Versions of the standard differ in which of the two comes first. */
  if (p->softcap != 0 && (p->causal || why_has_input (infer, MASK)))
    return why_node_unsupported (node, error, _ ("softcap together with a mask"));
  return TRUE;
}

static gboolean
attention_read (const WhyInfer *infer, Plan *p, GError **error)
{
  const WhyNode *node = infer->node;
  gint64 value_tokens, key_width;

  *p = (Plan){ 0 };
  if (!read_heads (infer, p, error)
      || !read_tokens (infer, Q, p->heads, &p->queries, &p->width, error)
      || !read_tokens (infer, K, p->key_heads, &p->keys, &key_width, error)
      || !read_tokens (infer, V, p->key_heads, &value_tokens, &p->value_width, error)
      || !why_check_int (node, "is_causal", 0, 1, error))
    return FALSE;
  if (key_width != p->width || value_tokens != p->keys)
    return why_node_error (node, error, _ ("queries, keys and values do not fit together"));
  p->batch = infer->in[Q]->shape.dims[0];
  p->items = p->batch * p->heads;
  p->shared_keys = p->heads != p->key_heads;
  p->causal = why_node_int (node, "is_causal", 0) != 0;
  p->scale = (WhyReal)why_node_float (node, "scale", 1 / sqrt ((gdouble)MAX (p->width, 1)));
  p->softcap = (WhyReal)why_node_float (node, "softcap", 0);
  return read_mask (infer, p, error) && refuse_extras (infer, p, error);
}

static gboolean
attention_infer (const WhyInfer *infer, GError **error)
{
  Plan plan;
  WhyShape shape;

  if (!attention_read (infer, &plan, error))
    return FALSE;
  shape = infer->in[Q]->shape;
  shape.dims[shape.rank - 1] = plan.value_width * (shape.rank == 4 ? 1 : plan.heads);
  why_set_output (infer, &shape);
  return TRUE;
}

/* [batch, heads, tokens, width], or [batch, tokens, heads · width]. */
static View
make_view (const Plan *p, gint rank, gint64 heads, gint64 tokens, gint64 width)
{
  View view = { g_new (gint64, MAX (p->items, 1)), rank == 4 ? width : heads * width };

  for (gint64 i = 0; i < p->items; i++)
    {
      gint64 head = i % p->heads / (p->heads / heads);
      view.at[i]
          = i / p->heads * heads * tokens * width + head * (rank == 4 ? tokens * width : width);
    }
  return view;
}

static gpointer
attention_prepare (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer)
{
  Plan *p = g_new (Plan, 1);
  gint rank = infer->in[Q]->shape.rank;

  attention_read (infer, p, NULL);
  p->q = make_view (p, rank, p->heads, p->queries, p->width);
  p->k = make_view (p, rank, p->key_heads, p->keys, p->width);
  p->v = make_view (p, rank, p->key_heads, p->keys, p->value_width);
  p->y = make_view (p, rank, p->heads, p->queries, p->value_width);
  p->scores = make_view (p, 4, p->heads, p->queries, p->keys);
  return p;
}

static void
attention_unprepare (gpointer data)
{
  Plan *p = data;

  g_free (p->q.at);
  g_free (p->k.at);
  g_free (p->v.at);
  g_free (p->y.at);
  g_free (p->scores.at);
  g_free (p);
}

/* ---- products --------------------------------------------------------------------------- */

/** The four arrays of scores that scratch holds: raw, after softmax, and the gradients of both. */
typedef struct
{
  gint64 n;
  WhyReal *raw, *weight, *raw_gradient, *weight_gradient;
} Scores;

static Scores
scores_of (const WhyRun *run)
{
  const Plan *p = run->plan;
  WhyReal *scratch = run->scratch;
  gint64 n = p->items * p->queries * p->keys;

  return (Scores){ n, scratch, scratch + n, scratch + 2 * n, scratch + 3 * n };
}

static gsize
attention_scratch (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer,
                   G_GNUC_UNUSED gint threads)
{
  Plan p;

  attention_read (infer, &p, NULL);
  return (gsize)(4 * p.items * p.queries * p.keys) * sizeof (WhyReal);
}

static void
clear (WhyReal *x, gint64 n)
{
  memset (x, 0, (gsize)n * sizeof (WhyReal));
}

/* scores += alpha · a · b' for rows of queries and rows of keys */
static void
add_scores (const Plan *p, WhyReal alpha, const WhyReal *a, const View *va, const WhyReal *b,
            const View *vb, gint64 width, WhyReal *scores, WhyPool *pool)
{
  WhyGemm gemm = { .transpose_b = TRUE,
                   .rows = p->queries,
                   .columns = p->keys,
                   .inner = width,
                   .lda = va->ld,
                   .ldb = vb->ld,
                   .ldc = p->keys,
                   .alpha = alpha,
                   .batch = p->items,
                   .a_at = va->at,
                   .b_at = vb->at,
                   .c_at = p->scores.at };
  why_gemm_run (&gemm, a, b, scores, pool);
}

/* rows of queries += alpha · scores · rows of keys */
static void
add_queries (const Plan *p, WhyReal alpha, const WhyReal *scores, const WhyReal *b, const View *vb,
             gint64 width, WhyReal *c, const View *vc, WhyPool *pool)
{
  WhyGemm gemm = { .rows = p->queries,
                   .columns = width,
                   .inner = p->keys,
                   .lda = p->keys,
                   .ldb = vb->ld,
                   .ldc = vc->ld,
                   .alpha = alpha,
                   .batch = p->items,
                   .a_at = p->scores.at,
                   .b_at = vb->at,
                   .c_at = vc->at };
  why_gemm_run (&gemm, scores, b, c, pool);
}

/* rows of keys += alpha · scores' · rows of queries */
static void
add_keys (const Plan *p, WhyReal alpha, const WhyReal *scores, const WhyReal *b, const View *vb,
          gint64 width, WhyReal *c, const View *vc, WhyPool *pool)
{
  WhyGemm gemm = { .transpose_a = TRUE,
                   .rows = p->keys,
                   .columns = width,
                   .inner = p->queries,
                   .lda = p->keys,
                   .ldb = vb->ld,
                   .ldc = vc->ld,
                   .alpha = alpha,
                   .batch = p->items,
                   .a_at = p->scores.at,
                   .b_at = vb->at,
                   .c_at = vc->at,
                   .shared_c = p->shared_keys };
  why_gemm_run (&gemm, scores, b, c, pool);
}

/* ---- scores ----------------------------------------------------------------------------- */

typedef struct
{
  const WhyReal *mask;
  gboolean truth; /* the mask says which scores take part; else it is added */
  WhyReal *scores;
} MaskJob;

static void
mask_row (gpointer data, const gint64 *offset, const gint64 *stride, gint64 n)
{
  const MaskJob *job = data;

  for (gint64 i = 0; i < n; i++)
    {
      WhyReal mask = job->mask[offset[1] + i * stride[1]];
      WhyReal *score = &job->scores[offset[0] + i * stride[0]];

      if (!job->truth)
        *score += mask;
      else if (mask == 0)
        *score = (WhyReal)-INFINITY;
    }
}

static void
apply_masks (const WhyRun *run, WhyReal *scores)
{
  const Plan *p = run->plan;

  if (why_run_in (run, MASK) != NULL)
    {
      MaskJob job = { run->in[MASK]->real, run->in[MASK]->dtype == WHY_DTYPE_BOOL, scores };
      why_loop_run (&p->mask, run->pool, 0, mask_row, &job);
    }
  for (gint64 row = 0; p->causal && row < p->items * p->queries; row++)
    for (gint64 k = row % p->queries + 1; k < p->keys; k++)
      scores[row * p->keys + k] = (WhyReal)-INFINITY;
}

static WhyVectors
score_vectors (const Plan *p)
{
  return (WhyVectors){ p->items * p->queries, p->keys, 1 };
}

/* Fills raw (after masks and cap) and weight. */
static void
compute_scores (const WhyRun *run, Scores *s)
{
  const Plan *p = run->plan;
  WhyVectors vectors = score_vectors (p);

  clear (s->raw, s->n);
  add_scores (p, p->scale, run->in[Q]->real, &p->q, run->in[K]->real, &p->k, p->width, s->raw,
              run->pool);
  apply_masks (run, s->raw);
  for (gint64 i = 0; p->softcap != 0 && i < s->n; i++)
    s->raw[i] = p->softcap * tanh (s->raw[i] / p->softcap);
  why_softmax_forward (&vectors, FALSE, s->raw, s->weight, run->pool);
}

/* ---- callbacks -------------------------------------------------------------------------- */

static void
attention_forward (const WhyRun *run)
{
  const Plan *p = run->plan;
  Scores s = scores_of (run);

  compute_scores (run, &s);
  clear (run->out[0]->real, why_tensor_numel (run->out[0]));
  add_queries (p, 1, s.weight, run->in[V]->real, &p->v, p->value_width, run->out[0]->real, &p->y,
               run->pool);
}

/* What both kinds of backward do with Q, K, V and weights that may be midpoints. */
static void
pull_values (const WhyRun *run, const Scores *s, const WhyReal *weight, const WhyReal *v)
{
  const Plan *p = run->plan;
  const WhyReal *gy = run->grad_out[0];

  clear (s->weight_gradient, s->n);
  clear (s->raw_gradient, s->n);
  add_scores (p, 1, gy, &p->y, v, &p->v, p->value_width, s->weight_gradient, run->pool);
  if (run->grad_in[V] != NULL)
    add_keys (p, 1, weight, gy, &p->y, p->value_width, run->grad_in[V], &p->v, run->pool);
}

static void
pull_scores (const WhyRun *run, const Scores *s, const WhyReal *q, const WhyReal *k)
{
  const Plan *p = run->plan;

  if (run->grad_in[Q] != NULL)
    add_queries (p, p->scale, s->raw_gradient, k, &p->k, p->width, run->grad_in[Q], &p->q,
                 run->pool);
  if (run->grad_in[K] != NULL)
    add_keys (p, p->scale, s->raw_gradient, q, &p->q, p->width, run->grad_in[K], &p->k, run->pool);
}

/* The mask is taken as given: it gets no gradient. */
static void
attention_backward (const WhyRun *run)
{
  const Plan *p = run->plan;
  WhyVectors vectors = score_vectors (p);
  Scores s = scores_of (run);

  compute_scores (run, &s);
  pull_values (run, &s, s.weight, run->in[V]->real);
  why_softmax_backward (&vectors, FALSE, s.weight, s.weight_gradient, s.raw_gradient, run->pool);
  for (gint64 i = 0; p->softcap != 0 && i < s.n; i++)
    s.raw_gradient[i] *= 1 - pow (s.raw[i] / p->softcap, 2);
  pull_scores (run, &s, run->in[Q]->real, run->in[K]->real);
}

static const WhyReal *
attention_weights (const WhyRun *run)
{
  Scores s = scores_of (run);

  compute_scores (run, &s);
  if (run->grad_out == NULL)
    return s.weight;
  pull_values (run, &s, s.weight, run->in[V]->real);
  return s.weight_gradient;
}

/* Both halves replaced by their mean, in place. */
static void
meet (WhyReal *x, gint64 n)
{
  for (gint64 i = 0; i < n / 2; i++)
    x[i] = x[n / 2 + i] = (x[i] + x[n / 2 + i]) / 2;
}

static WhyReal *
midpoint_of (const WhyTensor *x)
{
  gint64 n = why_tensor_numel (x);
  WhyReal *mean = g_memdup2 (x->real, (gsize)n * sizeof (WhyReal));

  meet (mean, n);
  return mean;
}

/* Multipliers through cap · tanh (u / cap), from the capped values alone. */
static void
rescale_cap (const Plan *p, const Scores *s)
{
  for (gint64 i = 0; p->softcap != 0 && i < s->n / 2; i++)
    {
      WhyReal a = s->raw[i], b = s->raw[s->n / 2 + i];
      WhyReal du = p->softcap * (atanh (a / p->softcap) - atanh (b / p->softcap));

      s->raw_gradient[i]
          *= a == b || fabs (du) < WHY_RESCALE_TINY ? 1 - pow (a / p->softcap, 2) : (a - b) / du;
    }
}

/* Products by the midpoint rule, softmax and cap by their finite differences. */
static void
attention_rescale (const WhyRun *run)
{
  const Plan *p = run->plan;
  WhyVectors vectors = score_vectors (p);
  Scores s = scores_of (run);
  g_autofree WhyReal *q = midpoint_of (run->in[Q]), *k = midpoint_of (run->in[K]);
  g_autofree WhyReal *v = midpoint_of (run->in[V]);

  compute_scores (run, &s);
  meet (s.weight, s.n);
  pull_values (run, &s, s.weight, v);
  why_softmax_rescale (&vectors, FALSE, s.raw, s.weight_gradient, s.raw_gradient);
  rescale_cap (p, &s);
  pull_scores (run, &s, q, k);
}

/* r / 2z in place of r, by epsilon. */
static void
halve_ratios (const WhyRun *run, const WhyReal *r, const WhyReal *z, gint64 n, WhyReal *ratio)
{
  for (gint64 i = 0; i < n; i++)
    ratio[i] = isinf (z[i]) ? 0 : why_stable_ratio (r[i], 2 * z[i], run->lrp->epsilon);
}

/* Turns gradients of input i, which start at 0, into relevance: R_x = x · gradient. */
static void
times_input (const WhyRun *run, gint i, const WhyReal *gradient, WhyReal *relevance)
{
  for (gint64 k = 0; relevance != NULL && k < why_tensor_numel (run->in[i]); k++)
    {
      WhyReal share = run->in[i]->real[k] * gradient[k];
      relevance[k] += share;
      run->lrp->leak -= share;
    }
}

/* AttnLRP (2402.05602): both products give each factor half of every share, softmax passes by its
 * Taylor expansion; the cap passes unchanged, a mask's share stays with it. */
static void
attention_relevance (const WhyRun *run)
{
  const Plan *p = run->plan;
  WhyVectors vectors = score_vectors (p);
  Scores s = scores_of (run);
  gint64 n_y = why_tensor_numel (run->out[0]);
  g_autofree WhyReal *ratio = g_new (WhyReal, n_y);
  WhyReal *gradients[3];
  const WhyReal *grad_out[] = { ratio };
  WhyRun inner = *run;

  for (gint i = Q; i <= V; i++)
    gradients[i] = run->grad_in[i] ? g_new0 (WhyReal, why_tensor_numel (run->in[i])) : NULL;
  inner.grad_out = grad_out;
  inner.grad_in = gradients;
  compute_scores (run, &s);
  halve_ratios (run, run->grad_out[0], run->out[0]->real, n_y, ratio);
  pull_values (&inner, &s, s.weight, run->in[V]->real);
  for (gint64 i = 0; i < s.n; i++)
    s.weight_gradient[i] *= s.weight[i];
  why_softmax_relevance (&vectors, s.raw, s.weight, s.weight_gradient, s.raw_gradient);
  halve_ratios (run, s.raw_gradient, s.raw, s.n, s.raw_gradient);
  pull_scores (&inner, &s, run->in[Q]->real, run->in[K]->real);
  run->lrp->leak += why_sum (run->grad_out[0], n_y);
  for (gint i = Q; i <= V; i++)
    {
      times_input (run, i, gradients[i], run->grad_in[i]);
      g_free (gradients[i]);
    }
}

static guint64
attention_macs (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer)
{
  Plan p;

  attention_read (infer, &p, NULL);
  return (guint64)(p.items * p.queries * p.keys * (p.width + p.value_width));
}

const WhyOp why_op_attention = {
  .name = "Attention",
  .since = 23,
  .min_inputs = 3,
  .max_inputs = 6,
  .infer = attention_infer,
  .prepare = attention_prepare,
  .unprepare = attention_unprepare,
  .scratch = attention_scratch,
  .forward = attention_forward,
  .backward = attention_backward,
  .rescale = attention_rescale,
  .relevance_kind = WHY_RELEVANCE_OWN,
  .relevance = attention_relevance,
  .weights = attention_weights,
  .macs = attention_macs,
};
