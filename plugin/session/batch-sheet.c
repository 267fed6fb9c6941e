/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The contact sheet of a batch: one HTML file that needs nothing else, to look through many maps
 * and find those worth a second look. Everything from a file or a model is escaped.
 */
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "session/batch-private.h"
#include "session/output.h"

/* Beyond this many pictures the sheet points to the thumbnails instead of holding them: a browser
 * does not open a file of gigabytes. */
#define MAX_EMBEDDED 2000
#define N_CLASSES 5

static const gchar style[]
    = "body{font:14px/1.4 system-ui,sans-serif;margin:0;background:#f6f6f4;color:#1b1b1b}"
      "header{position:sticky;top:0;background:#fff;border-bottom:1px solid #bbb;padding:.6em 1em;"
      "display:flex;flex-wrap:wrap;gap:.4em 1.2em;align-items:center}"
      "h1{font-size:1.1em;margin:0}main{display:grid;gap:1em;padding:1em;"
      "grid-template-columns:repeat(auto-fill,minmax(22em,1fr))}"
      "article{background:#fff;border:1px solid #ccc;border-radius:6px;padding:.8em;"
      "overflow-wrap:anywhere}article:focus{outline:3px solid #1f6feb}"
      "article[hidden]{display:none}h2{font-size:1em;margin:0 0 .5em}"
      "figure{display:inline-block;margin:0 .6em .4em 0;vertical-align:top}"
      "figcaption{font-size:.85em;max-width:12em}img{display:block;max-width:160px}"
      "ol{list-style:none;margin:.4em 0;padding:0}li{display:flex;gap:.5em;align-items:center}"
      "li meter{width:6em;flex:none}.unsure,.error{color:#8a1c00;font-weight:600}"
      "dl{display:grid;grid-template-columns:auto 1fr;gap:0 .8em;margin:.4em 0;font-size:.9em}"
      "dd{margin:0}code{font-size:.8em;display:block;user-select:all;background:#f1f1ee;"
      "padding:.3em;margin-top:.3em}"
      "@media(prefers-color-scheme:dark){body{background:#191919;color:#eee}"
      "header,article{background:#242424;border-color:#444}code{background:#333}"
      ".unsure,.error{color:#ffb4a0}}";

/* Sorting by the articles' data, a filter, and keys: arrows or j/k move, Enter opens, c copies. */
static const gchar script[]
    = "const main=document.querySelector('main'),cards=[...main.children],"
      "sort=document.getElementById('sort'),filter=document.getElementById('filter');"
      "function value(card,key){const v=parseFloat(card.dataset[key]);return isNaN(v)?Infinity:v}"
      "function arrange(){const key=sort.value;cards.slice().sort((a,b)=>"
      "value(a,key)-value(b,key)||a.dataset.order-b.dataset.order)"
      ".forEach(card=>main.append(card))}"
      "function choose(){const words=filter.value.toLowerCase();cards.forEach(card=>"
      "card.hidden=!card.textContent.toLowerCase().includes(words))}"
      "function copy(card){const code=card.querySelector('code');if(!code)return;"
      "const range=document.createRange();range.selectNodeContents(code);"
      "const selection=getSelection();selection.removeAllRanges();selection.addRange(range);"
      "if(navigator.clipboard)navigator.clipboard.writeText(code.textContent).catch(()=>{});"
      "else document.execCommand('copy')}"
      "function move(step){const shown=[...main.children].filter(card=>!card.hidden);"
      "const at=shown.indexOf(document.activeElement.closest('article'));"
      "const next=shown[Math.min(Math.max(at+step,0),shown.length-1)];"
      "if(next){next.focus();next.scrollIntoView({block:'nearest'})}}"
      "sort.addEventListener('change',arrange);filter.addEventListener('input',choose);"
      "main.addEventListener('click',event=>{if(event.target.matches('button'))"
      "copy(event.target.closest('article'))});"
      "document.addEventListener('keydown',event=>{"
      "if(event.ctrlKey||event.altKey||event.metaKey)return;"
      "const field=event.target.matches('input,select');"
      "if(event.key==='Escape'&&field){event.target.blur();move(0);return}if(field)return;"
      "const card=document.activeElement.closest('article');"
      "if(['ArrowRight','ArrowDown','j'].includes(event.key))move(1);"
      "else if(['ArrowLeft','ArrowUp','k'].includes(event.key))move(-1);"
      "else if(event.key==='/')filter.focus();else if(event.key==='s')sort.focus();"
      "else if(event.key==='c'&&card)copy(card);"
      "else if(event.key==='Enter'&&card&&event.target===card){"
      "const link=card.querySelector('a');if(link)link.click();return}"
      "else return;event.preventDefault()});";

