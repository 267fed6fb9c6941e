/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a sidecar or the metadata says about a classifier: precedence, every key, every refusal. */
#include <string.h>
#include <unistd.h>

#include "graph/model-private.h"
#include "onnx-builder.h"
#include "places.h"
#include "whylayer/model.h"

#define CLASSES 5
#define WIDTH 6
#define HEIGHT 8

typedef struct
{
  TestFolder *folder;
  gint channels, classes;
  const gchar *metadata, *sidecar;
} Case;

static WhyModel *
load_case (const Case *c, GError **error)
{
  g_autoptr (OnnxBuilder) builder
      = onnx_builder_new_classifier (c->channels, HEIGHT, WIDTH, c->classes);
  g_autoptr (GBytes) bytes = NULL;
  g_autofree gchar *path = test_folder_path (c->folder, "net.onnx");

  if (c->metadata)
    onnx_builder_add_metadata (builder, "whylayer", c->metadata);
  if (c->sidecar)
    test_folder_write (c->folder, "net.json", c->sidecar);
  bytes = onnx_builder_serialize (builder);
  test_folder_write_bytes (c->folder, "net.onnx", bytes);
  return why_model_load (path, NULL, error);
}

static WhyModel *
load (const gchar *metadata, const gchar *sidecar, GError **error)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  const Case c = { folder, 3, CLASSES, metadata, sidecar };

  return load_case (&c, error);
}

static WhyModel *
load_ok (const gchar *metadata, const gchar *sidecar)
{
  g_autoptr (GError) error = NULL;
  WhyModel *model = load (metadata, sidecar, &error);

  g_assert_no_error (error);
  return model;
}

static void
test_every_key_is_read (void)
{
  g_autoptr (WhyModel) model = load_ok (
      NULL, "{\"name\": \"Birds\", \"description\": \"five birds\", \"licence\": \"CC0-1.0\","
            " \"input\": {\"name\": \"input\", \"size\": [6, 8], \"channels\": \"bgr\","
            "  \"layout\": \"nchw\", \"range\": [0, 255], \"mean\": [1, 2, 3],"
            "  \"std\": [4, 5, 6.5], \"resize\": \"letterbox\", \"short_side\": 9},"
            " \"labels\": [\"a\", \"b\", \"c\", \"d\", \"e\"], \"activation\": \"sigmoid\","
            " \"layer\": \"relu\", \"temperature\": 1.25,"
            " \"unsure\": {\"score\": \"max-logit\", \"below\": -2}, \"future\": {\"key\": 1}}");
  const WhyPreprocessing *pre = why_model_get_preprocessing (model);
  gdouble below;

  g_assert_cmpstr (why_model_get_name (model), ==, "Birds");
  g_assert_cmpstr (why_model_get_description (model), ==, "five birds");
  g_assert_cmpstr (why_model_get_licence (model), ==, "CC0-1.0");
  g_assert_cmpint (pre->channels, ==, WHY_CHANNELS_BGR);
  g_assert_cmpfloat (pre->range[1], ==, 255);
  g_assert_cmpfloat (pre->mean[2], ==, 3);
  g_assert_cmpfloat (pre->std[2], ==, 6.5);
  g_assert_cmpint (pre->resize, ==, WHY_RESIZE_LETTERBOX);
  g_assert_cmpint (pre->short_side, ==, 9);
  g_assert_cmpstr (why_model_get_label (model, 4), ==, "e");
  g_assert_cmpint (why_model_get_activation (model), ==, WHY_ACTIVATION_SIGMOID);
  g_assert_cmpstr (why_model_get_cam_layer_name (model), ==, "relu");
  g_assert_cmpfloat (why_model_get_temperature (model), ==, 1.25);
  g_assert_cmpint (why_model_get_unsure (model, &below), ==, WHY_UNSURE_MAX_LOGIT);
  g_assert_cmpfloat (below, ==, -2);
  g_assert_cmpstr (why_model_get_preprocessing_source (model), ==, "sidecar");
}

