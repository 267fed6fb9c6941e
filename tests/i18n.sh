#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: tests/i18n.sh [SOURCE-ROOT]
# Every sentence a person can see is found by xgettext and has its translation in each language of
# po/LINGUAS. Speaks TAP; needs only gettext.
set -u
cd "${1:-$(dirname "$0")/..}" || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
read -ra languages <<< "$(grep -v '^#' po/LINGUAS | tr '\n' ' ')"

n=0
# Reports one case: it passes when the file of complaints is empty.
expect_none ()
{
  n=$((n + 1))
  if [ -s "$2" ]; then
    echo "not ok $n - $1"
    sed 's/^/#   /' "$2"
  else
    echo "ok $n - $1"
  fi
}

extract ()
{
  xgettext --from-code=UTF-8 --keyword=_ --keyword=N_ --keyword=C_:1c,2 --keyword=NC_:1c,2 \
    --keyword=g_dngettext:2,3 --keyword=g_dpgettext2:2c,3 --add-location=file "$@"
}

echo "1..$((4 + 2 * ${#languages[@]}))"
grep -v '^#' po/POTFILES | sort -u > "$work/listed"
find core plugin include -name '*.[ch]' | sort > "$work/sources"

extract --files-from="$work/sources" --output="$work/all.pot" 2> "$work/complaints"
expect_none 'xgettext reads every source file without complaint' "$work/complaints"

sed -n 's/^#: //p' "$work/all.pot" | tr ' ' '\n' | sort -u > "$work/speaking"
comm -13 "$work/listed" "$work/speaking" > "$work/unlisted"
expect_none 'po/POTFILES names every source file with a translatable string' "$work/unlisted"
comm -23 "$work/listed" "$work/speaking" > "$work/silent"
expect_none 'po/POTFILES names no other file' "$work/silent"

# xgettext drops what follows a macro it does not know, such as G_GINT64_FORMAT (PRId64 it knows).
msgcat --no-wrap --no-location "$work/all.pot" | grep -E '^(msgid )?".*[^%]?%"$' | grep -v '%%"$' > "$work/cut"
expect_none 'no sentence is cut off at a macro' "$work/cut"

for language in "${languages[@]}"; do
  # What is obsolete or fuzzy in the catalogue does not reach a person.
  msgattrib --no-obsolete --no-fuzzy -o "$work/live.po" "po/$language.po" 2> "$work/complaints"
  msgmerge --quiet --no-fuzzy-matching -o "$work/merged.po" "$work/live.po" "$work/all.pot" \
    2>> "$work/complaints"
  msgattrib --untranslated --no-obsolete --no-wrap "$work/merged.po" 2>> "$work/complaints" \
    | grep -E '^(#:|msgid )' | grep -v '^msgid ""$' >> "$work/complaints"
  expect_none "$language: every string is translated" "$work/complaints"
  msgfmt --check -o /dev/null "po/$language.po" 2> "$work/complaints"
  expect_none "$language: the catalogue is well formed and its formats match" "$work/complaints"
done