/** What rows need to know about the sheet. */
typedef struct
{
  gchar *folder; /* of the report */
  gboolean embed;
} Sheet;

static void
append_escaped (GString *html, const gchar *text)
{
  g_autofree gchar *escaped = g_markup_escape_text (text ? text : "", -1);

  g_string_append (html, escaped);
}

/* A path below the report's folder as a relative address. */
static void
append_address (GString *html, const gchar *path)
{
  g_autofree gchar *uri = g_uri_escape_string (path, "/", FALSE);

  g_string_append (html, "./");
  append_escaped (html, uri);
}

static void
append_data (GString *html, const gchar *name, gdouble value)
{
  gchar text[G_ASCII_DTOSTR_BUF_SIZE];

  if (isfinite (value))
    g_string_append_printf (html, " data-%s=\"%s\"", name,
                            g_ascii_formatd (text, sizeof text, "%.6g", value));
}

/* A figure of a definition list, when there is one. */
static void
append_figure (GString *html, const gchar *name, gdouble value)
{
  gchar text[G_ASCII_DTOSTR_BUF_SIZE];

  if (!isfinite (value))
    return;
  g_string_append (html, "<dt>");
  append_escaped (html, name);
  g_string_append_printf (html, "</dt><dd>%s</dd>",
                          g_ascii_formatd (text, sizeof text, "%.4g", value));
}

/* "a/b.png.grad-cam.npy" → the thumbnail of the same map; NULL without outputs. */
static gchar *
find_thumbnail (JsonObject *outputs)
{
  const gchar *picture = why_batch_get_string (outputs, "png");
  const gchar *dot;

  if (!picture)
    picture = why_batch_get_string (outputs, "layer");
  dot = picture ? strrchr (picture, '.') : NULL;
  return dot ? g_strdup_printf ("thumbnails/%.*s.jpg", (gint)(dot - picture), picture) : NULL;
}

static void
append_thumbnail (GString *html, const Sheet *sheet, const gchar *thumbnail, const gchar *alt)
{
  g_autofree gchar *path = g_build_filename (sheet->folder, thumbnail, NULL);
  g_autofree gchar *data = NULL, *base64 = NULL;
  gsize length;

  g_string_append (html, "<img loading=\"lazy\" alt=\"");
  append_escaped (html, alt);
  g_string_append (html, "\" src=\"");
  if (!sheet->embed)
    append_address (html, thumbnail);
  else if (g_file_get_contents (path, &data, &length, NULL))
    {
      base64 = g_base64_encode ((const guchar *)data, length);
      g_string_append_printf (html, "data:image/jpeg;base64,%s", base64);
    }
  g_string_append (html, "\">");
}

static void
append_map (GString *html, const Sheet *sheet, JsonObject *line)
{
  JsonObject *outputs = why_batch_get_object (line, "outputs");
  const gchar *picture = why_batch_get_string (outputs, "png");
  const gchar *method = why_batch_get_string (why_batch_get_object (line, "method"), "id");
  const gchar *label = why_batch_get_string (why_batch_get_object (line, "target"), "label");
  const gchar *model = why_batch_get_string (why_batch_get_object (line, "model"), "name");
  g_autofree gchar *thumbnail = find_thumbnail (outputs);
  g_autofree gchar *caption = g_strdup_printf ("%s: %s (%s)", method ? method : "",
                                               label ? label : "", model ? model : "");

  g_string_append (html, "<figure>");
  if (picture)
    {
      g_string_append (html, "<a tabindex=\"-1\" target=\"_blank\" href=\"");
      append_address (html, picture);
      g_string_append (html, "\">");
    }
  if (thumbnail)
    append_thumbnail (html, sheet, thumbnail, caption);
  g_string_append_printf (html, "%s<figcaption>", picture ? "</a>" : "");
  append_escaped (html, caption);
  g_string_append (html, "</figcaption></figure>");
}