static void
test_the_sidecar_wins_key_by_key (void)
{
  g_autoptr (WhyModel) model
      = load_ok ("{\"name\": \"inside\", \"licence\": \"MIT\", \"temperature\": 3,"
                 " \"input\": {\"mean\": [9, 9, 9], \"std\": [7, 7, 7], \"resize\": \"stretch\"}}",
                 "{\"name\": \"beside\", \"input\": {\"std\": [2]}}");
  const WhyPreprocessing *pre = why_model_get_preprocessing (model);

  g_assert_cmpstr (why_model_get_name (model), ==, "beside");
  g_assert_cmpstr (why_model_get_licence (model), ==, "MIT");
  g_assert_cmpfloat (why_model_get_temperature (model), ==, 3);
  g_assert_cmpint (pre->resize, ==, WHY_RESIZE_STRETCH);
  /* range, mean and std are one key: half of each source would be neither's. */
  g_assert_cmpfloat (pre->mean[1], ==, 0);
  g_assert_cmpfloat (pre->std[1], ==, 2);
  g_assert_cmpstr (why_model_get_preprocessing_source (model), ==, "sidecar");
}

static void
test_metadata_alone_counts (void)
{
  g_autoptr (WhyModel) model = load_ok ("{\"input\": {\"mean\": [0.5], \"std\": [0.5]}}", NULL);

  g_assert_cmpfloat (why_model_get_preprocessing (model)->mean[2], ==, 0.5);
  g_assert_cmpstr (why_model_get_preprocessing_source (model), ==, "metadata");
}

static void
test_short_side_alone_means_crop (void)
{
  g_autoptr (WhyModel) model = load_ok (NULL, "{\"input\": {\"short_side\": 12}}");
  g_autoptr (WhyModel) bare = load_ok (NULL, "{\"input\": {\"resize\": \"crop\"}}");

  g_assert_cmpint (why_model_get_preprocessing (model)->resize, ==, WHY_RESIZE_CROP);
  g_assert_cmpint (why_model_get_preprocessing (model)->short_side, ==, 12);
  g_assert_cmpint (why_model_get_preprocessing (bare)->short_side, ==, HEIGHT);
}

typedef struct
{
  const gchar *name, *sidecar;
  WhyError code;
  const gchar *text;
} Refusal;

