/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n-lib.h>

#include "methods/method.h"
#include "session/arguments.h"

/* Rows that several procedures share. */

#define ARGUMENT_MODEL                                                                             \
  {                                                                                                \
    .name = "model", .nick = N_ ("_Model"),                                                        \
    .blurb = N_ ("The classifier: a model's name (\"models\" lists them) or the path of an "       \
                 "ONNX file, optionally followed by #PRESET for its preprocessing; empty: the "    \
                 "bundled model."),                                                                \
    .type = WHY_PARAM_STRING, .def = ""                                                            \
  }
#define ARGUMENT_METHOD                                                                            \
  {                                                                                                \
    .name = "method", .nick = N_ ("M_ethod"),                                                      \
    .blurb = N_ ("The attribution method's id, such as grad-cam, integrated-gradients or "         \
                 "occlusion (\"methods\" lists them); empty: grad-cam."),                          \
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

#define ARGUMENT_OUTPUT(def_, blurb_)                                                              \
  {                                                                                                \
    .name = "output", .nick = N_ ("_Result"), .blurb = blurb_, .type = WHY_PARAM_STRING,           \
    .def = def_, .choices = why_output_choices                                                     \
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

/* GIMP 2.10 puts an error's message in the place of the first value: were that an array's length,
 * GIMP itself would crash. So no procedure's first value is an array. */

#define RETURN_END                                                                                 \
  {                                                                                                \
    NULL, NULL, NULL, 0                                                                            \
  }
#define RETURN_INDEX                                                                               \
  {                                                                                                \
    "index", N_ ("Class index"), N_ ("The index, from 0, of the class that was explained."),       \
        WHY_RETURN_INT                                                                             \
  }
#define RETURN_LABEL                                                                               \
  {                                                                                                \
    "label", N_ ("Label"), N_ ("The label of the class that was explained."), WHY_RETURN_STRING    \
  }
#define RETURN_PROBABILITY                                                                         \
  {                                                                                                \
    "probability", N_ ("Probability"),                                                             \
        N_ ("The probability, 0 to 1, that the model gives that class."), WHY_RETURN_DOUBLE        \
  }

static const WhyReturn explain_returns[] = {
  { "layer", N_ ("Layer"),
    N_ ("The new layer; none when the result went elsewhere than to a layer or an image."),
    WHY_RETURN_LAYER },
  RETURN_INDEX,
  RETURN_LABEL,
  RETURN_PROBABILITY,
  { "residual", N_ ("Residual"),
    N_ ("The completeness residual: the map's sum minus the change of score it should explain, in "
        "units of the score; 0 for methods that promise no completeness."),
    WHY_RETURN_DOUBLE },
  RETURN_END,
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

static const WhyReturn classify_returns[] = {
  { "unsure", N_ ("Unsure"),
    N_ ("1 when the model's own rule says that none of its classes may be there, otherwise 0."),
    WHY_RETURN_INT },
  { "indices", N_ ("Class indices"), N_ ("Class indices from 0, the most probable first."),
    WHY_RETURN_INTS },
  { "labels", N_ ("Labels"), N_ ("The labels of these classes."), WHY_RETURN_STRINGS },
  { "probabilities", N_ ("Probabilities"), N_ ("The probabilities, 0 to 1, of these classes."),
    WHY_RETURN_DOUBLES },
  RETURN_END,
};

static const WhyParam restyle_arguments[] = {
  { .name = "style",
    .nick = N_ ("St_yle"),
    .blurb = N_ ("What changes in how the map is drawn, as \"NAME=VALUE;NAME=VALUE\", such as "
                 "\"colormap=magma;opacity=70\"; what is not named stays as it is, and empty "
                 "changes nothing."),
    .type = WHY_PARAM_STRING,
    .def = "" },
  WHY_PARAM_END,
};

static const WhyReturn restyle_returns[] = {
  { "layer", N_ ("Layer"), N_ ("The layer that was redrawn; none when it was a mask or a channel."),
    WHY_RETURN_LAYER },
  RETURN_END,
};

static const WhyChoice evidence_signs[] = { { "", N_ ("As the layer shows it") },
                                            { "positive", N_ ("For the class") },
                                            { "negative", N_ ("Against the class") },
                                            { "both", N_ ("Both") },
                                            { NULL, NULL } };

static const WhyChoice evidence_outputs[] = { { "selection", N_ ("Selection") },
                                              { "channel", N_ ("Channel") },
                                              { "mask", N_ ("Layer mask") },
                                              { NULL, NULL } };

static const WhyParam select_arguments[] = {
  { .name = "share",
    .nick = N_ ("_Share"),
    .blurb = N_ ("Only the strongest part of what the network saw, 0 to 100 percent, with a sharp "
                 "edge; empty: all evidence, softly, as strong as it is drawn."),
    .type = WHY_PARAM_DOUBLE,
    .min = 0,
    .max = 100,
    .def = "0" },
  { .name = "sign",
    .nick = N_ ("S_ign"),
    .blurb = N_ ("Which evidence: positive (for the class), negative (against it) or both; empty: "
                 "as the layer shows it."),
    .type = WHY_PARAM_CHOICE,
    .def = "",
    .choices = evidence_signs },
  { .name = "output",
    .nick = N_ ("_Result"),
    .blurb = N_ ("Where it goes: selection, channel, or mask (of the uppermost visible layer that "
                 "is none of Whylayer's); empty: selection."),
    .type = WHY_PARAM_CHOICE,
    .def = "selection",
    .choices = evidence_outputs },
  WHY_PARAM_END,
};

static const WhyReturn select_returns[] = {
  { "area", N_ ("Area"),
    N_ ("The share, 0 to 1, of the image that is selected afterwards; 0 when "
        "the result went elsewhere than to the selection."),
    WHY_RETURN_DOUBLE },
  RETURN_END,
};

static const WhyParam test_selection_arguments[] = {
  ARGUMENT_MODEL,
  ARGUMENT_TARGET,
  ARGUMENT_VIEW,
  { .name = "fill",
    .nick = N_ ("_Cover with"),
    .blurb = N_ ("What covers a part: black, white, mean (the mean colour of the training data), "
                 "blur (the picture without its shapes) or noise; empty: blur."),
    .type = WHY_PARAM_CHOICE,
    .def = "blur",
    .choices = why_baselines },
  WHY_PARAM_END,
};

static const WhyReturn test_selection_returns[] = {
  RETURN_INDEX,
  RETURN_LABEL,
  RETURN_PROBABILITY,
  { "without", N_ ("Without the selection"),
    N_ ("Its probability, 0 to 1, when the selection is covered."), WHY_RETURN_DOUBLE },
  { "only", N_ ("Only the selection"),
    N_ ("Its probability, 0 to 1, when all but the selection is covered."), WHY_RETURN_DOUBLE },
  { "area", N_ ("Area"), N_ ("The selection's share, 0 to 1, of what the network sees."),
    WHY_RETURN_DOUBLE },
  RETURN_END,
};

static const WhyParam no_arguments[] = { WHY_PARAM_END };

static const WhyReturn compare_returns[] = {
  RETURN_INDEX,
  RETURN_LABEL,
  RETURN_PROBABILITY,
  { "before", N_ ("Before"),
    N_ ("Its probability, 0 to 1, when the layer was made; -1 when the layer does not say."),
    WHY_RETURN_DOUBLE },
  { "agreement", N_ ("Agreement"),
    N_ ("How alike the two maps rank the places of the picture, -1 to 1 (Spearman's "
        "correlation)."),
    WHY_RETURN_DOUBLE },
  { "top", N_ ("Top class"), N_ ("The index, from 0, of the class that is most probable now."),
    WHY_RETURN_INT },
  { "top-label", N_ ("Top label"), N_ ("Its label."), WHY_RETURN_STRING },
  RETURN_END,
};

static const WhyParam minimal_region_arguments[] = {
  ARGUMENT_MODEL,
  ARGUMENT_PARAMETERS,
  ARGUMENT_TARGET,
  ARGUMENT_REGION,
  ARGUMENT_VIEW,
  ARGUMENT_STYLE,
  ARGUMENT_OUTPUT ("selection", N_ ("Where the region goes: layer (a new layer), mask (the active "
                                    "layer's mask), selection, channel or image (a new image); "
                                    "empty: selection.")),
  WHY_PARAM_END,
};

static const WhyParam activations_arguments[] = {
  ARGUMENT_MODEL,
  ARGUMENT_PARAMETERS,
  ARGUMENT_NODE,
  ARGUMENT_REGION,
  ARGUMENT_VIEW,
  ARGUMENT_STYLE,
  ARGUMENT_OUTPUT ("layer", N_ ("Where the map goes: layer (a new layer), mask (the active "
                                "layer's mask), selection, channel or image (a new image); empty: "
                                "layer.")),
  WHY_PARAM_END,
};

static const WhyParam layer_shapley_arguments[] = {
  ARGUMENT_MODEL, ARGUMENT_TARGET, ARGUMENT_AGAINST, ARGUMENT_SCORE, ARGUMENT_VIEW, WHY_PARAM_END,
};

static const WhyReturn layer_shapley_returns[] = {
  RETURN_INDEX,
  { "all", N_ ("All layers"), N_ ("The score with all visible layers, in its own units."),
    WHY_RETURN_DOUBLE },
  { "none", N_ ("No layer"), N_ ("The score with none of them: a white picture."),
    WHY_RETURN_DOUBLE },
  { "names", N_ ("Layers"), N_ ("The names of the visible layers, the topmost first."),
    WHY_RETURN_STRINGS },
  { "values", N_ ("Shares"),
    N_ ("Each layer's share of the score (its Shapley value), in units of the score; they sum to "
        "the difference of the two scores."),
    WHY_RETURN_DOUBLES },
  RETURN_END,
};

static const WhyParam check_arguments[] = {
  ARGUMENT_MODEL,
  ARGUMENT_METHOD,
  ARGUMENT_PARAMETERS,
  ARGUMENT_NODE,
  ARGUMENT_TARGET,
  ARGUMENT_AGAINST,
  ARGUMENT_SCORE,
  ARGUMENT_REGION,
  ARGUMENT_VIEW,
  { .name = "metrics",
    .nick = N_ ("Me_trics"),
    .blurb = N_ ("The metrics' ids with commas between (\"metrics\" lists them), each with "
                 "its parameters as in \"deletion:steps=20\"; those that need a mask take the "
                 "selection; empty: all that fit."),
    .type = WHY_PARAM_STRING,
    .def = "" },
  { .name = "controls",
    .nick = N_ ("_Compare with maps that know nothing"),
    .blurb = N_ ("Whether a random map, a blob in the middle and an edge detector are measured "
                 "too, yes or no, which takes four times as long; empty: yes."),
    .type = WHY_PARAM_BOOL,
    .def = "yes" },
  WHY_PARAM_END,
};

static const WhyReturn check_returns[] = {
  RETURN_INDEX,
  RETURN_LABEL,
  RETURN_PROBABILITY,
  { "metrics", N_ ("Metrics"), N_ ("The ids of the metrics."), WHY_RETURN_STRINGS },
  { "values", N_ ("Values"), N_ ("Each metric's value for the map."), WHY_RETURN_DOUBLES },
  { "random", N_ ("Random map"),
    N_ ("The values for a random map; 0 where controls were not measured."), WHY_RETURN_DOUBLES },
  { "flagged", N_ ("Flagged"), N_ ("1 for each metric that the map fails, otherwise 0."),
    WHY_RETURN_INTS },
  RETURN_END,
};

static const WhyChoice batch_formats[] = {
  { "xcf", N_ ("XCF with the map as a layer") },
  { "png", N_ ("PNG, flattened") },
  { "jpeg", N_ ("JPEG, flattened") },
  { "none", N_ ("No pictures") },
  { NULL, NULL },
};

static const WhyParam batch_arguments[] = {
  { .name = "source",
    .nick = N_ ("_Pictures"),
    .blurb = N_ ("A folder (with all below it), a file, or a pattern such as holiday/IMG*.jpg; it "
                 "has no default."),
    .type = WHY_PARAM_STRING,
    .def = "" },
  { .name = "folder",
    .nick = N_ ("_Results"),
    .blurb = N_ ("The folder for the report and everything else that is written; it is made when "
                 "it is missing, and has no default."),
    .type = WHY_PARAM_STRING,
    .def = "" },
  { .name = "models",
    .nick = N_ ("_Models"),
    .blurb = N_ ("The classifiers' names or paths with commas between, each picture being read "
                 "once for all of them; empty: the bundled model."),
    .type = WHY_PARAM_STRING,
    .def = "" },
  { .name = "methods",
    .nick = N_ ("M_ethods"),
    .blurb = N_ ("The attribution methods' ids with commas between (\"methods\" "
                 "lists them); empty: grad-cam."),
    .type = WHY_PARAM_STRING,
    .def = "" },
  ARGUMENT_PARAMETERS,
  ARGUMENT_NODE,
  ARGUMENT_TARGET,
  ARGUMENT_AGAINST,
  ARGUMENT_SCORE,
  ARGUMENT_VIEW,
  ARGUMENT_STYLE,
  { .name = "metrics",
    .nick = N_ ("Me_trics"),
    .blurb = N_ ("The ids of metrics that judge each map, with commas between (\"metrics\" "
                 "lists them); empty: none."),
    .type = WHY_PARAM_STRING,
    .def = "" },
  { .name = "format",
    .nick = N_ ("_Format"),
    .blurb = N_ ("The pictures that are written: xcf (with the map as a layer), png or jpeg (both "
                 "flattened) or none; empty: xcf."),
    .type = WHY_PARAM_CHOICE,
    .def = "xcf",
    .choices = batch_formats },
  { .name = "raw",
    .nick = N_ ("Ra_w maps"),
    .blurb = N_ ("Whether each map is also written as a NumPy array, yes or no; empty: yes."),
    .type = WHY_PARAM_BOOL,
    .def = "yes" },
  { .name = "resume",
    .nick = N_ ("Res_ume"),
    .blurb = N_ ("Whether pictures that an earlier run finished with the same settings are left "
                 "out, yes or no; empty: no."),
    .type = WHY_PARAM_BOOL,
    .def = "no" },
  { .name = "shard",
    .nick = N_ ("S_hard"),
    .blurb = N_ ("Only part I of N, written I/N, of the pictures, chosen by their names, for one "
                 "of several machines; empty: 1/1, all."),
    .type = WHY_PARAM_STRING,
    .def = "1/1" },
  WHY_PARAM_END,
};

static const WhyReturn batch_returns[] = {
  { "total", N_ ("Pictures"), N_ ("How many pictures there are."), WHY_RETURN_INT },
  { "done", N_ ("Explained"), N_ ("How many were explained now."), WHY_RETURN_INT },
  { "skipped", N_ ("Done before"), N_ ("How many an earlier run had finished."), WHY_RETURN_INT },
  { "failed", N_ ("Failed"), N_ ("How many failed; their lines in the report say why."),
    WHY_RETURN_INT },
  { "report", N_ ("Report"),
    N_ ("The report's path: a JSON object a line, beside it a contact sheet (.html) and a table "
        "(.csv)."),
    WHY_RETURN_STRING },
  RETURN_END,
};

static const WhyReturn models_returns[] = {
  { "count", N_ ("Count"), N_ ("How many models there are."), WHY_RETURN_INT },
  { "models", N_ ("Models"), N_ ("What the argument model takes, the default first."),
    WHY_RETURN_STRINGS },
  { "names", N_ ("Names"), N_ ("Their names for people."), WHY_RETURN_STRINGS },
  { "paths", N_ ("Files"), N_ ("Their files."), WHY_RETURN_STRINGS },
  RETURN_END,
};

static const WhyReturn methods_returns[] = {
  { "count", N_ ("Count"), N_ ("How many methods there are."), WHY_RETURN_INT },
  { "methods", N_ ("Methods"), N_ ("What the argument method takes."), WHY_RETURN_STRINGS },
  { "names", N_ ("Names"), N_ ("Their names for people."), WHY_RETURN_STRINGS },
  { "blurbs", N_ ("What they do"), N_ ("What each of them does, in one line."),
    WHY_RETURN_STRINGS },
  { "parameters", N_ ("Parameters"),
    N_ ("Their parameters with the defaults, as \"NAME=VALUE;NAME=VALUE\"."), WHY_RETURN_STRINGS },
  RETURN_END,
};

static const WhyReturn metrics_returns[] = {
  { "count", N_ ("Count"), N_ ("How many metrics there are."), WHY_RETURN_INT },
  { "metrics", N_ ("Metrics"), N_ ("What the argument metrics takes."), WHY_RETURN_STRINGS },
  { "names", N_ ("Names"), N_ ("Their names for people."), WHY_RETURN_STRINGS },
  { "blurbs", N_ ("What they do"), N_ ("What each of them does, in one line."),
    WHY_RETURN_STRINGS },
  { "parameters", N_ ("Parameters"),
    N_ ("Their parameters with the defaults, as \"NAME=VALUE;NAME=VALUE\"."), WHY_RETURN_STRINGS },
  RETURN_END,
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
  { .name = "plug-in-whylayer-batch",
    .blurb = N_ ("Explain a folder of pictures, with a report"),
    .help = N_ ("Explains every picture of a folder with one or several models and methods and "
                "writes the pictures with their maps, the raw maps, a report with a JSON object a "
                "line, a contact sheet to look at and a table. A picture that fails is a line that "
                "says why and stops nothing. A run that was stopped can be resumed, and a long one "
                "be cut into shards for several machines."),
    .arguments = batch_arguments,
    .returns = batch_returns },
  { .name = "plug-in-whylayer-select",
    .menu_label = N_ ("_Select Evidence"),
    .blurb = N_ ("Turn the evidence of a Whylayer layer into a selection, a channel or a mask"),
    .help = N_ ("Takes the map that the active layer, one that Explain Classification wrote, "
                "carries, and puts its evidence into the selection, a new channel or the mask of "
                "the picture's layer. Nothing is computed again, and one undo step takes it back."),
    .takes_image = TRUE,
    .arguments = select_arguments,
    .returns = select_returns },
  { .name = "plug-in-whylayer-test-selection",
    .menu_label = N_ ("_Test Selection"),
    .blurb
    = N_ ("Cover the selection, and all but the selection, and see what the classifier says"),
    .help = N_ ("Classifies the picture three times: as it is, with the selection covered, and "
                "with everything else covered. A part that matters changes the answer when it is "
                "covered, and keeps it when only that part is seen. The image is not changed."),
    .takes_image = TRUE,
    .arguments = test_selection_arguments,
    .returns = test_selection_returns },
  { .name = "plug-in-whylayer-compare",
    .menu_label = N_ ("Compare with _Before"),
    .blurb = N_ ("Ask again what a Whylayer layer answered, and compare"),
    .help = N_ ("Asks the question of the active layer, one that Explain Classification wrote, "
                "about the picture as it is now, and tells how the class's probability and the map "
                "have changed since. The image is not changed."),
    .takes_image = TRUE,
    .arguments = no_arguments,
    .returns = compare_returns },
  { .name = "plug-in-whylayer-minimal-region",
    .menu_label = N_ ("_Minimal Region"),
    .blurb = N_ ("Find a small part of the picture that alone keeps the class"),
    .help = N_ ("Looks for a part of the picture, as small as possible, that is enough for the "
                "classifier to name the class when all else is covered, and selects it. Parameters "
                "are those of the method minimal-region."),
    .takes_image = TRUE,
    .arguments = minimal_region_arguments,
    .returns = explain_returns,
    .method = "minimal-region" },
  { .name = "plug-in-whylayer-layer-shapley",
    .menu_label = N_ ("_Layers' Shares"),
    .blurb = N_ ("Share the score among the image's layers"),
    .help = N_ ("Classifies the image with every combination of its visible layers and gives each "
                "layer its exact Shapley value (Shapley 1953): its mean contribution to the score "
                "over all orders in which the layers can be put together. At most 12 layers or "
                "groups; what no layer covers is white. The image is not changed."),
    .takes_image = TRUE,
    .arguments = layer_shapley_arguments,
    .returns = layer_shapley_returns },
  { .name = "plug-in-whylayer-check",
    .menu_label = N_ ("Chec_k a Map"),
    .blurb = N_ ("Measure how well a map tells what the classifier uses"),
    .help = N_ ("Explains the picture and measures the map with metrics such as deletion and "
                "insertion, beside maps that know nothing of the classifier: a map that is no "
                "better than those says nothing. The image is not changed."),
    .takes_image = TRUE,
    .arguments = check_arguments,
    .returns = check_returns },
  { .name = "plug-in-whylayer-activations",
    .blurb = N_ ("Show what a layer of the network answers to, place by place"),
    .help = N_ ("Writes the activations of one layer of the network into the image as a layer. "
                "Parameters are those of the method activations."),
    .takes_image = TRUE,
    .arguments = activations_arguments,
    .returns = explain_returns,
    .method = "activations" },
  { .name = "plug-in-whylayer-models",
    .blurb = N_ ("List the classifiers that can be chosen by name"),
    .help = N_ ("Lists the bundled classifier, those in the user's folder of models and those that "
                "were used lately. Any other ONNX file is chosen by its path."),
    .arguments = no_arguments,
    .returns = models_returns },
  { .name = "plug-in-whylayer-methods",
    .blurb = N_ ("List the attribution methods and their parameters"),
    .help = N_ ("Lists every method that plug-in-whylayer-explain knows, what it does and what can "
                "be set about it."),
    .arguments = no_arguments,
    .returns = methods_returns },
  { .name = "plug-in-whylayer-metrics",
    .blurb = N_ ("List the metrics that judge a map, and their parameters"),
    .help = N_ ("Lists every metric that plug-in-whylayer-check knows, what it measures and what "
                "can be set about it."),
    .arguments = no_arguments,
    .returns = metrics_returns },
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