static void
append_classes (GString *html, JsonObject *line)
{
  JsonArray *predictions = why_batch_get_array (line, "predictions");
  guint n = predictions ? MIN (json_array_get_length (predictions), N_CLASSES) : 0;

  if (why_batch_get_bool (line, "unsure"))
    {
      g_string_append (html, "<p class=\"unsure\">");
      append_escaped (html, _ ("not sure that any of its classes is there"));
      g_string_append (html, "</p>");
    }
  g_string_append (html, "<ol>");
  for (guint i = 0; i < n; i++)
    {
      JsonObject *p = json_array_get_object_element (predictions, i);
      gdouble probability = why_batch_get_number (p, "probability");
      gchar text[G_ASCII_DTOSTR_BUF_SIZE];

      g_string_append_printf (html, "<li><meter value=\"%s\"></meter>",
                              g_ascii_formatd (text, sizeof text, "%.4f", probability));
      g_string_append_printf (html, "%s %% ",
                              g_ascii_formatd (text, sizeof text, "%.1f", probability * 100));
      append_escaped (html, why_batch_get_string (p, "label"));
      g_string_append (html, "</li>");
    }
  g_string_append (html, "</ol>");
}

static void
append_checks (GString *html, JsonObject *checks)
{
  g_autoptr (GList) names = checks ? json_object_get_members (checks) : NULL;

  for (const GList *link = names; link; link = link->next)
    append_figure (html, link->data,
                   why_batch_get_number (why_batch_get_object (checks, link->data), "value"));
}

/* The command that asks the same about this picture, from the line's own request. */
static void
append_command (GString *html, JsonObject *line, const gchar *name)
{
  JsonObject *asked = why_batch_get_object (line, "request");
  const gchar *const *fields = why_request_names ();
  g_autoptr (WhyRequest) request = why_request_new ();
  g_autofree gchar *command = NULL;

  for (gint i = 0; fields[i]; i++)
    why_request_set (request, fields[i], why_batch_get_string (asked, fields[i]));
  command = why_request_to_command (request, name);
  g_string_append (html, "<button type=\"button\">");
  append_escaped (html, _ ("Copy command"));
  g_string_append (html, "</button><code>");
  append_escaped (html, command);
  g_string_append (html, "</code>");
}

/* The most probable class's probability; below all others when the model is not sure. */
static gdouble
get_certainty (JsonObject *line)
{
  JsonArray *predictions = why_batch_get_array (line, "predictions");
  JsonObject *top = predictions && json_array_get_length (predictions) > 0
                        ? json_array_get_object_element (predictions, 0)
                        : NULL;

  return why_batch_get_number (top, "probability") - why_batch_get_bool (line, "unsure");
}

/* The mean over a picture's maps of a figure; NAN when none has it. */
static gdouble
mean_evidence (const GPtrArray *lines, const gchar *name)
{
  gdouble sum = 0;
  gint n = 0;

  for (guint i = 0; i < lines->len; i++)
    {
      gdouble value = why_batch_get_number (
          why_batch_get_object (g_ptr_array_index (lines, i), "evidence"), name);

      if (isfinite (value))
        {
          sum += value;
          n++;
        }
    }
  return n > 0 ? sum / n : NAN;
}

/* Of several maps, what is sorted by is their mean; the rest is the first one's. */
static void
append_figures (GString *html, const GPtrArray *lines)
{
  JsonObject *line = g_ptr_array_index (lines, 0);

  g_string_append (html, "<dl>");
  append_figure (html, _ ("Evidence outside the middle"), mean_evidence (lines, "outside_middle"));
  append_figure (html, _ ("Agreement of methods"), mean_evidence (lines, "agreement"));
  append_figure (html, _ ("Completeness residual"),
                 why_batch_get_number (why_batch_get_object (line, "residual"), "completeness"));
  append_checks (html, why_batch_get_object (line, "checks"));
  g_string_append (html, "</dl>");
}

