/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parameters as data: one row describes a choice a person or a script can make; dialogs, PDB
 * arguments, command-line options, documentation and tests are read off these rows.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  WHY_PARAM_BOOL, /* yes|no (true|false, 1|0 are read too) */
  WHY_PARAM_INT,
  WHY_PARAM_DOUBLE,
  WHY_PARAM_CHOICE, /* one of choices[] */
  WHY_PARAM_STRING
} WhyParamType;

typedef struct
{
  const gchar *id;   /* what is written: "gauss-legendre" */
  const gchar *nick; /* what a person reads; N_() marked */
} WhyChoice;

typedef struct
{
  const gchar *name;  /* "sigma-max"; lower case, digits and '-' */
  const gchar *nick;  /* label with a mnemonic: N_("_Steps") */
  const gchar *blurb; /* one sentence with the unit: N_("…") */
  WhyParamType type;
  gdouble min, max;         /* WHY_PARAM_INT and WHY_PARAM_DOUBLE */
  const gchar *def;         /* the default, written as a person would; C locale */
  const WhyChoice *choices; /* WHY_PARAM_CHOICE: ends with { NULL } */
} WhyParam;

#define WHY_PARAM_END                                                                              \
  {                                                                                                \
    .name = NULL                                                                                   \
  }

/**
 * WhyParams: values for a table of parameters. Starts with the defaults. Immutable once handed on.
 */
typedef struct _WhyParams WhyParams;

WhyParams *why_params_new (const WhyParam *table); /* table may be NULL: no parameters */
WhyParams *why_params_copy (const WhyParams *params);
void why_params_free (WhyParams *params);

const WhyParam *why_params_get_table (const WhyParams *params);
const WhyParam *why_param_lookup (const WhyParam *table, const gchar *name);

/* Reads one value. WHY_ERROR_ARGUMENT names the parameter, the accepted values and the nearest. */
gboolean why_params_set (WhyParams *params, const gchar *name, const gchar *value, GError **error);
/* Reads "NAME=VALUE;NAME=VALUE"; blanks around names and values and empty parts are ignored. */
gboolean why_params_parse (WhyParams *params, const gchar *text, GError **error);
/* Writes only what differs from the default, or everything. (transfer full) */
gchar *why_params_to_string (const WhyParams *params, gboolean all);

gboolean why_params_get_bool (const WhyParams *params, const gchar *name);
gint64 why_params_get_int (const WhyParams *params, const gchar *name);
gdouble why_params_get_double (const WhyParams *params, const gchar *name);
const gchar *why_params_get_choice (const WhyParams *params, const gchar *name);
gint why_params_get_choice_index (const WhyParams *params, const gchar *name);
const gchar *why_params_get_string (const WhyParams *params, const gchar *name);
/* The value as written, whatever its type. (transfer full) */
gchar *why_params_dup_value (const WhyParams *params, const gchar *name);

/* The candidate nearest to word by edit distance, or NULL when none is near. */
const gchar *why_nearest_word (const gchar *word, const gchar *const *candidates);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyParams, why_params_free)

G_END_DECLS
