#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: in-tree.sh BUILD: inside the Debian 13 tree, builds there and drives GIMP 3. Prints TAP.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../.." && pwd)
build=$1
options=(--buildtype debugoptimized -Dgimp3=enabled -Dtests=false)
if [ -d "$build/meson-info" ]; then options+=(--reconfigure); fi
meson setup "${options[@]}" "$build" "$source" >&2
meson compile -C "$build" >&2
exec python3 "$here/run.py" 3 "$build"
