#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes colormap-tables.c.

Sequential: inferno, magma, plasma and viridis by Nathaniel J. Smith, Stefan van der Walt and (in
the case of viridis) Eric Firing, released under CC0 (github.com/BIDS/colormap); read from
python3-matplotlib. The others are made here in OKLab (Björn Ottosson 2020), in which equal steps
look equal: 'dusk' uses blue and yellow alone, which every colour-blind reader tells apart; the
diverging ones go from light gray to two hues of the same lightness and chroma.
"""
import numpy
from matplotlib import colormaps

TO_LMS = numpy.linalg.inv(numpy.array([[4.0767416621, -3.3077115913, 0.2309699292],
                                       [-1.2684380046, 2.6097574011, -0.3413193965],
                                       [-0.0041960863, -0.7034186147, 1.7076147010]]))
FROM_LAB = numpy.array([[1, 0.3963377774, 0.2158037573],
                        [1, -0.1055613458, -0.0638541728],
                        [1, -0.0894841775, -1.2914855480]])


def oklab_to_linear(lab):
    return numpy.linalg.inv(TO_LMS) @ (FROM_LAB @ lab) ** 3


def encode(linear):
    v = numpy.clip(linear, 0, 1)
    v = numpy.where(v <= 0.0031308, v * 12.92, 1.055 * numpy.maximum(v, 1e-9) ** (1 / 2.4) - 0.055)
    return numpy.rint(v * 255).astype(int)


def in_gamut(lab):
    linear = oklab_to_linear(lab)
    return linear.min() >= -1e-4 and linear.max() <= 1 + 1e-4


def colour(lightness, chroma, hue):
    """The nearest colour of that lightness and hue (degrees) that sRGB can show."""
    direction = numpy.array([0, numpy.cos(numpy.radians(hue)), numpy.sin(numpy.radians(hue))])
    low, high = 0.0, chroma
    if in_gamut(numpy.array([lightness, 0, 0]) + chroma * direction):
        low = chroma
    for _ in range(40):
        middle = (low + high) / 2
        if in_gamut(numpy.array([lightness, 0, 0]) + middle * direction):
            low = middle
        else:
            high = middle
    return encode(oklab_to_linear(numpy.array([lightness, 0, 0]) + low * direction))


def diverging(negative, positive, end, chroma, centre=0.9):
    """Hues of the two ends; light gray between them at entry 127.5."""
    rows = []
    for i in range(256):
        t = (i - 127.5) / 127.5
        hue = positive if t > 0 else negative
        rows.append(colour(centre - (centre - end) * abs(t), chroma * abs(t), hue))
    return rows


def dusk():
    """From dark blue through grey to light yellow."""
    rows = []
    for i in range(256):
        t = i / 255
        b = -0.13 + 0.28 * t
        rows.append(colour(0.22 + 0.72 * t, abs(b), 98 if b > 0 else 262))
    return rows


def gray():
    return [encode(oklab_to_linear(numpy.array([0.1 + 0.9 * i / 255, 0, 0]))) for i in range(256)]


MAPS = [(name, numpy.rint(numpy.array(colormaps[name].colors) * 255).astype(int))
        for name in ('inferno', 'magma', 'plasma', 'viridis')]
MAPS += [('dusk', dusk()), ('gray', gray()),
         ('blue_orange', diverging(255, 55, 0.60, 0.155)),
         ('blue_red', diverging(255, 25, 0.55, 0.19)),
         ('purple_green', diverging(310, 150, 0.55, 0.16))]

lines = ['/* SPDX-License-Identifier: GPL-3.0-or-later */',
         '/* Written by colormap-tables.py, which names the sources. */',
         '#include "render/colormaps.h"', '', '/* clang-format off */']
for name, rows in MAPS:
    lines.append('const guint8 why_colormap_%s[256][3] = {' % name)
    for i in range(0, 256, 6):
        lines.append('  ' + ' '.join('{ %d, %d, %d },' % tuple(c) for c in rows[i:i + 6]))
    lines += ['};', '']
with open(__file__.replace('.py', '.c'), 'w') as f:
    f.write('\n'.join(lines[:-1]) + '\n')
