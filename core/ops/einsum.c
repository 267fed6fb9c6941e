/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Einsum: products of one or two operands summed over the labels that the output leaves out. What
 * is a matrix product goes to GEMM where it lies; the rest is a nest of loops.
 */
#include "kernels/gemm.h"
#include "ops/check.h"
#include "ops/linear.h"
#include "ops/loop.h"
#include "ops/midpoint.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MAX_LABELS WHY_LOOP_RANK
#define ELLIPSIS_LABEL 128 /* axes under an ellipsis are labels 128, 129 … from the last one on */

enum
{
  Y,
  A,
  B,
  OPERANDS
};

/** Labels of an operand's axes: characters, or ELLIPSIS_LABEL + n. */
typedef struct
{
  gint n;
  guchar label[WHY_MAX_RANK];
} Term;

typedef struct
{
  gint operands; /* 1 or 2 inputs */
  Term terms[OPERANDS];
  gint n; /* labels: the output's first */
  guchar label[MAX_LABELS];
  gint64 extent[MAX_LABELS];
  gint64 stride[OPERANDS][MAX_LABELS]; /* 0: the operand does not have the label */
  gboolean both;                       /* two inputs and neither is a constant */
  gint data;                           /* else the input that is not */
} Plan;

/* ---- the equation ----------------------------------------------------------------------- */

static gint
find_label (const Plan *plan, guchar label)
{
  for (gint i = 0; i < plan->n; i++)
    if (plan->label[i] == label)
      return i;
  return -1;
}

/* Reads labels up to an end character; an ellipsis stands for as many axes as are left over (rank
 * -1: as many as `ellipsis` says). */
static gboolean
read_term (const WhyNode *node, const gchar **text, gint rank, gint ellipsis, Term *term,
           GError **error)
{
  gint letters = 0;

  for (const gchar *c = *text; *c != '\0' && *c != ',' && *c != '-'; c++)
    letters += g_ascii_isalpha (*c);
  if (rank >= 0)
    ellipsis = rank - letters;
  term->n = 0;
  for (; **text != '\0' && **text != ',' && **text != '-'; (*text)++)
    {
      gboolean dots = g_str_has_prefix (*text, "...");

      if (**text == ' ')
        continue;
      if (!dots && !g_ascii_isalpha (**text))
        return why_node_error (node, error, _ ("'%c' has no meaning in an equation"), **text);
      for (gint i = dots ? ellipsis : 1; i > 0 && term->n < WHY_MAX_RANK; i--)
        term->label[term->n++] = (guchar)(dots ? ELLIPSIS_LABEL + i - 1 : **text);
      if (dots)
        *text += 2;
    }
  if (rank >= 0 && term->n != rank)
    return why_node_error (node, error, _ ("the equation does not fit an operand of %d axes"),
                           rank);
  return TRUE;
}

/* Without "->" the output has the ellipsis, then every letter that occurs once, in order. */
static void
implicit_output (Plan *plan, gint ellipsis)
{
  Term *y = &plan->terms[Y];

  y->n = 0;
  for (gint i = ellipsis; i > 0 && y->n < WHY_MAX_RANK; i--)
    y->label[y->n++] = (guchar)(ELLIPSIS_LABEL + i - 1);
  for (guchar letter = 'A'; letter <= 'z'; letter++)
    {
      gint count = 0;
      for (gint k = A; k <= plan->operands; k++)
        for (gint i = 0; i < plan->terms[k].n; i++)
          count += plan->terms[k].label[i] == letter;
      if (count == 1 && y->n < WHY_MAX_RANK)
        y->label[y->n++] = letter;
    }
}

static gint
widest_ellipsis (const Plan *plan)
{
  gint widest = 0;

  for (gint k = A; k <= plan->operands; k++)
    for (gint i = 0; i < plan->terms[k].n; i++)
      if (plan->terms[k].label[i] >= ELLIPSIS_LABEL)
        widest = MAX (widest, plan->terms[k].label[i] - ELLIPSIS_LABEL + 1);
  return widest;
}

