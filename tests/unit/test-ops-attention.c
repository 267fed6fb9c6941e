/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Einsum against loops over all labels, Attention against its formula. */
#include "op-rig.h"

#include <math.h>
#include <string.h>

/* ---- Einsum ----------------------------------------------------------------------------- */

typedef struct
{
  const gchar *equation, *explicit; /* explicit: letters only, as the loops below read it */
  WhyShape a, b, y;                 /* b: rank -1 where there is one operand */
} EinsumCase;

#define NONE                                                                                       \
  {                                                                                                \
    -1,                                                                                            \
    {                                                                                              \
      0                                                                                            \
    }                                                                                              \
  }
static const EinsumCase einsum_cases[] = {
  { "ij->ji", "ij->ji", { 2, { 2, 3 } }, NONE, { 2, { 3, 2 } } },
  { "ij", "ij->ij", { 2, { 2, 3 } }, NONE, { 2, { 2, 3 } } },
  { "ji", "ji->ij", { 2, { 2, 3 } }, NONE, { 2, { 3, 2 } } },
  { "bij->b", "bij->b", { 3, { 2, 3, 4 } }, NONE, { 1, { 2 } } },
  { "...ii ->...i", "abii->abi", { 4, { 2, 3, 5, 5 } }, NONE, { 3, { 2, 3, 5 } } },
  { "ij,jk->ik", "ij,jk->ik", { 2, { 3, 4 } }, { 2, { 4, 5 } }, { 2, { 3, 5 } } },
  { "ij,jk", "ij,jk->ik", { 2, { 3, 4 } }, { 2, { 4, 5 } }, { 2, { 3, 5 } } },
  { "i,i", "i,i->", { 1, { 6 } }, { 1, { 6 } }, { 0, { 0 } } },
  { "i,j->ji", "i,j->ji", { 1, { 3 } }, { 1, { 4 } }, { 2, { 4, 3 } } },
  { "bij, bjk -> bik", "bij,bjk->bik", { 3, { 2, 3, 4 } }, { 3, { 2, 4, 5 } }, { 3, { 2, 3, 5 } } },
  { "bhid,bhjd->bhij",
    "bhid,bhjd->bhij",
    { 4, { 2, 2, 3, 4 } },
    { 4, { 2, 2, 5, 4 } },
    { 4, { 2, 2, 3, 5 } } },
  { "bqhd,bkhd->bhqk",
    "bqhd,bkhd->bhqk",
    { 4, { 2, 3, 2, 4 } },
    { 4, { 2, 5, 2, 4 } },
    { 4, { 2, 2, 3, 5 } } },
  { "bhqk,bkhd->bqhd",
    "bhqk,bkhd->bqhd",
    { 4, { 2, 2, 3, 5 } },
    { 4, { 2, 5, 2, 4 } },
    { 4, { 2, 3, 2, 4 } } },
  { "bchw,oc->bohw",
    "bchw,oc->bohw",
    { 4, { 2, 3, 4, 5 } },
    { 2, { 6, 3 } },
    { 4, { 2, 6, 4, 5 } } },
  { "bhwc,hkc->bhwk",
    "bhwc,hkc->bhwk",
    { 4, { 2, 3, 4, 5 } },
    { 3, { 3, 6, 5 } },
    { 4, { 2, 3, 4, 6 } } },
  { "...ij,...jk->...ik",
    "abij,bjk->abik",
    { 4, { 2, 3, 4, 5 } },
    { 3, { 3, 5, 2 } },
    { 4, { 2, 3, 4, 2 } } },
  { "ijk,ljm->im", "ijk,ljm->im", { 3, { 2, 3, 4 } }, { 3, { 5, 3, 2 } }, { 2, { 2, 2 } } },
  { "ii,ij->j", "ii,ij->j", { 2, { 3, 3 } }, { 2, { 3, 4 } }, { 1, { 4 } } },
  { "abc,acb->ac", "abc,acb->ac", { 3, { 2, 3, 4 } }, { 3, { 2, 4, 3 } }, { 2, { 2, 4 } } },
};

static gint64
offset_of (const gchar *labels, gint n, const WhyShape *shape, const gint64 *index)
{
  gint64 at = 0;

  for (gint i = 0; i < n; i++)
    at = at * shape->dims[i] + index[(guchar)labels[i]];
  return at;
}

