/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The argument tables of every PDB procedure: both GIMP adapters register from them, the command
 * line reads its help from them, and the order is frozen at the first release because GIMP 2.10's
 * arguments are positional.
 */
#pragma once

#include "whylayer/param.h"

G_BEGIN_DECLS

typedef enum
{
  WHY_RETURN_LAYER, WHY_RETURN_INT, WHY_RETURN_STRING, WHY_RETURN_DOUBLE,
  WHY_RETURN_INTS, WHY_RETURN_STRINGS, WHY_RETURN_DOUBLES
} WhyReturnType;

typedef struct
{
  const gchar *name, *nick, *blurb;
  WhyReturnType type;
} WhyReturn;

/** One PDB procedure. run-mode, image and drawable(s) come before arguments, by the host. */
typedef struct
{
  const gchar *name;       /* "plug-in-whylayer-explain" */
  const gchar *menu_label; /* N_("_Explain Classification…"); NULL: not in the menu */
  const gchar *blurb, *help; /* N_() marked */
  gboolean takes_image;    /* FALSE: works without an open image (batch, models) */
  const WhyParam *arguments;
  const WhyReturn *returns;
} WhyProcedure;

const WhyProcedure *why_procedures (gsize *n);
const WhyProcedure *why_procedure_lookup (const gchar *name);

#define WHY_MENU_PATH "<Image>/Filters/Explain"

G_END_DECLS
