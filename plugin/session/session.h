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
  gchar *model;      /* name or path, optionally "#PRESET" */
  gchar *method;     /* id */
  gchar *parameters; /* "NAME=VALUE;…" of the method */
  gchar *node;       /* layer */
  gchar *target;     /* "top", class index or label */
  gchar *against;    /* "", class index, label or "second" */
  gchar *score;      /* logit|probability|log-probability */
  gchar *region;     /* visible|layer|selection */
  gchar *view;       /* stretch|crop|letterbox, then ":SIZE" or ":WxH"; "" the model's */
  gchar *style;      /* "NAME=VALUE;…" */
  gchar *output;     /* layer|group|mask|selection|channel|image and options: WhyOutputSpec */
  /* Not arguments of explain, whose order is frozen: */
  gchar *preset; /* preprocessing preset for models that say nothing, as after '#' */
  gchar *repeat; /* how many maps are averaged; "" 1 */
} WhyRequest;

WhyRequest *why_request_new (void);
WhyRequest *why_request_copy (const WhyRequest *request);
void why_request_free (WhyRequest *request);
const gchar *const *why_request_names (void); /* of all fields, NULL-terminated */
/* Field by argument name ("parameters"); NULL when there is no such field. */
gchar **why_request_field (WhyRequest *request, const gchar *name);
/* The field's text; "" when unset. (transfer none) */
const gchar *why_request_get (const WhyRequest *request, const gchar *name);
void why_request_set (WhyRequest *request, const gchar *name, const gchar *value);
/* Takes every field that params (a procedure's arguments) has. */
void why_request_set_params (WhyRequest *request, const WhyParams *params);
/* Checks every field that can be checked without a model. WHY_ERROR_ARGUMENT. */
gboolean why_request_validate (const WhyRequest *request, GError **error);
/* One request for each of models with each of methods (either may be NULL: the request's own),
 * checked. With several methods each takes those of the parameters that are its own. (element-type
 * WhyRequest) (transfer full) */
GPtrArray *why_request_expand (const WhyRequest *request, const gchar *const *models,
                               const gchar *const *methods, GError **error);

/** A request's output, read: "layer", "layer:convert", "group:5", "group:5:convert", "mask" … */
typedef struct
{
  const gchar *kind; /* id in why_output_choices */
  gint classes;      /* of a group: how many of the most probable classes get a layer */
  gboolean convert;  /* layer or group: an image without colours is made RGB for it, instead of a
                      * copy */
} WhyOutputSpec;
gboolean why_output_spec_parse (const gchar *text, WhyOutputSpec *spec, GError **error);
gchar *why_output_spec_to_string (const WhyOutputSpec *spec); /* (transfer full) */
#define WHY_MAX_GROUP 20

/** WhySession: keeps loaded models and planned explainers between requests. */
typedef struct _WhySession WhySession;
WhySession *why_session_new (gint threads); /* 0: one per core */
void why_session_free (WhySession *session);
/* Another session, for another thread, that shares the models loaded so far. (transfer full) */
WhySession *why_session_new_sharing (WhySession *session, gint threads);
/* Drops the last picture. */
void why_session_forget_picture (WhySession *session);
/* The model of the request's model and preset. (transfer full) */
WhyModel *why_session_get_model (WhySession *session, const WhyRequest *request, GError **error);

/* Loads the request's model and looks up its labels and node: what is wrong for every picture is
 * said before the first. */
gboolean why_session_prepare (WhySession *session, const WhyRequest *request, GError **error);

/**
 * WhySubject: one picture as one model sees it. The session keeps the last one, so that a second
 * method on the same WhyPixels neither samples nor classifies again: whoever changes the picture
 * makes new WhyPixels.
 */
typedef struct
{
  gatomicrefcount ref_count;
  WhyModel *model;
  WhyView view;
  WhyTensor *rgb;      /* [3,H,W] as sampled, 0…1: what the network sees */
  WhyTensor *input;    /* [C,H,W] normalised */
  WhyTensor *logits;   /* [classes] */
  GArray *predictions; /* all WhyPrediction, most probable first */
  gboolean unsure;     /* the model's rule says that none of its classes may be there */
} WhySubject;
WhySubject *why_subject_ref (WhySubject *subject);
void why_subject_unref (WhySubject *subject);

/**
 * WhyReport: the answer about one picture; the object of the JSON line and of the layer's parasite.
 */
typedef struct _WhyReport WhyReport;
struct _WhyReport
{
  gchar *image; /* base name; set by the host */
  gint width, height;
  WhyRequest *request;
  WhySubject *subject;
  gboolean had_alpha;          /* drawn over why_background before classifying */
  WhyExplanation *explanation; /* NULL after classify */
  WhyParams *style;
  WhyScale scale;          /* as drawn */
  WhyTensor *cells;        /* [h,w] reduced map; NULL after classify */
  gchar *layer_name;       /* "Why: goldfish (Grad-CAM)", translated */
  GPtrArray *checks;       /* WhyCheck*, may be empty */
  gdouble agreement;       /* with the picture's other maps (evidence.h); NAN when there are none */
  gint repeats;            /* how many maps the explanation is the mean of; 1 usually */
  gboolean repeats_random; /* … over seeds; FALSE: over jittered crops */
  gchar *output_layer, *output_png, *output_raw; /* filled by the host */
  gint64 elapsed_ms;
  GPtrArray *others; /* WhyReport*, the further classes of a group; NULL when none was asked for */
};
void why_report_free (WhyReport *report);

/* region: the part asked about in image pixels (the host turns visible|layer|selection into it), or
 * NULL for everything. */
