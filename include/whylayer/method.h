/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "net.h"
#include "param.h"
#include "target.h"

G_BEGIN_DECLS

typedef enum
{
  WHY_FAMILY_CAM,
  WHY_FAMILY_GRADIENT,
  WHY_FAMILY_PATH,
  WHY_FAMILY_PROPAGATION,
  WHY_FAMILY_PERTURBATION,
  WHY_FAMILY_TRANSFORMER,
  WHY_FAMILY_INSIDE
} WhyFamily;
const gchar *why_family_get_nick (WhyFamily family); /* N_() marked */

/** How the channels of a raw map become one value a cell for drawing. */
typedef enum
{
  WHY_REDUCE_SUM,
  WHY_REDUCE_MAX_ABS
} WhyReduce;

/** WhyMethod: one row of the method table; core/methods/method.h has the rest. */
typedef struct _WhyMethod WhyMethod;

const WhyMethod *why_method_lookup (const gchar *id, GError **error); /* NULL/"": the default */
const WhyMethod *const *why_methods (gsize *n);

const gchar *why_method_get_id (const WhyMethod *method);
const gchar *why_method_get_name (const WhyMethod *method); /* N_() marked */
WhyFamily why_method_get_family (const WhyMethod *method);
const gchar *why_method_get_blurb (const WhyMethod *method); /* one line; N_() marked */
const gchar *
why_method_get_citation (const WhyMethod *method); /* "Selvaraju et al. 2017, arXiv:1610.02391" */
const gchar *why_method_get_caveat (const WhyMethod *method); /* N_() marked; may be NULL */
const WhyParam *why_method_get_params (const WhyMethod *method);
gboolean why_method_is_signed (const WhyMethod *method);
gboolean why_method_uses_layer (const WhyMethod *method);
/* The result is no map of this picture but a new one: [C,H,W] pixel values 0 … 1 in the network's
 * channel order, to be shown as they are. */
gboolean why_method_makes_picture (const WhyMethod *method);
WhyReduce why_method_get_reduce (const WhyMethod *method);
/* The score the method explains unless a person asks for another: the logit; RISE: the probability.
 */
WhyScore why_method_get_score (const WhyMethod *method);
/* Rough number of forward passes (a backward counts two) with these parameters, for cost
 * estimates. */
gdouble why_method_estimate (const WhyMethod *method, const WhyParams *params, const WhyNet *net);

G_END_DECLS
