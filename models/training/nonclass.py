# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of none of the classes, for testing when the classifier should be unsure.

Used by calibrate.py only: training never sees what these generators draw.
Each generator takes a numpy Generator and returns one SIDE x SIDE RGB picture,
drawn large so that shrinking it to the network's input antialiases it.
"""
import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont

SIDE = 256
WORDS = ("the quick brown fox jumps over lazy dog when in the course of human events total "
         "price 1984 invoice chapter page hello world 42 figure table yes no open closed").split()
FONTS = ("DejaVuSans.ttf", "DejaVuSerif.ttf", "DejaVuSansMono.ttf", "DejaVuSans-Bold.ttf")


def _colour(rng):
    return tuple(int(v) for v in rng.integers(0, 256, 3))


def _paper_and_ink(rng):
    """A light and a dark colour, either way round."""
    light = tuple(int(v) for v in rng.integers(200, 256, 3))
    dark = tuple(int(v) for v in rng.integers(0, 90, 3))
    return (light, dark) if rng.random() < 0.75 else (dark, light)


def noise(rng):
    """Independent samples, grey or coloured, fine or coarse, uniform or Gaussian or binary."""
    side = int(rng.choice([16, 32, 64, 128, 256]))
    shape = (side, side, int(rng.choice([1, 3])))
    kind = rng.integers(3)
    if kind == 0:
        values = rng.uniform(0, 255, shape)
    elif kind == 1:
        values = rng.normal(rng.uniform(60, 200), rng.uniform(10, 80), shape)
    else:
        values = 255.0 * (rng.random(shape) < rng.uniform(0.1, 0.9))
    pixels = np.broadcast_to(np.clip(values, 0, 255), (side, side, 3)).astype(np.uint8)
    filtering = Image.NEAREST if rng.random() < 0.5 else Image.BICUBIC
    return Image.fromarray(pixels).resize((SIDE, SIDE), filtering)


def gradient(rng):
    """A smooth change between two or three colours: linear, radial or conical."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE - rng.uniform(0.2, 0.8, 2).reshape(2, 1, 1)
    angle = rng.uniform(0, 2 * np.pi)
    t = (x * np.cos(angle) + y * np.sin(angle), np.hypot(x, y),
         np.arctan2(y, x) / (2 * np.pi))[rng.integers(3)]
    t = (t - t.min()) / (t.max() - t.min())
    stops = int(rng.integers(2, 4))
    colours = rng.uniform(0, 255, (stops, 3))
    pixels = np.stack([np.interp(t, np.linspace(0, 1, stops), colours[:, c]) for c in range(3)], -1)
    return Image.fromarray(pixels.astype(np.uint8))


def text(rng):
    """Lines of words, as a page or a screenshot shows them."""
    paper, ink = _paper_and_ink(rng)
    picture = Image.new("RGB", (SIDE, SIDE), paper)
    draw = ImageDraw.Draw(picture)
    size = int(rng.integers(14, 60))
    font = ImageFont.truetype(str(rng.choice(FONTS)), size)
    y = int(rng.integers(0, size))
    while y < SIDE:
        draw.text((int(rng.integers(2, 14)), y), " ".join(rng.choice(WORDS, 12)), ink, font)
        y += int(size * 1.25)
    return picture


def drawing(rng):
    """Flat coloured shapes with or without outlines, as in a child's or a vector drawing."""
    picture = Image.new("RGB", (SIDE, SIDE), _colour(rng))
    draw = ImageDraw.Draw(picture)
    outline = (0, 0, 0) if rng.random() < 0.5 else None
    for _ in range(int(rng.integers(3, 12))):
        x, y = rng.uniform(-30, SIDE, 2)
        w, h = rng.uniform(20, 160, 2)
        kind = rng.integers(3)
        if kind == 0:
            draw.rectangle((x, y, x + w, y + h), _colour(rng), outline, 3)
        elif kind == 1:
            draw.ellipse((x, y, x + w, y + h), _colour(rng), outline, 3)
        else:
            corners = rng.uniform(0, 1, (int(rng.integers(3, 6)), 2)) * (w, h) + (x, y)
            draw.polygon([tuple(corner) for corner in corners], _colour(rng), outline)
    return picture


def _curve(rng, points=60):
    """A smooth closed or open curve through the picture."""
    t = np.linspace(0, 1, points)
    axes = [sum(rng.normal(0, 60 / k) * np.sin(2 * np.pi * k * t + rng.uniform(0, 6.28))
                for k in range(1, 5)) + rng.uniform(40, SIDE - 40) for _ in range(2)]
    return [tuple(point) for point in np.stack(axes, 1)]