static const Refusal refusals[] = {
  { "empty", "", WHY_ERROR_MODEL_INVALID, "description" },
  { "not-json", "name: x", WHY_ERROR_MODEL_INVALID, "description" },
  { "not-an-object", "[1, 2]", WHY_ERROR_MODEL_INVALID, "object" },
  { "not-utf8", "{\"name\": \"\xff\"}", WHY_ERROR_MODEL_INVALID, "UTF-8" },
  { "cut-short", "{\"name\": \"x\"", WHY_ERROR_MODEL_INVALID, "description" },
  { "a-comment", "/* \" */ {}", WHY_ERROR_MODEL_INVALID, "plain JSON" },
  { "name", "{\"name\": 3}", WHY_ERROR_MODEL_INVALID, "'name'" },
  { "name-null", "{\"name\": null}", WHY_ERROR_MODEL_INVALID, "'name'" },
  { "input", "{\"input\": 3}", WHY_ERROR_MODEL_INVALID, "'input'" },
  { "input-name", "{\"input\": {\"name\": \"x\"}}", WHY_ERROR_MODEL_INVALID, "'x'" },
  { "size", "{\"input\": {\"size\": [64]}}", WHY_ERROR_MODEL_INVALID, "'size'" },
  { "size-fraction", "{\"input\": {\"size\": [6.5, 8]}}", WHY_ERROR_MODEL_INVALID, "'size'" },
  { "size-huge", "{\"input\": {\"size\": [1e99, 8]}}", WHY_ERROR_MODEL_INVALID, "'size'" },
  { "size-other", "{\"input\": {\"size\": [8, 6]}}", WHY_ERROR_MODEL_INVALID, "8×6" },
  { "channels", "{\"input\": {\"channels\": \"xyz\"}}", WHY_ERROR_MODEL_INVALID, "rgb|bgr|gray" },
  { "gray", "{\"input\": {\"channels\": \"gray\"}}", WHY_ERROR_MODEL_INVALID, "gray" },
  { "layout", "{\"input\": {\"layout\": \"chw\"}}", WHY_ERROR_MODEL_INVALID, "nchw|nhwc" },
  { "layout-wrong", "{\"input\": {\"layout\": \"nhwc\"}}", WHY_ERROR_MODEL_UNSUPPORTED,
    "6 channels" },
  { "range", "{\"input\": {\"range\": [1, 1]}}", WHY_ERROR_MODEL_INVALID, "'range'" },
  { "mean", "{\"input\": {\"mean\": [1, 2]}}", WHY_ERROR_MODEL_INVALID, "'mean'" },
  { "mean-text", "{\"input\": {\"mean\": [\"1\", 2, 3]}}", WHY_ERROR_MODEL_INVALID, "'mean'" },
  { "std", "{\"input\": {\"std\": [1, 0, 1]}}", WHY_ERROR_MODEL_INVALID, "'std'" },
  { "resize", "{\"input\": {\"resize\": \"zoom\"}}", WHY_ERROR_MODEL_INVALID, "letterbox" },
  { "short-side", "{\"input\": {\"short_side\": -1}}", WHY_ERROR_MODEL_INVALID, "'short_side'" },
  { "short-side-small", "{\"input\": {\"short_side\": 7}}", WHY_ERROR_MODEL_INVALID, "at least 8" },
  { "labels", "{\"labels\": 3}", WHY_ERROR_MODEL_INVALID, "labels" },
  { "labels-number", "{\"labels\": [\"a\", 2]}", WHY_ERROR_MODEL_INVALID, "strings" },
  { "labels-few", "{\"labels\": [\"a\", \"b\"]}", WHY_ERROR_MODEL_INVALID, "2 labels" },
  { "labels-none", "{\"labels\": {}}", WHY_ERROR_MODEL_INVALID, "labels" },
  { "labels-missing", "{\"labels\": \"none.txt\"}", WHY_ERROR_MODEL_DATA, "'none.txt'" },
  { "labels-outside", "{\"labels\": \"../none.txt\"}", WHY_ERROR_MODEL_DATA, "outside" },
  { "labels-absolute", "{\"labels\": \"/etc/passwd\"}", WHY_ERROR_MODEL_DATA, "outside" },
  { "activation", "{\"activation\": \"relu\"}", WHY_ERROR_MODEL_INVALID, "softmax|sigmoid|none" },
  { "temperature", "{\"temperature\": 0}", WHY_ERROR_MODEL_INVALID, "'temperature'" },
  { "unsure", "{\"unsure\": {\"score\": \"energy\"}}", WHY_ERROR_MODEL_INVALID, "'unsure'" },
  { "unsure-score", "{\"unsure\": {\"score\": \"x\", \"below\": 1}}", WHY_ERROR_MODEL_INVALID,
    "max-logit" },
  { "unsure-below", "{\"unsure\": {\"score\": \"energy\", \"below\": \"1\"}}",
    WHY_ERROR_MODEL_INVALID, "'below'" },
  { "unsure-output", "{\"unsure\": {\"score\": \"output\", \"below\": 1}}", WHY_ERROR_MODEL_INVALID,
    "\"output\": …" },
  { "unsure-output-missing",
    "{\"unsure\": {\"score\": \"output\", \"output\": \"sure\", \"below\": 1}}",
    WHY_ERROR_MODEL_INVALID, "'sure'" },
  { "unsure-output-of-classes",
    "{\"unsure\": {\"score\": \"output\", \"output\": \"logits\", \"below\": 1}}",
    WHY_ERROR_MODEL_INVALID, "one number" },
};

