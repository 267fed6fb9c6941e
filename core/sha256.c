/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sha256.h"

#include <nettle/base16.h>
#include <nettle/sha2.h>

gchar *
why_sha256 (gconstpointer data, gsize length)
{
  struct sha256_ctx context;
  guint8 digest[SHA256_DIGEST_SIZE];
  gchar *text = g_malloc0 (BASE16_ENCODE_LENGTH (sizeof digest) + 1);

  sha256_init (&context);
  if (length > 0)
    sha256_update (&context, length, data);
  sha256_digest (&context, sizeof digest, digest);
  base16_encode_update (text, sizeof digest, digest);
  return text;
}
