/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "whylayer/style.h"

#include <glib/gi18n-lib.h>

#include "render/colormaps.h"
#include "render/composite.h"

static const WhyChoice signs[] = {
  { "positive", N_ ("For the class") },
  { "negative", N_ ("Against the class") },
  { "both", N_ ("Both") },
  { NULL },
}; /* in the order of WhySign */

static const WhyChoice cells[] = {
  { "smooth", N_ ("Smooth") },
  { "native", N_ ("Native cells") },
  { NULL },
};

static const WhyParam params[] = {
  { "opacity", N_ ("_Opacity"), N_ ("Opacity of the layer in percent."), WHY_PARAM_DOUBLE, 0, 100,
    "60" },
  { "mode", N_ ("_Mode"), N_ ("How the layer is blended with the picture."), WHY_PARAM_CHOICE,
    .def = "normal", .choices = why_blend_choices },
  { "colormap", N_ ("_Colormap"),
    N_ ("Colors for the evidence. Automatic: diverging for both signs, else sequential; a "
        "diverging map for one sign uses its half."),
    WHY_PARAM_CHOICE, .def = "auto", .choices = why_colormap_choices },
  { "sign", N_ ("_Sign"), N_ ("Which evidence is drawn: for the class, against it, or both."),
    WHY_PARAM_CHOICE, .def = "positive", .choices = signs },
  { "clip", N_ ("C_lip"),
    N_ ("The percentile of the evidence's magnitude that gets the strongest color; what lies "
        "above is clipped."),
    WHY_PARAM_DOUBLE, 50, 100, "99" },
  { "threshold", N_ ("_Threshold"),
    N_ ("Share of the scale, 0 to 1, below which nothing is drawn."), WHY_PARAM_DOUBLE, 0, 1, "0" },
  { "gamma", N_ ("_Gamma"),
    N_ ("Exponent on the share of the scale: below 1 shows weak evidence, above 1 hides it."),
    WHY_PARAM_DOUBLE, 0.1, 10, "1" },
  { "cells", N_ ("C_ells"),
    N_ ("Smooth interpolates between the centers of the map's cells; native shows the cells."),
    WHY_PARAM_CHOICE, .def = "smooth", .choices = cells },
  { "contours", N_ ("Co_ntours"),
    N_ ("Number of contour lines, evenly spaced on the scale; they follow the smooth map."),
    WHY_PARAM_INT, 0, 20, "0" },
  { "labels", N_ ("Value la_bels"), N_ ("Write its value on every contour line."), WHY_PARAM_BOOL,
    .def = "no" },
  { "scale", N_ ("_Absolute scale"),
    N_ ("The value, in the map's own units, that gets the strongest color, so that pictures can be "
        "compared; 0 scales each picture by its own percentile."),
    WHY_PARAM_DOUBLE, 0, 1e12, "0" },
  { "legend", N_ ("Legen_d"), N_ ("Add a color bar with its values."), WHY_PARAM_BOOL,
    .def = "no" },
  WHY_PARAM_END
};

const WhyParam *
why_style_params (void)
{
  return params;
}

gdouble
why_style_get_opacity (const WhyParams *style)
{
  return why_params_get_double (style, "opacity");
}

const gchar *
why_style_get_mode (const WhyParams *style)
{
  return why_params_get_choice (style, "mode");
}