WhyReport *why_session_classify (WhySession *session, const WhyRequest *request, WhyPixels *pixels,
                                 const WhyRect *region, WhyProgress *progress, GError **error);
WhyReport *why_session_explain (WhySession *session, const WhyRequest *request, WhyPixels *pixels,
                                const WhyRect *region, WhyProgress *progress, GError **error);
/** WhyMeasure: a metric with its parameters. */
typedef struct
{
  const WhyMetric *metric;
  WhyParams *params;
  gboolean asked; /* by name; others are left out where they are not defined */
} WhyMeasure;
/* Reads "ID" or "ID:NAME=VALUE;…" of each; texts NULL: every metric that needs no mask. With a
 * metric that needs a mask and with_mask FALSE: WHY_ERROR_ARGUMENT. (element-type WhyMeasure)
 * (transfer full) */
GPtrArray *why_measures_parse (const gchar *const *texts, gboolean with_mask, GError **error);
/* Measures the report's map and adds the results to report->checks. mask: [H,W] of the input, or
 * NULL. controls: measure maps that know nothing of the network too. */
gboolean why_session_check (WhySession *session, WhyReport *report, const GPtrArray *measures,
                            const WhyTensor *mask, gboolean controls, WhyProgress *progress,
                            GError **error);
/* A mask for the report's input from a picture of the same size: its luminance. (transfer full) */
WhyTensor *why_report_sample_mask (const WhyReport *report, WhyPixels *mask, GError **error);
/* Transparent pictures are composited over this sRGB colour before they are classified. */
extern const gdouble why_background[3];

/* Another style for the same map: nothing is computed again. WHY_ERROR_ARGUMENT. */
gboolean why_report_set_style (WhyReport *report, const gchar *style, GError **error);
/* Draws the report's map: RGBA 8-bit for the image rectangle bounds, ready for a layer at its
 * x, y. (transfer full) */
guint8 *why_report_draw (const WhyReport *report, gint *x, gint *y, gint *width, gint *height);

/** WhyDrawing: a map and how it is drawn, of a report or of a stored layer; borrowed from it. */
typedef struct
{
  const WhyParams *style;
  const WhyScale *scale;
  const WhyTensor *cells;
  const WhyView *view;
  /* [C,h,w] pixel values of a method that makes a picture, shown as it is instead of cells; NULL
   * for maps. Its channels are in the network's order: bgr when blue comes first. */
  const WhyTensor *picture;
  gboolean bgr;
} WhyDrawing;
WhyDrawing why_report_get_drawing (const WhyReport *report);
/* The picture of a drawing that has one at its own size, RGB 8-bit; NULL for maps. (transfer full)
 */
guint8 *why_drawing_get_picture (const WhyDrawing *drawing, gint *width, gint *height);
/* The part of the image scaled by zoom that begins at x, y, RGBA; transparent outside the view. */
void why_drawing_draw (const WhyDrawing *drawing, gint x, gint y, gint width, gint height,
                       gdouble zoom, guint8 *rgba, gsize rowstride);
/* Rows y … y + n_rows - 1 of why_view_get_bounds(), RGBA. */
void why_drawing_draw_rows (const WhyDrawing *drawing, gint y, gint n_rows, guint8 *rgba);

/* DESIGN's JSON object; top: how many predictions it lists. (transfer full) */
JsonNode *why_report_to_json (const WhyReport *report, gint top);
gchar *why_report_to_json_line (const WhyReport *report, gint top); /* no newline */
/* The object for a picture that failed; request: what failed of it, or NULL for all. (transfer
 * full) */
JsonNode *why_error_to_json (const gchar *image, const WhyRequest *request, const GError *error);
gchar *why_error_to_json_line (const gchar *image, const WhyRequest *request, const GError *error);

/* The request about a file as a `whylayer` command line, quoted for a shell. (transfer full) */
gchar *why_request_to_command (const WhyRequest *request, const gchar *file);

/* From a layer's parasites back to something that can be redrawn and asked again; validates like
 * any untrusted input (WHY_ERROR_PARASITE). The model is not loaded. */
typedef struct
{
  WhyRequest *request;
  WhyTensor *cells;
  WhyTensor *map;
  WhyView view;
  gchar *method_id;
  gboolean makes_picture; /* the map is one: [C,h,w] pixel values, blue first if bgr */
  gboolean bgr;
  WhyParams *style;
  WhyScale scale;
  JsonNode *record; /* what the layer remembers, as it was read but for the style */
} WhyStored;
WhyStored *why_stored_parse (GBytes *json, GBytes *npy, GError **error);
void why_stored_free (WhyStored *stored);
/* Changes what changes ("NAME=VALUE;…") names of the style, in the request and the record too; the
 * map stays. WHY_ERROR_ARGUMENT. */
gboolean why_stored_set_style (WhyStored *stored, const gchar *changes, GError **error);
/* The class that was explained, and a class's probability then; -1 when the record does not say. */
gint why_stored_get_target (const WhyStored *stored);
gdouble why_stored_get_probability (const WhyStored *stored, gint index);
WhyDrawing why_stored_get_drawing (const WhyStored *stored);
gchar *why_stored_to_json_line (const WhyStored *stored); /* no newline */

#define WHY_PARASITE_JSON "whylayer"
#define WHY_PARASITE_MAP "whylayer-map"
#define WHY_PARASITE_LEGEND "whylayer-legend" /* of a legend: the tattoo of its map's layer */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyRequest, why_request_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhySession, why_session_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhySubject, why_subject_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyReport, why_report_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyStored, why_stored_free)

G_END_DECLS
