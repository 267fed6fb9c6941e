#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes resize.h: what Pillow and torchvision make of a computed picture.

Run by hand where python3-pil, python3-numpy and python3-torchvision are installed; the test reads
the committed result.
"""
import numpy
from PIL import Image
from torchvision import transforms

# image w h, box x y w h, output w h
BOXES = [
    (37, 23, (0, 0, 37, 23), (11, 7)),
    (13, 9, (0, 0, 13, 9), (17, 14)),
    (11, 41, (0, 0, 11, 41), (19, 7)),
    (37, 23, (4.25, 3.5, 29.5, 15.125), (9, 13)),
    (37, 23, (30.5, 0, 6.5, 23), (3, 8)),
    (9, 5, (0, 0, 9, 5), (9, 5)),
    (200, 3, (0, 0, 200, 3), (7, 5)),
    (1, 1, (0, 0, 1, 1), (4, 3)),
]
# image w h, short side, crop w h
CROPS = [
    (37, 23, 11, (9, 9)),
    (23, 37, 11, (9, 9)),
    (41, 30, 13, (12, 7)),
    (12, 17, 15, (13, 12)),
    (52, 20, 7, (9, 12)),
    (8, 8, 8, (8, 8)),
]


def picture(w, h):
    """The same formula is in test-view.c."""
    y, x, c = numpy.mgrid[0:h, 0:w, 0:3]
    return (((x * 37 + y * 91 + c * 53) ^ (x * y)) & 255).astype(numpy.uint8)


def numbers(values):
    lines, line = [], ' '
    for v in values:
        text = ' %d,' % v
        if len(line) + len(text) > 98:
            lines.append(line)
            line = ' '
        line += text
    return '\n'.join(lines + [line])


def emit(out, name, pixels, exact):
    out.append('static const guint8 %s_u8[] = {\n%s\n};' % (name, numbers(pixels.ravel())))
    if exact is not None:
        # 1/65536 of a grey level
        out.append('static const gint32 %s_exact[] = {\n%s\n};'
                   % (name, numbers(numpy.rint(exact.ravel() * 65536).astype(int))))


out = ['/* SPDX-License-Identifier: GPL-3.0-or-later */',
       '/* Written by resize.py: Pillow %s. */' % Image.__version__, '#pragma once', '']
rows = []
for i, (w, h, (bx, by, bw, bh), size) in enumerate(BOXES):
    source = picture(w, h)
    box = (bx, by, bx + bw, by + bh)
    pixels = numpy.asarray(Image.fromarray(source).resize(size, Image.BILINEAR, box=box))
    exact = numpy.stack([
        numpy.asarray(Image.fromarray(source[:, :, c].astype(numpy.float32), mode='F')
                      .resize(size, Image.BILINEAR, box=box)) for c in range(3)], axis=2)
    emit(out, 'box%d' % i, pixels, exact)
    rows.append('  { %d, %d, { %g, %g, %g, %g }, %d, %d, box%d_u8, box%d_exact },'
                % (w, h, bx, by, bw, bh, *size, i, i))
out.append('static const BoxGolden box_goldens[] = {\n%s\n};' % '\n'.join(rows))
rows = []
for i, (w, h, short, (cw, ch)) in enumerate(CROPS):
    chain = transforms.Compose([transforms.Resize(short), transforms.CenterCrop((ch, cw))])
    emit(out, 'crop%d' % i, numpy.asarray(chain(Image.fromarray(picture(w, h)))), None)
    rows.append('  { %d, %d, %d, %d, %d, crop%d_u8 },' % (w, h, short, cw, ch, i))
out.append('static const CropGolden crop_goldens[] = {\n%s\n};' % '\n'.join(rows))
with open(__file__.replace('.py', '.h'), 'w') as f:
    f.write('\n'.join(out) + '\n')
