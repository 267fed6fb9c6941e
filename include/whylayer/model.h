/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include "error.h"
#include "tensor.h"

G_BEGIN_DECLS

typedef enum
{
  WHY_RESIZE_STRETCH,
  WHY_RESIZE_CROP,
  WHY_RESIZE_LETTERBOX
} WhyResize;
typedef enum
{
  WHY_CHANNELS_RGB,
  WHY_CHANNELS_BGR,
  WHY_CHANNELS_GRAY
} WhyChannels;
typedef enum
{
  WHY_LAYOUT_NCHW,
  WHY_LAYOUT_NHWC
} WhyLayout;
typedef enum
{
  WHY_ACTIVATION_SOFTMAX,
  WHY_ACTIVATION_SIGMOID,
  WHY_ACTIVATION_NONE
} WhyActivation;
typedef enum
{
  WHY_UNSURE_NONE,
  WHY_UNSURE_ENERGY,
  WHY_UNSURE_MAX_LOGIT,
  WHY_UNSURE_PROBABILITY,
  WHY_UNSURE_OUTPUT /* an output of the graph's own, one number per picture */
} WhyUnsure;

/**
 * WhyPreprocessing: from a picture to the network's input. Pixels are sRGB values scaled to
 * range[0]…range[1], then (p - mean) / std for each channel, in the network's channel order.
 */
typedef struct
{
  gint width, height;  /* the input's size in pixels; the default when the graph leaves it open */
  gboolean fixed_size; /* FALSE: the graph accepts other sizes too */
  WhyChannels channels;
  WhyLayout layout;
  gdouble range[2];
  gdouble mean[3], std[3];
  WhyResize resize;
  gint short_side; /* WHY_RESIZE_CROP: the short side is resized to this, then cropped */
} WhyPreprocessing;

/**
 * WhyModel: a classifier as read from an ONNX file: checked graph, weights, labels and
 * preprocessing. Immutable and usable from any thread.
 */
typedef struct _WhyModel WhyModel;

/* Reads an ONNX file with its external data and its sidecar NAME.json (or the metadata entry
 * "whylayer"; key by key the sidecar wins; range, mean and std count as one key, resize and
 * short_side as another). preset: NULL, or one of why_model_presets() for what the file leaves
 * open. The network's shapes are inferred once at its own size. Messages start with the file's base
 * name. Errors: every WHY_ERROR_MODEL_*, WHY_ERROR_MEMORY, and WHY_ERROR_ARGUMENT for an unknown
 * preset. (transfer full) */
WhyModel *why_model_load (const gchar *path, const gchar *preset, GError **error);
/* The same from memory; folder is where external data and label files may lie, or NULL. */
WhyModel *why_model_load_bytes (GBytes *bytes, const gchar *name, const gchar *folder,
                                const gchar *preset, GError **error);
WhyModel *why_model_ref (WhyModel *model);
void why_model_unref (WhyModel *model);

const gchar *why_model_get_name (const WhyModel *model); /* sidecar's name or file's base name */
const gchar *why_model_get_description (const WhyModel *model); /* may be NULL */
const gchar *why_model_get_licence (const WhyModel *model);     /* may be NULL */
const gchar *why_model_get_path (const WhyModel *model);        /* NULL when read from memory */
const gchar *why_model_get_sha256 (const WhyModel *model); /* of the ONNX file, lower-case hex */
const WhyPreprocessing *why_model_get_preprocessing (const WhyModel *model);
/* Where range, mean and std come from: "sidecar", "metadata", "preset torchvision" (asked for) or
 * "inferred torchvision" (the usual one for such a network). */
const gchar *why_model_get_preprocessing_source (const WhyModel *model);
WhyActivation why_model_get_activation (const WhyModel *model);
gdouble why_model_get_temperature (const WhyModel *model);
WhyUnsure why_model_get_unsure (const WhyModel *model, gdouble *below);

gint why_model_get_n_classes (const WhyModel *model);
/* The label of class index in the current UI language, or in C. Never NULL: "class 7" without. */
const gchar *why_model_get_label (const WhyModel *model, gint index);
const gchar *why_model_get_label_c (const WhyModel *model, gint index);
/* Class index of a label (either language, case-insensitive; one of a comma-separated list of
 * synonyms is enough when it is nobody's whole label) or a decimal index; -1 with WHY_ERROR_LABEL:
 * unknown (names the nearest) or ambiguous (lists the indices). */
gint why_model_find_class (const WhyModel *model, const gchar *text, GError **error);

/* Input channels C of the network: 1 or 3. */
gint why_model_get_n_channels (const WhyModel *model);

/** WhyPreset: how a family of networks is usually fed; fields as in WhyPreprocessing. */
typedef struct
{
  const gchar *id, *nick, *blurb; /* nick and blurb N_() marked */
  WhyChannels channels;
  gdouble range[2];
  gdouble mean[3], std[3]; /* in the order of channels; a gray input takes their averages */
  WhyResize resize;
  gdouble margin; /* WHY_RESIZE_CROP: short_side is this times the input's longer side */
} WhyPreset;
const WhyPreset *why_model_presets (gsize *n); /* torchvision, tf, caffe, unit … */

/* The name of the model that is used when none is asked for. */
#define WHY_DEFAULT_MODEL "whylayer-tiny64"

/**
 * WhyModelEntry: a model that can be chosen by name.
 */
typedef struct
{
  gchar *name; /* the file's base name without .onnx */
  gchar *path;
  gboolean bundled; /* found in the product's own data directory */
} WhyModelEntry;
void why_model_entry_free (WhyModelEntry *entry);

/* Models in $WHYLAYER_DATA, the user's data directory (whylayer/models), relative to the
 * executable and the compiled data directory; the first of a name wins. (element-type
 * WhyModelEntry) (transfer full) */
GPtrArray *why_model_list (void);
/* A name, a path, or ""/NULL for the bundled model → path. WHY_ERROR_MODEL_NOT_FOUND names the
 * nearest and the folders searched. (transfer full) */
gchar *why_model_find (const gchar *name_or_path, GError **error);

/** An input or output as an ONNX file declares it. */
typedef struct
{
  gchar *name;
  WhyDType dtype; /* WHY_DTYPE_NONE: not a tensor of numbers */
  WhyShape shape; /* extents -1: open; rank -1: not said */
} WhyModelPort;

/** One operator of an ONNX file. */
typedef struct
{
  gchar *name, *domain; /* domain "" is ONNX's own */
  gint count;
  gboolean supported;
  GPtrArray *nodes; /* gchar*: names of all its nodes */
} WhyModelOperator;

/**
 * WhyModelSurvey: what an ONNX file says about itself, also when it cannot be loaded because of
 * operators that we do not have.
 */
typedef struct
{
  gint opset, ir_version;
  gchar *producer;
  GPtrArray *inputs, *outputs; /* WhyModelPort*; weights listed as inputs are left out */
  GPtrArray *operators;        /* WhyModelOperator*, by name */
} WhyModelSurvey;

/* WHY_ERROR_MODEL_NOT_FOUND, _INVALID, and _UNSUPPORTED for an opset that cannot be read.
 * (transfer full) */
WhyModelSurvey *why_model_survey (const gchar *path, GError **error);
void why_model_survey_free (WhyModelSurvey *survey);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyModel, why_model_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyModelEntry, why_model_entry_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyModelSurvey, why_model_survey_free)

G_END_DECLS
