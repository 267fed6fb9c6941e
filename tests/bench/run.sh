#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: tests/bench/run.sh [--reps N] [--threads N] [--processor-time] [ROW[:NET]...]
# Builds in release mode and measures Whylayer against ONNX Runtime and PyTorch, turn by turn, each
# in a process of its own. Prints Markdown. Without arguments: every row; rows and nets are named in
# bench.py and nets.py. A peer that this machine lacks is taken from the Debian 13 tree of the host
# tests; where that cannot be had, its rows are left out.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$root/build/bench
export WHYLAYER_BENCH_CACHE=${WHYLAYER_BENCH_CACHE:-$root/build/bench-models} PYTHONDONTWRITEBYTECODE=1

if [ ! -d "$build/meson-info" ]; then
  meson setup --buildtype=release -Dgimp3=disabled -Dgimp210=disabled "$build" "$root" >&2
fi
ninja -C "$build" tests/bench/whylayer-bench tests/bench/whylayer-layers plugin/cli/whylayer >&2
/usr/bin/python3 -c 'import sys; sys.path.insert(0, sys.argv[1]); import nets; [n.export() for n in nets.NETS.values() if n.name != "bundled"]' \
  "$here" >&2
exec /usr/bin/python3 "$here/bench.py" "$build" "$@"