/* Every combination of all labels, the slow way. */
static void
einsum_expected (const EinsumCase *c, OpRig *rig, gdouble *expected)
{
  gint64 extent[256] = { 0 }, index[256] = { 0 }, total = 1;
  const gchar *a = c->explicit, *b = c->b.rank >= 0 ? strchr (a, ',') + 1 : NULL;
  const gchar *y = strstr (a, "->") + 2;

  for (gint i = 0; i < c->a.rank; i++)
    extent[(guchar)a[i]] = c->a.dims[i];
  for (gint i = 0; i < c->b.rank; i++)
    extent[(guchar)b[i]] = c->b.dims[i];
  for (gint l = 0; l < 256; l++)
    total *= MAX (extent[l], 1);
  for (gint64 n = 0; n < total; n++)
    {
      gint64 rest = n;
      gdouble product;

      for (gint l = 0; l < 256; l++)
        if (extent[l] > 0)
          {
            index[l] = rest % extent[l];
            rest /= extent[l];
          }
      product = (gdouble)op_rig_in (rig, 0)->real[offset_of (a, c->a.rank, &c->a, index)];
      if (b != NULL)
        product *= (gdouble)op_rig_in (rig, 1)->real[offset_of (b, c->b.rank, &c->b, index)];
      expected[offset_of (y, c->y.rank, &c->y, index)] += product;
    }
}

static OpRig *
einsum_rig (const EinsumCase *c, gint constant, WhyRng *rng)
{
  OpRig *rig = op_rig_new ("Einsum", 12);
  const WhyShape *shapes[] = { &c->a, &c->b };

  op_rig_string (rig, "equation", c->equation);
  for (gint i = 0; i < 2; i++)
    if (shapes[i]->rank >= 0 && i == constant)
      op_rig_constant (rig, op_rig_random_tensor (shapes[i], rng, -1, 1));
    else if (shapes[i]->rank >= 0)
      op_rig_input (rig, WHY_DTYPE_FLOAT, shapes[i]);
  op_rig_plan (rig);
  op_rig_randomise (rig, rng, -1, 1);
  return rig;
}

static void
test_einsum (gconstpointer data)
{
  const EinsumCase *c = data;
  WhyLrp lrp = { .rule = WHY_LRP_EPSILON, .epsilon = 1e-12 };
  WhyRng rng;

  why_rng_init (&rng, 51, (guint64)(c - einsum_cases));
  for (gint constant = c->b.rank < 0 ? 2 : 0; constant <= 2; constant++)
    {
      g_autoptr (OpRig) rig = einsum_rig (c, constant, &rng);
      g_autofree gdouble *expected = g_new0 (gdouble, why_shape_numel (&c->y));

      einsum_expected (c, rig, expected);
      op_rig_run (rig);
      op_rig_assert_shape (op_rig_out (rig, 0), &c->y);
      op_rig_assert_near (op_rig_out (rig, 0)->real, expected, why_shape_numel (&c->y),
                          OP_RIG_TOLERANCE);
      if (OP_RIG_IS_DOUBLE)
        op_rig_check_gradient (rig, &rng);
      op_rig_check_relevance (rig, &rng, &lrp);
    }
}

/* The batch label leads both operands, or the other one is a constant. */
static void
test_einsum_rescale (void)
{
  static const gint cases[] = { 9, 10, 11, 12 };
  WhyRng rng;

  why_rng_init (&rng, 52, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (OpRig) rig = einsum_rig (&einsum_cases[cases[i]], 2, &rng);
      op_rig_check_rescale (rig, &rng);
    }
  for (gint n = 13; n <= 14; n++)
    {
      g_autoptr (OpRig) rig = einsum_rig (&einsum_cases[n], 1, &rng);
      op_rig_check_rescale (rig, &rng);
    }
}

static void
test_einsum_refusals (void)
{
  static const struct
  {
    const gchar *equation, *text;
  } cases[] = {
    { "ij->i", "too few" },         { "ij,jk,kl->il", "too many" }, { "ijk,jk->i", "does not fit" },
    { "ij,ij->ij", "two extents" }, { "ij,jk->iz", "no operand" },  { "ij,jk->ii", "repeats" },
    { "i1,jk->ik", "no meaning" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (OpRig) rig = op_rig_new ("Einsum", 12);
      op_rig_string (rig, "equation", cases[i].equation);
      op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, 3));
      op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (3, 4));
      op_rig_assert_refused (rig, WHY_ERROR_MODEL_INVALID, cases[i].text);
    }
}

