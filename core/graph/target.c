/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From logits to scores, probabilities and their derivatives. z = logit / T throughout, T the
 * model's temperature. */
#include "whylayer/target.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include "whylayer/param.h"

static const gchar *const score_names[] = { "logit", "probability", "log-probability", NULL };

const gchar *
why_score_to_string (WhyScore score)
{
  return score_names[score];
}

gboolean
why_score_from_string (const gchar *text, WhyScore *score, GError **error)
{
  const gchar *nearest;

  for (gint i = 0; score_names[i]; i++)
    if (strcmp (score_names[i], text) == 0)
      {
        *score = (WhyScore)i;
        return TRUE;
      }
  nearest = why_nearest_word (text, score_names);
  if (nearest)
    g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                 _ ("there is no score '%s'; did you mean '%s'?"), text, nearest);
  else
    g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                 _ ("there is no score '%s'; it is logit, probability or log-probability"), text);
  return FALSE;
}

static gdouble
largest (const WhyReal *logits, gint n)
{
  gdouble max = -INFINITY;

  for (gint i = 0; i < n; i++)
    max = MAX (max, (gdouble)logits[i]);
  return max;
}

/* log Σ exp(logit / T) */
static gdouble
log_sum_exp (const WhyReal *logits, gint n, gdouble temperature)
{
  gdouble max = largest (logits, n), sum = 0;

  if (!isfinite (max))
    return max;
  for (gint i = 0; i < n; i++)
    sum += exp (((gdouble)logits[i] - max) / temperature);
  return max / temperature + log (sum);
}

static gdouble
log_probability (const WhyModel *model, const WhyReal *logits, gint index)
{
  gdouble temperature = why_model_get_temperature (model);
  gdouble z = (gdouble)logits[index] / temperature;

  switch (why_model_get_activation (model))
    {
    case WHY_ACTIVATION_SOFTMAX:
      return z - log_sum_exp (logits, why_model_get_n_classes (model), temperature);
    case WHY_ACTIVATION_SIGMOID: /* log σ(z), exact for large |z| */
      return z < 0 ? z - log1p (exp (z)) : -log1p (exp (-z));
    case WHY_ACTIVATION_NONE:
    default:
      return log (MAX ((gdouble)logits[index], G_MINDOUBLE));
    }
}

static gdouble
probability (const WhyModel *model, const WhyReal *logits, gint index)
{
  if (why_model_get_activation (model) == WHY_ACTIVATION_NONE)
    return (gdouble)logits[index];
  return exp (log_probability (model, logits, index));
}

static gdouble
class_score (const WhyModel *model, WhyScore score, const WhyReal *logits, gint index)
{
  switch (score)
    {
    case WHY_SCORE_PROBABILITY:
      return probability (model, logits, index);
    case WHY_SCORE_LOG_PROBABILITY:
      return log_probability (model, logits, index);
    case WHY_SCORE_LOGIT:
    default:
      return (gdouble)logits[index];
    }
}

/* Adds sign · ∂ log p(index) / ∂ logits · scale to seed. */
static void
add_log_probability (const WhyModel *model, const WhyReal *logits, gint index, gdouble scale,
                     WhyReal *seed)
{
  gdouble temperature = why_model_get_temperature (model);
  gint n = why_model_get_n_classes (model);

  switch (why_model_get_activation (model))
    {
    case WHY_ACTIVATION_SOFTMAX: /* (δ - p_k) / T */
      {
        gdouble norm = log_sum_exp (logits, n, temperature);
        for (gint k = 0; k < n; k++)
          seed[k] -= (WhyReal)(scale * exp ((gdouble)logits[k] / temperature - norm) / temperature);
        seed[index] += (WhyReal)(scale / temperature);
        break;
      }
    case WHY_ACTIVATION_SIGMOID: /* (1 - p) / T */
      seed[index]
          += (WhyReal)(scale / temperature / (1 + exp ((gdouble)logits[index] / temperature)));
      break;
    case WHY_ACTIVATION_NONE: /* 1 / p */
    default:
      seed[index] += (WhyReal)(scale / MAX ((gdouble)logits[index], G_MINDOUBLE));
      break;
    }
}

