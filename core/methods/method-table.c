/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One line per method, in the order in which a chooser shows them. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "methods/method.h"

#define WHY_METHOD_ROWS(ROW)                                                                       \
  ROW (grad_cam)                                                                                   \
  ROW (cam)                                                                                        \
  ROW (grad_cam_plus_plus)                                                                         \
  ROW (xgrad_cam)                                                                                  \
  ROW (hires_cam)                                                                                  \
  ROW (layer_cam)                                                                                  \
  ROW (finer_cam)                                                                                  \
  ROW (score_cam)                                                                                  \
  ROW (ablation_cam)                                                                               \
  ROW (eigen_cam)                                                                                  \
  ROW (guided_grad_cam)                                                                            \
  ROW (attention_rollout)                                                                          \
  ROW (legrad)                                                                                     \
  ROW (gradient)                                                                                   \
  ROW (input_x_gradient)                                                                           \
  ROW (smoothgrad)                                                                                 \
  ROW (squaregrad)                                                                                 \
  ROW (vargrad)                                                                                    \
  ROW (fullgrad)                                                                                   \
  ROW (guided_backprop)                                                                            \
  ROW (deconvnet)                                                                                  \
  ROW (integrated_gradients)                                                                       \
  ROW (gradient_shap)                                                                              \
  ROW (blur_ig)                                                                                    \
  ROW (guided_ig)                                                                                  \
  ROW (xrai)                                                                                       \
  ROW (lrp)                                                                                        \
  ROW (deeplift)                                                                                   \
  ROW (excitation_backprop)                                                                        \
  ROW (occlusion)                                                                                  \
  ROW (rise)                                                                                       \
  ROW (lime)                                                                                       \
  ROW (kernel_shap)                                                                                \
  ROW (partition_shap)                                                                             \
  ROW (sobol)                                                                                      \
  ROW (extremal_perturbation)                                                                      \
  ROW (minimal_region)                                                                             \
  ROW (shapley_of_parts)                                                                           \
  ROW (activations)                                                                                \
  ROW (feature_factorization)                                                                      \
  ROW (feature_visualization)

#define DECLARE(name) extern const WhyMethod why_method_##name;
WHY_METHOD_ROWS (DECLARE)
#undef DECLARE

#define POINT(name) &why_method_##name,
static const WhyMethod *const method_table[] = { WHY_METHOD_ROWS (POINT) NULL };
#undef POINT

#define DEFAULT_METHOD "grad-cam"

const WhyMethod *const *
why_methods (gsize *n)
{
  if (n)
    *n = G_N_ELEMENTS (method_table) - 1;
  return method_table;
}

const WhyMethod *
why_method_lookup (const gchar *id, GError **error)
{
  const gchar *ids[G_N_ELEMENTS (method_table)] = { NULL };
  g_autofree gchar *all = NULL;
  const gchar *nearest;

  if (!id || !*id)
    id = DEFAULT_METHOD;
  for (gsize i = 0; i + 1 < G_N_ELEMENTS (method_table); i++)
    {
      ids[i] = method_table[i]->id;
      if (strcmp (id, ids[i]) == 0)
        return method_table[i];
    }
  all = g_strjoinv (", ", (gchar **)ids);
  nearest = why_nearest_word (id, ids);
  if (nearest)
    g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
                 _ ("no method '%s': did you mean %s? There are %s"), id, nearest, all);
  else
    g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT, _ ("no method '%s': there are %s"), id, all);
  return NULL;
}

const gchar *
why_family_get_nick (WhyFamily family)
{
  static const gchar *const nicks[] = {
    [WHY_FAMILY_CAM] = N_ ("Class activation maps"),
    [WHY_FAMILY_GRADIENT] = N_ ("Gradients"),
    [WHY_FAMILY_PATH] = N_ ("Gradients along a path"),
    [WHY_FAMILY_PROPAGATION] = N_ ("Relevance propagation"),
    [WHY_FAMILY_PERTURBATION] = N_ ("Change and watch"),
    [WHY_FAMILY_TRANSFORMER] = N_ ("Transformers"),
    [WHY_FAMILY_INSIDE] = N_ ("Seeing inside"),
  };

  return nicks[family];
}

const gchar *
why_method_get_id (const WhyMethod *method)
{
  return method->id;
}

const gchar *
why_method_get_name (const WhyMethod *method)
{
  return method->name;
}

WhyFamily
why_method_get_family (const WhyMethod *method)
{
  return method->family;
}

const gchar *
why_method_get_blurb (const WhyMethod *method)
{
  return method->blurb;
}

const gchar *
why_method_get_citation (const WhyMethod *method)
{
  return method->citation;
}

const gchar *
why_method_get_caveat (const WhyMethod *method)
{
  return method->caveat;
}

const WhyParam *
why_method_get_params (const WhyMethod *method)
{
  return method->params;
}

gboolean
why_method_is_signed (const WhyMethod *method)
{
  return method->is_signed;
}

gboolean
why_method_uses_layer (const WhyMethod *method)
{
  return method->uses_layer;
}

gboolean
why_method_makes_picture (const WhyMethod *method)
{
  return method->makes_picture;
}

WhyReduce
why_method_get_reduce (const WhyMethod *method)
{
  return method->reduce;
}

WhyScore
why_method_get_score (const WhyMethod *method)
{
  return method->score;
}

gdouble
why_method_estimate (const WhyMethod *method, const WhyParams *params, const WhyNet *net)
{
  return method->estimate ? method->estimate (params, net) : 3.0;
}