static gboolean
read_equation (const WhyInfer *infer, Plan *plan, GError **error)
{
  const WhyNode *node = infer->node;
  const gchar *text = why_node_string (node, "equation", NULL);

  if (text == NULL)
    return why_node_error (node, error, _ ("attribute equation is missing"));
  plan->operands = node->n_inputs;
  for (gint k = A; k <= plan->operands; k++)
    {
      if (!why_check_input (infer, k - A, "of the equation", 0, WHY_MAX_RANK, error)
          || !read_term (node, &text, infer->in[k - A]->shape.rank, 0, &plan->terms[k], error))
        return FALSE;
      if (k < plan->operands && *text++ != ',')
        return why_node_error (node, error, _ ("the equation has too few operands"));
    }
  if (*text == '\0')
    {
      implicit_output (plan, widest_ellipsis (plan));
      return TRUE;
    }
  if (!g_str_has_prefix (text, "->"))
    return why_node_error (node, error, _ ("the equation has too many operands"));
  text += 2;
  return read_term (node, &text, -1, widest_ellipsis (plan), &plan->terms[Y], error);
}

/* Adds the labels of a term; those of inputs bring extents, of which 1 broadcasts. */
static gboolean
add_labels (const WhyInfer *infer, Plan *plan, gint operand, GError **error)
{
  const Term *term = &plan->terms[operand];
  const WhyShape *shape = operand == Y ? NULL : &infer->in[operand - A]->shape;

  for (gint i = 0; i < term->n; i++)
    {
      gint at = find_label (plan, term->label[i]);

      if (operand == Y && at >= 0)
        return why_node_error (infer->node, error, _ ("the output repeats a label"));
      if (at < 0 && plan->n == MAX_LABELS)
        return why_node_unsupported (infer->node, error, _ ("more than %d labels"), MAX_LABELS);
      if (at < 0)
        {
          at = plan->n++;
          plan->label[at] = term->label[i];
          plan->extent[at] = 1;
        }
      if (shape == NULL || shape->dims[i] == plan->extent[at] || shape->dims[i] == 1)
        continue;
      if (plan->extent[at] != 1)
        return why_node_error (infer->node, error, _ ("one label has two extents"));
      plan->extent[at] = shape->dims[i];
    }
  return TRUE;
}

static void
add_strides (Plan *plan, gint operand, const WhyShape *shape)
{
  gint64 stride[WHY_MAX_RANK];

  why_shape_strides (shape, stride);
  for (gint i = 0; i < shape->rank; i++)
    if (shape->dims[i] != 1) /* a repeated label walks the diagonal: strides add up */
      plan->stride[operand][find_label (plan, plan->terms[operand].label[i])] += stride[i];
}

static gboolean
einsum_read (const WhyInfer *infer, Plan *plan, WhyShape *shape, GError **error)
{
  *plan = (Plan){ 0 };
  if (!read_equation (infer, plan, error))
    return FALSE;
  for (gint k = Y; k <= plan->operands; k++)
    if (!add_labels (infer, plan, k, error))
      return FALSE;
  *shape = (WhyShape){ .rank = plan->terms[Y].n };
  for (gint i = 0; i < shape->rank; i++)
    {
      gint at = find_label (plan, plan->terms[Y].label[i]);
      gboolean known = FALSE;

      for (gint k = A; k <= plan->operands; k++)
        known |= memchr (plan->terms[k].label, plan->label[at], (gsize)plan->terms[k].n) != NULL;
      if (!known)
        return why_node_error (infer->node, error,
                               _ ("the output has a label that no operand has"));
      shape->dims[i] = plan->extent[at];
    }
  add_strides (plan, Y, shape);
  for (gint k = A; k <= plan->operands; k++)
    add_strides (plan, k, &infer->in[k - A]->shape);
  plan->both = plan->operands == 2 && !infer->in[0]->constant && !infer->in[1]->constant;
  plan->data = infer->in[0]->constant ? 1 : 0;
  return TRUE;
}

static gboolean
einsum_infer (const WhyInfer *infer, GError **error)
{
  Plan plan;
  WhyShape shape;

  if (!einsum_read (infer, &plan, &shape, error))
    return FALSE;
  why_set_output (infer, &shape);
  return TRUE;
}

static gpointer
einsum_prepare (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer)
{
  Plan *plan = g_new (Plan, 1);
  WhyShape shape;

  einsum_read (infer, plan, &shape, NULL);
  return plan;
}

/* ---- as a matrix product ---------------------------------------------------------------- */

/** Axes that a role in the product takes together, as one step of every operand. */
typedef struct
{
  gint64 extent;
  gint64 stride[OPERANDS];
} Axis;

