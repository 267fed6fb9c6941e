/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "whylayer/error.h"
#include "whylayer/param.h"

static const WhyChoice rules[] = { { "gauss-legendre", "G" }, { "midpoint", "M" }, { NULL } };
static const WhyParam table[]
    = { { "steps", "_Steps", "Points on the path.", WHY_PARAM_INT, 1, 1024, "50", NULL },
        { "sigma", "S_igma", "Width.", WHY_PARAM_DOUBLE, 0, 10, "0.15", NULL },
        { "rule", "_Rule", "Rule.", WHY_PARAM_CHOICE, 0, 0, "midpoint", rules },
        { "relu", "_ReLU", "Keep positive.", WHY_PARAM_BOOL, 0, 0, "yes", NULL },
        { "label", "_Label", "Any text.", WHY_PARAM_STRING, 0, 0, "", NULL },
        WHY_PARAM_END };

static void
test_text_overrides_defaults (void)
{
  g_autoptr (WhyParams) params = why_params_new (table);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *text = NULL;

  g_assert_true (why_params_parse (params, " steps = 20 ;; rule=gauss-legendre; relu=no", &error));
  g_assert_no_error (error);
  g_assert_cmpint (why_params_get_int (params, "steps"), ==, 20);
  g_assert_cmpint (why_params_get_choice_index (params, "rule"), ==, 0);
  g_assert_false (why_params_get_bool (params, "relu"));
  g_assert_cmpfloat (why_params_get_double (params, "sigma"), ==, 0.15);
  text = why_params_to_string (params, FALSE);
  g_assert_cmpstr (text, ==, "steps=20;rule=gauss-legendre;relu=no");
}

static void
assert_refused (const gchar *text, const gchar *mentions)
{
  g_autoptr (WhyParams) params = why_params_new (table);
  g_autoptr (GError) error = NULL;

  g_assert_false (why_params_parse (params, text, &error));
  g_assert_error (error, WHY_ERROR, WHY_ERROR_ARGUMENT);
  g_assert_nonnull (strstr (error->message, mentions));
}

static void
test_bad_values_name_what_is_right (void)
{
  assert_refused ("steps=0", "1 to 1024");
  assert_refused ("steps=2.5", "whole number");
  assert_refused ("sigma=1e99", "0 to 10");
  assert_refused ("sigma=nan", "0 to 10");
  assert_refused ("rule=midpiont", "did you mean midpoint");
  assert_refused ("relu=maybe", "yes or no");
  assert_refused ("stesp=3", "did you mean steps");
  assert_refused ("steps", "NAME=VALUE");
}

static void
test_nearest_word_stays_silent_when_nothing_is_near (void)
{
  const gchar *const words[] = { "goldfish", "teapot", NULL };

  g_assert_cmpstr (why_nearest_word ("goldfihs", words), ==, "goldfish");
  g_assert_null (why_nearest_word ("xylophone", words));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/param/text-overrides-defaults", test_text_overrides_defaults);
  g_test_add_func ("/param/bad-values-name-what-is-right", test_bad_values_name_what_is_right);
  g_test_add_func ("/param/nearest-word-stays-silent",
                   test_nearest_word_stays_silent_when_nothing_is_near);
  return g_test_run ();
}
