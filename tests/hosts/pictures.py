# SPDX-License-Identifier: GPL-3.0-or-later
"""The pictures the cases open, made from the project's own sample.  None is square."""
import zlib
import struct

import numpy as np
from PIL import Image, ImageFilter

WIDTH, HEIGHT = 240, 160

# Where each thing stands in the sample, as left, top, right, bottom.
THINGS = {"lemon": (140, 300, 320, 425), "orange": (390, 250, 545, 395), "teapot": (85, 110, 500, 345)}
# Pictures of one thing in one corner, on a plain wall: picture → thing, (right?, bottom?)
CORNERS = {"lemon-below-left": ("lemon", (0, 1)), "lemon-above-right": ("lemon", (1, 0)),
           "orange-above-right": ("orange", (1, 0)), "teapot-below-right": ("teapot", (1, 1))}
CANVAS, MARGIN, WALL = (360, 240), 8, (172, 172, 164)


def corner_box(picture):
    """Left, top, width and height of the thing in a corner picture."""
    thing, (right, bottom) = CORNERS[picture]
    left, top, end, base = THINGS[thing]
    scale = min(200 / (end - left), 130 / (base - top))
    width, height = round((end - left) * scale), round((base - top) * scale)
    return (CANVAS[0] - MARGIN - width if right else MARGIN,
            CANVAS[1] - MARGIN - height if bottom else MARGIN, width, height)


def corner_place(picture):
    """The middle of the thing, as shares of the picture's width and height."""
    left, top, width, height = corner_box(picture)
    return (left + width / 2) / CANVAS[0], (top + height / 2) / CANVAS[1]


def corner(sample, picture):
    """One thing of the sample, its edges faded into the wall."""
    left, top, width, height = corner_box(picture)
    thing = sample.crop(THINGS[CORNERS[picture][0]]).resize((width, height), Image.Resampling.LANCZOS)
    veil = Image.new("L", (width, height), 0)
    veil.paste(255, (MARGIN, MARGIN, width - MARGIN, height - MARGIN))
    wall = Image.new("RGB", CANVAS, WALL)
    wall.paste(thing, (left, top), veil.filter(ImageFilter.GaussianBlur(5)))
    return wall


def png(path, rows, color_type, depth):
    """A PNG of any sample depth (Pillow writes no 16-bit RGB). rows: [h, w, channels]."""
    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data
                + struct.pack(">I", zlib.crc32(kind + data)))
    height, width = rows.shape[:2]
    raw = b"".join(b"\0" + row.tobytes() for row in rows.astype(">u2" if depth == 16 else "u1"))
    path.write_bytes(b"\x89PNG\r\n\x1a\n"
                     + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, 0))
                     + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))


def make_all(sample, folder):
    """Write every picture into folder; return name → path."""
    whole = Image.open(sample).convert("RGB")
    scene = whole.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    pictures = {}

    def save(name, image, suffix="png", **options):
        pictures[name] = folder / f"{name}.{suffix}"
        image.save(pictures[name], **options)

    veil = Image.linear_gradient("L").resize(scene.size)
    save("rgb", scene)
    save("rgba", Image.merge("RGBA", [*scene.split(), veil]))
    save("opaque", scene.convert("RGBA"))
    save("gray", scene.convert("L"))
    save("gray-alpha", Image.merge("LA", [scene.convert("L"), veil]))
    save("indexed", scene.quantize(64))
    save("tall", scene.transpose(Image.Transpose.ROTATE_90))
    save("thin", scene.resize((400, 12)))
    for name in CORNERS:
        save(name, corner(whole, name))
    values = np.asarray(scene).astype(np.uint16)
    for name, rows, kind in (("rgb-16", values * 257, 2),
                             ("gray-16", np.asarray(scene.convert("L")).astype(np.uint16)[..., None] * 257, 0)):
        pictures[name] = folder / f"{name}.png"
        png(pictures[name], rows, kind, 16)
    # The same scene lying on its side, with the note that says so.  GIMP's JPEG reader and the
    # command line's round colours differently, by up to three levels: the finer the file, the less.
    exif = Image.Exif()
    exif[0x0112] = 6
    save("rotated", scene.transpose(Image.Transpose.ROTATE_90), "jpg", quality=100, subsampling=0, exif=exif)
    return pictures