/* Adds sign · ∂ score(index) / ∂ logits to seed. */
static void
add_seed (const WhyModel *model, WhyScore score, const WhyReal *logits, gint index, gdouble sign,
          WhyReal *seed)
{
  if (score == WHY_SCORE_LOGIT
      || (score == WHY_SCORE_PROBABILITY
          && why_model_get_activation (model) == WHY_ACTIVATION_NONE))
    seed[index] += (WhyReal)sign;
  else if (score == WHY_SCORE_PROBABILITY) /* dp = p · d log p */
    add_log_probability (model, logits, index, sign * probability (model, logits, index), seed);
  else
    add_log_probability (model, logits, index, sign, seed);
}

gdouble
why_target_score (const WhyTarget *target, const WhyModel *model, const WhyReal *logits)
{
  gdouble score = class_score (model, target->score, logits, target->index);

  if (target->against >= 0)
    score -= class_score (model, target->score, logits, target->against);
  return score;
}

gdouble
why_target_seed (const WhyTarget *target, const WhyModel *model, const WhyReal *logits,
                 WhyReal *seed)
{
  memset (seed, 0, (gsize)why_model_get_n_classes (model) * sizeof (WhyReal));
  add_seed (model, target->score, logits, target->index, 1, seed);
  if (target->against >= 0)
    add_seed (model, target->score, logits, target->against, -1, seed);
  return why_target_score (target, model, logits);
}

void
why_probabilities (const WhyModel *model, const WhyReal *logits, gdouble *probabilities)
{
  gint n = why_model_get_n_classes (model);
  gdouble temperature = why_model_get_temperature (model);
  gdouble norm;

  if (why_model_get_activation (model) != WHY_ACTIVATION_SOFTMAX)
    {
      for (gint i = 0; i < n; i++)
        probabilities[i] = probability (model, logits, i);
      return;
    }
  norm = log_sum_exp (logits, n, temperature);
  for (gint i = 0; i < n; i++)
    probabilities[i] = exp ((gdouble)logits[i] / temperature - norm);
}

/* Every activation grows with the logit, which also tells apart what rounds to one probability.
 * Not-a-number comes last. */
static gint
compare_predictions (gconstpointer a, gconstpointer b)
{
  const WhyPrediction *left = a, *right = b;
  gdouble l = isnan (left->logit) ? -INFINITY : left->logit;
  gdouble r = isnan (right->logit) ? -INFINITY : right->logit;

  if (l != r)
    return l > r ? -1 : 1;
  return left->index - right->index;
}

GArray *
why_predictions_new (const WhyModel *model, const WhyReal *logits)
{
  gint n = why_model_get_n_classes (model);
  GArray *predictions = g_array_sized_new (FALSE, FALSE, sizeof (WhyPrediction), (guint)n);
  g_autofree gdouble *probabilities = g_new (gdouble, n);

  why_probabilities (model, logits, probabilities);
  for (gint i = 0; i < n; i++)
    {
      WhyPrediction prediction = { i, (gdouble)logits[i], probabilities[i] };
      g_array_append_val (predictions, prediction);
    }
  g_array_sort (predictions, compare_predictions);
  return predictions;
}

gboolean
why_model_is_unsure (const WhyModel *model, const WhyReal *logits, gdouble confidence)
{
  gint n = why_model_get_n_classes (model);
  gdouble temperature = why_model_get_temperature (model);
  gdouble below;

  switch (why_model_get_unsure (model, &below))
    {
    case WHY_UNSURE_ENERGY: /* Liu et al. 2020, arXiv:2010.03759: -E(x) = T·logsumexp(logits/T) */
      return temperature * log_sum_exp (logits, n, temperature) < below;
    case WHY_UNSURE_MAX_LOGIT: /* Hendrycks et al. 2022, arXiv:1911.11132 */
      return largest (logits, n) < below;
    case WHY_UNSURE_PROBABILITY: /* Hendrycks and Gimpel 2017, arXiv:1610.02136 */
      {
        g_autofree gdouble *probabilities = g_new (gdouble, n);
        gdouble best = -INFINITY;
        why_probabilities (model, logits, probabilities);
        for (gint i = 0; i < n; i++)
          best = MAX (best, probabilities[i]);
        return best < below;
      }
    case WHY_UNSURE_OUTPUT:
      return confidence < below;
    case WHY_UNSURE_NONE:
    default:
      return FALSE;
    }
}
