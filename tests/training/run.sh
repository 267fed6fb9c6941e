#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The training recipe, end to end, on 1 % of the data and a few steps.  Prints TAP.
here=$(cd "$(dirname "$0")" && pwd)
export OMP_WAIT_POLICY=passive # threads that spin on a busy machine only slow it
data=${WHYLAYER_SHARED:-$here/../../../shared}/data/tiny-imagenet

if [ ! -d "$data" ]; then
  echo "1..0 # SKIP no training pictures at $data"
  exit 0
fi
for python in /usr/bin/python3 python3; do
  if "$python" -c 'import numpy, onnx, PIL, torch' 2>/dev/null; then
    exec "$python" "$here/test_recipe.py" "$data"
  fi
done
echo "1..0 # SKIP python3-torch, python3-onnx, python3-numpy or python3-pil is missing"
