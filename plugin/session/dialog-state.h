/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state behind the big dialog, without any toolkit: the settings, the answer to them, and the
 * worker thread between the two. The view shows it, changes it, and is told what changed.
 *
 * Every function is called in the thread of the default main context, which must be running:
 * results arrive through it.
 */
#pragma once

#include "session/dialog-preview.h"
#include "session/session.h"

G_BEGIN_DECLS

typedef struct _WhyDialog WhyDialog;

typedef enum
{
  WHY_DIALOG_SETTINGS = 1 << 0, /* settings: widgets show them anew */
  WHY_DIALOG_PICTURE = 1 << 1,  /* there is a (new) picture */
  WHY_DIALOG_SUBJECT = 1 << 2,  /* there are (new) predictions */
  WHY_DIALOG_MAP = 1 << 3,      /* the map or its drawing */
  WHY_DIALOG_BUSY = 1 << 4,     /* a computation began, went on, ended or failed */
  WHY_DIALOG_COSTS = 1 << 5     /* how long methods take */
} WhyDialogChange;
typedef void (*WhyDialogListener) (WhyDialog *dialog, WhyDialogChange changes, gpointer data);

/* session: only the worker uses it while the dialog lives. (transfer none) */
WhyDialog *why_dialog_new (WhySession *session, const WhyRequest *request);
/* Stops and waits for the worker. */
void why_dialog_free (WhyDialog *dialog);
void why_dialog_set_listener (WhyDialog *dialog, WhyDialogListener listener, gpointer data);

/* The picture and the part of it that is asked about; computes. */
void why_dialog_set_pixels (WhyDialog *dialog, WhyPixels *pixels, const WhyRect *region);

/* The settings as a request, always complete. (transfer none) */
const WhyRequest *why_dialog_get_request (const WhyDialog *dialog);
/* Changes one field and computes or redraws what depends on it. A wrong value is kept out and
 * shown as the error. region and output only say what the host is to do. */
void why_dialog_set (WhyDialog *dialog, const gchar *field, const gchar *value);
/* Replaces all settings: a preset, a stored layer, or the defaults (an empty request). */
void why_dialog_set_request (WhyDialog *dialog, const WhyRequest *request);

/* A layer of that name is being edited: its map is to be replaced instead of a new one written,
 * until the person decides otherwise. */
void why_dialog_set_edited (WhyDialog *dialog, const gchar *layer);
const gchar *why_dialog_get_edited (const WhyDialog *dialog); /* NULL: none */
void why_dialog_set_updates (WhyDialog *dialog, gboolean updates);
gboolean why_dialog_get_updates (const WhyDialog *dialog); /* FALSE when none is edited */

/* The parameters of the chosen method and of the drawing. (transfer none) */
const WhyMethod *why_dialog_get_method (const WhyDialog *dialog);
const WhyParams *why_dialog_get_params (const WhyDialog *dialog);
const WhyParams *why_dialog_get_style (const WhyDialog *dialog);
void why_dialog_set_param (WhyDialog *dialog, const gchar *name, const gchar *value);
void why_dialog_set_style_param (WhyDialog *dialog, const gchar *name, const gchar *value);

/* A ladder of methods from coarse and fast to detailed and slow: the next one, or NULL at the end.
 * step: +1 or -1 */
const WhyMethod *why_dialog_get_neighbour (const WhyDialog *dialog, gint step);

/* What is known so far; NULL before. While something newer is computed the old stays.
 * (transfer none) */
WhyPicture *why_dialog_get_picture (const WhyDialog *dialog);
WhySubject *why_dialog_get_subject (const WhyDialog *dialog);
WhyReport *why_dialog_get_report (const WhyDialog *dialog);
/* The report, when it is complete; the dialog forgets it. (transfer full)
 */
WhyReport *why_dialog_take_report (WhyDialog *dialog);
/* Whether the report answers the settings as they are now. */
gboolean why_dialog_is_current (const WhyDialog *dialog);
/* … and has all that is to be written: the preview computes one class, a group has several. */
gboolean why_dialog_is_complete (const WhyDialog *dialog);
/* Computes until that is so. */
void why_dialog_complete (WhyDialog *dialog);

gboolean why_dialog_is_busy (const WhyDialog *dialog);
gdouble why_dialog_get_progress (const WhyDialog *dialog, gdouble *remaining, gchar **text);
/* The sentence that says why there is no answer to the settings, or NULL. */
const gchar *why_dialog_get_error (const WhyDialog *dialog);
/* Shows a failure that happened outside: the host's, or a file's. */
void why_dialog_fail (WhyDialog *dialog, const gchar *message);
/* Stops computing until the next change, or until why_dialog_start(). */
void why_dialog_stop (WhyDialog *dialog);
void why_dialog_start (WhyDialog *dialog);

/* Seconds that a method with its default parameters would take for this picture, or -1 while that
 * is not known. */
gdouble why_dialog_estimate (const WhyDialog *dialog, const WhyMethod *method);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WhyDialog, why_dialog_free)

G_END_DECLS