/* Appends a label inside what the axis has so far; FALSE when the two do not merge. */
static gboolean
axis_append (Axis *axis, const Plan *plan, gint label)
{
  for (gint k = 0; k < OPERANDS; k++)
    {
      gint64 inner = plan->stride[k][label];
      if (axis->extent > 1 && axis->stride[k] != inner * plan->extent[label])
        return FALSE;
      axis->stride[k] = inner;
    }
  axis->extent *= plan->extent[label];
  return TRUE;
}

/** out += left · right in terms of operands: rows are in left and out, columns in right and out,
 * inner in left and right, the batch everywhere. */
typedef struct
{
  gint out, left, right;
  Axis rows, columns, inner;
  gint n_batch;
  gint batch[MAX_LABELS];
} Product;

static gboolean
find_product (const Plan *plan, gint out, gint left, gint right, Product *p)
{
  Axis one = { 1, { 0 } };

  *p = (Product){
    .out = out, .left = left, .right = right, .rows = one, .columns = one, .inner = one
  };
  for (gint i = 0; i < plan->n; i++)
    {
      gboolean o = plan->stride[out][i] != 0, l = plan->stride[left][i] != 0;
      gboolean r = plan->stride[right][i] != 0, fits = TRUE;

      if (plan->extent[i] == 1)
        continue;
      if (o && l && r)
        p->batch[p->n_batch++] = i;
      else if (o && l)
        fits = axis_append (&p->rows, plan, i);
      else if (o && r)
        fits = axis_append (&p->columns, plan, i);
      else
        fits = l && r && axis_append (&p->inner, plan, i);
      if (!fits)
        return FALSE;
    }
  return TRUE;
}

/* How a matrix with these axes is stored: rows of dense columns, or the transpose of that. A single
 * row or column can always be read one way or the other. */
static gboolean
storage (const Axis *rows, const Axis *columns, gint operand, gboolean *transposed, gint64 *ld)
{
  gint64 down = rows->stride[operand], across = columns->stride[operand];

  *transposed = columns->extent > 1 && across != 1;
  *ld = *transposed ? across : down;
  if (columns->extent == 1)
    *ld = MAX (down, 1);
  else if (rows->extent == 1)
    *ld = *transposed ? across : columns->extent;
  else if (*transposed)
    return down == 1 && across >= rows->extent;
  else
    return down >= columns->extent;
  return TRUE;
}

static gint64 *
batch_offsets (const Plan *plan, const Product *p, gint operand, gint64 n)
{
  gint64 *at = g_new (gint64, n);

  for (gint64 item = 0; item < n; item++)
    {
      gint64 rest = item;
      at[item] = 0;
      for (gint i = p->n_batch - 1; i >= 0; i--)
        {
          at[item] += rest % plan->extent[p->batch[i]] * plan->stride[operand][p->batch[i]];
          rest /= plan->extent[p->batch[i]];
        }
    }
  return at;
}

/* Does out += left · right by GEMM if the operands lie suitably. */
static gboolean
multiply (const Plan *plan, const Product *p, const WhyReal *left, const WhyReal *right,
          WhyReal *out, WhyPool *pool)
{
  WhyGemm gemm = { .rows = p->rows.extent,
                   .columns = p->columns.extent,
                   .inner = p->inner.extent,
                   .alpha = 1,
                   .batch = 1 };
  g_autofree gint64 *a_at = NULL, *b_at = NULL, *c_at = NULL;
  gboolean transposed;

  if (!storage (&p->rows, &p->columns, p->out, &transposed, &gemm.ldc) || transposed
      || !storage (&p->rows, &p->inner, p->left, &gemm.transpose_a, &gemm.lda)
      || !storage (&p->inner, &p->columns, p->right, &gemm.transpose_b, &gemm.ldb))
    return FALSE;
  for (gint i = 0; i < p->n_batch; i++)
    gemm.batch *= plan->extent[p->batch[i]];
  gemm.a_at = a_at = batch_offsets (plan, p, p->left, gemm.batch);
  gemm.b_at = b_at = batch_offsets (plan, p, p->right, gemm.batch);
  gemm.c_at = c_at = batch_offsets (plan, p, p->out, gemm.batch);
  why_gemm_run (&gemm, left, right, out, pool);
  return TRUE;
}

/* ---- as loops --------------------------------------------------------------------------- */

typedef struct
{
  const WhyReal *left, *right; /* right: NULL where there is one factor */
  WhyReal *out;
} Factors;

static void
product_row (gpointer data, const gint64 *offset, const gint64 *stride, gint64 n)
{
  const Factors *f = data;

  for (gint64 i = 0; i < n; i++)
    f->out[offset[0] + i * stride[0]]
        += f->left[offset[1] + i * stride[1]]
           * (f->right != NULL ? f->right[offset[2] + i * stride[2]] : 1);
}

