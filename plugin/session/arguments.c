/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n-lib.h>

#include "session/arguments.h"

/* Rows that several procedures share. */

#define ARGUMENT_MODEL                                                                             \
  {                                                                                                \
    .name = "model", .nick = N_ ("_Model"),                                                        \
    .blurb = N_ ("The classifier: a model's name (see plug-in-whylayer-models) or the path of an " \
                 "ONNX file, optionally followed by #PRESET for its preprocessing; empty: the "    \
                 "bundled model."),                                                                \
    .type = WHY_PARAM_STRING, .def = ""                                                            \
  }
#define ARGUMENT_METHOD                                                                            \
  {                                                                                                \
    .name = "method", .nick = N_ ("M_ethod"),                                                      \
    .blurb = N_ ("The attribution method's id, such as grad-cam, integrated-gradients or "         \
                 "occlusion (\"whylayer methods\" lists them); empty: grad-cam."),                 \
    .type = WHY_PARAM_STRING, .def = ""                                                            \
  }
#define ARGUMENT_PARAMETERS                                                                        \
  {                                                                                                \
    .name = "parameters", .nick = N_ ("_Parameters"),                                              \
    .blurb = N_ ("The method's parameters as \"NAME=VALUE;NAME=VALUE\", such as \"steps=200\"; "   \
                 "what is not named keeps its default."),                                          \
    .type = WHY_PARAM_STRING, .def = ""                                                            \
  }
#define ARGUMENT_NODE                                                                              \
  {                                                                                                \
    .name = "node", .nick = N_ ("_Layer of the network"),                                          \
    .blurb = N_ ("The layer that CAM methods look at: a node's name or its output tensor's name; " \
                 "empty: the model's last layer with a spatial grid."),                            \
    .type = WHY_PARAM_STRING, .def = ""                                                            \
  }
#define ARGUMENT_TARGET                                                                            \
  {                                                                                                \
    .name = "target", .nick = N_ ("_Target class"),                                                \
    .blurb = N_ ("The class to explain: \"top\" for the most probable one, a class index from 0, " \
                 "or a label; empty: top."),                                                       \
    .type = WHY_PARAM_STRING, .def = "top"                                                         \
  }
#define ARGUMENT_AGAINST                                                                           \
  {                                                                                                \
    .name = "against", .nick = N_ ("_Against class"),                                              \
    .blurb = N_ ("Explains why the target and not this class: a class index from 0, a label, or "  \
                 "\"second\" for the most probable other class; empty: no contrast."),             \
    .type = WHY_PARAM_STRING, .def = ""                                                            \
  }
/* Not a choice, because the default is the method's own: RISE explains a probability. */
#define ARGUMENT_SCORE                                                                             \
  {                                                                                                \
    .name = "score", .nick = N_ ("_Score"),                                                        \
    .blurb = N_ ("The number that is explained: logit, probability or log-probability; empty: "    \
                 "logit, or what the method's paper uses."),                                       \
    .type = WHY_PARAM_STRING, .def = "", .choices = why_score_choices                              \
  }
#define ARGUMENT_REGION                                                                            \
  {                                                                                                \
    .name = "region", .nick = N_ ("_Where"),                                                       \
    .blurb = N_ ("The part of the image that is shown to the network: visible (the whole image "   \
                 "as it looks), layer (the active layer) or selection (its bounds); empty: "       \
                 "visible."),                                                                      \
    .type = WHY_PARAM_CHOICE, .def = "visible", .choices = why_region_choices                      \
  }
#define ARGUMENT_VIEW                                                                              \
  {                                                                                                \
    .name = "view", .nick = N_ ("_View"),                                                          \
    .blurb = N_ ("How that part becomes the network's input: stretch, crop (the centre) or "       \
                 "letterbox, optionally followed by :SIZE or :WIDTHxHEIGHT in pixels for models "  \
                 "that accept other sizes; empty: the model's own."),                              \
    .type = WHY_PARAM_STRING, .def = ""                                                            \
  }
#define ARGUMENT_STYLE                                                                             \
  {                                                                                                \
    .name = "style", .nick = N_ ("St_yle"),                                                        \
    .blurb = N_ ("How the map is drawn, as \"NAME=VALUE;NAME=VALUE\", such as "                    \
                 "\"colormap=magma;opacity=70\"; what is not named keeps its default."),           \
    .type = WHY_PARAM_STRING, .def = ""                                                            \
  }

const WhyChoice why_score_choices[] = {
  { "logit", N_ ("Logit") },
  { "probability", N_ ("Probability") },
  { "log-probability", N_ ("Logarithm of the probability") },
  { NULL, NULL },
};

const WhyChoice why_region_choices[] = {
  { "visible", N_ ("Visible image") },
  { "layer", N_ ("Active layer") },
  { "selection", N_ ("Selection bounds") },
  { NULL, NULL },
};

const WhyChoice why_output_choices[] = {
  { "layer", N_ ("New layer") },
  { "group", N_ ("Group with a layer for each class") },
  { "mask", N_ ("Layer mask") },
  { "selection", N_ ("Selection") },
  { "channel", N_ ("Channel") },
  { "image", N_ ("New image") },
  { NULL, NULL },
};

/* Frozen order: see DESIGN's "Names that scripts rely on". */
static const WhyParam explain_arguments[] = {
  ARGUMENT_MODEL,
  ARGUMENT_METHOD,
  ARGUMENT_PARAMETERS,
  ARGUMENT_NODE,
  ARGUMENT_TARGET,
  ARGUMENT_AGAINST,
  ARGUMENT_SCORE,
  ARGUMENT_REGION,
  ARGUMENT_VIEW,
  ARGUMENT_STYLE,
  { .name = "output",
    .nick = N_ ("_Result"),
    .blurb = N_ ("Where the map goes: layer (a new layer), group (a layer for each of the most "
                 "probable classes, group:8 for eight of them), mask (the active layer's mask), "
                 "selection, channel or image (a new image); empty: layer. An image without colors "
                 "gets its layer or group in a copy, unless :convert follows, which makes the "
                 "image itself RGB."),
    .type = WHY_PARAM_STRING,
    .def = "layer",
    .choices = why_output_choices },
  WHY_PARAM_END,
};

