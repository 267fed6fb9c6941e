/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * WhyError: one code per kind of failure; the message is one sentence that says
 * what is wrong and what would be right, ready to be shown to a person.
 */
typedef enum
{
  WHY_ERROR_FAILED,            /* an internal failure that no caller can act on */
  WHY_ERROR_CANCELLED,         /* the caller's WhyProgress asked to stop */
  WHY_ERROR_ARGUMENT,          /* an unknown option, method, parameter or a value out of range */
  WHY_ERROR_LABEL,             /* a target that is not one class of the model */
  WHY_ERROR_NODE,              /* a layer that the model does not have or that has no grid */
  WHY_ERROR_MODEL_NOT_FOUND,   /* no such file or no model of that name */
  WHY_ERROR_MODEL_INVALID,     /* truncated, not ONNX, or inconsistent */
  WHY_ERROR_MODEL_UNSUPPORTED, /* a valid model with an operator or type we do not have */
  WHY_ERROR_MODEL_DATA,        /* external data missing or outside the model's folder */
  WHY_ERROR_MODEL_SHAPE,       /* the network does not accept this input size or batch */
  WHY_ERROR_METHOD_UNSUITED,   /* the method is not defined for this network */
  WHY_ERROR_MEMORY,            /* over the memory budget */
  WHY_ERROR_IMAGE,             /* a picture that cannot be read */
  WHY_ERROR_OUTPUT,            /* a file that cannot be written (disk full, permission) */
  WHY_ERROR_PARASITE           /* stored provenance that fails validation */
} WhyError;

#define WHY_ERROR (why_error_quark ())
GQuark why_error_quark (void);

G_END_DECLS