/* out += left · right, or out += left where right is NULL. */
static void
contract (const Plan *plan, gint o, gint l, gint r, const WhyReal *left, const WhyReal *right,
          WhyReal *out, WhyPool *pool)
{
  Product p;
  WhyLoop loop = { .n = right != NULL ? 3 : 2, .rank = plan->n };
  Factors factors = { left, right, out };

  if (right != NULL
      && ((find_product (plan, o, l, r, &p) && multiply (plan, &p, left, right, out, pool))
          || (find_product (plan, o, r, l, &p) && multiply (plan, &p, right, left, out, pool))))
    return;
  for (gint i = 0; i < plan->n; i++)
    {
      loop.extent[i] = plan->extent[i];
      loop.stride[0][i] = plan->stride[o][i];
      loop.stride[1][i] = plan->stride[l][i];
      loop.stride[2][i] = plan->stride[r][i];
    }
  why_loop_run (&loop, pool, 0, product_row, &factors);
}

/* ---- callbacks -------------------------------------------------------------------------- */

static void
product (const WhyRun *run, const WhyReal *a, const WhyReal *b, WhyReal *y)
{
  memset (y, 0, (gsize)why_tensor_numel (run->out[0]) * sizeof (WhyReal));
  contract (run->plan, Y, A, B, a, b, y, run->pool);
}

static void
einsum_forward (const WhyRun *run)
{
  product (run, run->in[0]->real, why_run_in (run, 1), run->out[0]->real);
}

static void
einsum_backward (const WhyRun *run)
{
  const Plan *plan = run->plan;
  const WhyReal *gy = run->grad_out[0];

  if (run->grad_in[0] != NULL)
    contract (plan, A, Y, B, gy, why_run_in (run, 1), run->grad_in[0], run->pool);
  if (plan->operands == 2 && run->grad_in[1] != NULL)
    contract (plan, B, Y, A, gy, run->in[0]->real, run->grad_in[1], run->pool);
}

static void
einsum_rescale (const WhyRun *run)
{
  const Plan *plan = run->plan;

  if (plan->both)
    why_midpoint_backward (run, einsum_backward);
  else
    einsum_backward (run);
}

static void
linear_forward (const WhyRun *run, const WhyReal *x, const WhyReal *w, WhyReal *y)
{
  const Plan *plan = run->plan;

  product (run, plan->data == 0 ? x : w, plan->data == 0 ? w : x, y);
}

static void
linear_transposed (const WhyRun *run, const WhyReal *y, const WhyReal *w, WhyReal *x)
{
  const Plan *plan = run->plan;

  contract (plan, A + plan->data, Y, B - plan->data, y, w, x, run->pool);
}

static void
einsum_relevance (const WhyRun *run)
{
  const Plan *plan = run->plan;
  WhyLinear linear = { .run = run, .forward = linear_forward, .transposed = linear_transposed };

  if (plan->operands == 1 || plan->both)
    {
      why_product_relevance (run, plan->operands, einsum_backward);
      return;
    }
  linear.n_x = why_tensor_numel (run->in[plan->data]);
  linear.n_w = why_tensor_numel (run->in[1 - plan->data]);
  linear.n_y = why_tensor_numel (run->out[0]);
  if (run->grad_in[plan->data] != NULL)
    why_linear_relevance (&linear, run->in[plan->data]->real, run->in[1 - plan->data]->real,
                          run->grad_out[0], run->grad_in[plan->data]);
}

static guint64
einsum_macs (G_GNUC_UNUSED const WhyNode *node, const WhyInfer *infer)
{
  Plan plan;
  WhyShape shape;
  guint64 macs = 1;

  einsum_read (infer, &plan, &shape, NULL);
  for (gint i = 0; i < plan.n; i++)
    macs *= (guint64)plan.extent[i];
  return plan.operands == 2 ? macs : 0;
}

const WhyOp why_op_einsum = {
  .name = "Einsum",
  .since = 12,
  .min_inputs = 1,
  .max_inputs = 2,
  .infer = einsum_infer,
  .prepare = einsum_prepare,
  .unprepare = g_free,
  .forward = einsum_forward,
  .backward = einsum_backward,
  .rescale = einsum_rescale,
  .relevance_kind = WHY_RELEVANCE_OWN,
  .relevance = einsum_relevance,
  .macs = einsum_macs,
};
