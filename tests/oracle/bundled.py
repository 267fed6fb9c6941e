# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: bundled.py WHYLAYER MODELS-PARENT

The bundled classifier on the validation tiles, by the command line: the accuracy that its training
log states, and the completeness of integrated gradients on ten real pictures.
"""
import csv
import json
import os
import subprocess
import sys
import tempfile

from PIL import Image

from netdump import Tap, shared

SIDE = 64
TOP_1, TOP_5 = 58.50, 81.85  # models/MODEL_CARD.md, measured in PyTorch


def cut_tiles(folder):
    """Every tile as PNG; returns [(path, WordNet id)]."""
    sheet = Image.open(shared("data", "tiny-imagenet", "val.jpg")).convert("RGB")
    columns = sheet.width // SIDE
    with open(shared("data", "tiny-imagenet", "val.tsv"), newline="") as table:
        rows = list(csv.DictReader(table, delimiter="\t"))
    tiles = []
    for row in rows:
        number = int(row["tile"])
        x, y = number % columns * SIDE, number // columns * SIDE
        path = os.path.join(folder, f"{number:04}.png")
        sheet.crop((x, y, x + SIDE, y + SIDE)).save(path, compress_level=1)
        tiles.append((path, row["wnid"]))
    return tiles


def classes():
    """WordNet id → class index of the bundled model."""
    with open(shared("data", "tiny-imagenet", "classes.tsv"), newline="") as table:
        return {row["wnid"]: i for i, row in enumerate(csv.DictReader(table, delimiter="\t"))}


def lines_of(command):
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        raise RuntimeError(run.stderr.strip())
    return [json.loads(line) for line in run.stdout.splitlines()]


def main():
    program, os.environ["WHYLAYER_DATA"] = sys.argv[1], sys.argv[2]
    tap = Tap()
    if shared("data", "tiny-imagenet", "val.jpg") is None:
        tap.skip("the bundled classifier on its validation tiles", "the shared test data is not here")
        tap.done()
    with tempfile.TemporaryDirectory() as folder:
        tiles, index = cut_tiles(folder), classes()
        reports = lines_of([program, "classify", "--json", *(path for path, _ in tiles)])
        hits = [[p["index"] for p in report["predictions"]] for report in reports]
        right = [index[wnid] for _, wnid in tiles]
        top1 = 100 * sum(r == h[0] for r, h in zip(right, hits)) / len(tiles)
        top5 = 100 * sum(r in h[:5] for r, h in zip(right, hits)) / len(tiles)
        tap.case("top-1 on the validation tiles", abs(top1 - TOP_1) <= 0.2, f"{top1:.2f} %")
        tap.case("top-5 on the validation tiles", abs(top5 - TOP_5) <= 0.2, f"{top5:.2f} %")
        for report in lines_of([program, "explain", "--json", "--method", "integrated-gradients", "--set", "steps=200",
                                "-o", os.path.join(folder, "maps"), *(path for path, _ in tiles[::200])]):
            residual = report["residual"]
            share = abs(residual["completeness"]) / abs(residual["completeness-of"])
            tap.case(f"integrated gradients of {report['image']} sum to the score difference", share < 0.01,
                     f"{100 * share:.2f} % off")
    tap.done()


main()
