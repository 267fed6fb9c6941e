/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every picture here is 5×3: nothing is square. */
#include <babl/babl.h>
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>
#ifdef HAVE_GEGL
#  include <gegl.h>
#endif

#include "cli/picture.h"
#include "limits.h"

#define W 5
#define H 3

static gchar *folder;

static gchar *
in_folder (const gchar *name)
{
  return g_build_filename (folder, name, NULL);
}

static guint8
value (gint x, gint y, gint c)
{
  return (guint8)((x * 40 + y * 70 + c * 25) % 256);
}

/* Channels of the upright test picture; alpha falls from left to right. */
static guint8 *
make_pixels (gint channels)
{
  guint8 *data = g_malloc (W * H * channels);

  for (gint i = 0; i < W * H; i++)
    for (gint c = 0; c < channels; c++)
      data[i * channels + c] = c == 3 ? 255 - 50 * (i % W) : value (i % W, i / W, c);
  return data;
}

static gchar *
save_pixels (const gchar *name, const gchar *type, const guint8 *data, gint channels,
             const gchar *key, const gchar *text)
{
  gchar *path = in_folder (name);
  g_autoptr (GdkPixbuf) pixbuf = gdk_pixbuf_new_from_data (data, GDK_COLORSPACE_RGB, channels == 4,
                                                           8, W, H, W * channels, NULL, NULL);
  g_autoptr (GError) error = NULL;

  gdk_pixbuf_save (pixbuf, path, type, &error, key, text, NULL);
  g_assert_no_error (error);
  return path;
}

static gchar *
save (const gchar *name, const gchar *type, gint channels, const gchar *key, const gchar *text)
{
  g_autofree guint8 *data = make_pixels (channels);

  return save_pixels (name, type, data, channels, key, text);
}

/* Gray, so that JPEG's coarse colours do not matter. */
static gchar *
save_gray_jpeg (const gchar *name)
{
  g_autofree guint8 *data = make_pixels (3);

  for (gint i = 0; i < W * H * 3; i++)
    data[i] = data[i / 3 * 3];
  return save_pixels (name, "jpeg", data, 3, "quality", "100");
}

static gfloat *
read_rgb (WhyPixels *pixels)
{
  static const gdouble black[3] = { 0, 0, 0 };
  gint n = why_pixels_get_width (pixels) * why_pixels_get_height (pixels) * 3;
  gfloat *rgb = g_new (gfloat, n);
  g_autoptr (GError) error = NULL;

  why_pixels_read_rgb (pixels, 0, why_pixels_get_height (pixels), black, rgb, &error);
  g_assert_no_error (error);
  return rgb;
}

static WhyPixels *
read_picture (const gchar *path)
{
  g_autoptr (GError) error = NULL;
  WhyPixels *pixels = why_picture_read (path, &error);

  g_assert_no_error (error);
  return pixels;
}

static void
assert_refused (const gchar *path, const gchar *because)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WhyPixels) pixels = why_picture_read (path, &error);

  g_assert_error (error, WHY_ERROR, WHY_ERROR_IMAGE);
  g_assert_null (pixels);
  if (!strstr (error->message, because))
    g_error ("“%s” does not say “%s”", error->message, because);
}

static void
test_plain (void)
{
  g_autofree gchar *path = save ("plain.png", "png", 3, NULL, NULL);
  g_autoptr (WhyPixels) pixels = read_picture (path);
  g_autofree gfloat *rgb = read_rgb (pixels);

  g_assert_cmpint (why_pixels_get_width (pixels), ==, W);
  g_assert_cmpint (why_pixels_get_height (pixels), ==, H);
  g_assert_cmpint (why_pixels_get_format (pixels), ==, WHY_PIXELS_RGB_U8);
  for (gint i = 0; i < W * H * 3; i++)
    g_assert_cmpfloat_with_epsilon (rgb[i], value (i / 3 % W, i / 3 / W, i % 3) / 255.0, 1e-6);
}

