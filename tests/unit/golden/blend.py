#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes blend.h: two small pictures and what GIMP 2.10 makes of them in every layer mode we offer.

Run by hand where gimp-console-2.10, python3-pil and python3-numpy are installed; the test reads the
committed result.
"""
import os
import subprocess
import tempfile

import numpy
from PIL import Image

WIDTH, HEIGHT, OPACITY = 9, 4, 70
MODES = [('normal', 'NORMAL'), ('multiply', 'MULTIPLY'), ('screen', 'SCREEN'),
         ('overlay', 'OVERLAY'), ('softlight', 'SOFTLIGHT'), ('hardlight', 'HARDLIGHT'),
         ('addition', 'ADDITION'), ('hsl-color', 'HSL-COLOR')]

SCRIPT = '''(let* ((image (car (gimp-file-load RUN-NONINTERACTIVE "base.png" "")))
  (layer (car (gimp-file-load-layer RUN-NONINTERACTIVE image "top.png"))))
  (gimp-image-insert-layer image layer 0 -1)
  (gimp-layer-set-mode layer LAYER-MODE-%s)
  (gimp-layer-set-opacity layer %d)
  (gimp-image-flatten image)
  (file-png-save RUN-NONINTERACTIVE image (car (gimp-image-get-active-drawable image))
                 "%s.png" "" 0 9 0 0 0 0 0))'''


def numbers(values):
    lines, line = [], ' '
    for v in values:
        text = ' %d,' % v
        if len(line) + len(text) > 98:
            lines.append(line)
            line = ' '
        line += text
    return '\n'.join(lines + [line])


rng = numpy.random.RandomState(7)
base = rng.randint(0, 256, (HEIGHT, WIDTH, 3)).astype(numpy.uint8)
top = rng.randint(0, 256, (HEIGHT, WIDTH, 4)).astype(numpy.uint8)
# Corners of the formulas: black, white, gray, nothing there.
base[0] = [[0, 0, 0], [255, 255, 255], [0, 0, 0], [255, 255, 255], [128, 128, 128], [255, 0, 0],
           [10, 200, 30], [0, 255, 255], [127, 128, 1]]
top[0] = [[0, 0, 0, 255], [255, 255, 255, 255], [255, 255, 255, 255], [0, 0, 0, 255],
          [128, 128, 128, 255], [0, 255, 0, 128], [255, 255, 255, 64], [9, 9, 9, 255],
          [200, 10, 90, 0]]

out = ['/* SPDX-License-Identifier: GPL-3.0-or-later */',
       '/* Written by blend.py with GIMP 2.10. */', '#pragma once', '',
       '#define BLEND_WIDTH %d' % WIDTH, '#define BLEND_HEIGHT %d' % HEIGHT,
       '#define BLEND_OPACITY "%d"' % OPACITY,
       'static const guint8 blend_base[] = {\n%s\n};' % numbers(base.ravel()),
       'static const guint8 blend_top[] = {\n%s\n};' % numbers(top.ravel())]
with tempfile.TemporaryDirectory() as folder:
    Image.fromarray(base).save(os.path.join(folder, 'base.png'))
    Image.fromarray(top, 'RGBA').save(os.path.join(folder, 'top.png'))
    command = ['gimp-console-2.10', '-i', '-d', '-f',
               '--batch-interpreter=plug-in-script-fu-eval']
    for name, constant in MODES:
        command += ['-b', SCRIPT % (constant, OPACITY, name)]
    environment = dict(os.environ, GIMP2_DIRECTORY=os.path.join(folder, 'config'))
    subprocess.run(command + ['-b', '(gimp-quit 1)'], cwd=folder, env=environment,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    rows = []
    for i, (name, _) in enumerate(MODES):
        result = numpy.asarray(Image.open(os.path.join(folder, name + '.png')).convert('RGB'))
        out.append('static const guint8 blend_mode%d[] = {\n%s\n};' % (i, numbers(result.ravel())))
        rows.append('  { "%s", blend_mode%d },' % (name, i))
out.append('static const BlendGolden blend_goldens[] = {\n%s\n};' % '\n'.join(rows))
with open(__file__.replace('.py', '.h'), 'w') as f:
    f.write('\n'.join(out) + '\n')
