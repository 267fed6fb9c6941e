/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session-model.h"

#include <stdarg.h>

#include "onnx-builder.h"

#define SIDECAR                                                                                    \
  "{\"labels\": [\"ant\", \"bee, honey bee\", \"cat\", \"dog\", \"emu\"], "                        \
  "\"input\": {\"resize\": \"stretch\", \"mean\": [0.5, 0.5, 0.5], \"std\": [0.25, 0.25, "         \
  "0.25]}%s}"

gchar *
session_model_write (const TestFolder *folder, const gchar *name, gboolean unsure)
{
  g_autoptr (OnnxBuilder) builder = onnx_builder_new_classifier (3, 8, 6, 5);
  g_autoptr (GBytes) bytes = onnx_builder_serialize (builder);
  g_autofree gchar *file = g_strconcat (name, ".onnx", NULL);
  g_autofree gchar *sidecar_file = g_strconcat (name, ".json", NULL);
  g_autofree gchar *sidecar = g_strdup_printf (
      SIDECAR, unsure ? ", \"unsure\": {\"score\": \"probability\", \"below\": 1.0}" : "");

  test_folder_write_bytes (folder, file, bytes);
  test_folder_write (folder, sidecar_file, sidecar);
  return test_folder_path (folder, file);
}

WhyPixels *
session_pixels_new (gint width, gint height, WhyPixelFormat format, guint seed)
{
  gint channels = format == WHY_PIXELS_RGBA_U8 ? 4 : 3;
  guint8 *data = g_malloc ((gsize)width * height * channels);

  for (gint i = 0; i < width * height * channels; i++)
    data[i] = (guint8)((i * 37 + i / width * 91 + seed * 53) ^ (i * seed));
  return why_pixels_new_take (width, height, format, data);
}

WhyRequest *
session_request_new (const gchar *model, ...)
{
  WhyRequest *request = why_request_new ();
  const gchar *name;
  va_list list;

  why_request_set (request, "model", model);
  va_start (list, model);
  while ((name = va_arg (list, const gchar *)))
    why_request_set (request, name, va_arg (list, const gchar *));
  va_end (list);
  return request;
}
