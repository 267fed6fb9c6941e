/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The classifiers a person can choose from: one list for the dialogs, the procedures and the
 * command line.
 */
#pragma once

#include "session/session.h"

G_BEGIN_DECLS

typedef enum
{
  WHY_MODEL_BUNDLED, /* comes with the product */
  WHY_MODEL_OWN, /* in $WHYLAYER_DATA or the folder whylayer/models of the user's data directory */
  WHY_MODEL_RECENT /* another file, or another preprocessing, that was used lately */
} WhyModelOrigin;

/** WhyModelChoice: one row of a model chooser. */
typedef struct
{
  gchar *id; /* what a request's model takes: a name or a path, then "#PRESET" where one was used */
  gchar *nick; /* for people, translated */
  gchar *path;
  WhyModelOrigin origin;
  gboolean is_default; /* what an empty model means */
} WhyModelChoice;
void why_model_choice_free (WhyModelChoice *choice);

/* The default first, then the bundled ones and the person's own by name, then the recent ones, the
 * latest first; files that are gone are left out. (element-type WhyModelChoice) (transfer full) */
GPtrArray *why_model_choices (void);
/* The row that a request's model means ("" the default's), or NULL. (transfer none) */
const WhyModelChoice *why_model_choices_find (const GPtrArray *choices, const gchar *model);

/* The model without "#PRESET", and the preset or "". (transfer full) */
gchar *why_model_id_split (const gchar *model, const gchar **preset);
/* The same model with another preset; "" none. (transfer full) */
gchar *why_model_id_with_preset (const gchar *model, const gchar *preset);

/* Puts the request's model on top of the recent ones, unless the list names it anyway.
 * WHY_ERROR_OUTPUT when that could not be written down. */
gboolean why_models_remember (const WhyRequest *request, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyModelChoice, why_model_choice_free)

G_END_DECLS
