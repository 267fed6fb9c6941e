/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs the ONNX project's own tests (Debian: libonnx-testdata) through our reader, planner and
 * operators, and prints TAP: one case for every folder (in light, for every network).
 *
 * usage: conformance SKIPS [DATA [PATTERN]]
 *        conformance --mutants [DATA [PATTERN]]
 *
 * SKIPS lists `pattern: reason`. A folder that is listed there and passes is a failure, so that the
 * list never says less of us than is true. Without DATA nothing is run. --mutants runs every node's
 * test with attributes that are not what they should be: each must be refused or run to its end.
 */
#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "graph/model-private.h"
#include "graph/net-private.h"
#include "attributes.h"

#define RTOL 1e-3
#define ATOL 1e-7
#define ATOL_ACCUMULATED 1e-5 /* sums of float32 products around zero */

static const gchar *const suites[]
    = { "node", "simple", "pytorch-operator", "pytorch-converted", "light", NULL };

typedef struct
{
  GPatternSpec *pattern;
  gchar *reason;
} Skip;

static void
skip_free (gpointer data)
{
  Skip *skip = data;

  g_pattern_spec_free (skip->pattern);
  g_free (skip->reason);
  g_free (skip);
}

static GPtrArray *
read_skips (const gchar *path)
{
  GPtrArray *skips = g_ptr_array_new_with_free_func (skip_free);
  g_autofree gchar *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return skips;
  lines = g_strsplit (text, "\n", -1);
  for (gchar **line = lines; *line; line++)
    {
      g_auto (GStrv) parts = g_strsplit (*line, ": ", 2);
      Skip *skip;

      if (**line == '#' || g_strv_length (parts) != 2)
        continue;
      skip = g_new (Skip, 1);
      skip->pattern = g_pattern_spec_new (parts[0]);
      skip->reason = g_strdup (parts[1]);
      g_ptr_array_add (skips, skip);
    }
  return skips;
}

static const gchar *
skip_reason (const GPtrArray *skips, const gchar *name)
{
  for (guint i = 0; i < skips->len; i++)
    {
      const Skip *skip = g_ptr_array_index (skips, i);
      if (g_pattern_spec_match_string (skip->pattern, name))
        return skip->reason;
    }
  return NULL;
}

static GBytes *
read_bytes (const gchar *folder, const gchar *name, GError **error)
{
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  gchar *data;
  gsize size;

  if (!g_file_get_contents (path, &data, &size, error))
    return NULL;
  return g_bytes_new_take (data, size);
}

/* Tensors STEM_0.pb, STEM_1.pb … of a folder. */
static GPtrArray *
read_tensors (const gchar *folder, const gchar *stem, GError **error)
{
  g_autoptr (GPtrArray) tensors = g_ptr_array_new_with_free_func ((GDestroyNotify)why_tensor_unref);

  for (gint i = 0;; i++)
    {
      g_autofree gchar *name = g_strdup_printf ("%s_%d.pb", stem, i);
      g_autofree gchar *path = g_build_filename (folder, name, NULL);
      g_autoptr (GBytes) bytes = NULL;
      WhyTensor *tensor;

      if (!g_file_test (path, G_FILE_TEST_EXISTS))
        return g_steal_pointer (&tensors);
      bytes = read_bytes (folder, name, error);
      tensor = bytes ? why_onnx_read_tensor (bytes, error) : NULL;
      if (!tensor)
        return NULL;
      g_ptr_array_add (tensors, tensor);
    }
}

static WhyReal
from_bfloat16 (guint bits)
{
  union
  {
    guint32 bits;
    gfloat number;
  } u = { .bits = (guint32)bits << 16 };

  return (WhyReal)u.number;
}

/* The data of opset 13 write bfloat16 as the bits of uint16; the graph says what is meant. */
static void
decode_bfloat16 (const WhyGraph *graph, const GArray *ids, GPtrArray *tensors)
{
  for (guint i = 0; i < ids->len && i < tensors->len; i++)
    {
      const WhyValue *value = why_graph_value (graph, g_array_index (ids, WhyValueId, i));
      WhyTensor *tensor = g_ptr_array_index (tensors, i);

      if (value->dtype != WHY_DTYPE_BFLOAT16 || tensor->dtype != WHY_DTYPE_UINT16)
        continue;
      tensor->dtype = WHY_DTYPE_BFLOAT16;
      for (gint64 k = 0; k < why_tensor_numel (tensor); k++)
        tensor->real[k] = from_bfloat16 ((guint)tensor->real[k]);
    }
}

