/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sidecar or the metadata of a model. */
#include "fuzz.h"

#include <string.h>

#include "graph/sidecar.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, size_t size)
{
  g_autoptr (WhySidecar) sidecar = why_sidecar_new ();
  g_autoptr (GError) error = NULL;
  gboolean ok = why_sidecar_read (sidecar, (const gchar *)data, size, "sidecar", NULL, &error);

  g_assert_true (ok == (error == NULL));
  g_assert_true (!error || g_utf8_validate (error->message, -1, NULL));
  return 0;
}

void
fuzz_add_seeds (GPtrArray *seeds)
{
  static const gchar *const texts[] = {
    "{\"name\": \"Birds\", \"description\": \"five \\u00e9\", \"licence\": \"CC0-1.0\", \"input\":"
    " {\"name\": \"x\", \"size\": [6, 8], \"channels\": \"bgr\", \"layout\": \"nchw\", \"range\":"
    " [0, 255], \"mean\": [1, 2, 3], \"std\": [4, 5, 6.5], \"resize\": \"letterbox\","
    " \"short_side\": 9}, \"labels\": [\"a\", \"b\"], \"activation\": \"sigmoid\"}",
    "{\"labels\": {\"C\": [\"a\", \"b\"], \"zh_CN\": \"labels.txt\", \"fr\": [\"c\"]}, \"layer\":"
    " \"relu\", \"temperature\": 1.25, \"unsure\": {\"score\": \"max-logit\", \"below\": -2}}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    g_ptr_array_add (seeds, g_bytes_new_static (texts[i], strlen (texts[i])));
}