/* ---- Attention -------------------------------------------------------------------------- */

typedef struct
{
  gint rank;
  gint64 heads, key_heads, queries, keys, width, value_width;
  gdouble scale; /* 0: default */
  gdouble softcap;
  gboolean causal;
  WhyDType mask; /* NONE, FLOAT or BOOL */
  WhyShape mask_shape;
} AttentionCase;

static const AttentionCase attention_cases[] = {
  { 4, 2, 2, 3, 5, 4, 6, 0, 0, FALSE, WHY_DTYPE_NONE, { 0 } },
  { 3, 2, 2, 3, 5, 4, 6, 0, 0, FALSE, WHY_DTYPE_NONE, { 0 } },
  { 4, 4, 2, 3, 5, 4, 3, 0.7, 0, FALSE, WHY_DTYPE_NONE, { 0 } },
  { 3, 4, 1, 3, 5, 2, 3, 0, 0, TRUE, WHY_DTYPE_NONE, { 0 } },
  { 4, 2, 2, 3, 5, 4, 6, 0, 1.5, FALSE, WHY_DTYPE_NONE, { 0 } },
  { 4, 2, 2, 3, 5, 4, 6, 0, 0, FALSE, WHY_DTYPE_FLOAT, { 2, { 3, 5 } } },
  { 3, 2, 2, 3, 5, 4, 6, 0, 0, TRUE, WHY_DTYPE_FLOAT, { 4, { 1, 2, 3, 5 } } },
  { 4, 2, 2, 3, 5, 4, 6, 0, 0, FALSE, WHY_DTYPE_BOOL, { 2, { 3, 5 } } },
};

static OpRig *
attention_rig (const AttentionCase *c, WhyRng *rng)
{
  OpRig *rig = op_rig_new ("Attention", 23);
  gint64 heads[] = { c->heads, c->key_heads, c->key_heads };
  gint64 tokens[] = { c->queries, c->keys, c->keys };
  gint64 width[] = { c->width, c->width, c->value_width };

  if (c->rank == 3)
    {
      op_rig_int (rig, "q_num_heads", c->heads);
      op_rig_int (rig, "kv_num_heads", c->key_heads);
    }
  if (c->scale != 0)
    op_rig_float (rig, "scale", c->scale);
  if (c->softcap != 0)
    op_rig_float (rig, "softcap", c->softcap);
  op_rig_int (rig, "is_causal", c->causal);
  for (gint i = 0; i < 3; i++)
    if (c->rank == 4)
      op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, heads[i], tokens[i], width[i]));
    else
      op_rig_input (rig, WHY_DTYPE_FLOAT, &WHY_SHAPE (2, tokens[i], heads[i] * width[i]));
  if (c->mask != WHY_DTYPE_NONE)
    {
      WhyTensor *mask = op_rig_random_tensor (&c->mask_shape, rng, -1, 1);
      mask->dtype = c->mask;
      for (gint64 i = 0; c->mask == WHY_DTYPE_BOOL && i < why_tensor_numel (mask); i++)
        mask->real[i] = i % 5 == 0 || mask->real[i] > 0;
      op_rig_constant (rig, mask);
    }
  op_rig_plan (rig);
  op_rig_randomise (rig, rng, -2, 2);
  return rig;
}

static gdouble
element (const AttentionCase *c, const WhyTensor *x, gint64 heads, gint64 picture, gint64 head,
         gint64 token, gint64 k)
{
  gint64 width = c->rank == 4 ? x->shape.dims[3] : x->shape.dims[2] / heads;
  gint64 tokens = x->shape.dims[c->rank - 2];

  if (c->rank == 4)
    return (gdouble)x->real[((picture * heads + head) * tokens + token) * width + k];
  return (gdouble)x->real[((picture * tokens + token) * heads + head) * width + k];
}

static gdouble
score (const AttentionCase *c, OpRig *rig, gint64 n, gint64 h, gint64 q, gint64 k)
{
  gdouble sum = 0;
  gint64 group = c->heads / c->key_heads;

  for (gint64 i = 0; i < c->width; i++)
    sum += element (c, op_rig_in (rig, 0), c->heads, n, h, q, i)
           * element (c, op_rig_in (rig, 1), c->key_heads, n, h / group, k, i);
  sum *= c->scale != 0 ? c->scale : 1 / sqrt ((gdouble)c->width);
  if (c->softcap != 0)
    sum = c->softcap * tanh (sum / c->softcap);
  if (c->mask != WHY_DTYPE_NONE)
    {
      gint64 at = (c->mask_shape.rank == 4 ? h * c->queries * c->keys : 0) + q * c->keys + k;
      gdouble mask = (gdouble)op_rig_in (rig, 3)->real[at];
      sum = c->mask == WHY_DTYPE_FLOAT ? sum + mask : mask != 0 ? sum : -INFINITY;
    }
  return c->causal && k > q ? -INFINITY : sum;
}

