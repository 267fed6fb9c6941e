/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GIMP's layer modes with the default spaces of GIMP 2.10 and 3: every mode mixes with the picture
 * by alpha in linear light; multiply and addition also blend in linear light, the others in
 * perceptual sRGB. Formulas as in GIMP's app/operations/layer-modes; the tests compare with
 * pictures that GIMP made.
 */
#include "render/composite.h"

#include <glib/gi18n-lib.h>
#include <math.h>

typedef void (*BlendFunc) (const gfloat below[3], const gfloat above[3], gfloat out[3]);

#define PER_CHANNEL(name, expression)                                                              \
  static void blend_##name (const gfloat below[3], const gfloat above[3], gfloat out[3])           \
  {                                                                                                \
    for (gint c = 0; c < 3; c++)                                                                   \
      {                                                                                            \
        gfloat b = below[c], a = above[c];                                                         \
        out[c] = (expression);                                                                     \
      }                                                                                            \
  }

PER_CHANNEL (multiply, a *b)
PER_CHANNEL (screen, 1 - (1 - a) * (1 - b))
PER_CHANNEL (overlay, b < 0.5f ? 2 * a * b : 1 - 2 * (1 - a) * (1 - b))
PER_CHANNEL (soft_light, (1 - b) * (a * b) + b * (1 - (1 - a) * (1 - b)))
PER_CHANNEL (hard_light, a > 0.5f ? 1 - (1 - b) * (2 - 2 * a) : 2 * a * b)
PER_CHANNEL (addition, a + b)

static gfloat
lightness (const gfloat rgb[3])
{
  return (MAX (rgb[0], MAX (rgb[1], rgb[2])) + MIN (rgb[0], MIN (rgb[1], rgb[2]))) / 2;
}

/* HSL Color: the layer's hue and saturation at the picture's lightness. */
static void
blend_color (const gfloat below[3], const gfloat above[3], gfloat out[3])
{
  const gfloat epsilon = 1e-6f;
  gfloat dark = lightness (below), light = lightness (above), ratio, offset = 0;

  if (light <= epsilon || 1 - light <= epsilon)
    {
      out[0] = out[1] = out[2] = dark;
      return;
    }
  ratio = MIN (dark, 1 - dark) / MIN (light, 1 - light);
  if (dark > 0.5f)
    offset += 1 - 2 * (1 - dark);
  if (light > 0.5f)
    offset += 2 * MIN (dark, 1 - dark) - ratio;
  for (gint c = 0; c < 3; c++)
    out[c] = above[c] * ratio + offset;
}

/* id, nick, blends in linear light, function (NULL: the layer's own colour) */
#define MODES(X)                                                                                   \
  X ("normal", N_ ("Normal"), TRUE, NULL)                                                          \
  X ("multiply", N_ ("Multiply"), TRUE, blend_multiply)                                            \
  X ("screen", N_ ("Screen"), FALSE, blend_screen)                                                 \
  X ("overlay", N_ ("Overlay"), FALSE, blend_overlay)                                              \
  X ("softlight", N_ ("Soft light"), FALSE, blend_soft_light)                                     \
  X ("hardlight", N_ ("Hard light"), FALSE, blend_hard_light)                                     \
  X ("addition", N_ ("Addition"), TRUE, blend_addition)                                            \
  X ("hsl-color", N_ ("HSL Color"), FALSE, blend_color)

#define AS_CHOICE(id, nick, linear, blend) { id, nick },
#define AS_MODE(id, nick, linear, blend) { linear, blend },

const WhyChoice why_blend_choices[] = { MODES (AS_CHOICE){ NULL } };

typedef struct
{
  gboolean linear;
  BlendFunc blend;
} Mode;

static const Mode modes[] = { MODES (AS_MODE) };

static gdouble
to_linear (gdouble v)
{
  return v <= 0.04045 ? v / 12.92 : pow ((v + 0.055) / 1.055, 2.4);
}

static gdouble
to_perceptual (gdouble v)
{
  return v <= 0.0031308 ? v * 12.92 : 1.055 * pow (v, 1 / 2.4) - 0.055;
}

/* Tables of the sRGB curve, fine enough for 8 bits. */
#define STEPS 4080   /* perceptual → linear, interpolated; a multiple of 255: bytes are exact */
#define LEVELS 32767 /* linear → 8-bit: at most a tenth of a level off where the curve is steep */

typedef struct
{
  gfloat linear[STEPS + 2];
  guint8 byte[LEVELS + 1];
} Curve;

static gpointer
make_curve (gpointer data)
{
  Curve *curve = g_new (Curve, 1);

  for (gint i = 0; i < STEPS + 2; i++)
    curve->linear[i] = to_linear ((gdouble)i / STEPS);
  for (gint i = 0; i <= LEVELS; i++)
    curve->byte[i] = (guint8)lround (255 * to_perceptual ((gdouble)i / LEVELS));
  return curve;
}

/* Made once, never changed. */
static const Curve *
get_curve (void)
{
  static GOnce once = G_ONCE_INIT;

  return g_once (&once, make_curve, NULL);
}

static inline gfloat
decode_byte (const Curve *curve, guint8 byte)
{
  return curve->linear[byte * (STEPS / 255)];
}

static inline gfloat
decode (const Curve *curve, gfloat v)
{
  gfloat position = CLAMP (v, 0.0f, 1.0f) * STEPS;
  gint i = (gint)position;

  return curve->linear[i] + (position - i) * (curve->linear[i + 1] - curve->linear[i]);
}

static inline guint8
encode (const Curve *curve, gfloat v)
{
  return curve->byte[(gint)(CLAMP (v, 0.0f, 1.0f) * LEVELS + 0.5f)];
}

/* The colour that the mode makes of a pixel below and above, in linear light. */
static inline void
blend_pixel (const Mode *mode, const Curve *curve, const guint8 *below, const guint8 *above,
             gfloat out[3])
{
  gfloat b[3], a[3];

  for (gint c = 0; c < 3; c++)
    {
      a[c] = mode->linear ? decode_byte (curve, above[c]) : above[c] / 255.0f;
      b[c] = mode->linear ? decode_byte (curve, below[c]) : below[c] / 255.0f;
      out[c] = a[c];
    }
  if (mode->blend != NULL)
    mode->blend (b, a, out);
  if (!mode->linear)
    for (gint c = 0; c < 3; c++)
      out[c] = decode (curve, out[c]);
}

void
why_style_composite (const WhyParams *style, const guint8 *rgba, gsize rgba_stride, guint8 *rgb,
                     gsize rgb_stride, gint width, gint height)
{
  const Mode *mode = &modes[why_params_get_choice_index (style, "mode")];
  const Curve *curve = get_curve ();
  gfloat opacity = why_style_get_opacity (style) / 100 / 255;

  for (gint y = 0; y < height; y++)
    {
      const guint8 *above = rgba + y * rgba_stride;
      guint8 *below = rgb + y * rgb_stride;

      for (gint x = 0; x < width; x++, above += 4, below += 3)
        {
          gfloat alpha = above[3] * opacity, mixed[3];

          if (alpha <= 0)
            continue;
          blend_pixel (mode, curve, below, above, mixed);
          for (gint c = 0; c < 3; c++)
            below[c]
                = encode (curve, decode_byte (curve, below[c]) * (1 - alpha) + mixed[c] * alpha);
        }
    }
}
