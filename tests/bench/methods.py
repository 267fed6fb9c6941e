#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: methods.py WHYLAYER RESULTS [--pictures N] [--jobs N] [--write README.md]

Judges every attribution method on pictures of the shared validation sheet with the bundled network:
deletion, insertion, average drop, pointing game (against the boxes of val.tsv), parameter
randomisation and seconds per map. RESULTS is a folder with one JSON line per picture and method;
what is there already is not computed again, so that a stopped run goes on where it was.

--write puts the table of what RESULTS holds into README.md, between the lines
<!-- table --> and <!-- /table -->. --pictures 0 only does that.
"""
import argparse
import concurrent.futures
import csv
import json
import os
import pathlib
import statistics
import subprocess
import tempfile

from PIL import Image, ImageDraw

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = pathlib.Path(os.environ.get("WHYLAYER_SHARED", ROOT.parent / "shared"))
DATA = SHARED / "data" / "tiny-imagenet"
MODEL = ROOT / "models" / "whylayer-tiny64.onnx"
SIDE = 64
CLASS_STRIDE = 67  # prime to the 200 classes, so that the first pictures are of all kinds

METRICS = ["deletion:steps=14", "insertion:steps=14", "average-drop", "pointing-game"]
RANDOMISATION = "parameter-randomisation:draws=1"
# Randomisation computes the map anew, which doubles the cost of a slow method: these groups get it on some pictures.
SLOW, RANDOMISED = ("cells", "mask", "segments", "channels"), 25

# What runs together in one process: the parameters that differ from the defaults, and the methods
# that take them. The first method of a process pays for planning the network, so that its line is
# thrown away (WARM: a cheap one of the same kind). Cheap groups come first for all pictures.
GROUPS = {
    "single": ([], ["grad-cam", "cam", "grad-cam-plus-plus", "xgrad-cam", "hires-cam", "layer-cam", "finer-cam",
                    "eigen-cam", "guided-grad-cam", "gradient", "input-x-gradient", "fullgrad", "guided-backprop",
                    "deconvnet", "lrp", "deeplift", "excitation-backprop", "ablation-cam", "activations",
                    "feature-factorization"]),
    "noise": (["samples=10"], ["smoothgrad", "squaregrad", "vargrad", "gradient-shap"]),
    "path": (["steps=16"], ["integrated-gradients", "xrai", "blur-ig", "guided-ig"]),
    "cells": (["designs=4"], ["occlusion", "minimal-region", "sobol"]),
    "mask": (["iterations=50", "masks=200"], ["extremal-perturbation", "rise"]),
    "segments": (["samples=100"], ["lime", "kernel-shap", "partition-shap"]),
    "channels": ([], ["score-cam"]),
}
WARM = {"noise": "gradient-shap", "path": "integrated-gradients", "mask": "occlusion", "segments": "occlusion",
        "channels": "ablation-cam"}
# Maps that know nothing, measured once a picture beside this method's.
CONTROLS = "controls"

LEFT_OUT = {
    "attention-rollout": "needs a transformer",
    "legrad": "needs a transformer",
    "shapley-of-parts": "needs parts chosen by a person",
    "feature-visualization": "makes a picture, not a map",
}


def read_table(name):
    with open(DATA / name, newline="") as table:
        return list(csv.DictReader(table, delimiter="\t"))


class Picture:
    """One tile of the sheet as files: the picture, and its boxes as a mask."""

    def __init__(self, sheet, rows, index, folder):
        number = int(rows[0]["tile"])
        columns = sheet.width // SIDE
        x, y = number % columns * SIDE, number // columns * SIDE
        self.name, self.target = f"{number:04}", index[rows[0]["wnid"]]
        self.path, self.mask = (os.path.join(folder, f"{self.name}{end}") for end in (".png", "-mask.png"))
        sheet.crop((x, y, x + SIDE, y + SIDE)).save(self.path, compress_level=1)
        mask = Image.new("L", (SIDE, SIDE))
        for row in rows:
            ImageDraw.Draw(mask).rectangle([int(row[key]) for key in ("x0", "y0", "x1", "y1")], fill=255)
        mask.save(self.mask)


def cut_pictures(folder):
    """One picture a class, in an order that mixes the classes."""
    sheet = Image.open(DATA / "val.jpg").convert("RGB")
    index = {row["wnid"]: i for i, row in enumerate(read_table("classes.tsv"))}
    tiles = {}
    for row in read_table("val.tsv"):
        tiles.setdefault(row["tile"], []).append(row)
    firsts = {}
    for rows in tiles.values():
        firsts.setdefault(rows[0]["wnid"], rows)
    firsts = list(firsts.values())
    order = [firsts[i * CLASS_STRIDE % len(firsts)] for i in range(len(firsts))]
    return [Picture(sheet, rows, index, folder) for rows in order]


def lines_of(command):
    run = subprocess.run(command, capture_output=True, text=True)
    if not run.stdout:
        raise RuntimeError(run.stderr.strip())
    return [json.loads(line) for line in run.stdout.splitlines()]


def recognised(program, pictures):
    """Those that the network takes for what they are: only they have evidence to be found."""
    reports = lines_of([program, "classify", "--json", "--model", MODEL, *(p.path for p in pictures)])
    return [p for p, r in zip(pictures, reports) if r["predictions"][0]["index"] == p.target]


def judge(program, picture, group, randomise):
    """The JSON lines of one picture and one group."""
    sets, methods = GROUPS.get(group, ([], ["grad-cam"]))
    command = [program, "check", picture.path, "--json", "--model", MODEL, "--threads", "1", "--target",
               str(picture.target), "--mask", picture.mask, "--top", "1"]
    command += ["--alone"] if group in GROUPS else []
    for metric in METRICS + [RANDOMISATION] * randomise:
        command += ["--metric", metric]
    for method in [WARM.get(group, methods[0]), *methods]:
        command += ["--method", method]
    for value in sets:
        command += ["--set", value]
    reports = lines_of(command)[1:]
    missing = set(methods) - {report["method"]["id"] for report in reports if "error" not in report}
    if missing:
        raise RuntimeError(f"{picture.name}: no map by {', '.join(sorted(missing))}")
    return [dict(report, group=group) for report in reports]


def run(program, folder, count, jobs):
    with tempfile.TemporaryDirectory() as tiles:
        pictures = recognised(program, cut_pictures(tiles))[:count]

        def work(task):
            group, i, picture = task
            path = folder / f"{group}-{picture.name}.jsonl"
            if path.exists():
                return
            lines = judge(program, picture, group, group in GROUPS and (group not in SLOW or i < RANDOMISED))
            part = path.with_suffix(".part")
            part.write_text("".join(json.dumps(line) + "\n" for line in lines))
            part.rename(path)

        tasks = [(group, i, picture) for group in [CONTROLS, *GROUPS] for i, picture in enumerate(pictures)]
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            for _ in pool.map(work, tasks):
                pass


def mean(values, digits=3):
    values = [value for value in values if value is not None]
    return f"{statistics.mean(values):.{digits}f}" if values else "–"


def figures(checks):
    """The cells of one row."""
    def of(metric, key="value"):
        return [check.get(metric, {}).get(key) for check in checks]

    return [mean(of("deletion")), mean(of("insertion")), mean(of("average-drop")), mean(of("pointing-game"), 2),
            mean(of("parameter-randomisation"), 2)]


def read_results(folder):
    """Lines by method, in the order of the groups."""
    by_method = {}
    for group in [CONTROLS, *GROUPS]:
        for path in sorted(folder.glob(f"{group}-*.jsonl")):
            for line in path.read_text().splitlines():
                report = json.loads(line)
                if "error" not in report:
                    key = (group == CONTROLS, report["method"]["id"])
                    by_method.setdefault(key, {})[path.name] = report
    return {key: list(reports.values()) for key, reports in by_method.items()}


def control_rows(reports):
    for key, name in (("random", "*a random map*"), ("centre", "*a blob in the middle*"), ("edges", "*an edge detector*")):
        checks = [{metric: {"value": check.get(key)} for metric, check in report["checks"].items()} for report in reports]
        yield [name, *figures(checks)[:4], "1.00", "", "", str(len(reports))]


def rows(program, folder):
    by_method = read_results(folder)
    for method in json.loads(subprocess.run([program, "methods", "--json"], capture_output=True, text=True).stdout):
        reports = by_method.get((False, method["id"]))
        if not reports:
            yield [f"`{method['id']}`", "", "", "", "", "", "", LEFT_OUT.get(method["id"], "not run"), ""]
            continue
        defaults = {param["name"]: str(param["default"]) for param in method["params"]}
        sets = [value for value in GROUPS[reports[0]["group"]][0] if value.split("=")[0] in defaults]
        seconds = statistics.median(report["elapsed_ms"] for report in reports) / 1000
        yield [f"`{method['id']}`", *figures([report["checks"] for report in reports]), f"{seconds:.2f}",
               ", ".join(f"`{value}`" for value in sets), str(len(reports))]
    if (True, "grad-cam") in by_method:
        yield from control_rows(by_method[(True, "grad-cam")])


def write(program, folder, readme):
    head = ["method", "deletion ↓", "insertion ↑", "average drop ↓", "pointing game ↑", "randomisation ↓",
            "seconds per map", "not at defaults", "pictures"]
    table = [head, ["---"] + ["---:"] * 6 + ["---", "---:"], *rows(program, folder)]
    text = readme.read_text()
    before, rest = text.split("<!-- table -->\n")
    after = rest.split("<!-- /table -->\n")[1]
    lines = "".join("| " + " | ".join(row) + " |\n" for row in table)
    readme.write_text(f"{before}<!-- table -->\n{lines}<!-- /table -->\n{after}")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("program")
    parser.add_argument("results", type=pathlib.Path)
    parser.add_argument("--pictures", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--write", type=pathlib.Path)
    options = parser.parse_args()
    options.results.mkdir(parents=True, exist_ok=True)
    if options.pictures:
        run(options.program, options.results, options.pictures, options.jobs)
    if options.write:
        write(options.program, options.results, options.write)


main()
