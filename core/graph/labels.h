/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "whylayer/error.h"

G_BEGIN_DECLS

/**
 * WhyLabels: what the classes are called, in the C locale and in the person's language.
 */
typedef struct
{
  gint n;
  gchar **c;
  gchar **ui; /* the same pointer as c when there is no translation */
} WhyLabels;

/* A sidecar's "labels": an array, the name of a text file in folder with one label a line, or an
 * object of either by language. (transfer full) */
WhyLabels *why_labels_new (JsonNode *node, const gchar *folder, GError **error);
/* The shipped ImageNet labels for 1000 classes (1001: with a background class first); else, or when
 * they are not installed, "class 0", "class 1" … (transfer full) */
WhyLabels *why_labels_new_default (gint n);
void why_labels_free (WhyLabels *labels);
/* why_model_find_class() */
gint why_labels_find (const WhyLabels *labels, const gchar *text, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyLabels, why_labels_free)

G_END_DECLS
