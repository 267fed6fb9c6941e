/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "places.h"
#include "session-model.h"
#include "session/arguments.h"
#include "session/output.h"

/* Scripts for GIMP 2.10 count on these places: they never change. */
static void
test_frozen_order (void)
{
  static const gchar *const explain[]
      = { "model", "method", "parameters", "node",  "target", "against",
          "score", "region", "view",       "style", "output", NULL };
  static const gchar *const returned[] = { "layer", "index", "label", "probability", "residual" };
  static const gchar *const classify[] = { "model", "region", "view", "top", NULL };
  const WhyProcedure *procedure = why_procedure_lookup ("plug-in-whylayer-explain");

  for (gint i = 0; explain[i] || procedure->arguments[i].name; i++)
    g_assert_cmpstr (procedure->arguments[i].name, ==, explain[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (returned); i++)
    g_assert_cmpstr (procedure->returns[i].name, ==, returned[i]);
  procedure = why_procedure_lookup ("plug-in-whylayer-classify");
  for (gint i = 0; classify[i] || procedure->arguments[i].name; i++)
    g_assert_cmpstr (procedure->arguments[i].name, ==, classify[i]);
}

static void
test_documented (void)
{
  gsize n;
  const WhyProcedure *procedures = why_procedures (&n);

  g_assert_cmpint (n, >=, 2);
  for (gsize i = 0; i < n; i++)
    {
      g_assert_true (g_str_has_prefix (procedures[i].name, "plug-in-whylayer-"));
      g_assert_cmpint (strlen (procedures[i].blurb), >, 10);
      g_assert_cmpint (strlen (procedures[i].help), >, 50);
      for (const WhyParam *a = procedures[i].arguments; a->name; a++)
        {
          g_assert_nonnull (a->nick);
          g_assert_true (g_str_has_suffix (a->blurb, "."));
          /* What an empty argument means is said. */
          g_assert_true (strstr (a->blurb, "empty") || strstr (a->blurb, "default"));
        }
      for (const WhyReturn *r = procedures[i].returns; r->name; r++)
        g_assert_true (g_str_has_suffix (r->blurb, "."));
    }
}

static void
test_read_arguments (void)
{
  const WhyProcedure *procedure = why_procedure_lookup ("plug-in-whylayer-classify");
  const gchar *const values[] = { "net", "", NULL, "7" };
  g_autoptr (GError) error = NULL;
  g_autoptr (WhyParams) params = why_procedure_read (procedure, values, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (why_params_get_string (params, "model"), ==, "net");
  g_assert_cmpstr (why_params_get_choice (params, "region"), ==, "visible");
  g_assert_cmpstr (why_params_get_string (params, "view"), ==, "");
  g_assert_cmpint (why_params_get_int (params, "top"), ==, 7);
}

static void
test_bad_arguments (void)
{
  static const struct
  {
    gint index;
    const gchar *value, *says[3];
  } cases[] = {
    { 1, "visble", { "region", "visible", "selection" } },
    { 3, "many", { "top", "1", "1000000" } },
    { 3, "0", { "top", "1", "1000000" } },
  };
  const WhyProcedure *procedure = why_procedure_lookup ("plug-in-whylayer-classify");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const gchar *values[] = { "", "", "", "" };
      g_autoptr (GError) error = NULL;

      values[cases[i].index] = cases[i].value;
      g_assert_null (why_procedure_read (procedure, values, &error));
      g_assert_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT);
      for (gint k = 0; k < 3; k++)
        g_assert_nonnull (strstr (error->message, cases[i].says[k]));
    }
}

static void
test_fields (void)
{
  g_autoptr (WhyRequest) request = why_request_new ();
  g_autoptr (WhyRequest) copy = NULL;
  const gchar *const *names = why_request_names ();

  for (gint i = 0; names[i]; i++)
    {
      g_assert_cmpstr (why_request_get (request, names[i]), ==, "");
      why_request_set (request, names[i], names[i]);
    }
  g_assert_null (why_request_field (request, "nonsense"));
  g_assert_cmpstr (request->model, ==, "model");
  g_assert_cmpstr (request->repeat, ==, "repeat");
  copy = why_request_copy (request);
  for (gint i = 0; names[i]; i++)
    g_assert_cmpstr (why_request_get (copy, names[i]), ==, names[i]);
  why_request_set (copy, "model", "");
  g_assert_null (copy->model);
}

static void
test_params_into_request (void)
{
  const WhyProcedure *procedure = why_procedure_lookup ("plug-in-whylayer-explain");
  const gchar *const values[]
      = { "net", "gradient", "", "", "2", "", "", "layer", "", "opacity=40", "" };
  g_autoptr (WhyParams) params = why_procedure_read (procedure, values, NULL);
  g_autoptr (WhyRequest) request = why_request_new ();

  why_request_set_params (request, params);
  g_assert_cmpstr (request->method, ==, "gradient");
  g_assert_cmpstr (request->target, ==, "2");
  g_assert_cmpstr (request->region, ==, "layer");
  g_assert_cmpstr (request->style, ==, "opacity=40");
  g_assert_null (request->score); /* the method's own */
}

