# SPDX-License-Identifier: GPL-3.0-or-later
"""The pictures the cases open, made from the project's own sample.  None is square."""
import zlib
import struct

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 240, 160


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
    scene = Image.open(sample).convert("RGB").resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
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
    values = np.asarray(scene).astype(np.uint16)
    for name, rows, kind in (("rgb-16", values * 257, 2),
                             ("gray-16", np.asarray(scene.convert("L")).astype(np.uint16)[..., None] * 257, 0)):
        pictures[name] = folder / f"{name}.png"
        png(pictures[name], rows, kind, 16)
    # The same scene lying on its side, with the note that says so.
    exif = Image.Exif()
    exif[0x0112] = 6
    save("rotated", scene.transpose(Image.Transpose.ROTATE_90), "jpg", quality=95, exif=exif)
    return pictures
