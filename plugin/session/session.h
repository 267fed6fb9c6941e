/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The host-neutral half of Whylayer: request → explanation → report. GIMP 3, GIMP 2.10 and the
 * command line all go through here, so that the same question gives the same answer everywhere.
 */
#pragma once

#include <json-glib/json-glib.h>
#include "whylayer/whylayer.h"

G_BEGIN_DECLS

/**
 * WhyRequest: everything a person or a script can ask, as strings; empty (or NULL) means default.
 * The fields are those of the argument table in session/arguments.h, in its frozen order.
 */
typedef struct
{
  gchar *model;      /* name or path */
  gchar *preset;     /* preprocessing preset for models that say nothing */
  gchar *method;     /* id */
  gchar *parameters; /* "NAME=VALUE;…" of the method */
  gchar *node;       /* layer */
  gchar *target;     /* "top", class index or label */
  gchar *against;    /* "", class index, label or "second" */
  gchar *score;      /* logit|probability|log-probability */
  gchar *region;     /* visible|layer|selection */
  gchar *view;       /* stretch|crop|letterbox; "" the model's */
  gchar *style;      /* "NAME=VALUE;…" */
  gchar *output;     /* layer|mask|selection|channel|image */
} WhyRequest;

WhyRequest *why_request_new (void);
WhyRequest *why_request_copy (const WhyRequest *request);
void why_request_free (WhyRequest *request);
/* Field by argument name ("parameters"); NULL when there is no such field. */
gchar **why_request_field (WhyRequest *request, const gchar *name);
/* Checks every field that can be checked without running. */
gboolean why_request_validate (const WhyRequest *request, GError **error);

/** WhySession: keeps loaded models and planned explainers between requests. */
typedef struct _WhySession WhySession;
WhySession *why_session_new (gint threads);
void why_session_free (WhySession *session);
WhyModel *why_session_get_model (WhySession *session, const gchar *name_or_path,
                                 const gchar *preset, GError **error); /* (transfer full) */

/**
 * WhyReport: the answer about one picture; the object of the JSON line and of the layer's parasite.
 */
typedef struct
{
  gchar *image; /* base name */
  gint width, height;
  WhyModel *model;
  WhyView view;
  GArray *predictions; /* all WhyPrediction, most probable first */
  gboolean unsure;
  WhyExplanation *explanation; /* NULL after classify */
  WhyParams *style;
  WhyScale scale;                                /* as drawn */
  WhyTensor *cells;                              /* [h,w] reduced map; NULL after classify */
  gchar *layer_name;                             /* "Why: goldfish (Grad-CAM)", translated */
  GPtrArray *checks;                             /* WhyCheck*, may be empty */
  gchar *output_layer, *output_png, *output_raw; /* filled by the host */
  gint64 elapsed_ms;
} WhyReport;
void why_report_free (WhyReport *report);

/* region: the part asked about in image pixels (the host turns visible|layer|selection into it), or
 * NULL for everything. */
WhyReport *why_session_classify (WhySession *session, const WhyRequest *request, WhyPixels *pixels,
                                 const WhyRect *region, WhyProgress *progress, GError **error);
WhyReport *why_session_explain (WhySession *session, const WhyRequest *request, WhyPixels *pixels,
                                const WhyRect *region, WhyProgress *progress, GError **error);
/* Draws the report's map: RGBA 8-bit for the image rectangle bounds, ready for a layer at its
 * x, y. (transfer full) */
guint8 *why_report_draw (const WhyReport *report, gint *x, gint *y, gint *width, gint *height);
/* The same, strip by strip: rows y … y + n_rows - 1 of the bounds. */
void why_report_draw_rows (const WhyReport *report, gint y, gint n_rows, guint8 *rgba);

/* DESIGN's JSON object; top: how many predictions it lists. (transfer full) */
JsonNode *why_report_to_json (const WhyReport *report, gint top);
gchar *why_report_to_json_line (const WhyReport *report, gint top); /* no newline */
/* The object for a picture that failed. (transfer full) */
gchar *why_error_to_json_line (const gchar *image, const GError *error);

/* From a layer's parasites back to something that can be redrawn and asked again; validates like
 * any untrusted input (WHY_ERROR_PARASITE). The model is not loaded. */
typedef struct
{
  WhyRequest *request;
  WhyTensor *cells;
  WhyTensor *map;
  WhyView view;
  gchar *method_id;
} WhyStored;
WhyStored *why_stored_parse (GBytes *json, GBytes *npy, GError **error);
void why_stored_free (WhyStored *stored);

#define WHY_PARASITE_JSON "whylayer"
#define WHY_PARASITE_MAP "whylayer-map"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyRequest, why_request_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhySession, why_session_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyReport, why_report_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyStored, why_stored_free)

G_END_DECLS
