/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A classifier: the checked graph, and what sidecar, metadata, preset and the graph itself say
 * about its input and its classes. */
#include "whylayer/model.h"

#include <string.h>

#include <glib/gi18n-lib.h>
#include <inttypes.h>

#include "graph/anatomy.h"
#include "graph/model-private.h"
#include "graph/net-private.h"
#include "graph/presets.h"
#include "limits.h"
#include "sha256.h"

#define SUFFIX ".onnx"
#define METADATA_KEY "whylayer"
#define LARGE_FILE ((gsize)32 << 20) /* is not left in memory beside the weights being packed */

struct _WhyModel
{
  gatomicrefcount ref_count;
  WhyModel *base; /* whose everything but the graph this variant shows; NULL usually */
  gchar *name, *path, *source;
  GThread *digest; /* computes the SHA-256, which takes longer than reading the file */
  gsize sha256;    /* the text that it returned, once somebody has asked */
  WhyOnnx *onnx;
  WhySidecar *sidecar;
  WhyPicture picture;
  WhyPreprocessing preprocessing;
  WhyActivation activation;
  WhyValueId logits, confidence; /* confidence: WHY_VALUE_NONE without such an output */
  gint n_classes;
  WhyLabels *labels;
};

/* ---- shapes --------------------------------------------------------------------------------- */

/* Everything the classes need must come from the picture. */
static gboolean
check_other_inputs (const WhyGraph *graph, GError **error)
{
  for (guint n = 0; n < graph->nodes->len; n++)
    {
      const WhyNode *node = why_graph_node (graph, (gint)n);
      for (gint i = 0; i < node->n_inputs; i++)
        {
          const WhyValue *value;
          if (node->inputs[i] == WHY_VALUE_NONE || node->inputs[i] == graph->input)
            continue;
          value = why_graph_value (graph, node->inputs[i]);
          if (value->producer >= 0 || value->constant)
            continue;
          g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_UNSUPPORTED,
                       _ ("it needs a second input, '%s', besides the picture"), value->name);
          return FALSE;
        }
    }
  return TRUE;
}

/* A copy of the model's graph with only what its output needs and with shapes for one picture. */
static WhyGraph *
infer_at (const WhyModel *model, gint64 height, gint64 width, GError **error)
{
  g_autoptr (WhyGraph) graph = why_graph_copy (model->onnx->graph);
  WhyValue *picture = why_graph_value (graph, graph->input);
  gint64 channels = model->picture.channels;
  gboolean nhwc = model->picture.layout == WHY_LAYOUT_NHWC;

  g_array_set_size (graph->outputs, 0);
  g_array_append_val (graph->outputs, graph->output);
  if (model->confidence != WHY_VALUE_NONE)
    g_array_append_val (graph->outputs, model->confidence);
  why_graph_prune (graph);
  if (!check_other_inputs (graph, error))
    return NULL;
  if (picture->shape.rank == 3)
    picture->shape
        = nhwc ? WHY_SHAPE (height, width, channels) : WHY_SHAPE (channels, height, width);
  else
    picture->shape
        = nhwc ? WHY_SHAPE (1, height, width, channels) : WHY_SHAPE (1, channels, height, width);
  picture->dtype = WHY_DTYPE_FLOAT;
  return why_graph_infer (graph, error) ? g_steal_pointer (&graph) : NULL;
}

/* The usual sizes in turn, for a graph that leaves its own open but may not take every one. */
static WhyGraph *
infer_at_usual_size (WhyModel *model, GError **error)
{
  static const gint sizes[] = { 224, 256, 299, 384, 320, 240, 192, 160, 128, 96, 64, 48, 32, 28 };
  const WhyPicture *picture = &model->picture;
  GError *first = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      gint64 height = picture->height > 0 ? picture->height : sizes[i];
      gint64 width = picture->width > 0 ? picture->width : sizes[i];
      g_autoptr (GError) local = NULL;
      WhyGraph *graph = infer_at (model, height, width, &local);

      if (graph)
        {
          model->preprocessing.height = (gint)height;
          model->preprocessing.width = (gint)width;
          g_clear_error (&first);
          return graph;
        }
      if (!first)
        first = g_error_copy (local);
      if (!g_error_matches (local, WHY_ERROR, WHY_ERROR_MODEL_INVALID))
        break; /* not a question of size */
    }
  if (first->code == WHY_ERROR_MODEL_INVALID)
    g_prefix_error (&first,
                    _ ("it does not say which picture size it takes, and no usual one fits; give "
                       "\"input\": {\"size\": [W, H]} in a sidecar: "));
  g_propagate_error (error, first);
  return NULL;
}

