#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: tests/run.sh [--quick | --sanitize]
# Installs the packages the tests need (root or sudo), builds, and runs everything: unit,
# conformance and oracle tests, the real GIMP 2.10, the real GIMP 3 and ONNX Runtime
# (in a Debian 13 tree where this machine is older), install.sh and a training step.
# --sanitize: everything, and the unit tests once more under sanitizers.
# --quick: only what needs no GIMP and no PyTorch, in under three minutes.
# The last line is `N passed, N failed, N skipped`, counting single cases; exit status 1 if any failed.
# Logs: build/tests/logs, the dialogs as pictures in its folder screenshots.
set -u
here=$(cd "$(dirname "$0")/.." && pwd)
cd "$here" || exit 1
. tests/lib/debian.sh

quick='' sanitize=''
case ${1-} in
  '') ;;
  --quick) quick=yes ;;
  --sanitize) sanitize=yes ;;
  *) sed -n '3,10s/^# //p' "$0" >&2; exit 2 ;;
esac

build=$here/build/tests
logs=$build/logs
results=$logs/results.tsv
mkdir -p "$logs"
: > "$results"
# Shared test data stands beside the checkout; tests that need it skip where it is missing.
shared=$(realpath -m "${WHYLAYER_SHARED:-../shared}")
export WHYLAYER_SHARED=$shared PYTHONDONTWRITEBYTECODE=1
share=()
if [ -d "$shared" ]; then share=(--bind "$shared"); fi

title () { printf '== %s\n' "$*"; }
tally () { /usr/bin/python3 tests/lib/tally.py "$@"; }

# A stage whose program prints TAP: tap NAME COMMAND...
tap ()
{
  local name=$1 status=0
  shift
  "$@" > "$logs/$name.tap" 2> "$logs/$name.log" < /dev/null || status=$?
  tally tap "$name" "$logs/$name.tap" $status --into "$results"
}

# A stage that is one case: step NAME WHAT COMMAND...
step ()
{
  local name=$1 what=$2 status=0
  shift 2
  "$@" > "$logs/$name.log" 2>&1 < /dev/null || status=$?
  case $status in
    0) echo "ok 1 - $what" ;;
    77) echo "ok 1 - $what # SKIP $(tail -n 1 "$logs/$name.log")" ;;
    *) echo "not ok 1 - $what"; tail -n 15 "$logs/$name.log" >&2 ;;
  esac > "$logs/$name.tap"
  tally tap "$name" "$logs/$name.tap" $status --into "$results"
  return $status
}

# Meson's tests in a build directory: meson_tests NAME BUILD [ARGUMENT...]
# New memory holds bytes of 0x7f, in floats 3e38: what is read before it is written shows,
# and in every run (Meson alone would draw the byte anew each time).
meson_tests ()
{
  local name=$1 directory=$2 status=0
  shift 2
  rm -f "$directory/meson-logs/testlog.json"
  MALLOC_PERTURB_=128 meson test -C "$directory" --no-rebuild "$@" > "$logs/$name.log" 2>&1 < /dev/null || status=$?
  cp "$directory/meson-logs/testlog.json" "$logs/$name.json" 2> /dev/null
  tally meson "$name" "$logs/$name.json" $status --into "$results"
}

configure_and_build () # DIRECTORY [OPTION...]
{
  local directory=$1
  shift
  if [ -d "$directory/meson-info" ]; then set -- --reconfigure "$@"; fi
  meson setup "$@" "$directory" && meson compile -C "$directory"
}

finish ()
{
  title "$((SECONDS / 60)) min $((SECONDS % 60)) s; logs in ${logs#"$here"/}"
  tally total "$results"
  exit
}

# Missing packages are installed where that is possible; where not, the tests that need them skip.
install_packages ()
{
  local missing as_root=()
  missing=$(missing_packages "$@" | tr '\n' ' ')
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" != 0 ]; then as_root=(sudo -n); fi
  echo "  installing $missing"
  if ! { "${as_root[@]}" apt-get -q update &&
         "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y install \
           --no-install-recommends $missing; } > "$logs/apt.log" 2>&1 < /dev/null; then
    echo "  could not install them (see $logs/apt.log); tests that need them are skipped"
  fi
}

title "Packages"
if [ -n "$quick" ]; then
  install_packages $build_packages python3
else
  install_packages $(test_packages)
fi

# A language with a decimal comma, for the tests that numbers in files do not follow it.
if [ "$(id -u)" = 0 ] && ! locale -a | grep -qi '^de_DE.utf-\?8$'; then
  localedef -i de_DE -f UTF-8 de_DE.UTF-8
fi

title "Build"
step build "the tree builds" configure_and_build "$build" --buildtype debugoptimized --werror || finish

if [ -n "$quick" ]; then
  title "Unit tests"
  meson_tests unit "$build" --suite unit
  finish
fi

title "Unit, conformance and oracle tests"
meson_tests meson "$build"

if [ -n "$sanitize" ]; then
  title "Unit tests under AddressSanitizer and UndefinedBehaviorSanitizer"
  sanitized=$here/build/tests-sanitized
  if step sanitized-build "the tree builds with sanitizers" configure_and_build "$sanitized" \
       --buildtype debugoptimized -Db_sanitize=address,undefined -Db_lundef=false \
       -Dgimp3=disabled -Dgimp210=disabled; then
    ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
      meson_tests sanitized "$sanitized" --suite unit --timeout-multiplier 4
  fi
fi

title "Batches"
tap batch /usr/bin/python3 tests/batch/run.py "$build"

title "GIMP 2.10"
tap gimp-2.10 /usr/bin/python3 tests/hosts/run.py 2.10 "$build"

title "GIMP 3"
in_tree=() # how to get where GIMP 3 is, when that is not here
if command -v gimp-console-3.0 > /dev/null; then
  tap gimp-3 /usr/bin/python3 tests/hosts/run.py 3 "$build"
  tap install tests/hosts/install.sh
elif tests/hosts/make-tree.sh > "$logs/tree.log" 2>&1; then
  in_tree=(tests/hosts/enter "${share[@]}")
  tap gimp-3 "${in_tree[@]}" tests/hosts/in-tree.sh "$here/build/tests-debian-13"
  tap install "${in_tree[@]}" tests/hosts/install.sh
else
  tap gimp-3 /usr/bin/python3 tests/hosts/run.py 3 "$build" --skip "$(tail -n 1 "$logs/tree.log")"
fi

# What the dialogs looked like, in each GIMP and language.
mkdir -p "$logs/screenshots"
cp "$build"/hosts-*/artefacts/*.png "$here"/build/tests-debian-13/hosts-*/artefacts/*.png \
  "$logs/screenshots" 2> /dev/null

title "ONNX Runtime"
tap onnxruntime "${in_tree[@]}" /usr/bin/python3 tests/oracle/onnxruntime-models.py \
  "$build/tests/oracle/net-dump-float" models/whylayer-tiny64.onnx

title "Training"
tap training tests/training/run.sh

finish