static void
test_alpha (void)
{
  g_autofree gchar *path = save ("alpha.png", "png", 4, NULL, NULL);
  g_autoptr (WhyPixels) pixels = read_picture (path);
  g_autofree gfloat *rgb = read_rgb (pixels);

  g_assert_cmpint (why_pixels_get_format (pixels), ==, WHY_PIXELS_RGBA_U8);
  for (gint i = 0; i < W * H * 3; i++)
    g_assert_cmpfloat_with_epsilon (
        rgb[i], value (i / 3 % W, i / 3 / W, i % 3) / 255.0 * (255 - 50 * (i / 3 % W)) / 255.0,
        1e-6);
}

/* The stored pixel that Exif's orientation shows at upright x, y; written down from the standard's
 * pictures, not from the code. */
static void
stored_place (gint orientation, gint x, gint y, gint *sx, gint *sy)
{
  /* For each orientation: where the upright right and down directions point in the file, and where
   * the upright top left pixel is. */
  static const gint right[9][2] = { { 0 },    { 1, 0 },  { -1, 0 }, { -1, 0 }, { 1, 0 },
                                    { 0, 1 }, { 0, -1 }, { 0, -1 }, { 0, 1 } };
  static const gint down[9][2] = { { 0 },    { 0, 1 }, { 0, 1 },  { 0, -1 }, { 0, -1 },
                                   { 1, 0 }, { 1, 0 }, { -1, 0 }, { -1, 0 } };
  gint x0 = right[orientation][0] + down[orientation][0] < 0 ? W - 1 : 0;
  gint y0 = right[orientation][1] + down[orientation][1] < 0 ? H - 1 : 0;

  *sx = x0 + x * right[orientation][0] + y * down[orientation][0];
  *sy = y0 + x * right[orientation][1] + y * down[orientation][1];
}

static void
assert_upright (const gchar *path, gint orientation, gint channels, gdouble scale,
                gdouble tolerance)
{
  g_autoptr (WhyPixels) pixels = read_picture (path);
  g_autofree gfloat *rgb = read_rgb (pixels);
  gint width = orientation >= 5 ? H : W, height = orientation >= 5 ? W : H;

  g_assert_cmpint (why_pixels_get_width (pixels), ==, width);
  g_assert_cmpint (why_pixels_get_height (pixels), ==, height);
  for (gint y = 0; y < height; y++)
    for (gint x = 0; x < width; x++)
      for (gint c = 0; c < 3; c++)
        {
          gint sx, sy;

          stored_place (orientation, x, y, &sx, &sy);
          g_assert_cmpfloat_with_epsilon (rgb[(y * width + x) * 3 + c],
                                          value (sx, sy, channels == 1 ? 0 : c) * scale, tolerance);
        }
}

/* An APP1 segment that says nothing but the orientation, after a JPEG's first marker. */
static void
add_exif (const gchar *path, gint orientation)
{
  guint8 exif[]
      = { 0xff, 0xe1, 0, 34, 'E', 'x',  'i',  'f', 0, 0, 'M', 'M', 0, 42, 0,
          0,    0,    8, 0,  1,   0x01, 0x12, 0,   3, 0, 0,   0,   1, 0,  (guint8)orientation,
          0,    0,    0, 0,  0,   0 };
  g_autofree gchar *data = NULL;
  g_autoptr (GByteArray) out = g_byte_array_new ();
  gsize length;

  g_assert_true (g_file_get_contents (path, &data, &length, NULL));
  g_byte_array_append (out, (guint8 *)data, 2);
  g_byte_array_append (out, exif, sizeof exif);
  g_byte_array_append (out, (guint8 *)data + 2, length - 2);
  g_assert_true (g_file_set_contents (path, (gchar *)out->data, out->len, NULL));
}

static void
test_jpeg_orientation (void)
{
  for (gint orientation = 1; orientation <= 8; orientation++)
    {
      g_autofree gchar *path = save_gray_jpeg ("turned.jpg");

      add_exif (path, orientation);
      assert_upright (path, orientation, 1, 1 / 255.0, 0.02);
    }
}

static void
put (GByteArray *out, gboolean little, gint bytes, guint32 number)
{
  for (gint i = 0; i < bytes; i++)
    {
      guint8 byte = (guint8)(number >> (8 * (little ? i : bytes - 1 - i)));
      g_byte_array_append (out, &byte, 1);
    }
}

