/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "whylayer/error.h"

G_DEFINE_QUARK (why - error - quark, why_error)
