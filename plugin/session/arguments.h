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
  WHY_RETURN_LAYER,
  WHY_RETURN_INT,
  WHY_RETURN_STRING,
  WHY_RETURN_DOUBLE,
  WHY_RETURN_INTS,
  WHY_RETURN_STRINGS,
  WHY_RETURN_DOUBLES
} WhyReturnType;

typedef struct
{
  const gchar *name, *nick, *blurb;
  WhyReturnType type;
} WhyReturn;

/**
 * One PDB procedure. run-mode, image and drawable(s) come before arguments, by the host.
 *
 * Every argument is registered as a string whatever its WhyParamType, and empty means the default:
 * GIMP 3 would silently replace a bad choice or number by the default, so the host hands all of
 * them to why_procedure_read(), which does not.
 */
typedef struct
{
  const gchar *name;         /* "plug-in-whylayer-explain" */
  const gchar *menu_label;   /* N_("_Explain Classification…"); NULL: not in the menu */
  const gchar *blurb, *help; /* N_() marked */
  gboolean takes_image;      /* FALSE: works without an open image (batch, models) */
  const WhyParam *arguments; /* ends with WHY_PARAM_END; may be empty */
  const WhyReturn *returns;  /* ends with a NULL name; may be empty */
  const gchar *method;       /* explains by this one; NULL: by the argument or not at all */
} WhyProcedure;

const WhyProcedure *why_procedures (gsize *n);
const WhyProcedure *why_procedure_lookup (const gchar *name);
gsize why_procedure_n_arguments (const WhyProcedure *procedure);
/* Reads the arguments in the table's order; NULL or "" means the default. WHY_ERROR_ARGUMENT names
 * the bad argument, the accepted values and the nearest one. (transfer full) */
WhyParams *why_procedure_read (const WhyProcedure *procedure, const gchar *const *values,
                               GError **error);

/* What score, region and output can be; each ends with { NULL }. */
extern const WhyChoice why_score_choices[], why_region_choices[], why_output_choices[];

#define WHY_MENU_PATH "<Image>/Filters/Explain"

G_END_DECLS