/* Gives the graph's inputs their types and shapes; those that are not to vary become constants. */
static void
bind_inputs (WhyGraph *graph, const GPtrArray *inputs, gboolean floats_vary)
{
  for (guint i = 0; i < graph->inputs->len && i < inputs->len; i++)
    {
      WhyTensor *tensor = g_ptr_array_index (inputs, i);
      WhyValue *value = why_graph_value (graph, g_array_index (graph->inputs, WhyValueId, i));

      value->dtype = tensor->dtype;
      value->shape = tensor->shape;
      if (!floats_vary || !why_dtype_is_float (tensor->dtype))
        value->constant = why_tensor_ref (tensor);
    }
}

static WhyNet *
plan (const WhyGraph *graph, const GPtrArray *inputs, gboolean floats_vary, GError **error)
{
  WhyNetOptions options = { .batch = 1, .threads = 2 };
  WhyGraph *copy = why_graph_copy (graph);
  g_autoptr (WhyNet) net = NULL;

  bind_inputs (copy, inputs, floats_vary);
  net = why_net_new_graph (copy, &options, error);
  for (guint i = 0; net && i < copy->inputs->len && i < inputs->len; i++)
    {
      const WhyTensor *from = g_ptr_array_index (inputs, i);
      WhyValueId id = g_array_index (copy->inputs, WhyValueId, i);

      if (!why_graph_value (copy, id)->constant)
        memcpy (why_net_get_tensor (net, id)->data, from->data,
                (gsize)why_tensor_numel (from) * why_dtype_storage (from->dtype));
    }
  return g_steal_pointer (&net);
}

static gboolean
same_number (gdouble got, gdouble wanted, gdouble atol)
{
  if (isnan (wanted))
    return isnan (got);
  if (isinf (wanted))
    return got == wanted;
  return fabs (got - wanted) <= atol + RTOL * fabs (wanted);
}

static gboolean
fail (GError **error, gchar *text)
{
  g_set_error_literal (error, WHY_ERROR, WHY_ERROR_FAILED, text);
  g_free (text);
  return FALSE;
}

static gboolean
compare_types (const WhyTensor *got, const WhyTensor *wanted, gint index, GError **error)
{
  g_autofree gchar *shape = why_shape_to_string (&got->shape);
  g_autofree gchar *wanted_shape = why_shape_to_string (&wanted->shape);

  if (got->dtype != wanted->dtype || !why_shape_equal (&got->shape, &wanted->shape))
    return fail (error, g_strdup_printf ("output %d is %s %s, not %s %s", index,
                                         why_dtype_name (got->dtype), shape,
                                         why_dtype_name (wanted->dtype), wanted_shape));
  return TRUE;
}

static gboolean
compare_elements (const WhyTensor *got, const WhyTensor *wanted, gint index, GError **error)
{
  gdouble peak = 0, atol;

  if (!compare_types (got, wanted, index, error))
    return FALSE;
  for (gint64 i = 0; i < why_tensor_numel (wanted); i++)
    peak = MAX (peak, fabs (why_tensor_get (wanted, i)));
  atol = why_dtype_is_float (wanted->dtype) && peak >= 1 ? ATOL_ACCUMULATED : ATOL;
  for (gint64 i = 0; i < why_tensor_numel (wanted); i++)
    if (!same_number (why_tensor_get (got, i), why_tensor_get (wanted, i), atol))
      return fail (error,
                   g_strdup_printf ("output %d, element %" G_GINT64_FORMAT " is %g, not %g", index,
                                    i, why_tensor_get (got, i), why_tensor_get (wanted, i)));
  return TRUE;
}

/* For networks whose weights are all alike: their logits are so large that rounding decides the
 * Softmax, but it sums to 1 over the right number of classes. */
