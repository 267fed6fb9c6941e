#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: tests/hosts/install.sh: installs for everybody on this machine, runs the demo, uses the
# command, and takes everything away again. Meant for a throwaway tree. Prints TAP.
set -u
here=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
cd "$work" || exit 1
trap 'rm -rf "$work"' EXIT
sample=$here/models/sample/still-life.jpg
number=0

check () # NAME COMMAND...
{
  local name=$1
  shift
  number=$((number + 1))
  if "$@" > "$work/log" 2>&1; then echo "ok $number - $name"
  else echo "not ok $number - $name"; sed 's/^/# /' "$work/log" | tail -n 20
  fi
}
has_five_classes () { [ "$(grep -cE '^  [^ ].* [0-9]+\.[0-9] %$' "$work/demo")" = 5 ]; }
is_picture () { [ "$(identify -format '%wx%h' "$1")" = "$(identify -format '%wx%h' "$sample")" ]; }
demo () { "$here/install.sh" --build "$work/build" --demo < /dev/null > "$work/demo" 2>&1 || { cat "$work/demo"; false; }; }
answers () { whylayer classify "$sample" --json | grep -q '"predictions"'; }
nothing_left () { [ -z "$(find / -xdev -name '*whylayer*' -not -path "$here/*" -not -path "$work*" \
  -not -path "${WHYLAYER_SHARED:-$here/../shared}/*" -not -path /etc/whylayer-test-tree -print -quit)" ]; }

echo 1..8
check "install.sh --demo succeeds" demo
check "it says that GIMP registers the procedure" grep -q "registers plug-in-whylayer-explain" "$work/demo"
check "it prints five classes with probabilities" has_five_classes
check "it writes whylayer-demo.png as large as the photo" is_picture whylayer-demo.png
check "it writes whylayer-demo.xcf" test -s whylayer-demo.xcf
check "the installed command finds its model" answers
check "install.sh --uninstall removes everything" "$here/install.sh" --uninstall
check "nothing of it is left" nothing_left
