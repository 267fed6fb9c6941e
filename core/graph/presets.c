/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The preset table: how families of networks are usually fed. Adding one is adding a row. */
#include "graph/presets.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#define MARGIN (256.0 / 224.0) /* a picture of 256 is cropped to 224 */

static const WhyPreset presets[] = {
  { "torchvision",
    N_ ("torchvision (ImageNet mean and deviation)"),
    N_ ("RGB from 0 to 1 minus ImageNet's mean, divided by its standard deviation: torchvision, "
        "timm and most PyTorch exports"),
    WHY_CHANNELS_RGB,
    { 0, 1 },
    { 0.485, 0.456, 0.406 },
    { 0.229, 0.224, 0.225 },
    WHY_RESIZE_CROP,
    MARGIN },
  { "tf",
    N_ ("TensorFlow (−1 to 1)"),
    N_ ("RGB from −1 to 1: Inception and MobileNet of TensorFlow and Keras"),
    WHY_CHANNELS_RGB,
    { -1, 1 },
    { 0, 0, 0 },
    { 1, 1, 1 },
    WHY_RESIZE_CROP,
    MARGIN },
  { "caffe",
    N_ ("Caffe (BGR, mean subtracted)"),
    N_ ("BGR from 0 to 255 minus (104, 117, 123): networks that come from Caffe"),
    WHY_CHANNELS_BGR,
    { 0, 255 },
    { 104, 117, 123 },
    { 1, 1, 1 },
    WHY_RESIZE_CROP,
    MARGIN },
  { "clip",
    N_ ("CLIP"),
    N_ ("RGB from 0 to 1 normalised as CLIP and its fine-tuned relatives"),
    WHY_CHANNELS_RGB,
    { 0, 1 },
    { 0.48145466, 0.4578275, 0.40821073 },
    { 0.26862954, 0.26130258, 0.27577711 },
    WHY_RESIZE_CROP,
    1 },
  { "unit",
    N_ ("0 to 1"),
    N_ ("RGB from 0 to 1 without normalisation"),
    WHY_CHANNELS_RGB,
    { 0, 1 },
    { 0, 0, 0 },
    { 1, 1, 1 },
    WHY_RESIZE_CROP,
    1 },
  { "raw",
    N_ ("0 to 255"),
    N_ ("RGB from 0 to 255: networks that normalise inside"),
    WHY_CHANNELS_RGB,
    { 0, 255 },
    { 0, 0, 0 },
    { 1, 1, 1 },
    WHY_RESIZE_CROP,
    1 },
};

const WhyPreset *
why_model_presets (gsize *n)
{
  *n = G_N_ELEMENTS (presets);
  return presets;
}

const WhyPreset *
why_preset_lookup (const gchar *id, GError **error)
{
  g_autoptr (GString) ids = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (presets); i++)
    {
      if (strcmp (presets[i].id, id) == 0)
        return &presets[i];
      g_string_append_printf (ids, "%s%s", i ? ", " : "", presets[i].id);
    }
  g_set_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT,
               _ ("there is no preprocessing preset '%s'; there are: %s"), id, ids->str);
  return NULL;
}

const gchar *
why_preset_guess (const WhyPreprocessing *preprocessing, WhyDType dtype, const gchar *producer)
{
  if (dtype == WHY_DTYPE_UINT8)
    return "raw";
  if (preprocessing->channels == WHY_CHANNELS_GRAY)
    return "unit";
  if (strstr (producer, "caffe"))
    return "caffe";
  if (preprocessing->layout == WHY_LAYOUT_NHWC || strstr (producer, "tf2onnx")
      || strstr (producer, "keras"))
    return "tf";
  return "torchvision";
}

static gdouble
average (const gdouble values[3])
{
  return (values[0] + values[1] + values[2]) / 3;
}

void
why_preset_apply (const WhyPreset *preset, WhyPreprocessing *preprocessing)
{
  gboolean gray = preprocessing->channels == WHY_CHANNELS_GRAY;

  if (!gray)
    preprocessing->channels = preset->channels;
  for (gint c = 0; c < 3; c++)
    {
      preprocessing->mean[c] = gray ? average (preset->mean) : preset->mean[c];
      preprocessing->std[c] = gray ? average (preset->std) : preset->std[c];
    }
  memcpy (preprocessing->range, preset->range, sizeof preset->range);
  preprocessing->resize = preset->resize;
  preprocessing->short_side
      = (gint)(preset->margin * MAX (preprocessing->width, preprocessing->height) + 0.5);
}