static gboolean
compare_sums (const WhyTensor *got, const WhyTensor *wanted, gint index, GError **error)
{
  gdouble sum = 0, wanted_sum = 0;

  if (!compare_types (got, wanted, index, error))
    return FALSE;
  for (gint64 i = 0; i < why_tensor_numel (wanted); i++)
    {
      sum += why_tensor_get (got, i);
      wanted_sum += why_tensor_get (wanted, i);
    }
  if (same_number (sum, wanted_sum, ATOL))
    return TRUE;
  return fail (error, g_strdup_printf ("output %d sums to %g, not %g", index, sum, wanted_sum));
}

typedef gboolean (*Compare) (const WhyTensor *got, const WhyTensor *wanted, gint index,
                             GError **error);

static gboolean
run_and_compare (const WhyGraph *graph, const GPtrArray *inputs, const GPtrArray *outputs,
                 gboolean floats_vary, Compare compare, GError **error)
{
  g_autoptr (WhyNet) net = plan (graph, inputs, floats_vary, error);
  const WhyGraph *planned;

  if (!net || !why_net_run (net, error))
    return FALSE;
  planned = why_net_get_graph (net);
  for (guint i = 0; i < outputs->len; i++)
    if (i >= planned->outputs->len)
      return fail (error, g_strdup ("the graph has too few outputs"));
    else if (!compare (why_net_get_tensor (net, g_array_index (planned->outputs, WhyValueId, i)),
                       g_ptr_array_index (outputs, i), (gint)i, error))
      return FALSE;
  return TRUE;
}

/* Once with all inputs constant (folding computes everything), once with the floating-point ones
 * varying (the executor does), unless an input decides a shape and so has to be constant. */
static gboolean
run_data_set (const WhyGraph *graph, const gchar *folder, GError **error)
{
  g_autoptr (GPtrArray) inputs = read_tensors (folder, "input", error);
  g_autoptr (GPtrArray) outputs = inputs ? read_tensors (folder, "output", error) : NULL;
  g_autoptr (GError) local = NULL;

  if (!outputs)
    return FALSE;
  decode_bfloat16 (graph, graph->inputs, inputs);
  decode_bfloat16 (graph, graph->outputs, outputs);
  if (!run_and_compare (graph, inputs, outputs, FALSE, compare_elements, error))
    return FALSE;
  if (run_and_compare (graph, inputs, outputs, TRUE, compare_elements, &local)
      || g_error_matches (local, WHY_ERROR, WHY_ERROR_MODEL_UNSUPPORTED))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static gboolean
run_model (GBytes *bytes, const gchar *folder, GError **error)
{
  g_autoptr (WhyOnnx) onnx = why_onnx_read (bytes, folder, error);

  if (!onnx)
    return FALSE;
  for (gint i = 0;; i++)
    {
      g_autofree gchar *name = g_strdup_printf ("test_data_set_%d", i);
      g_autofree gchar *set = g_build_filename (folder, name, NULL);

      if (!g_file_test (set, G_FILE_TEST_IS_DIR))
        return i > 0 || fail (error, g_strdup ("the folder has no data"));
      if (!run_data_set (onnx->graph, set, error))
        return FALSE;
    }
}

static gboolean
run_folder (const gchar *folder, GError **error)
{
  g_autoptr (GBytes) bytes = read_bytes (folder, "model.onnx", error);

  return bytes && run_model (bytes, folder, error);
}

static void
try_mutant (GBytes *bytes, gpointer folder)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (run_model (bytes, folder, &error) == (error == NULL));
  g_assert_true (!error || g_utf8_validate (error->message, -1, NULL));
}

static gint
run_mutants (gint number, const gchar *data, const gchar *name)
{
  g_autofree gchar *folder = g_build_filename (data, name, NULL);
  g_autoptr (GBytes) bytes = read_bytes (folder, "model.onnx", NULL);
  gint n = bytes ? attributes_mutate (bytes, try_mutant, folder) : 0;

  if (n == 0)
    return 0;
  printf ("ok %d - %s: %d mutants\n", number, name, n);
  fflush (stdout);
  return 1;
}

