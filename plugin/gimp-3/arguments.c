/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "arguments.h"

#include <glib/gi18n-lib.h>

#include "host/answers.h"

static void
register_return (GimpProcedure *procedure, const WhyReturn *row)
{
  const gchar *nick = _ (row->nick), *blurb = _ (row->blurb);
  GParamFlags flags = G_PARAM_READWRITE;

  switch (row->type)
    {
    case WHY_RETURN_LAYER:
      gimp_procedure_add_layer_return_value (procedure, row->name, nick, blurb, TRUE, flags);
      break;
    case WHY_RETURN_INT:
      gimp_procedure_add_int_return_value (procedure, row->name, nick, blurb, G_MININT, G_MAXINT, 0,
                                           flags);
      break;
    case WHY_RETURN_STRING:
      gimp_procedure_add_string_return_value (procedure, row->name, nick, blurb, NULL, flags);
      break;
    case WHY_RETURN_DOUBLE:
      gimp_procedure_add_double_return_value (procedure, row->name, nick, blurb, -G_MAXDOUBLE,
                                              G_MAXDOUBLE, 0.0, flags);
      break;
    case WHY_RETURN_INTS:
      gimp_procedure_add_int32_array_return_value (procedure, row->name, nick, blurb, flags);
      break;
    case WHY_RETURN_STRINGS:
      gimp_procedure_add_string_array_return_value (procedure, row->name, nick, blurb, flags);
      break;
    case WHY_RETURN_DOUBLES:
      gimp_procedure_add_double_array_return_value (procedure, row->name, nick, blurb, flags);
      break;
    }
}

void
why_arguments_register (GimpProcedure *procedure, const WhyProcedure *row)
{
  /* An image procedure has one already. */
  if (!row->takes_image)
    gimp_procedure_add_enum_argument (procedure, "run-mode", _ ("Run mode"), _ ("The run mode."),
                                      GIMP_TYPE_RUN_MODE, GIMP_RUN_NONINTERACTIVE,
                                      G_PARAM_READWRITE);
  for (const WhyParam *param = row->arguments; param->name; param++)
    gimp_procedure_add_string_argument (procedure, param->name, _ (param->nick), _ (param->blurb),
                                        param->def, G_PARAM_READWRITE);
  for (const WhyReturn *value = row->returns; value->name; value++)
    register_return (procedure, value);
}

WhyParams *
why_arguments_read (const WhyProcedure *row, GimpProcedureConfig *config, GError **error)
{
  gsize n = why_procedure_n_arguments (row);
  g_auto (GStrv) values = g_new0 (gchar *, n + 1);

  for (gsize i = 0; i < n; i++)
    {
      g_object_get (config, row->arguments[i].name, &values[i], NULL);
      if (!values[i])
        values[i] = g_strdup ("");
    }
  return why_procedure_read (row, (const gchar *const *)values, error);
}

GimpValueArray *
why_arguments_fail (GimpProcedure *procedure, GimpRunMode run_mode, GError *error)
{
  GimpPDBStatusType status = GIMP_PDB_EXECUTION_ERROR;

  if (!error || g_error_matches (error, WHY_ERROR, WHY_ERROR_CANCELLED))
    {
      g_clear_error (&error);
      status = GIMP_PDB_CANCEL;
    }
  else if (run_mode == GIMP_RUN_NONINTERACTIVE && why_answers_is_callers_fault (error))
    status = GIMP_PDB_CALLING_ERROR;
  return gimp_procedure_new_return_values (procedure, status, error);
}

GimpValueArray *
why_arguments_succeed (GimpProcedure *procedure, const WhyProcedure *row, const WhyAnswers *answers)
{
  GimpValueArray *values = gimp_procedure_new_return_values (procedure, GIMP_PDB_SUCCESS, NULL);

  for (gint i = 0; row->returns[i].name; i++)
    {
      const WhyAnswer *answer = why_answers_get (answers, &row->returns[i]);

      switch (row->returns[i].type)
        {
        case WHY_RETURN_LAYER:
          GIMP_VALUES_SET_LAYER (values, i + 1, gimp_layer_get_by_id ((gint)answer->number));
          break;
        case WHY_RETURN_INT:
          GIMP_VALUES_SET_INT (values, i + 1, (gint)answer->number);
          break;
        case WHY_RETURN_STRING:
          GIMP_VALUES_SET_STRING (values, i + 1, answer->text);
          break;
        case WHY_RETURN_DOUBLE:
          GIMP_VALUES_SET_DOUBLE (values, i + 1, answer->number);
          break;
        case WHY_RETURN_INTS:
          GIMP_VALUES_SET_INT32_ARRAY (values, i + 1, answer->ints, answer->n);
          break;
        case WHY_RETURN_STRINGS:
          GIMP_VALUES_SET_STRV (values, i + 1, (const gchar **)answer->strings);
          break;
        case WHY_RETURN_DOUBLES:
          GIMP_VALUES_SET_DOUBLE_ARRAY (values, i + 1, answer->doubles, answer->n);
          break;
        }
    }
  return values;
}