/* Sorting is always upwards: the most interesting has the smallest number. */
static void
append_card (WhyBatchRow *row, const GPtrArray *lines, const gchar *text, gsize length,
             gpointer user_data)
{
  const Sheet *sheet = user_data;
  GString *html = row->text;
  JsonObject *first = g_ptr_array_index (lines, 0);

  g_string_append (html, "<article tabindex=\"0\"");
  append_data (html, "certainty", get_certainty (first));
  append_data (html, "agreement", mean_evidence (lines, "agreement"));
  append_data (html, "middle", -mean_evidence (lines, "outside_middle"));
  append_data (html, "failed", row->failed ? 0 : 1);
  g_string_append (html, "><h2>");
  append_escaped (html, row->name);
  g_string_append (html, "</h2>");
  if (row->failed)
    {
      g_string_append (html, "<p class=\"error\">");
      append_escaped (html, why_batch_get_string (first, "error"));
      g_string_append (html, "</p></article>\n");
      return;
    }
  for (guint i = 0; i < lines->len; i++)
    append_map (html, sheet, g_ptr_array_index (lines, i));
  append_classes (html, first);
  append_figures (html, lines);
  append_command (html, first, row->name);
  g_string_append (html, "</article>\n");
}

static void
append_option (GString *html, const gchar *value, const gchar *text)
{
  g_string_append_printf (html, "<option value=\"%s\">", value);
  append_escaped (html, text);
  g_string_append (html, "</option>");
}

static gchar *
make_head (guint n, guint n_failed)
{
  GString *html = g_string_new ("<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\">");
  g_autofree gchar *count
      = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u picture", "%u pictures", n), n);
  g_autofree gchar *failed = g_strdup_printf (_ ("%u failed"), n_failed);

  g_string_append (html, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
                         "'none'; img-src data: 'self' file:; style-src 'unsafe-inline'; "
                         "script-src 'unsafe-inline'\"><meta name=\"viewport\" "
                         "content=\"width=device-width\"><title>Whylayer</title>");
  g_string_append_printf (html, "<style>%s</style></head><body><header><h1>", style);
  append_escaped (html, count);
  if (n_failed > 0)
    {
      g_string_append (html, ", ");
      append_escaped (html, failed);
    }
  g_string_append (html, "</h1><label>");
  append_escaped (html, _ ("Sort by"));
  g_string_append (html, " <select id=\"sort\">");
  append_option (html, "order", _ ("name"));
  append_option (html, "certainty", _ ("least certain"));
  append_option (html, "agreement", _ ("most disagreeing methods"));
  append_option (html, "middle", _ ("evidence outside the middle"));
  append_option (html, "failed", _ ("failed first"));
  g_string_append (html, "</select></label><label>");
  append_escaped (html, _ ("Find"));
  g_string_append (html, " <input id=\"filter\" type=\"search\"></label><small>");
  append_escaped (html, _ ("Keys: arrows or j and k move, Enter opens, c copies the command, s "
                           "sorts, / finds"));
  g_string_append (html, "</small></header><main>\n");
  return g_string_free (html, FALSE);
}

/* Numbers the sorted cards, so that sorting by name can be had back. */
static void
number_cards (GPtrArray *rows)
{
  for (guint i = 0; i < rows->len; i++)
    {
      WhyBatchRow *row = g_ptr_array_index (rows, i);
      g_autofree gchar *order = g_strdup_printf (" data-order=\"%u\"", i);

      g_string_insert (row->text, strlen ("<article"), order);
    }
}

static void
append_nothing (WhyBatchRow *row, const GPtrArray *lines, const gchar *text, gsize length,
                gpointer user_data)
{
}

gboolean
why_batch_write_sheet (const gchar *report, GError **error)
{
  g_autofree gchar *path = why_batch_beside (report, ".html");
  g_autofree gchar *folder = g_path_get_dirname (report);
  g_autofree gchar *head = NULL, *tail = NULL;
  g_autoptr (GPtrArray) names = why_batch_rows_new ();
  g_autoptr (GPtrArray) rows = why_batch_rows_new ();
  Sheet sheet = { .folder = folder };
  guint n_failed = 0;

  if (!why_batch_rows_add (names, report, append_nothing, NULL, error))
    return FALSE;
  sheet.embed = names->len <= MAX_EMBEDDED;
  if (!why_batch_rows_add (rows, report, append_card, &sheet, error))
    return FALSE;
  for (guint i = 0; i < rows->len; i++)
    n_failed += ((WhyBatchRow *)g_ptr_array_index (rows, i))->failed;
  why_batch_rows_sort (rows);
  number_cards (rows);
  head = make_head (rows->len, n_failed);
  tail = g_strdup_printf ("</main><script>%s</script></body></html>\n", script);
  return why_batch_rows_write (rows, head, tail, path, error);
}
