/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of integers that are an attribute in old opsets and a constant input in new ones. */
#pragma once

#include "ops/op.h"

G_BEGIN_DECLS

#define WHY_MAX_ARGUMENTS 64

/** Up to WHY_MAX_ARGUMENTS integers. */
typedef struct
{
  gboolean given; /* FALSE: neither the attribute nor the input is there */
  gint n;
  gint64 v[WHY_MAX_ARGUMENTS];
} WhyInts;

/* Reads the attribute (NULL: none of that name) or else input i (-1: none). Fails when the input is
 * not known before running, not an integer list, or too long. */
gboolean why_infer_ints (const WhyInfer *infer, const gchar *attribute, gint input, WhyInts *ints,
                         GError **error);
/* The same as axes of a tensor of this rank: wrapped, checked and without repetition. */
gboolean why_infer_axes (const WhyInfer *infer, const gchar *attribute, gint input, gint rank,
                         WhyInts *axes, GError **error);
/* One axis attribute, wrapped and checked. */
gboolean why_infer_axis (const WhyInfer *infer, gint64 def, gint rank, gint *axis, GError **error);
gboolean why_ints_contain (const WhyInts *ints, gint64 value);
/* A constant input of numbers of any type, or NULL when it is absent. Fails when it is not known
 * before running. */
gboolean why_infer_constant (const WhyInfer *infer, gint input, const WhyTensor **tensor,
                             GError **error);

G_END_DECLS
