/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/linear.h"

#include <string.h>

/** One product of a rule: (pp·x⁺ + pn·x⁻ or a face of the box) times (wp·w⁺ + wn·w⁻). */
typedef struct
{
  enum
  {
    OF_X,
    OF_LOW,
    OF_HIGH
  } of;
  gdouble xp, xn, wp, wn;
} Term;

/** One fraction of a rule: the outputs it speaks for, its terms, its share of the relevance. */
typedef struct
{
  enum
  {
    ALL,
    WHERE_POSITIVE,
    WHERE_NEGATIVE
  } where; /* by the sign of the plain output */
  gdouble share;
  gdouble epsilon; /* for sums in which terms cancel */
  gdouble bp, bn;  /* of the bias */
  gint n;
  Term terms[3];
} Group;

#define MAX_GROUPS 2

/* Bach 2015 (epsilon, alpha-beta), Montavon 2017 (z^+, z^B), Montavon 2019 (gamma, extended to
 * inputs and outputs of both signs as in Andeol 2022: on non-negative inputs and positive outputs
 * it is the original rule), Zhang 2016 (excitation: x⁺w⁺ without bias; its dual x⁺w⁻). */
static gint
rule_groups (const WhyLrp *lrp, gboolean picture, Group groups[MAX_GROUPS])
{
  gdouble g = 1 + lrp->gamma, e = lrp->epsilon;

  switch (lrp->rule)
    {
    case WHY_LRP_GAMMA:
      groups[0] = (Group){
        WHERE_POSITIVE, 1, e, g, 1, 2, { { OF_X, 1, 0, g, 1 }, { OF_X, 0, 1, 1, g } }
      };
      groups[1] = (Group){
        WHERE_NEGATIVE, 1, e, 1, g, 2, { { OF_X, 1, 0, 1, g }, { OF_X, 0, 1, g, 1 } }
      };
      return 2;
    case WHY_LRP_ALPHA_BETA:
    case WHY_LRP_Z_PLUS:
      {
        gboolean plus = lrp->rule == WHY_LRP_Z_PLUS;
        groups[0] = (Group){
          ALL, plus ? 1 : lrp->alpha, 0, 1, 0, 2, { { OF_X, 1, 0, 1, 0 }, { OF_X, 0, 1, 0, 1 } }
        };
        groups[1] = (Group){
          ALL, -lrp->beta, 0, 0, 1, 2, { { OF_X, 1, 0, 0, 1 }, { OF_X, 0, 1, 1, 0 } }
        };
        return plus || lrp->beta == 0 ? 1 : 2;
      }
    case WHY_LRP_Z_BOX:
      if (!picture)
        break;
      groups[0]
          = (Group){ ALL,
                     1,
                     e,
                     0,
                     0,
                     3,
                     { { OF_X, 1, 1, 1, 1 }, { OF_LOW, 0, 0, -1, 0 }, { OF_HIGH, 0, 0, 0, -1 } } };
      return 1;
    case WHY_LRP_EXCITATION:
      groups[0] = (Group){ ALL, 1, 0, 0, 0, 1, { { OF_X, 1, 0, 1, 0 } } };
      return 1;
    case WHY_LRP_EXCITATION_DUAL:
      groups[0] = (Group){ ALL, 1, 0, 0, 0, 1, { { OF_X, 1, 0, 0, 1 } } };
      return 1;
    case WHY_LRP_EPSILON:
      break;
    }
  groups[0] = (Group){ ALL, 1, e, 1, 1, 1, { { OF_X, 1, 1, 1, 1 } } };
  return 1;
}

/** Arrays for one call. */
typedef struct
{
  const WhyLinear *linear;
  const WhyReal *x, *w;
  WhyReal *x_part, *w_part, *gradient;
  WhyReal *plain; /* the output, for groups that ask for its sign */
  WhyReal *bias;  /* or NULL */
  WhyReal *z, *part;
} Work;

static void
by_sign (const WhyReal *from, gint64 n, gdouble positive, gdouble negative, WhyReal *to)
{
  WhyReal p = (WhyReal)positive, m = (WhyReal)negative;

  for (gint64 i = 0; i < n; i++)
    to[i] = from[i] * (from[i] > 0 ? p : m);
}

static void
add_by_sign (const WhyReal *from, gint64 n, gdouble positive, gdouble negative, WhyReal *to)
{
  WhyReal p = (WhyReal)positive, m = (WhyReal)negative;

  for (gint64 i = 0; i < n; i++)
    to[i] += from[i] * (from[i] > 0 ? p : m);
}

