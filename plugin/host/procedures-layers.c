/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plug-in-whylayer-layer-shapley: the image's layers as players of a coalition game. */
#include <glib/gi18n-lib.h>

#include "host/gimp.h"
#include "host/procedures.h"
#include "limits.h"
#include "session/probe.h"

/** The game, on a copy of the image. */
typedef struct
{
  WhyHost copy;
  const WhyRequest *request;
  WhyTarget target;
  GArray *players; /* gint: the copy's visible layers */
} Game;

static GArray *
find_players (gint image, GError **error)
{
  g_autoptr (GArray) layers = why_gimp_get_layers (image, WHY_NONE);
  g_autoptr (GArray) players = g_array_new (FALSE, FALSE, sizeof (gint));

  for (guint i = 0; i < layers->len; i++)
    {
      gint layer = g_array_index (layers, gint, i);

      if (why_gimp_item_get_visible (layer) && !why_host_is_own (layer))
        g_array_append_val (players, layer);
    }
  if (players->len >= 1 && players->len <= WHY_MAX_PARTS)
    return g_steal_pointer (&players);
  g_set_error (error, WHY_ERROR, WHY_ERROR_IMAGE,
               _ ("the image has %u visible layers: between 1 and %d can share a score; hide or "
                  "group some"),
               players->len, WHY_MAX_PARTS);
  return NULL;
}

static void
show_coalition (const Game *game, guint coalition)
{
  for (guint i = 0; i < game->players->len; i++)
    why_gimp_item_set_visible (g_array_index (game->players, gint, i), coalition >> i & 1);
}

static gboolean
score_coalition (Game *game, guint coalition, gdouble *score, GError **error)
{
  g_autoptr (WhyPixels) pixels = NULL;
  WhyRect rect;

  show_coalition (game, coalition);
  pixels = why_host_fetch (&game->copy, "visible", &rect, error);
  return pixels
         && why_session_score (game->copy.session, game->request, pixels, &rect, &game->target,
                               score, error);
}

/* scores: of all 2ⁿ coalitions. */
static gboolean
play (Game *game, gdouble *scores, GError **error)
{
  guint n = 1u << game->players->len;
  g_autoptr (WhyPixels) pixels = NULL;
  WhyRect rect;

  pixels = why_host_fetch (&game->copy, "visible", &rect, error);
  if (!pixels
      || !why_session_resolve (game->copy.session, game->request, pixels, &rect, &game->target,
                               error))
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      if (!score_coalition (game, i, &scores[i], error))
        return FALSE;
      why_gimp_show_progress (NULL, (i + 1.0) / n);
    }
  return TRUE;
}

static void
set_shares (WhyCall *call, const Game *game, const gdouble *scores)
{
  gint n = (gint)game->players->len;
  gdouble values[WHY_MAX_PARTS];
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  why_session_shapley (scores, n, values);
  for (gint i = 0; i < n; i++)
    g_ptr_array_add (names, why_gimp_item_get_name (g_array_index (game->players, gint, i)));
  why_answers_set_number (call->answers, "index", game->target.index);
  why_answers_set_number (call->answers, "all", scores[(1u << n) - 1]);
  why_answers_set_number (call->answers, "none", scores[0]);
  why_answers_set_strings (call->answers, "names", (const gchar *const *)names->pdata, n);
  why_answers_set_doubles (call->answers, "values", values, n);
}

/* The copy borrows the call's session. */
static gboolean
play_on_copy (WhyCall *call, Game *game, GError **error)
{
  g_autofree gdouble *scores = NULL;

  game->players = find_players (game->copy.image, error);
  if (!game->players)
    return FALSE;
  scores = g_new (gdouble, 1u << game->players->len);
  if (!play (game, scores, error))
    return FALSE;
  set_shares (call, game, scores);
  return TRUE;
}

gboolean
why_call_layer_shapley (WhyCall *call, GError **error)
{
  g_autoptr (WhyRequest) request = why_call_get_request (call, error);
  Game game = { .copy = call->host, .request = request };
  gboolean done;

  if (!request)
    return FALSE;
  game.copy.image = why_gimp_image_duplicate (call->host.image);
  why_gimp_image_undo_enable (game.copy.image, FALSE);
  done = play_on_copy (call, &game, error);
  why_gimp_image_delete (game.copy.image);
  g_clear_pointer (&game.players, g_array_unref);
  if (done && call->interactive)
    {
      g_autofree gchar *text = why_answers_to_text (call->answers, call->row->returns);

      why_gimp_message (text);
    }
  return done;
}