static gboolean
contradicts (gint64 declared, gint said)
{
  return declared > 0 && declared != said;
}

/* Finds the input's size; returns the graph inferred at it. (transfer full) */
static WhyGraph *
find_size (WhyModel *model, GError **error)
{
  const WhyPicture *picture = &model->picture;
  WhyPreprocessing *pre = &model->preprocessing;

  pre->fixed_size = picture->height > 0 && picture->width > 0;
  if (picture->height > WHY_MAX_INPUT_SIDE || picture->width > WHY_MAX_INPUT_SIDE)
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_UNSUPPORTED,
                   _ ("it takes pictures of %" PRId64 "×%" PRId64
                      " pixels; at most %d a side are supported"),
                   picture->width, picture->height, WHY_MAX_INPUT_SIDE);
      return NULL;
    }
  if (model->sidecar->said & WHY_SAID_SIZE)
    {
      pre->width = model->sidecar->preprocessing.width;
      pre->height = model->sidecar->preprocessing.height;
      if (contradicts (picture->width, pre->width) || contradicts (picture->height, pre->height))
        {
          g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_INVALID,
                       _ ("its description says %d×%d pixels, but the network takes "
                          "%" PRId64 "×%" PRId64),
                       pre->width, pre->height, picture->width, picture->height);
          return NULL;
        }
    }
  else if (pre->fixed_size)
    {
      pre->width = (gint)picture->width;
      pre->height = (gint)picture->height;
    }
  else
    return infer_at_usual_size (model, error);
  return infer_at (model, pre->height, pre->width, error);
}

/* ---- preprocessing -------------------------------------------------------------------------- */

/* values: one for every channel, or the one for all of them. */
static gboolean
spread (const WhyModel *model, const gchar *key, const gdouble *values, gint n, gdouble def,
        gdouble out[3], GError **error)
{
  if (n > 1 && n != model->picture.channels)
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_INVALID,
                   _ ("in its description, '%s' has %d numbers for %d channels"), key, n,
                   model->picture.channels);
      return FALSE;
    }
  for (gint c = 0; c < 3; c++)
    out[c] = n == 0 ? def : values[n == 1 ? 0 : c];
  return TRUE;
}

static gboolean
apply_pixels (WhyModel *model, GError **error)
{
  const WhySidecar *sidecar = model->sidecar;
  const WhyPreprocessing *said = &sidecar->preprocessing;
  WhyPreprocessing *pre = &model->preprocessing;

  if (!(sidecar->said & WHY_SAID_PIXELS))
    return TRUE;
  g_free (model->source);
  model->source = g_strdup (sidecar->pixels_source);
  memcpy (pre->range, said->range, sizeof pre->range);
  if (model->picture.channels == 3) /* a preset's BGR went with its numbers */
    pre->channels = WHY_CHANNELS_RGB;
  return spread (model, "mean", said->mean, sidecar->n_mean, 0, pre->mean, error)
         && spread (model, "std", said->std, sidecar->n_std, 1, pre->std, error);
}

static gboolean
apply_resize (WhyModel *model, GError **error)
{
  const WhySidecar *sidecar = model->sidecar;
  WhyPreprocessing *pre = &model->preprocessing;
  gint side = MAX (pre->width, pre->height);

  if (!(sidecar->said & WHY_SAID_RESIZE))
    return TRUE;
  pre->resize = sidecar->preprocessing.resize;
  pre->short_side = sidecar->preprocessing.short_side ? sidecar->preprocessing.short_side : side;
  if (pre->resize != WHY_RESIZE_CROP || pre->short_side >= side)
    return TRUE;
  g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_INVALID,
               _ ("in its description, 'short_side' is %d; to crop %d×%d pixels it must be at "
                  "least %d"),
               pre->short_side, pre->width, pre->height, side);
  return FALSE;
}

