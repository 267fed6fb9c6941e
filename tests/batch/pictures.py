# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder as people have it: a thousand pictures, some of them broken."""
import os
import random
import shutil
import struct
import zlib

from PIL import Image

TOTAL = 1000
BROKEN = {"truncated": 20, "empty": 5, "text": 5, "dangling": 2, "huge": 1}
SIDE = 64


def tiles(source):
    """Tiles of a large picture; of a small one, more than it has places for, overlapping."""
    picture = Image.open(source).convert("RGB")
    step = SIDE
    while (picture.width - SIDE) // step * ((picture.height - SIDE) // step) < TOTAL:
        step //= 2
    for y in range(0, picture.height - SIDE + 1, step):
        for x in range(0, picture.width - SIDE + 1, step):
            yield picture.crop((x, y, x + SIDE, y + SIDE))


def huge_png(path, width=20000, height=10000):
    """200 megapixels of grey, written row by row."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    squeeze = zlib.compressobj(1)
    row = bytes(width + 1)
    data = b"".join([squeeze.compress(row) for _ in range(height)] + [squeeze.flush()])
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
                     + chunk(b"IDAT", data) + chunk(b"IEND", b""))


def make_folder(folder, source, total=TOTAL, broken=BROKEN):
    """Write the pictures; returns name → what is wrong with it (None: nothing)."""
    shutil.rmtree(folder, ignore_errors=True)
    for below in ("", "second", "second/third"):
        (folder / below).mkdir(parents=True)
    kinds = [kind for kind, n in broken.items() for _ in range(n)]
    kinds += [None] * (total - len(kinds))
    random.Random(5).shuffle(kinds)
    made, pieces = {}, tiles(source)
    for i, kind in enumerate(kinds):
        name = ("", "second/", "second/third/")[i % 3] + f"{i:04}.png"
        write_one(folder / name, kind, next(pieces))
        made[name] = kind
    return made


def write_one(path, kind, tile):
    if kind == "huge":
        huge_png(path)
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "text":
        path.write_text("This is not a picture.\n" * 50)
    elif kind == "dangling":
        os.symlink("nowhere.png", path)
    else:
        tile.save(path)
        if kind == "truncated":
            path.write_bytes(path.read_bytes()[:-path.stat().st_size // 3])