/* An uncompressed 16-bit RGB TIFF whose values are 257 times the 8-bit ones. */
static gchar *
save_tiff (gboolean little, gint orientation)
{
  const guint32 pixels = 8 + 2 + 10 * 12 + 4 + 6;
  const guint32 entries[10][4] = {
    { 256, 3, 1, W }, { 257, 3, 1, H },         { 258, 3, 3, pixels - 6 },  { 259, 3, 1, 1 },
    { 262, 3, 1, 2 }, { 273, 4, 1, pixels },    { 274, 3, 1, orientation }, { 277, 3, 1, 3 },
    { 278, 3, 1, H }, { 279, 4, 1, W * H * 6 },
  };
  g_autoptr (GByteArray) out = g_byte_array_new ();
  gchar *path = in_folder ("deep.tif");

  g_byte_array_append (out, (const guint8 *)(little ? "II" : "MM"), 2);
  put (out, little, 2, 42);
  put (out, little, 4, 8);
  put (out, little, 2, 10);
  for (gint i = 0; i < 10; i++)
    {
      gboolean is_short = entries[i][1] == 3 && entries[i][2] == 1;

      put (out, little, 2, entries[i][0]);
      put (out, little, 2, entries[i][1]);
      put (out, little, 4, entries[i][2]);
      put (out, little, is_short ? 2 : 4, entries[i][3]);
      if (is_short)
        put (out, little, 2, 0);
    }
  put (out, little, 4, 0);
  for (gint c = 0; c < 3; c++)
    put (out, little, 2, 16);
  for (gint i = 0; i < W * H * 3; i++)
    put (out, little, 2, value (i / 3 % W, i / 3 / W, i % 3) * 257);
  g_assert_true (g_file_set_contents (path, (gchar *)out->data, out->len, NULL));
  return path;
}

static void
test_deep_tiff (void)
{
#ifdef HAVE_GEGL
  for (gint orientation = 1; orientation <= 8; orientation++)
    {
      g_autofree gchar *path = save_tiff (orientation % 2, orientation);

      assert_upright (path, orientation, 3, 257.0 / 65535, 3e-5);
    }
#else
  g_test_skip ("built without GEGL");
#endif
}

#ifdef HAVE_GEGL
/* Values that 8 bits cannot tell from their neighbours. */
static gfloat
fine_value (gint i)
{
  return (gfloat)(10 + 3 * i) / 255 + 0.4f / 255;
}

static gchar *
save_gegl (const gchar *name, const gchar *format, const gchar *operation, const gchar *key, gint n)
{
  gchar *path = in_folder (name);
  gfloat data[W * H * 3];
  g_autoptr (GeglNode) graph = gegl_node_new ();
  g_autoptr (GeglBuffer) buffer
      = gegl_buffer_new (GEGL_RECTANGLE (0, 0, W, H), babl_format (format));
  GeglNode *source, *sink;

  for (gint i = 0; i < W * H * 3; i++)
    data[i] = fine_value (i);
  gegl_buffer_set (buffer, NULL, 0, babl_format (format), data, GEGL_AUTO_ROWSTRIDE);
  source = gegl_node_new_child (graph, "operation", "gegl:buffer-source", "buffer", buffer, NULL);
  sink = gegl_node_new_child (graph, "operation", operation, "path", path, key, n, NULL);
  gegl_node_link (source, sink);
  gegl_node_process (sink);
  return path;
}

static void
assert_fine (const gchar *path, gboolean linear, gdouble tolerance)
{
  g_autoptr (WhyPixels) pixels = read_picture (path);
  g_autofree gfloat *rgb = read_rgb (pixels);

  g_assert_cmpint (why_pixels_get_width (pixels), ==, W);
  for (gint i = 0; i < W * H * 3; i++)
    {
      gdouble v = fine_value (i);

      if (linear) /* IEC 61966-2-1 */
        v = v <= 0.0031308 ? 12.92 * v : 1.055 * pow (v, 1 / 2.4) - 0.055;
      g_assert_cmpfloat_with_epsilon (rgb[i], v, tolerance);
    }
}
#endif