static void
swap (gdouble values[3])
{
  gdouble first = values[0];

  values[0] = values[2];
  values[2] = first;
}

/* The description's channel order; a preset's numbers turn with it. */
static void
apply_channels (WhyModel *model)
{
  WhyPreprocessing *pre = &model->preprocessing;
  WhyChannels said = model->sidecar->preprocessing.channels;

  if (!(model->sidecar->said & WHY_SAID_CHANNELS) || said == pre->channels)
    return;
  pre->channels = said;
  if (model->sidecar->said & WHY_SAID_PIXELS)
    return;
  swap (pre->mean);
  swap (pre->std);
}

/* Preset (asked for, or the usual one), then over it what the description says. */
static gboolean
find_preprocessing (WhyModel *model, const gchar *preset_id, GError **error)
{
  WhyPreprocessing *pre = &model->preprocessing;
  gboolean asked = preset_id && *preset_id;
  const WhyPreset *preset;

  pre->layout = model->picture.layout;
  pre->channels = model->picture.channels == 1 ? WHY_CHANNELS_GRAY : WHY_CHANNELS_RGB;
  if (!asked)
    preset_id = why_preset_guess (pre, model->picture.dtype, model->onnx->producer);
  preset = why_preset_lookup (preset_id, error);
  if (!preset)
    return FALSE;
  why_preset_apply (preset, pre);
  model->source = g_strconcat (asked ? "preset " : "inferred ", preset_id, NULL);
  if (!apply_pixels (model, error) || !apply_resize (model, error))
    return FALSE;
  apply_channels (model);
  return TRUE;
}

/* ---- labels --------------------------------------------------------------------------------- */

static gboolean
find_labels (WhyModel *model, GError **error)
{
  model->labels = g_steal_pointer (&model->sidecar->labels);
  if (!model->labels)
    model->labels = why_labels_new_default (model->n_classes);
  if (model->labels->n == model->n_classes)
    return TRUE;
  g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_INVALID,
               _ ("it has %d classes, but its description has %d labels"), model->n_classes,
               model->labels->n);
  return FALSE;
}

/* ---- loading -------------------------------------------------------------------------------- */

static gboolean
read_sidecars (WhyModel *model, GBytes *sidecar, const gchar *folder, GError **error)
{
  const gchar *metadata = g_hash_table_lookup (model->onnx->metadata, METADATA_KEY);
  gsize size;
  const gchar *text;

  if (metadata
      && !why_sidecar_read (model->sidecar, metadata, strlen (metadata), "metadata", folder, error))
    return FALSE;
  if (!sidecar)
    return TRUE;
  text = g_bytes_get_data (sidecar, &size);
  return why_sidecar_read (model->sidecar, text ? text : "", size, "sidecar", folder, error);
}

static gboolean
find_classes (WhyModel *model, const WhyGraph *inferred, GError **error)
{
  model->logits = why_graph_find_logits (inferred, model->sidecar, &model->activation);
  model->n_classes = why_graph_count_classes (inferred, model->logits, error);
  /* A Softmax over one class is always 1. */
  if (model->n_classes == 1 && !(model->sidecar->said & WHY_SAID_ACTIVATION))
    model->activation = WHY_ACTIVATION_SIGMOID;
  return model->n_classes > 0;
}

/* The output that "unsure" names, or none. */
static gboolean
find_confidence (WhyModel *model, GError **error)
{
  const WhyGraph *graph = model->onnx->graph;
  const gchar *name = model->sidecar->confidence;

  model->confidence = WHY_VALUE_NONE;
  if (model->sidecar->unsure != WHY_UNSURE_OUTPUT)
    return TRUE;
  for (guint i = 0; i < graph->outputs->len; i++)
    {
      WhyValueId id = g_array_index (graph->outputs, WhyValueId, i);
      if (g_str_equal (why_graph_value (graph, id)->name, name))
        model->confidence = id;
    }
  if (model->confidence == WHY_VALUE_NONE)
    g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_INVALID,
                 _ ("\"unsure\" in its description names the output '%s', which the graph does not "
                    "have"),
                 name);
  return model->confidence != WHY_VALUE_NONE;
}

