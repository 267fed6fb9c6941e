/* SPDX-License-Identifier: GPL-3.0-or-later */
/* usage: whylayer-layers MODEL THREADS TIMES
 * One line a step of the forward pass of a net that is only asked for scores: milliseconds (a median), millions of multiply-adds,
 * GFLOP/s, kind, output shape, name; separated by tabs. Steps run in turn, as in a pass. */
#include <stdlib.h>

#include "graph/net-private.h"
#include "kernels/last-conv.h"
#include "ops/last.h"
#include "whylayer/whylayer.h"

static WhyNet *
open_net (gchar **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WhyModel) model = why_model_load (argv[1], NULL, &error);
  WhyNetOptions options
      = { .batch = 1, .threads = atoi (argv[2]), .rough = TRUE, .forgets = TRUE };
  WhyNet *net = model ? why_net_new (model, &options, &error) : NULL;

  if (!net)
    g_error ("%s", error->message);
  return net;
}

static gint
compare_times (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *)a, y = *(const gint64 *)b;

  return (x > y) - (x < y);
}

static void
run_step (WhyNet *net, const WhyStep *step)
{
  WhyRun run = { .node = step->node,
                 .plan = step->plan,
                 .in = step->in,
                 .out = step->out,
                 .pool = net->pool,
                 .scratch = net->scratch,
                 .rough = net->options.rough };

  step->node->op->forward (&run);
}

static void
print_step (const WhyStep *step, gint64 *times, gint n)
{
  const WhyOp *op = step->node->op;
  gdouble ms, macs = op->macs ? (gdouble)op->macs (step->node, &step->infer) * 1e-6 : 0.0;
  g_autofree gchar *shape = why_shape_to_string (&step->infer_out[0]->shape);

  qsort (times, (gsize)n, sizeof *times, compare_times);
  ms = (gdouble)times[n / 2] * 1e-3;
  g_print ("%.3f\t%.2f\t%.1f\t%s\t%s\t%s\n", ms, macs, ms > 0 ? 2 * macs / ms : 0.0,
           op == &why_op_last_conv ? why_last_conv_get_algorithm (step->plan) : op->name, shape,
           step->node->name);
}

int
main (int argc, char **argv)
{
  gint times = argc > 3 ? atoi (argv[3]) : 0;
  g_autoptr (WhyNet) net = argc == 4 ? open_net (argv) : NULL;
  g_autofree gint64 *took = net ? g_new (gint64, (gsize)times * net->n_steps) : NULL;

  if (times < 1)
    return 2;
  for (gint t = -1; t < times; t++)
    for (gint s = 0; s < net->n_steps; s++)
      {
        gint64 start = g_get_monotonic_time ();
        run_step (net, &net->steps[s]);
        took[s * times + MAX (t, 0)] = g_get_monotonic_time () - start;
      }
  for (gint s = 0; s < net->n_steps; s++)
    print_step (&net->steps[s], took + s * times, times);
  return 0;
}