static void
test_deep_png (void)
{
#ifdef HAVE_GEGL
  g_autofree gchar *path = save_gegl ("deep.png", "R'G'B' float", "gegl:png-save", "bitdepth", 16);

  assert_fine (path, FALSE, 2e-5);
#else
  g_test_skip ("built without GEGL");
#endif
}

static void
test_exr (void)
{
#ifdef HAVE_GEGL
  g_autofree gchar *path = save_gegl ("linear.exr", "RGB float", "gegl:exr-save", "tile", 0);

  assert_fine (path, TRUE, 1e-3); /* half floats */
#else
  g_test_skip ("built without GEGL");
#endif
}

/* Adobe RGB (1998) → sRGB by the published primaries: a check that shares nothing with babl. */
static gdouble
adobe_to_srgb (const guint8 *rgb, gint c)
{
  static const gdouble matrix[3][3]
      = { { 1.39836, -0.39836, 0.0 }, { 0.0, 1.0, 0.0 }, { 0.0, -0.04293, 1.04293 } };
  gdouble v = 0;

  for (gint k = 0; k < 3; k++)
    v += matrix[c][k] * pow (rgb[k] / 255.0, 2.19921875);
  v = CLAMP (v, 0, 1);
  return v <= 0.0031308 ? 12.92 * v : 1.055 * pow (v, 1 / 2.4) - 0.055;
}

static guint32
png_crc (const guint8 *data, gsize n)
{
  guint32 crc = 0xffffffff;

  for (gsize i = 0; i < n; i++)
    {
      crc ^= data[i];
      for (gint bit = 0; bit < 8; bit++)
        crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
  return ~crc;
}

static void
put_chunk (GByteArray *out, const gchar *type, const guint8 *data, guint32 n)
{
  guint start = out->len + 4;

  put (out, FALSE, 4, n);
  g_byte_array_append (out, (const guint8 *)type, 4);
  if (n > 0)
    g_byte_array_append (out, data, n);
  put (out, FALSE, 4, png_crc (out->data + start, n + 4));
}

/* A PNG with an embedded profile of a babl space (gdk-pixbuf writes them in the wrong order). */
static gchar *
save_profiled_png (const gchar *space)
{
  const gsize after_header = 8 + 25;
  g_autofree gchar *path = save ("profiled.png", "png", 3, NULL, NULL), *data = NULL;
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autoptr (GByteArray) profile = g_byte_array_new ();
  g_autoptr (GConverter) zlib
      = G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB, 9));
  g_autofree guint8 *packed = g_malloc (1 << 16);
  const char *icc;
  gsize length, n_read, n_packed;
  int n;

  babl_init ();
  icc = babl_space_get_icc (babl_space (space), &n);
  g_converter_convert (zlib, icc, n, packed, 1 << 16, G_CONVERTER_INPUT_AT_END, &n_read, &n_packed,
                       NULL);
  g_assert_cmpint (n_read, ==, n);
  g_byte_array_append (profile, (const guint8 *)"icc\0", 5);
  g_byte_array_append (profile, packed, n_packed);
  g_assert_true (g_file_get_contents (path, &data, &length, NULL));
  g_byte_array_append (out, (guint8 *)data, after_header);
  put_chunk (out, "iCCP", profile->data, profile->len);
  g_byte_array_append (out, (guint8 *)data + after_header, length - after_header);
  g_assert_true (g_file_set_contents (path, (gchar *)out->data, out->len, NULL));
  return g_steal_pointer (&path);
}

static void
test_profile (void)
{
  g_autofree gchar *path = save_profiled_png ("Adobish");
  g_autoptr (WhyPixels) pixels = read_picture (path);
  g_autofree gfloat *rgb = read_rgb (pixels);
  g_autofree guint8 *stored = make_pixels (3);
  gdouble largest = 0;

  g_assert_cmpint (why_pixels_get_format (pixels), ==, WHY_PIXELS_RGB_FLOAT);
  for (gint i = 0; i < W * H * 3; i++)
    {
      gdouble expected = adobe_to_srgb (stored + i / 3 * 3, i % 3);

      g_assert_cmpfloat_with_epsilon (CLAMP (rgb[i], 0, 1), expected, 0.01);
      largest = MAX (largest, fabs (expected - stored[i] / 255.0));
    }
  g_assert_cmpfloat (largest, >, 0.05); /* or the test shows nothing */
}

