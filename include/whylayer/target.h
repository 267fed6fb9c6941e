/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model.h"

G_BEGIN_DECLS

typedef enum
{
  WHY_SCORE_LOGIT,
  WHY_SCORE_PROBABILITY,
  WHY_SCORE_LOG_PROBABILITY
} WhyScore;

/** WhyTarget: the question: why class `index` (and not `against`), measured as `score`. */
typedef struct
{
  gint index;
  gint against; /* -1: no contrast */
  WhyScore score;
} WhyTarget;

const gchar *why_score_to_string (WhyScore score); /* "logit" … */
gboolean why_score_from_string (const gchar *text, WhyScore *score, GError **error);

/* The score of one row of logits; with against: score(index) - score(against). */
gdouble why_target_score (const WhyTarget *target, const WhyModel *model, const WhyReal *logits);
/* The same and its derivative by the logits. seed: [classes]. */
gdouble why_target_seed (const WhyTarget *target, const WhyModel *model, const WhyReal *logits,
                         WhyReal *seed);

typedef struct
{
  gint index;
  gdouble logit, probability; /* probability with the model's temperature and activation */
} WhyPrediction;

/* All classes of one row of logits, most probable first (ties: lower index first).
 * (element-type WhyPrediction) (transfer full) */
GArray *why_predictions_new (const WhyModel *model, const WhyReal *logits);
/* probabilities: [classes], with the model's temperature and activation. */
void why_probabilities (const WhyModel *model, const WhyReal *logits, gdouble *probabilities);
/* Whether the model's "unsure" rule says that none of its classes is there. confidence: the
 * picture's of why_net_get_confidence(); only the rule WHY_UNSURE_OUTPUT reads it. */
gboolean why_model_is_unsure (const WhyModel *model, const WhyReal *logits, gdouble confidence);

G_END_DECLS
