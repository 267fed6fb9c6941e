/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "arguments.h"

#include <glib/gi18n-lib.h>

#include "host/answers.h"

#define RUN_MODE_BLURB                                                                             \
  "The run mode { RUN-INTERACTIVE (0), RUN-NONINTERACTIVE (1), RUN-WITH-LAST-VALS (2) }"

static void
add_definition (GArray *definitions, GimpPDBArgType type, const gchar *name, const gchar *blurb)
{
  GimpParamDef definition = { type, (gchar *)name, (gchar *)blurb };

  g_array_append_val (definitions, definition);
}

static void
add_array_definition (GArray *definitions, GimpPDBArgType type, const WhyReturn *row)
{
  add_definition (definitions, GIMP_PDB_INT32, "num-values", _ ("How many values follow."));
  add_definition (definitions, type, row->name, _ (row->blurb));
}

static void
add_return_definition (GArray *definitions, const WhyReturn *row)
{
  switch (row->type)
    {
    case WHY_RETURN_LAYER:
      add_definition (definitions, GIMP_PDB_LAYER, row->name, _ (row->blurb));
      break;
    case WHY_RETURN_INT:
      add_definition (definitions, GIMP_PDB_INT32, row->name, _ (row->blurb));
      break;
    case WHY_RETURN_STRING:
      add_definition (definitions, GIMP_PDB_STRING, row->name, _ (row->blurb));
      break;
    case WHY_RETURN_DOUBLE:
      add_definition (definitions, GIMP_PDB_FLOAT, row->name, _ (row->blurb));
      break;
    case WHY_RETURN_INTS:
      add_array_definition (definitions, GIMP_PDB_INT32ARRAY, row);
      break;
    case WHY_RETURN_STRINGS:
      add_array_definition (definitions, GIMP_PDB_STRINGARRAY, row);
      break;
    case WHY_RETURN_DOUBLES:
      add_array_definition (definitions, GIMP_PDB_FLOATARRAY, row);
      break;
    }
}

void
why_arguments_install (const WhyProcedure *row)
{
  g_autoptr (GArray) arguments = g_array_new (FALSE, FALSE, sizeof (GimpParamDef));
  g_autoptr (GArray) returns = g_array_new (FALSE, FALSE, sizeof (GimpParamDef));

  add_definition (arguments, GIMP_PDB_INT32, "run-mode", RUN_MODE_BLURB);
  if (row->takes_image)
    {
      add_definition (arguments, GIMP_PDB_IMAGE, "image", _ ("The image to look at."));
      add_definition (arguments, GIMP_PDB_DRAWABLE, "drawable", _ ("The active layer."));
    }
  for (const WhyParam *param = row->arguments; param->name; param++)
    add_definition (arguments, GIMP_PDB_STRING, param->name, _ (param->blurb));
  for (const WhyReturn *value = row->returns; value->name; value++)
    add_return_definition (returns, value);

  /* The menu label and the blurb are translated by GIMP, from the domain we registered. */
  gimp_install_procedure (row->name, row->blurb, row->help, "Whylayer", "GPL-3.0-or-later", "2026",
                          row->menu_label, row->takes_image ? "RGB*, GRAY*, INDEXED*" : NULL,
                          GIMP_PLUGIN, arguments->len, returns->len,
                          (GimpParamDef *)arguments->data, (GimpParamDef *)returns->data);
  if (row->menu_label)
    gimp_plugin_menu_register (row->name, WHY_MENU_PATH);
}

gint
why_arguments_n_fixed (const WhyProcedure *row)
{
  return row->takes_image ? 3 : 1;
}

const gchar **
why_arguments_collect (const WhyProcedure *row, const GimpParam *params)
{
  gsize n = why_procedure_n_arguments (row);
  const gchar **values = g_new0 (const gchar *, n + 1);

  for (gsize i = 0; i < n; i++)
    {
      values[i] = params[why_arguments_n_fixed (row) + i].data.d_string;
      if (!values[i])
        values[i] = "";
    }
  return values;
}

/* What GIMP still reads after run() has returned. */
static struct
{
  GArray *values; /* GimpParam */
  WhyAnswers *answers;
  GError *error;
} returned;

static GimpParam *
add_value (GimpPDBArgType type)
{
  GimpParam value = { .type = type };

  g_array_append_val (returned.values, value);
  return &g_array_index (returned.values, GimpParam, returned.values->len - 1);
}

static void
begin (GimpPDBStatusType status)
{
  g_clear_pointer (&returned.values, g_array_unref);
  g_clear_pointer (&returned.answers, why_answers_free);
  g_clear_error (&returned.error);
  returned.values = g_array_new (FALSE, TRUE, sizeof (GimpParam));
  add_value (GIMP_PDB_STATUS)->data.d_status = status;
}

static void
finish (gint *n_values, GimpParam **values)
{
  *n_values = returned.values->len;
  *values = (GimpParam *)returned.values->data;
}

void
why_arguments_fail (GimpRunMode run_mode, GError *error, gint *n_values, GimpParam **values)
{
  if (!error || g_error_matches (error, WHY_ERROR, WHY_ERROR_CANCELLED))
    {
      g_clear_error (&error);
      begin (GIMP_PDB_CANCEL);
    }
  else
    {
      gboolean calling
          = run_mode == GIMP_RUN_NONINTERACTIVE && why_answers_is_callers_fault (error);

      begin (calling ? GIMP_PDB_CALLING_ERROR : GIMP_PDB_EXECUTION_ERROR);
      add_value (GIMP_PDB_STRING)->data.d_string = error->message;
      returned.error = error;
    }
  finish (n_values, values);
}

static void
add_return (const WhyReturn *row, const WhyAnswer *answer)
{
  switch (row->type)
    {
    case WHY_RETURN_LAYER:
      add_value (GIMP_PDB_LAYER)->data.d_layer = (gint32)answer->number;
      break;
    case WHY_RETURN_INT:
      add_value (GIMP_PDB_INT32)->data.d_int32 = (gint32)answer->number;
      break;
    case WHY_RETURN_STRING:
      add_value (GIMP_PDB_STRING)->data.d_string = answer->text;
      break;
    case WHY_RETURN_DOUBLE:
      add_value (GIMP_PDB_FLOAT)->data.d_float = answer->number;
      break;
    case WHY_RETURN_INTS:
      add_value (GIMP_PDB_INT32)->data.d_int32 = answer->n;
      add_value (GIMP_PDB_INT32ARRAY)->data.d_int32array = answer->ints;
      break;
    case WHY_RETURN_STRINGS:
      add_value (GIMP_PDB_INT32)->data.d_int32 = answer->n;
      add_value (GIMP_PDB_STRINGARRAY)->data.d_stringarray = answer->strings;
      break;
    case WHY_RETURN_DOUBLES:
      add_value (GIMP_PDB_INT32)->data.d_int32 = answer->n;
      add_value (GIMP_PDB_FLOATARRAY)->data.d_floatarray = answer->doubles;
      break;
    }
}

void
why_arguments_succeed (const WhyProcedure *row, WhyAnswers *answers, gint *n_values,
                       GimpParam **values)
{
  begin (GIMP_PDB_SUCCESS);
  returned.answers = answers;
  for (const WhyReturn *value = row->returns; value->name; value++)
    add_return (value, why_answers_get (answers, value));
  finish (n_values, values);
}
