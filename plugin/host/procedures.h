/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each procedure of the session's table does, written once for both GIMPs: they register the
 * rows, read the arguments, and hand back the answers.
 */
#pragma once

#include "host/answers.h"
#include "host/host.h"

G_BEGIN_DECLS

/** One call of one of our procedures. */
typedef struct
{
  const WhyProcedure *row;
  const WhyParams *arguments;
  gboolean interactive; /* a person waits for it */
  WhyHost host;         /* only its session when the procedure takes no image */
  WhyAnswers *answers;  /* to be filled */
} WhyCall;

/* FALSE without error: cancelled. */
typedef gboolean (*WhyCallFunc) (WhyCall *call, GError **error);

/* What runs a procedure; NULL for the one whose dialog is the host's own. */
WhyCallFunc why_procedure_get_func (const WhyProcedure *row);

/* procedures-….c: one file a concern. */
gboolean why_call_classify (WhyCall *call, GError **error);
gboolean why_call_explain_by_method (WhyCall *call, GError **error);
gboolean why_call_restyle (WhyCall *call, GError **error);
gboolean why_call_select (WhyCall *call, GError **error);
gboolean why_call_compare (WhyCall *call, GError **error);
gboolean why_call_test_selection (WhyCall *call, GError **error);
gboolean why_call_layer_shapley (WhyCall *call, GError **error);
gboolean why_call_check (WhyCall *call, GError **error);
gboolean why_call_batch (WhyCall *call, GError **error);
gboolean why_call_models (WhyCall *call, GError **error);
gboolean why_call_methods (WhyCall *call, GError **error);
gboolean why_call_metrics (WhyCall *call, GError **error);

/* An argument that is a list with commas between, "a, b"; NULL when it is empty. (transfer full) */
GStrv why_call_split (const WhyCall *call, const gchar *name);
/* Writes a report into the image, or (update) over the layer that was asked again. */
gboolean why_call_finish_explain (WhyCall *call, const WhyReport *report, gboolean update,
                                  GError **error);
/* The call's request, checked; in the hands of a person it starts from the last one. (transfer
 * full) */
WhyRequest *why_call_get_request (const WhyCall *call, GError **error);

G_END_DECLS
