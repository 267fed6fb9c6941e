/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the methods with a modified backward of rectifiers share. */
#pragma once

#include "methods/method.h"

G_BEGIN_DECLS

/* The gradient of x by a rule that differs from it at rectifiers; notes which activations of the
 * network are none, because there the plain gradient passes. map: [C,H,W]. */
gboolean why_rectified_gradient (WhyTask *task, WhyBackwardRule rule, WhyReal *map, GError **error);

G_END_DECLS
