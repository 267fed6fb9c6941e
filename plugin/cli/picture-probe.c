/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads just enough of a picture file to choose who decodes it and to see that it is whole: some
 * decoders fill what is missing with grey and call it a picture.
 */
#include "cli/picture.h"

#include <glib/gi18n.h>
#include <string.h>

typedef struct
{
  const guint8 *data;
  gsize length;
  gboolean little; /* TIFF's byte order */
} Bytes;

static gboolean
starts_with (const Bytes *b, const gchar *magic, gsize n)
{
  return b->length >= n && memcmp (b->data, magic, n) == 0;
}

/* 0 beyond the end. */
static guint32
read_u16 (const Bytes *b, gsize at)
{
  const guint8 *p = b->data + at;

  if (at + 2 > b->length)
    return 0;
  return b->little ? p[0] | p[1] << 8 : p[0] << 8 | p[1];
}

static guint32
read_u32 (const Bytes *b, gsize at)
{
  guint32 first = read_u16 (b, at), second = read_u16 (b, at + 2);

  return b->little ? first | second << 16 : first << 16 | second;
}

static gboolean
refuse_truncated (GError **error)
{
  g_set_error_literal (error, WHY_ERROR, WHY_ERROR_IMAGE,
                       _ ("the picture is cut off before its end: copy or save it again"));
  return FALSE;
}

static gboolean
probe_png (const Bytes *b, WhyPictureProbe *probe, GError **error)
{
  gsize at = 8; /* after the signature */

  if (b->length > 24 && b->data[24] == 16)
    probe->loader = "gegl:png-load";
  while (at + 12 <= b->length)
    {
      gsize size = read_u32 (b, at);

      if (memcmp (b->data + at + 4, "IEND", 4) == 0)
        return TRUE;
      if (size > b->length - at - 12)
        break;
      at += size + 12;
    }
  return refuse_truncated (error);
}

/* Start of the next marker (its code byte) at or after `at`; stuffed zeros and restart markers
 * belong to the data. */
static gsize
next_jpeg_marker (const Bytes *b, gsize at)
{
  while (at < b->length)
    {
      const guint8 *ff = memchr (b->data + at, 0xff, b->length - at);

      if (!ff)
        break;
      at = ff - b->data;
      while (at < b->length && b->data[at] == 0xff)
        at++;
      if (at < b->length && b->data[at] != 0 && !(b->data[at] >= 0xd0 && b->data[at] <= 0xd7))
        return at;
    }
  return b->length;
}

static gboolean
is_jpeg_frame (guint8 marker)
{
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

static gboolean
probe_jpeg (const Bytes *b, WhyPictureProbe *probe, GError **error)
{
  gsize at = 2;

  while ((at = next_jpeg_marker (b, at)) < b->length)
    {
      guint8 marker = b->data[at++];

      if (marker == 0xd9)
        return TRUE;
      if (is_jpeg_frame (marker) && at + 8 <= b->length && b->data[at + 7] == 4)
        probe->loader = "gegl:jpg-load"; /* CMYK */
      if (marker != 0x01 && marker != 0xd8)
        at += read_u16 (b, at);
    }
  return refuse_truncated (error);
}

/* The first value of a TIFF entry of 16-bit numbers: in the entry when at most two, else where the
 * entry points. */
static guint32
tiff_short (const Bytes *b, gsize entry)
{
  return read_u16 (b, read_u32 (b, entry + 4) <= 2 ? entry + 8 : read_u32 (b, entry + 8));
}

static void
probe_tiff (const Bytes *tiff, WhyPictureProbe *probe)
{
  Bytes b = *tiff;
  gsize directory;
  guint32 n;

  b.little = b.data[0] == 'I';
  if (read_u16 (&b, 2) != 42) /* BigTIFF */
    {
      probe->loader = "gegl:tiff-load";
      return;
    }
  directory = read_u32 (&b, 4);
  n = read_u16 (&b, directory);
  for (guint32 i = 0; i < n; i++)
    {
      gsize entry = directory + 2 + 12 * (gsize)i;
      guint32 tag = read_u16 (&b, entry), value = tiff_short (&b, entry);

      if ((tag == 258 && value > 8)      /* BitsPerSample */
          || (tag == 339 && value == 3)  /* SampleFormat: floating point */
          || (tag == 262 && value == 5)) /* PhotometricInterpretation: CMYK */
        probe->loader = "gegl:tiff-load";
      if (tag == 274 && value >= 1 && value <= 8)
        probe->orientation = (gint)value;
    }
}

static gboolean
probe_bytes (const Bytes *b, WhyPictureProbe *probe, GError **error)
{
  if (b->length == 0)
    {
      g_set_error_literal (error, WHY_ERROR, WHY_ERROR_IMAGE,
                           _ ("the file is empty: give it a picture"));
      return FALSE;
    }
  if (starts_with (b, "\x89PNG\r\n\x1a\n", 8))
    return probe_png (b, probe, error);
  if (starts_with (b, "\xff\xd8\xff", 3))
    return probe_jpeg (b, probe, error);
  if (starts_with (b, "II", 2) || starts_with (b, "MM", 2))
    probe_tiff (b, probe);
  else if (starts_with (b, "\x76\x2f\x31\x01", 4))
    probe->loader = "gegl:exr-load";
  else if (starts_with (b, "#?RADIANCE", 10) || starts_with (b, "#?RGBE", 6))
    probe->loader = "gegl:rgbe-load";
  return TRUE;
}

gboolean
why_picture_probe (const gchar *path, WhyPictureProbe *probe, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (GMappedFile) file = NULL;
  Bytes bytes;

  *probe = (WhyPictureProbe){ NULL, 1 };
  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    {
      g_set_error_literal (error, WHY_ERROR, WHY_ERROR_IMAGE,
                           _ ("this is a folder: name a picture, or use “whylayer batch”"));
      return FALSE;
    }
  file = g_mapped_file_new (path, FALSE, &cause);
  if (!file)
    {
      g_set_error (error, WHY_ERROR, WHY_ERROR_IMAGE,
                   g_error_matches (cause, G_FILE_ERROR, G_FILE_ERROR_NOENT)
                       ? _ ("there is no such file: check the name")
                       : _ ("the file cannot be opened: check that you may read it"));
      return FALSE;
    }
  bytes = (Bytes){ (const guint8 *)g_mapped_file_get_contents (file),
                   g_mapped_file_get_length (file), FALSE };
  return probe_bytes (&bytes, probe, error);
}