static void
fill_face (const WhyLinear *linear, const WhyReal *face, WhyReal *to)
{
  for (gint64 i = 0; i < linear->n_x; i++)
    to[i] = face[i / linear->cells % linear->channels];
}

static void
term_parts (const Work *work, const Term *term)
{
  const WhyLinear *linear = work->linear;
  const WhyLrp *lrp = linear->run->lrp;

  if (term->of == OF_X)
    by_sign (work->x, linear->n_x, term->xp, term->xn, work->x_part);
  else
    fill_face (linear, term->of == OF_LOW ? lrp->low : lrp->high, work->x_part);
  by_sign (work->w, linear->n_w, term->wp, term->wn, work->w_part);
}

static void
group_outputs (const Work *work, const Group *group)
{
  const WhyLinear *linear = work->linear;

  memset (work->z, 0, (gsize)linear->n_y * sizeof (WhyReal));
  for (gint t = 0; t < group->n; t++)
    {
      term_parts (work, &group->terms[t]);
      linear->forward (linear->run, work->x_part, work->w_part, work->part);
      for (gint64 i = 0; i < linear->n_y; i++)
        work->z[i] += work->part[i];
    }
  if (work->bias != NULL)
    add_by_sign (work->bias, linear->n_y, group->bp, group->bn, work->z);
}

/* Overwrites z by the relevance for each unit of output. */
static void
group_ratios (const Work *work, const Group *group, const WhyReal *ry)
{
  for (gint64 i = 0; i < work->linear->n_y; i++)
    {
      gboolean speaks
          = group->where == ALL || (work->plain[i] >= 0) == (group->where == WHERE_POSITIVE);
      WhyReal ratio = why_stable_ratio (ry[i], work->z[i], group->epsilon);
      work->z[i] = speaks ? (WhyReal)group->share * ratio : 0;
    }
}

static void
group_relevance (const Work *work, const Group *group, WhyReal *rx)
{
  const WhyLinear *linear = work->linear;

  for (gint t = 0; t < group->n; t++)
    {
      term_parts (work, &group->terms[t]);
      memset (work->gradient, 0, (gsize)linear->n_x * sizeof (WhyReal));
      linear->transposed (linear->run, work->z, work->w_part, work->gradient);
      for (gint64 i = 0; i < linear->n_x; i++)
        rx[i] += work->x_part[i] * work->gradient[i];
    }
}

gdouble
why_sum (const WhyReal *x, gint64 n)
{
  gdouble sum = 0;

  for (gint64 i = 0; i < n; i++)
    sum += x[i];
  return sum;
}

static void
plain_outputs (const Work *work)
{
  const WhyLinear *linear = work->linear;

  linear->forward (linear->run, work->x, work->w, work->plain);
  if (work->bias != NULL)
    add_by_sign (work->bias, linear->n_y, 1, 1, work->plain);
}

void
why_linear_relevance (const WhyLinear *linear, const WhyReal *x, const WhyReal *w,
                      const WhyReal *ry, WhyReal *rx)
{
  WhyLrp *lrp = linear->run->lrp;
  g_autofree WhyReal *memory = g_new (WhyReal, 2 * linear->n_x + linear->n_w + 4 * linear->n_y);
  Work work = { .linear = linear, .x = x, .w = w };
  Group groups[MAX_GROUPS];
  gint n = rule_groups (lrp, linear->cells > 0, groups);
  gdouble before = why_sum (rx, linear->n_x);

  work.x_part = memory;
  work.gradient = work.x_part + linear->n_x;
  work.w_part = work.gradient + linear->n_x;
  work.plain = work.w_part + linear->n_w;
  work.z = work.plain + linear->n_y;
  work.part = work.z + linear->n_y;
  if (linear->bias != NULL)
    {
      work.bias = work.part + linear->n_y;
      linear->bias (linear->run, work.bias);
    }
  if (groups[0].where != ALL)
    plain_outputs (&work);
  for (gint g = 0; g < n; g++)
    {
      group_outputs (&work, &groups[g]);
      group_ratios (&work, &groups[g], ry);
      group_relevance (&work, &groups[g], rx);
    }
  lrp->leak += why_sum (ry, linear->n_y) - (why_sum (rx, linear->n_x) - before);
}