/* Whole networks with constant weights: the picture is 0, 1/n, 2/n …, as ONNX's runner makes it. */
static GPtrArray *
make_pictures (const WhyGraph *graph)
{
  GPtrArray *inputs = g_ptr_array_new_with_free_func ((GDestroyNotify)why_tensor_unref);

  for (guint i = 0; i < graph->inputs->len; i++)
    {
      WhyShape shape = why_graph_value (graph, g_array_index (graph->inputs, WhyValueId, i))->shape;
      WhyTensor *tensor;

      for (gint k = 0; k < shape.rank; k++)
        shape.dims[k] = MAX (shape.dims[k], 1);
      tensor = why_tensor_new (WHY_DTYPE_FLOAT, &shape);
      for (gint64 k = 0; k < why_tensor_numel (tensor); k++)
        tensor->real[k] = (WhyReal)((gdouble)k / (gdouble)why_tensor_numel (tensor));
      g_ptr_array_add (inputs, tensor);
    }
  return inputs;
}

static gboolean
run_network (const gchar *path, GError **error)
{
  g_autofree gchar *folder = g_path_get_dirname (path);
  g_autofree gchar *name = g_path_get_basename (path);
  g_autofree gchar *stem = g_strndup (name, strlen (name) - strlen (".onnx"));
  g_autofree gchar *output = g_strconcat (stem, "_output", NULL);
  g_autoptr (GBytes) bytes = read_bytes (folder, name, error);
  g_autoptr (WhyOnnx) onnx = bytes ? why_onnx_read (bytes, folder, error) : NULL;
  g_autoptr (GPtrArray) outputs = onnx ? read_tensors (folder, output, error) : NULL;
  g_autoptr (GPtrArray) inputs = outputs ? make_pictures (onnx->graph) : NULL;

  return inputs && run_and_compare (onnx->graph, inputs, outputs, TRUE, compare_sums, error);
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const gchar *const *)a, *(const gchar *const *)b);
}

static GPtrArray *
list_folders (const gchar *data)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);

  for (const gchar *const *suite = suites; *suite; suite++)
    {
      g_autofree gchar *path = g_build_filename (data, *suite, NULL);
      g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
      const gchar *name;

      while (dir && (name = g_dir_read_name (dir)))
        if (strcmp (*suite, "light") != 0 || g_str_has_suffix (name, ".onnx"))
          g_ptr_array_add (names, g_strconcat (*suite, "/", name, NULL));
    }
  g_ptr_array_sort (names, compare_names);
  return names;
}

static gboolean
run_case (gint number, const gchar *data, const gchar *name, const GPtrArray *skips)
{
  g_autofree gchar *folder = g_build_filename (data, name, NULL);
  const gchar *reason = skip_reason (skips, name);
  g_autoptr (GError) error = NULL;
  gboolean passes = g_str_has_suffix (folder, ".onnx") ? run_network (folder, &error)
                                                       : run_folder (folder, &error);

  if (reason && !passes)
    printf ("ok %d - %s # SKIP %s\n", number, name, reason);
  else if (reason)
    printf ("not ok %d - %s\n# it passes, but the skip list says: %s\n", number, name, reason);
  else if (passes)
    printf ("ok %d - %s\n", number, name);
  else
    printf ("not ok %d - %s\n# %s\n", number, name, error->message);
  fflush (stdout);
  return passes != (reason != NULL);
}

int
main (int argc, char **argv)
{
  const gchar *data = argc > 2 ? argv[2] : "/usr/share/libonnx-testdata/data";
  g_autoptr (GPtrArray) names = NULL;
  g_autoptr (GPtrArray) skips = NULL;
  gint number = 0, failures = 0;
  gboolean mutants = argc > 1 && strcmp (argv[1], "--mutants") == 0;

  if (argc < 2)
    {
      g_printerr ("usage: conformance SKIPS|--mutants [DATA [PATTERN]]\n");
      return 2;
    }
  names = list_folders (data);
  skips = read_skips (argv[1]);
  if (names->len == 0)
    {
      printf ("1..0 # SKIP no ONNX tests in %s (Debian: apt install libonnx-testdata)\n", data);
      return 0;
    }
  for (guint i = 0; i < names->len; i++)
    if (argc > 3 && !g_pattern_match_simple (argv[3], g_ptr_array_index (names, i)))
      continue;
    else if (mutants)
      number += run_mutants (number + 1, data, g_ptr_array_index (names, i));
    else
      failures += !run_case (++number, data, g_ptr_array_index (names, i), skips);
  printf ("1..%d\n", number);
  return failures > 0;
}
