/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files whose attributes are not what ONNX says they are. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef void (*AttributesTry) (GBytes *bytes, gpointer user_data);

/* Hands over mutants of an ONNX file: each attribute in turn as one of every type, once without a
 * value of that type and once with one out of every range. Returns how many. */
gint attributes_mutate (GBytes *bytes, AttributesTry try_one, gpointer user_data);

G_END_DECLS