static void
test_validate (void)
{
  static const struct
  {
    const gchar *field, *value, *says; /* says NULL: valid */
  } cases[] = {
    { "method", "grad-cam", NULL },
    { "method", "grad-kam", "grad-cam" },
    { "parameters", "relu=no", NULL },
    { "parameters", "rely=no", "relu" },
    { "parameters", "relu=perhaps", "relu" },
    { "score", "probability", NULL },
    { "score", "probably", "probability" },
    { "region", "selektion", "selection" },
    { "output", "layr", "layer" },
    { "style", "opacity=50", NULL },
    { "style", "opacity=500", "opacity" },
    { "view", "crop", NULL },
    { "view", ":96", NULL },
    { "view", "letterbox:128x96", NULL },
    { "view", "crup", "crop" },
    { "view", "crop:0", "SIZE" },
    { "view", "crop:12x", "SIZE" },
    { "view", "crop:5000", "4096" },
    { "preset", "torchvision", NULL },
    { "preset", "torchvison", "torchvision" },
    { "model", "net#torchvision", NULL },
    { "model", "net#nonsense", "torchvision" },
    { "repeat", "10", NULL },
    { "repeat", "0", "repeat" },
    { "repeat", "ten", "repeat" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (WhyRequest) request = why_request_new ();
      g_autoptr (GError) error = NULL;
      gboolean valid;

      why_request_set (request, cases[i].field, cases[i].value);
      valid = why_request_validate (request, &error);
      g_assert_cmpint (valid, ==, cases[i].says == NULL);
      if (valid)
        continue;
      g_assert_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT);
      if (!strstr (error->message, cases[i].says))
        g_error ("%s=%s: “%s” does not say %s", cases[i].field, cases[i].value, error->message,
                 cases[i].says);
    }
}

static void
test_expand (void)
{
  g_autoptr (WhyRequest) request
      = session_request_new (NULL, "parameters", "relu=no;steps=7", NULL);
  const gchar *const models[] = { "a.onnx", "b.onnx", NULL };
  const gchar *const methods[] = { "grad-cam", "integrated-gradients", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) requests = why_request_expand (request, models, methods, &error);
  g_auto (GStrv) tags = NULL;

  g_assert_no_error (error);
  g_assert_cmpint (requests->len, ==, 4);
  g_assert_cmpstr (why_request_get (requests->pdata[0], "parameters"), ==, "relu=no");
  g_assert_cmpstr (why_request_get (requests->pdata[1], "parameters"), ==, "steps=7");
  g_assert_cmpstr (why_request_get (requests->pdata[3], "model"), ==, "b.onnx");
  tags = why_output_tags (requests);
  g_assert_cmpstr (tags[0], ==, "a.grad-cam");
  g_assert_cmpstr (tags[3], ==, "b.integrated-gradients");
}

static void
test_expand_refuses (void)
{
  g_autoptr (WhyRequest) request = session_request_new (NULL, "parameters", "stops=7", NULL);
  const gchar *const methods[] = { "integrated-gradients", "grad-cam", NULL };
  g_autoptr (GError) error = NULL;

  g_assert_null (why_request_expand (request, NULL, methods, &error));
  g_assert_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT);
  g_assert_nonnull (strstr (error->message, "steps"));
}

static void
test_tags_are_unique (void)
{
  g_autoptr (WhyRequest) request = why_request_new ();
  const gchar *const models[] = { "x/net.onnx", "y/net.onnx", NULL };
  g_autoptr (GPtrArray) requests = why_request_expand (request, models, NULL, NULL);
  g_auto (GStrv) tags = why_output_tags (requests);

  g_assert_cmpstr (tags[0], ==, "net.grad-cam");
  g_assert_cmpstr (tags[1], ==, "net.grad-cam-2");
}

/* The shell reads every command back into exactly the words that were meant. */
static void
test_command (void)
{
  static const gchar *const names[]
      = { "photo.jpg", "a b.png",       "it's.png",          "$(rm -rf x).png",     "-rf",
          "`x`;&|<>",  "new\nline.png", "escape\x1b[2J.png", "back\\slash\x01'.png" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (WhyRequest) request
          = session_request_new ("my net.onnx", "target", "it's", "parameters", "a=1;b=2", NULL);
      g_autofree gchar *command = why_request_to_command (request, names[i]);
      g_autofree gchar *script
          = g_strdup_printf ("whylayer () { printf '%%s\\0' \"$@\"; }\n%s\n", command);
      const gchar *argv[] = { "bash", "-c", script, NULL };
      g_autofree gchar *expected
          = *names[i] == '-' ? g_strconcat ("./", names[i], NULL) : g_strdup (names[i]);
      gchar *output = NULL;
      const gchar *word;

      g_assert_null (strpbrk (command, "\x01\x1b\n")); /* harmless to look at */
      g_assert_true (g_spawn_sync (NULL, (gchar **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL,
                                   &output, NULL, NULL, NULL));
      word = output;
      g_assert_cmpstr (word, ==, "explain");
      word += strlen (word) + 1;
      g_assert_cmpstr (word, ==, expected);
      word += strlen (word) + 1;
      g_assert_cmpstr (word, ==, "--model=my net.onnx");
      word += strlen (word) + 1;
      g_assert_cmpstr (word, ==, "--set=a=1;b=2");
      word += strlen (word) + 1;
      g_assert_cmpstr (word, ==, "--target=it's");
      g_free (output);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/arguments/order-is-frozen", test_frozen_order);
  g_test_add_func ("/arguments/documented", test_documented);
  g_test_add_func ("/arguments/empty-is-default", test_read_arguments);
  g_test_add_func ("/arguments/bad-ones-are-named", test_bad_arguments);
  g_test_add_func ("/request/fields-by-name", test_fields);
  g_test_add_func ("/request/from-arguments", test_params_into_request);
  g_test_add_func ("/request/validate", test_validate);
  g_test_add_func ("/request/expand", test_expand);
  g_test_add_func ("/request/expand-refuses-nobody's-parameter", test_expand_refuses);
  g_test_add_func ("/request/tags-are-unique", test_tags_are_unique);
  g_test_add_func ("/request/command-survives-the-shell", test_command);
  return g_test_run ();
}