static const WhyReturn explain_returns[] = {
  { "layer", N_ ("Layer"),
    N_ ("The new layer; none when the result went elsewhere than to a layer or an image."),
    WHY_RETURN_LAYER },
  { "index", N_ ("Class index"), N_ ("The index, from 0, of the class that was explained."),
    WHY_RETURN_INT },
  { "label", N_ ("Label"), N_ ("The label of the class that was explained."), WHY_RETURN_STRING },
  { "probability", N_ ("Probability"),
    N_ ("The probability, 0 to 1, that the model gives that class."), WHY_RETURN_DOUBLE },
  { "residual", N_ ("Residual"),
    N_ ("The completeness residual: the map's sum minus the change of score it should explain, in "
        "units of the score; 0 for methods that promise no completeness."),
    WHY_RETURN_DOUBLE },
  { NULL, NULL, NULL, 0 },
};

static const WhyParam classify_arguments[] = {
  ARGUMENT_MODEL,
  ARGUMENT_REGION,
  ARGUMENT_VIEW,
  { .name = "top",
    .nick = N_ ("_Number of classes"),
    .blurb = N_ ("How many of the most probable classes are returned, 1 to 1000000; empty: 5."),
    .type = WHY_PARAM_INT,
    .min = 1,
    .max = 1000000,
    .def = "5" },
  WHY_PARAM_END,
};

/* GIMP 2.10 puts an error's message in the place of the first value: were that an array's length,
 * GIMP itself would crash. */
static const WhyReturn classify_returns[] = {
  { "unsure", N_ ("Unsure"),
    N_ ("1 when the model's own rule says that none of its classes may be there, otherwise 0."),
    WHY_RETURN_INT },
  { "indices", N_ ("Class indices"), N_ ("Class indices from 0, the most probable first."),
    WHY_RETURN_INTS },
  { "labels", N_ ("Labels"), N_ ("The labels of these classes."), WHY_RETURN_STRINGS },
  { "probabilities", N_ ("Probabilities"), N_ ("The probabilities, 0 to 1, of these classes."),
    WHY_RETURN_DOUBLES },
  { NULL, NULL, NULL, 0 },
};

static const WhyParam restyle_arguments[] = {
  { .name = "style",
    .nick = N_ ("St_yle"),
    .blurb = N_ ("What changes in how the map is drawn, as \"NAME=VALUE;NAME=VALUE\", such as "
                 "\"colormap=magma;opacity=70\"; what is not named stays as it is."),
    .type = WHY_PARAM_STRING,
    .def = "" },
  WHY_PARAM_END,
};

static const WhyReturn restyle_returns[] = {
  { "layer", N_ ("Layer"), N_ ("The layer that was redrawn; none when it was a mask or a channel."),
    WHY_RETURN_LAYER },
  { NULL, NULL, NULL, 0 },
};

static const WhyProcedure procedures[] = {
  { .name = "plug-in-whylayer-explain",
    .menu_label = N_ ("_Explain Classification…"),
    .blurb = N_ ("Show why a classifier calls the picture what it calls it"),
    .help = N_ ("Classifies the picture with an ONNX image classifier, computes an attribution "
                "map for one of its classes and writes the map into the image as a layer that can "
                "be blended, selected from and redrawn. The picture itself is not changed, and one "
                "undo step removes the layer. Every argument is a string; an empty one means the "
                "default."),
    .takes_image = TRUE,
    .arguments = explain_arguments,
    .returns = explain_returns },
  { .name = "plug-in-whylayer-classify",
    .menu_label = N_ ("_Classify"),
    .blurb = N_ ("Name what a classifier sees in the picture"),
    .help = N_ ("Classifies the picture with an ONNX image classifier and returns its most "
                "probable classes. Nothing is written into the image. Every argument is a string; "
                "an empty one means the default."),
    .takes_image = TRUE,
    .arguments = classify_arguments,
    .returns = classify_returns },
  { .name = "plug-in-whylayer-restyle",
    .blurb = N_ ("Draw an existing Whylayer layer in another style"),
    .help = N_ ("Redraws a layer, mask or channel that Explain Classification wrote, from the map "
                "that it carries: nothing is computed again and no model is needed. One undo step "
                "brings the old drawing back."),
    .takes_image = TRUE,
    .arguments = restyle_arguments,
    .returns = restyle_returns },
};

const WhyProcedure *
why_procedures (gsize *n)
{
  *n = G_N_ELEMENTS (procedures);
  return procedures;
}

const WhyProcedure *
why_procedure_lookup (const gchar *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (procedures); i++)
    if (g_str_equal (procedures[i].name, name))
      return &procedures[i];
  return NULL;
}

gsize
why_procedure_n_arguments (const WhyProcedure *procedure)
{
  gsize n = 0;

  while (procedure->arguments[n].name)
    n++;
  return n;
}

WhyParams *
why_procedure_read (const WhyProcedure *procedure, const gchar *const *values, GError **error)
{
  g_autoptr (WhyParams) params = why_params_new (procedure->arguments);

  for (gsize i = 0; procedure->arguments[i].name; i++)
    if (values[i] && *values[i]
        && !why_params_set (params, procedure->arguments[i].name, values[i], error))
      return NULL;
  return g_steal_pointer (&params);
}