static gboolean
check_confidence (const WhyModel *model, const WhyGraph *inferred, GError **error)
{
  if (model->confidence == WHY_VALUE_NONE
      || why_shape_numel (&why_graph_value (inferred, model->confidence)->shape) == 1)
    return TRUE;
  g_set_error (error, WHY_ERROR, WHY_ERROR_MODEL_INVALID,
               _ ("its output '%s' for \"unsure\" is not one number per picture"),
               model->sidecar->confidence);
  return FALSE;
}

static gpointer
compute_digest (gpointer bytes)
{
  gsize length;
  gconstpointer data = g_bytes_get_data (bytes, &length);
  gchar *digest = why_sha256 (data, length);

  g_bytes_unref (bytes);
  return digest;
}

static gboolean
model_build (WhyModel *model, GBytes *bytes, GBytes *sidecar, const gchar *folder,
             const gchar *preset, GError **error)
{
  g_autoptr (WhyGraph) inferred = NULL;
  WhyGraph *graph;

  model->digest = g_thread_new ("why-digest", compute_digest, g_bytes_ref (bytes));
  model->onnx = why_onnx_read (bytes, folder, error);
  if (!model->onnx || !read_sidecars (model, sidecar, folder, error))
    return FALSE;
  graph = model->onnx->graph;
  graph->output = why_graph_find_output (graph, error);
  if (graph->output == WHY_VALUE_NONE || !find_confidence (model, error)
      || !why_graph_find_picture (graph, model->sidecar, &model->picture, error))
    return FALSE;
  graph->input = model->picture.value;
  inferred = find_size (model, error);
  if (g_bytes_get_size (bytes) > LARGE_FILE)
    why_model_get_sha256 (model);
  return inferred && check_confidence (model, inferred, error)
         && find_classes (model, inferred, error) && find_preprocessing (model, preset, error)
         && find_labels (model, error);
}

static WhyModel *
model_new (const gchar *name)
{
  WhyModel *model = g_new0 (WhyModel, 1);

  g_atomic_ref_count_init (&model->ref_count);
  model->sidecar = why_sidecar_new ();
  model->name = g_strdup (name);
  return model;
}

WhyModel *
why_model_load_bytes (GBytes *bytes, const gchar *name, const gchar *folder, const gchar *preset,
                      GError **error)
{
  g_autoptr (WhyModel) model = model_new (name);

  if (!model_build (model, bytes, NULL, folder, preset, error))
    {
      g_prefix_error (error, "%s: ", name);
      return NULL;
    }
  return g_steal_pointer (&model);
}

/* path without .onnx */
static gchar *
strip_suffix (const gchar *path)
{
  gsize length = strlen (path);

  return g_strndup (path, g_str_has_suffix (path, SUFFIX) ? length - strlen (SUFFIX) : length);
}

/* NAME.json beside NAME.onnx; FALSE only when it is there but cannot be read. */
static gboolean
read_sidecar_file (const gchar *path, GBytes **sidecar, GError **error)
{
  g_autofree gchar *stem = strip_suffix (path);
  g_autofree gchar *sidecar_path = g_strconcat (stem, ".json", NULL);

  *sidecar = NULL;
  if (!g_file_test (sidecar_path, G_FILE_TEST_EXISTS))
    return TRUE;
  *sidecar = why_model_read_file (sidecar_path, WHY_MAX_SIDECAR_BYTES, error);
  return *sidecar != NULL;
}

WhyModel *
why_model_load (const gchar *path, const gchar *preset, GError **error)
{
  g_autoptr (GBytes) bytes = why_model_read_file (path, WHY_MAX_MODEL_BYTES, error);
  g_autoptr (GBytes) sidecar = NULL;
  g_autofree gchar *folder = g_path_get_dirname (path);
  g_autofree gchar *base = g_filename_display_basename (path);
  g_autofree gchar *name = strip_suffix (base);
  g_autoptr (WhyModel) model = NULL;

  if (!bytes || !read_sidecar_file (path, &sidecar, error))
    return NULL;
  model = model_new (name);
  model->path = g_strdup (path);
  if (!model_build (model, bytes, sidecar, folder, preset, error))
    {
      g_prefix_error (error, "%s: ", base);
      return NULL;
    }
  return g_steal_pointer (&model);
}