static void
test_refused (gconstpointer data)
{
  const Refusal *row = data;
  GError *error = NULL;

  g_assert_null (load (NULL, row->sidecar, &error));
  test_assert_error (&error, (gint)row->code, row->text);
}

/* json-glib parses recursively, and a comment with a quote can hide brackets from a count. */
static void
test_deep_nesting_is_refused (void)
{
  const gchar *hidings[] = { "", "/* \" */", "'\"'," };

  for (gsize i = 0; i < G_N_ELEMENTS (hidings); i++)
    {
      g_autofree gchar *brackets = g_strnfill (1000000, '[');
      g_autofree gchar *text = g_strconcat ("{\"future\": ", hidings[i], brackets, NULL);
      GError *error = NULL;

      g_assert_null (load (NULL, text, &error));
      test_assert_error (&error, WHY_ERROR_MODEL_INVALID, "description");
    }
}

/* ---- labels --------------------------------------------------------------------------------- */

static void
test_labels_come_from_a_text_file (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  const Case c = { folder, 3, CLASSES, NULL, "{\"labels\": \"words/birds.txt\"}" };
  g_autoptr (GError) error = NULL;
  g_autoptr (WhyModel) model = NULL;

  test_folder_write (folder, "words/birds.txt",
                     "\xef\xbb\xbf wren \r\nrobin\n\njay\tblue\ntit\n\n");
  model = load_case (&c, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (why_model_get_label_c (model, 0), ==, "wren");
  g_assert_cmpstr (why_model_get_label_c (model, 2), ==, "class 2");
  g_assert_cmpstr (why_model_get_label_c (model, 3), ==, "jay blue");
  g_assert_cmpstr (why_model_get_label_c (model, 4), ==, "tit");
}

static void
test_label_files_are_confined (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  const Case c = { folder, 3, CLASSES, NULL, "{\"labels\": \"link.txt\"}" };
  g_autofree gchar *link = test_folder_path (folder, "link.txt");
  GError *error = NULL;

  g_assert_cmpint (symlink ("/etc/passwd", link), ==, 0);
  g_assert_null (load_case (&c, &error));
  test_assert_error (&error, WHY_ERROR_MODEL_DATA, "'link.txt'");
}

#define BOTH                                                                                       \
  "{\"labels\": {\"zh_CN\": [\"甲\", \"乙\", \"丙\", \"丁\", \"戊\"],"                        \
  " \"C\": [\"a\", \"b\", \"c\", \"d\", \"e\"], \"de\": \"missing.txt\"}}"

static void
test_labels_follow_the_language (void)
{
  const struct
  {
    const gchar *language, *label;
  } rows[] = {
    { "zh_CN.UTF-8", "乙" }, { "fr:zh_CN", "乙" }, { "fr", "b" },
    { "en_GB:zh_CN", "b" },  { "C", "b" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (WhyModel) model = NULL;
      g_setenv ("LANGUAGE", rows[i].language, TRUE);
      model = load_ok (NULL, BOTH);
      g_assert_cmpstr (why_model_get_label (model, 1), ==, rows[i].label);
      g_assert_cmpstr (why_model_get_label_c (model, 1), ==, "b");
    }
}

static void
test_classes_are_found_in_either_language (void)
{
  g_autoptr (WhyModel) model = NULL;

  g_setenv ("LANGUAGE", "zh_CN", TRUE);
  model = load_ok (NULL, BOTH);
  g_assert_cmpint (why_model_find_class (model, "丁", NULL), ==, 3);
  g_assert_cmpint (why_model_find_class (model, "D", NULL), ==, 3);
  g_setenv ("LANGUAGE", "C", TRUE);
}

static void
test_languages_must_agree (void)
{
  GError *error = NULL;

  g_setenv ("LANGUAGE", "zh_CN", TRUE);
  g_assert_null (
      load (NULL, "{\"labels\": {\"C\": [\"a\"], \"zh_CN\": [\"甲\", \"乙\"]}}", &error));
  test_assert_error (&error, WHY_ERROR_MODEL_INVALID, "'zh_CN'");
  g_setenv ("LANGUAGE", "C", TRUE);
}

static void
test_classes_are_found_by_what_a_person_types (void)
{
  g_autoptr (WhyModel) model = load_ok (NULL, "{\"labels\": [\"tench, Tinca tinca\", \"Crane\","
                                              " \"crane\", \"maillot\", \"suit, maillot\"]}");
  const struct
  {
    const gchar *text;
    gint index;
  } rows[] = {
    { "0", 0 },     { " 4 ", 4 },          { "004", 4 },
    { "TENCH", 0 }, { " tinca tinca", 0 }, { "tench, tinca tinca", 0 },
    { "suit", 4 },  { "maillot", 3 },
  };
  const struct
  {
    const gchar *text, *message;
  } refused[] = {
    { "crane", "1, 2" },
    { "5", "0 to 4" },
    { "99999999999999999999", "0 to 4" },
    { "-1", "'-1'" },
    { "tenhc", "'tench'" },
    { "", "''" },
    { "zeppelin museum", "0 to 4" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpint (why_model_find_class (model, rows[i].text, NULL), ==, rows[i].index);
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      GError *error = NULL;
      g_assert_cmpint (why_model_find_class (model, refused[i].text, &error), ==, -1);
      test_assert_error (&error, WHY_ERROR_LABEL, refused[i].message);
    }
}

static void
test_thousand_classes_are_imagenet_s (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  const Case c = { folder, 3, 1000, NULL, NULL }, background = { folder, 3, 1001, NULL, NULL };
  g_autofree gchar *models = test_source ("models");
  g_autoptr (WhyModel) model = NULL, with_background = NULL;
  GError *error = NULL;

  g_setenv ("WHYLAYER_DATA", models, TRUE);
  model = load_case (&c, NULL);
  with_background = load_case (&background, NULL);
  g_unsetenv ("WHYLAYER_DATA");
  g_assert_cmpstr (why_model_get_label (model, 1), ==, "goldfish");
  g_assert_cmpstr (why_model_get_label_c (with_background, 0), ==, "background");
  g_assert_cmpstr (why_model_get_label_c (with_background, 2), ==, "goldfish");
  g_assert_cmpint (why_model_find_class (model, "crane", &error), ==, -1);
  test_assert_error (&error, WHY_ERROR_LABEL, "134, 517");
}

int
main (int argc, char *argv[])
{
  g_setenv ("LANGUAGE", "C", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sidecar/every-key-is-read", test_every_key_is_read);
  g_test_add_func ("/sidecar/wins-key-by-key", test_the_sidecar_wins_key_by_key);
  g_test_add_func ("/sidecar/metadata-alone-counts", test_metadata_alone_counts);
  g_test_add_func ("/sidecar/short-side-alone-means-crop", test_short_side_alone_means_crop);
  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autofree gchar *path = g_strconcat ("/sidecar/refuses/", refusals[i].name, NULL);
      g_test_add_data_func (path, &refusals[i], test_refused);
    }
  g_test_add_func ("/sidecar/refuses/deep-nesting", test_deep_nesting_is_refused);
  g_test_add_func ("/labels/come-from-a-text-file", test_labels_come_from_a_text_file);
  g_test_add_func ("/labels/files-are-confined", test_label_files_are_confined);
  g_test_add_func ("/labels/follow-the-language", test_labels_follow_the_language);
  g_test_add_func ("/labels/languages-must-agree", test_languages_must_agree);
  g_test_add_func ("/labels/found-in-either-language", test_classes_are_found_in_either_language);
  g_test_add_func ("/labels/found-by-what-a-person-types",
                   test_classes_are_found_by_what_a_person_types);
  g_test_add_func ("/labels/thousand-classes-are-imagenet-s", test_thousand_classes_are_imagenet_s);
  return g_test_run ();
}
