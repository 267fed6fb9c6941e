/* SPDX-License-Identifier: GPL-3.0-or-later */
/* usage: net-dump MODEL N H W INPUT LOGITS GRADIENTS
 * Runs a network on N normalised inputs, one after the other, and writes logits [N,classes] and the
 * input gradients [N,C,H,W] of logit (7·i mod classes) of input i. Files are raw doubles; built with
 * the float and with the double library. */
#include <stdio.h>
#include <stdlib.h>

#include "whylayer/net.h"

static gdouble *
read_doubles (const gchar *path, gsize expected)
{
  gchar *data = NULL;
  gsize length = 0;

  if (!g_file_get_contents (path, &data, &length, NULL) || length != expected * sizeof (gdouble))
    {
      g_printerr ("%s does not hold %zu doubles\n", path, expected);
      exit (1);
    }
  return (gdouble *) (gpointer) data;
}

static void
write_doubles (FILE *file, const WhyReal *values, gint64 n)
{
  for (gint64 i = 0; i < n; i++)
    {
      gdouble value = (gdouble) values[i];
      fwrite (&value, sizeof value, 1, file);
    }
}

static gboolean
dump (WhyNet *net, gint n, const gchar *const *paths, GError **error)
{
  gint64 numel = why_shape_numel (why_net_get_input_shape (net));
  gint classes = why_net_get_n_classes (net);
  g_autofree gdouble *given = read_doubles (paths[0], (gsize) (n * numel));
  g_autofree WhyReal *input = g_new (WhyReal, numel);
  FILE *logits = fopen (paths[1], "wb"), *gradients = fopen (paths[2], "wb");

  for (gint i = 0; i < n; i++)
    {
      g_autofree WhyReal *seed = g_new0 (WhyReal, classes);
      const WhyReal *row, *gradient;
      for (gint64 k = 0; k < numel; k++)
        input[k] = (WhyReal) given[i * numel + k];
      seed[7 * i % classes] = 1;
      row = why_net_forward (net, input, error);
      if (!row)
        return FALSE;
      write_doubles (logits, row, classes);
      gradient = why_net_backward (net, seed, why_net_get_input (net), WHY_BACKWARD_GRADIENT, error);
      if (!gradient)
        return FALSE;
      write_doubles (gradients, gradient, numel);
    }
  fclose (logits);
  fclose (gradients);
  return TRUE;
}

int
main (int argc, char *argv[])
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WhyModel) model = NULL;
  g_autoptr (WhyNet) net = NULL;
  WhyNetOptions options = { .batch = 1 };

  if (argc != 8)
    return 2;
  options.height = atoi (argv[3]);
  options.width = atoi (argv[4]);
  model = why_model_load (argv[1], NULL, &error);
  net = model ? why_net_new (model, &options, &error) : NULL;
  if (!net || !dump (net, atoi (argv[2]), (const gchar *const *) argv + 5, &error))
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  return 0;
}