WhyModel *
why_model_ref (WhyModel *model)
{
  g_atomic_ref_count_inc (&model->ref_count);
  return model;
}

WhyModel *
why_model_new_variant (WhyModel *base, WhyGraph *graph)
{
  WhyModel *model = g_memdup2 (base, sizeof *base);

  g_atomic_ref_count_init (&model->ref_count);
  model->base = why_model_ref (base);
  model->onnx = g_memdup2 (base->onnx, sizeof *base->onnx);
  model->onnx->graph = graph;
  return model;
}

static void
free_variant (WhyModel *model)
{
  why_graph_free (model->onnx->graph);
  g_free (model->onnx);
  why_model_unref (model->base);
  g_free (model);
}

void
why_model_unref (WhyModel *model)
{
  if (!model || !g_atomic_ref_count_dec (&model->ref_count))
    return;
  if (model->base)
    {
      free_variant (model);
      return;
    }
  why_onnx_free (model->onnx);
  why_sidecar_free (model->sidecar);
  why_labels_free (model->labels);
  g_free (model->name);
  g_free (model->path);
  g_free ((gchar *)why_model_get_sha256 (model));
  g_free (model->source);
  g_free (model);
}

/* ---- what it knows -------------------------------------------------------------------------- */

const gchar *
why_model_get_name (const WhyModel *model)
{
  return model->sidecar->name ? model->sidecar->name : model->name;
}

const gchar *
why_model_get_description (const WhyModel *model)
{
  return model->sidecar->description;
}

const gchar *
why_model_get_licence (const WhyModel *model)
{
  return model->sidecar->licence;
}

const gchar *
why_model_get_path (const WhyModel *model)
{
  return model->path;
}

const gchar *
why_model_get_sha256 (const WhyModel *model)
{
  WhyModel *own = (WhyModel *)model;

  if (model->base)
    return why_model_get_sha256 (model->base);
  if (g_once_init_enter (&own->sha256))
    g_once_init_leave (&own->sha256, GPOINTER_TO_SIZE (g_thread_join (own->digest)));
  return GSIZE_TO_POINTER (own->sha256);
}

const WhyPreprocessing *
why_model_get_preprocessing (const WhyModel *model)
{
  return &model->preprocessing;
}

const gchar *
why_model_get_preprocessing_source (const WhyModel *model)
{
  return model->source;
}

WhyActivation
why_model_get_activation (const WhyModel *model)
{
  return model->activation;
}

gdouble
why_model_get_temperature (const WhyModel *model)
{
  return model->sidecar->temperature;
}

WhyValueId
why_model_get_confidence_value (const WhyModel *model)
{
  return model->confidence;
}

WhyUnsure
why_model_get_unsure (const WhyModel *model, gdouble *below)
{
  if (below)
    *below = model->sidecar->below;
  return model->sidecar->unsure;
}

gint
why_model_get_n_classes (const WhyModel *model)
{
  return model->n_classes;
}

const gchar *
why_model_get_label (const WhyModel *model, gint index)
{
  g_return_val_if_fail (index >= 0 && index < model->n_classes, "");
  return model->labels->ui[index];
}

const gchar *
why_model_get_label_c (const WhyModel *model, gint index)
{
  g_return_val_if_fail (index >= 0 && index < model->n_classes, "");
  return model->labels->c[index];
}

gint
why_model_find_class (const WhyModel *model, const gchar *text, GError **error)
{
  return why_labels_find (model->labels, text, error);
}

gint
why_model_get_n_channels (const WhyModel *model)
{
  return model->picture.channels;
}

const WhyGraph *
why_model_get_graph (const WhyModel *model)
{
  return model->onnx->graph;
}

const gchar *
why_model_get_cam_layer_name (const WhyModel *model)
{
  return model->sidecar->layer;
}

WhyValueId
why_model_get_logits_value (const WhyModel *model)
{
  return model->logits;
}