def line_art(rng):
    """Strokes on paper: curves, circles, polygons, ruled or cross-hatched lines."""
    paper, ink = _paper_and_ink(rng)
    picture = Image.new("RGB", (SIDE, SIDE), paper)
    draw = ImageDraw.Draw(picture)
    width = int(rng.integers(2, 8))
    for _ in range(int(rng.integers(2, 10))):
        kind = rng.integers(4)
        if kind == 0:
            draw.line(_curve(rng), ink, width, joint="curve")
        elif kind == 1:
            x, y, r = rng.uniform(20, SIDE - 20, 2).tolist() + [rng.uniform(8, 80)]
            draw.ellipse((x - r, y - r, x + r, y + r), None, ink, width)
        elif kind == 2:
            corners = rng.uniform(0, SIDE, (int(rng.integers(2, 6)), 2))
            draw.line([tuple(corner) for corner in corners], ink, width, joint="curve")
        else:
            start, step = rng.uniform(0, SIDE / 2), rng.uniform(8, 30)
            for k in range(int(rng.integers(3, 9))):
                x = start + k * step
                draw.line((x, 0.2 * SIDE, x + rng.uniform(-9, 9), 0.8 * SIDE), ink, width)
    return picture


def chart(rng):
    """Bars or curves over axes, as in a report."""
    picture = Image.new("RGB", (SIDE, SIDE), (255, 255, 255))
    draw = ImageDraw.Draw(picture)
    bars, heights = int(rng.integers(3, 9)), rng.uniform(20, 200, 9)
    for series in range(int(rng.integers(1, 4))):
        colour = _colour(rng)
        if rng.random() < 0.5:
            for k in range(bars):
                x = 30 + k * 210 / bars + series * 8
                draw.rectangle((x, 230 - heights[k], x + 120 / bars, 230), colour)
        else:
            y = 230 - np.clip(np.cumsum(rng.normal(0, 25, 22)) + rng.uniform(40, 160), 0, 210)
            draw.line([(30 + 10 * k, v) for k, v in enumerate(y)], colour, 4)
    draw.line([(30, 20), (30, 230), (245, 230)], (0, 0, 0), 3)
    return picture


def pattern(rng):
    """Stripes, checks or dots at a regular pitch."""
    angle, pitch = rng.uniform(0, np.pi), rng.uniform(10, 60)
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    u = (x * np.cos(angle) + y * np.sin(angle)) / pitch
    v = (y * np.cos(angle) - x * np.sin(angle)) / pitch
    on = (np.floor(u) % 2 == 0, (np.floor(u) + np.floor(v)) % 2 == 0,
          np.hypot(u % 1 - 0.5, v % 1 - 0.5) < rng.uniform(0.2, 0.45))[rng.integers(3)]
    colours = np.array([_colour(rng), _colour(rng)], np.uint8)
    return Image.fromarray(colours[on.astype(int)])


def fractal(rng):
    """A Julia set's escape times through a palette."""
    y, x = np.mgrid[-1.4:1.4:SIDE * 1j, -1.4:1.4:SIDE * 1j]
    z, c = x + 1j * y, 0.75 * np.exp(1j * rng.uniform(0, 2 * np.pi))
    escape = np.zeros(z.shape)
    for _ in range(30):
        z = np.where(np.abs(z) < 4, z * z + c, z)
        escape += np.abs(z) < 4
    palette = rng.uniform(0, 255, (31, 3))
    palette = np.stack([np.convolve(palette[:, k], np.ones(5) / 5, "same") for k in range(3)], 1)
    return Image.fromarray(palette[escape.astype(int)].astype(np.uint8))


def screenshot(rng):
    """A window: title bar, panels, buttons, lines of small text."""
    picture = Image.new("RGB", (SIDE, SIDE), tuple(int(v) for v in rng.integers(215, 256, 3)))
    draw = ImageDraw.Draw(picture)
    accent, side = _colour(rng), int(rng.integers(40, 110))
    draw.rectangle((0, 0, SIDE, 22), accent)
    draw.rectangle((0, 22, side, SIDE), tuple(int(v) for v in rng.integers(170, 240, 3)))
    font = ImageFont.truetype(FONTS[0], 11)
    for y in range(34, SIDE, int(rng.integers(15, 26))):
        draw.text((6, y), str(rng.choice(WORDS)), (40, 40, 40), font)
        draw.text((side + 10, y), " ".join(rng.choice(WORDS, 6)), (40, 40, 40), font)
    for _ in range(int(rng.integers(1, 5))):
        x, y = rng.uniform(side, SIDE - 50), rng.uniform(30, SIDE - 30)
        draw.rounded_rectangle((x, y, x + 46, y + 20), 5, accent)
    return picture


GENERATORS = {"noise": noise, "gradients": gradient, "text": text, "drawings": drawing,
              "line art": line_art, "charts": chart, "patterns": pattern, "fractals": fractal,
              "screenshots": screenshot}


def pictures(name, count, size=64, seed=0):
    """`count` pictures of one kind -> uint8 count x 3 x size x size, the same for a seed."""
    rng = np.random.default_rng([seed, *name.encode()])
    drawn = [np.asarray(GENERATORS[name](rng).resize((size, size), Image.BILINEAR))
             for _ in range(count)]
    return torch.from_numpy(np.stack(drawn)).permute(0, 3, 1, 2).contiguous()
