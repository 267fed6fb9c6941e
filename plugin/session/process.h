/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What only a program may decide for its whole process, and not a library: called once,
 * before there are threads of ours. */
void why_process_prepare (void);

G_END_DECLS
