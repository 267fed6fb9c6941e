/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many pictures fit at once: cores, and the memory that this process may use. */
#include <string.h>
#include <sys/resource.h>

#include "session/batch-private.h"

/* When the machine does not say. */
#define ASSUMED_MEMORY (G_GINT64_CONSTANT (2) << 30)
/* What one job needs besides its networks and its picture. */
#define JOB_BYTES (G_GINT64_CONSTANT (64) << 20)
#define CGROUPS "/sys/fs/cgroup"

/* The number in a one-line file; G_MAXINT64 when there is none, as in "max". */
static gint64
read_number (const gchar *folder, const gchar *name)
{
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  g_autofree gchar *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL) || !g_ascii_isdigit (*text))
    return G_MAXINT64;
  return g_ascii_strtoll (text, NULL, 10);
}

/* What is left of the smallest limit of the control groups we are in: batch systems and containers
 * give a job less than the machine has. */
static gint64
left_in_groups (void)
{
  g_autofree gchar *text = NULL;
  g_autofree gchar *folder = NULL;
  gint64 left = G_MAXINT64;
  gchar *own;

  if (!g_file_get_contents ("/proc/self/cgroup", &text, NULL, NULL)
      || !(own = strstr (text, "0::/")))
    return left;
  own += strlen ("0::");
  own[strcspn (own, "\n")] = '\0';
  folder = g_build_filename (CGROUPS, own, NULL);
  while (g_str_has_prefix (folder, CGROUPS))
    {
      gint64 limit = read_number (folder, "memory.max");
      gint64 used = limit < G_MAXINT64 ? read_number (folder, "memory.current") : 0;
      gchar *parent = g_path_get_dirname (folder);

      left = MIN (left, MAX (limit - MIN (used, limit), 0));
      g_free (folder);
      folder = parent;
    }
  return left;
}

static gint64
left_of_address_space (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return G_MAXINT64;
  return (gint64)MIN (limit.rlim_cur, (rlim_t)G_MAXINT64);
}

static gint64
left_in_machine (void)
{
  g_autofree gchar *text = NULL;
  const gchar *line;
  gint64 kilobytes;

  if (!g_file_get_contents ("/proc/meminfo", &text, NULL, NULL)
      || !(line = strstr (text, "MemAvailable:")))
    return ASSUMED_MEMORY;
  kilobytes = g_ascii_strtoll (line + strlen ("MemAvailable:"), NULL, 10);
  return kilobytes > 0 ? kilobytes << 10 : ASSUMED_MEMORY;
}

gint64
why_batch_available_memory (void)
{
  return MIN (left_in_machine (), MIN (left_in_groups (), left_of_address_space ()));
}

gint64
why_batch_job_bytes (const WhyBatch *batch)
{
  gint64 bytes = JOB_BYTES;

  for (guint i = 0; i < batch->requests->len; i++)
    {
      g_autoptr (WhyModel) model
          = why_session_get_model (batch->session, g_ptr_array_index (batch->requests, i), NULL);
      const WhyPreprocessing *pre = model ? why_model_get_preprocessing (model) : NULL;
      WhyExplainer *explainer
          = model ? why_session_get_explainer (batch->session, model, pre->width, pre->height, NULL)
                  : NULL;
      WhyNet *net = explainer ? why_explainer_get_net (explainer, 1, NULL) : NULL;
      WhyNetCost cost = { 0 };

      if (net)
        why_net_get_cost (net, &cost);
      bytes += (gint64)cost.peak_bytes;
    }
  return bytes;
}

gint
why_batch_count_jobs (gint wanted, gint cores, gint64 memory, gint64 bytes, guint n_pictures)
{
  gint64 jobs = wanted > 0 ? MIN (wanted, cores) : cores;

  jobs = MIN (jobs, memory / MAX (bytes, 1));
  return (gint)CLAMP (jobs, 1, MAX ((gint64)n_pictures, 1));
}