static void
attention_expected (const AttentionCase *c, OpRig *rig, gdouble *expected)
{
  gint64 group = c->heads / c->key_heads;

  for (gint64 i = 0; i < 2 * c->heads * c->queries; i++)
    {
      gint64 n = i / (c->heads * c->queries), h = i / c->queries % c->heads, q = i % c->queries;
      gdouble total = 0;

      for (gint64 k = 0; k < c->keys; k++)
        total += exp (score (c, rig, n, h, q, k));
      for (gint64 v = 0; v < c->value_width; v++)
        {
          gint64 at = c->rank == 4 ? i * c->value_width + v
                                   : ((n * c->queries + q) * c->heads + h) * c->value_width + v;
          expected[at] = 0;
          for (gint64 k = 0; k < c->keys; k++)
            expected[at] += exp (score (c, rig, n, h, q, k)) / total
                            * element (c, op_rig_in (rig, 2), c->key_heads, n, h / group, k, v);
        }
    }
}

static void
test_attention (gconstpointer data)
{
  const AttentionCase *c = data;
  WhyLrp lrp = { .rule = WHY_LRP_EPSILON, .epsilon = 1e-12 };
  gint64 n = 2 * c->heads * c->queries * c->value_width;
  g_autofree gdouble *expected = g_new (gdouble, n);
  WhyRng rng;
  g_autoptr (OpRig) rig = NULL;

  why_rng_init (&rng, 53, (guint64)(c - attention_cases));
  rig = attention_rig (c, &rng);
  op_rig_run (rig);
  attention_expected (c, rig, expected);
  op_rig_assert_near (op_rig_out (rig, 0)->real, expected, n, OP_RIG_TOLERANCE);
  if (OP_RIG_IS_DOUBLE)
    op_rig_check_gradient (rig, &rng);
  op_rig_check_rescale (rig, &rng);
  op_rig_check_relevance (rig, &rng, &lrp);
}

static void
test_attention_refusals (void)
{
  g_autoptr (OpRig) heads = op_rig_new ("Attention", 23), past = op_rig_new ("Attention", 23);
  g_autoptr (OpRig) cap = op_rig_new ("Attention", 23);
  WhyShape x = WHY_SHAPE (1, 3, 4, 5);

  for (gint i = 0; i < 3; i++)
    op_rig_input (heads, WHY_DTYPE_FLOAT, &WHY_SHAPE (1, 3, 4));
  op_rig_assert_refused (heads, WHY_ERROR_MODEL_INVALID, "q_num_heads");
  for (gint i = 0; i < 6; i++)
    if (i == 3)
      op_rig_absent (past);
    else
      op_rig_input (past, WHY_DTYPE_FLOAT, &x);
  op_rig_assert_refused (past, WHY_ERROR_MODEL_UNSUPPORTED, "past keys");
  op_rig_float (cap, "softcap", 2);
  op_rig_int (cap, "is_causal", 1);
  for (gint i = 0; i < 3; i++)
    op_rig_input (cap, WHY_DTYPE_FLOAT, &x);
  op_rig_assert_refused (cap, WHY_ERROR_MODEL_UNSUPPORTED, "softcap");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (einsum_cases); i++)
    {
      g_autofree gchar *path = g_strdup_printf ("/einsum/%zu", i);
      g_test_add_data_func (path, &einsum_cases[i], test_einsum);
    }
  g_test_add_func ("/einsum/rescale", test_einsum_rescale);
  g_test_add_func ("/einsum/refusals", test_einsum_refusals);
  for (gsize i = 0; i < G_N_ELEMENTS (attention_cases); i++)
    {
      g_autofree gchar *path = g_strdup_printf ("/attention/%zu", i);
      g_test_add_data_func (path, &attention_cases[i], test_attention);
    }
  g_test_add_func ("/attention/refusals", test_attention_refusals);
  return g_test_run ();
}