static void
test_srgb_profile (void)
{
  g_autofree gchar *path = save_profiled_png ("sRGB");
  g_autoptr (WhyPixels) pixels = read_picture (path);

  g_assert_cmpint (why_pixels_get_format (pixels), ==, WHY_PIXELS_RGB_U8);
}

/* Every file that stops early is refused, wherever it stops. */
static void
check_cut (const gchar *path, gsize from)
{
  g_autofree gchar *data = NULL, *cut = in_folder ("cut");
  gsize length;

  g_assert_true (g_file_get_contents (path, &data, &length, NULL));
  for (gsize n = from; n < length; n += 1 + length / 50)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (g_file_set_contents (cut, data, n, NULL));
      g_assert_null (why_picture_read (cut, &error));
      g_assert_error (error, WHY_ERROR, WHY_ERROR_IMAGE);
    }
}

static void
test_truncated (void)
{
  g_autofree gchar *png = save ("whole.png", "png", 3, NULL, NULL);
  g_autofree gchar *jpeg = save ("whole.jpg", "jpeg", 3, NULL, NULL);

  check_cut (png, 8);
  check_cut (jpeg, 3);
}

static void
test_not_pictures (void)
{
  g_autofree gchar *empty = in_folder ("empty.png"), *text = in_folder ("text.png");
  g_autofree gchar *missing = in_folder ("missing.png"), *dangling = in_folder ("dangling.png");

  g_assert_true (g_file_set_contents (empty, "", 0, NULL));
  g_assert_true (g_file_set_contents (text, "not a picture", -1, NULL));
  g_assert_cmpint (symlink ("nowhere", dangling), ==, 0);
  assert_refused (empty, "empty");
  assert_refused (text, "not a picture");
  assert_refused (missing, "no such file");
  assert_refused (dangling, "no such file");
  assert_refused (folder, "folder");
}

/* A few bytes that would decode to 600 MB. */
static void
test_too_large (void)
{
  const guint8 header[] = { 0, 0, 0x4e, 0x20, 0, 0, 0x27, 0x10, 8, 2, 0, 0, 0 };
  const guint8 data[] = { 0x78, 0x9c, 0x03, 0, 0, 0, 0, 1 };
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autofree gchar *path = in_folder ("huge.png");

  g_byte_array_append (out, (const guint8 *)"\x89PNG\r\n\x1a\n", 8);
  put_chunk (out, "IHDR", header, sizeof header);
  put_chunk (out, "IDAT", data, sizeof data);
  put_chunk (out, "IEND", NULL, 0);
  g_assert_true (g_file_set_contents (path, (gchar *)out->data, out->len, NULL));
  assert_refused (path, "20000×10000");
}

static void
remove_folder (void)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const gchar *name;

  while ((name = g_dir_read_name (dir)))
    {
      g_autofree gchar *path = in_folder (name);
      g_unlink (path);
    }
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  gint status;

  g_test_init (&argc, &argv, NULL);
#ifdef HAVE_GEGL
  gegl_init (NULL, NULL);
#endif
  folder = g_dir_make_tmp ("whylayer-picture-XXXXXX", NULL);
  g_test_add_func ("/picture/8-bit-png", test_plain);
  g_test_add_func ("/picture/alpha", test_alpha);
  g_test_add_func ("/picture/jpeg-orientation", test_jpeg_orientation);
  g_test_add_func ("/picture/16-bit-tiff-orientation", test_deep_tiff);
  g_test_add_func ("/picture/16-bit-png", test_deep_png);
  g_test_add_func ("/picture/exr-is-linear", test_exr);
  g_test_add_func ("/picture/profile", test_profile);
  g_test_add_func ("/picture/srgb-profile-costs-nothing", test_srgb_profile);
  g_test_add_func ("/picture/truncated", test_truncated);
  g_test_add_func ("/picture/not-a-picture", test_not_pictures);
  g_test_add_func ("/picture/too-large", test_too_large);
  status = g_test_run ();
  remove_folder ();
  return status;
}
