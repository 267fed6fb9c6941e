# SPDX-License-Identifier: GPL-3.0-or-later
"""What the procedures beside explain, classify and restyle do, and that none takes a bad argument."""
import json
import shutil

import numpy as np
from PIL import Image

from cases import case, near, table
from gimp import PROCEDURES
from pictures import HEIGHT, WIDTH, corner_box
from xcf import read_layers


def call(bench, picture, name, change="", **values):
    """One call on a picture; (what it returned by name, the answer), the image being left alone."""
    answer = yield bench.opened(picture, f"""
      {change}
      (clean image)
      (note-state "before" image)
      (note-attempt "result" {bench.gimp.procedure(name, **values)})
      (note-state "after" image)
      (note "selection" (selection-bounds image))""")
    return bench.gimp.returned(name, answer.value("result")), answer


def untouched(answer):
    assert answer["before"] == answer["after"], "the image was touched"


# --- Lists --------------------------------------------------------------------------------------

@table([(f"{name} lists what the command line lists", name) for name in ("methods", "metrics")])
def lists(bench, name):
    answer = yield f'(note-attempt "result" {bench.gimp.procedure(name)})'
    found = bench.gimp.returned(name, answer.value("result"))
    known = bench.command_line_list(name)
    assert found["count"] == len(known) == len(found["names"]) == len(found["blurbs"]) == len(found["parameters"])
    assert found[name] == [row["id"] for row in known], found[name]


@case("models lists the bundled model first")
def models(bench):
    answer = yield f'(note-attempt "result" {bench.gimp.procedure("models")})'
    found = bench.gimp.returned("models", answer.value("result"))
    assert found["count"] == len(found["models"]) == len(found["names"]) == len(found["paths"]) >= 1
    assert found["paths"][0].endswith(".onnx"), found["paths"]


# --- One picture --------------------------------------------------------------------------------

@table([("select takes the strongest fifth", "20", 0.2), ("select takes the strongest twentieth", "5", 0.05)])
def select_share(bench, share, expected):
    found, answer = yield from call(bench, "rgb", "select", bench.gimp.explain(view="stretch"), share=share)
    assert 0 < found["area"] <= expected + 0.03, found
    assert answer["selection"][0] == 1, answer["selection"]


@table([("select takes all evidence softly", {}, 1), ("select writes a channel", {"output": "channel"}, 0),
        ("select writes the picture's mask", {"output": "mask"}, 0),
        ("select takes evidence against the class", {"sign": "negative", "share": "30"}, 1)])
def select_output(bench, values, selected):
    method = "" if "sign" not in values else "input-x-gradient"
    found, answer = yield from call(bench, "rgb", "select", bench.gimp.explain(view="stretch", method=method), **values)
    assert (found["area"] > 0) == (answer["selection"][0] == 1) == bool(selected), (found, answer["selection"])


@case("test-selection finds that the lemon makes the lemon")
def selection_matters(bench):
    box = corner_box("lemon-below-left")
    select = "(select-rectangle image {} {} {} {})".format(*box)
    found, answer = yield from call(bench, "lemon-below-left", "test-selection", select, target="lemon",
                                    view="stretch", fill="mean")
    untouched(answer)
    assert found["label"] == "lemon", found
    near(found["area"], box[2] * box[3] / (360 * 240), 0.02, "area")
    assert found["without"] < found["probability"] / 2 < found["only"], found


@case("compare finds no change where there was none, and one where there was")
def compared(bench):
    explain = bench.gimp.explain(view="stretch")
    same, answer = yield from call(bench, "rgb", "compare", explain)
    untouched(answer)
    near(same["before"], same["probability"], 1e-4, "probability")
    near(same["agreement"], 1, 1e-3, "agreement")
    assert same["top"] == same["index"] and same["top-label"] == same["label"], same
    other, _ = yield from call(bench, "rgb", "compare", f"""
      {explain}
      (paint-over image {WIDTH // 4} {HEIGHT // 4} {WIDTH // 2} {HEIGHT // 2})""")
    near(other["before"], same["before"], 1e-6, "probability before")
    assert abs(other["probability"] - other["before"]) > 0.01 and other["agreement"] < 0.99, other


@case("minimal-region selects a part that is enough")
def minimal_region(bench):
    found, answer = yield from call(bench, "lemon-below-left", "minimal-region", target="lemon", view="stretch")
    x1, y1, x2, y2 = answer["selection"][1:5]
    assert answer["selection"][0] == 1 and (x2 - x1) * (y2 - y1) < 360 * 240, answer["selection"]
    assert found["label"] == "lemon", found


@case("layer-shapley shares the whole score among the layers")
def layer_shapley(bench):
    found, answer = yield from call(bench, "rgb", "layer-shapley", """
      (add-layer image "dust")
      (add-layer image "spot")""", view="stretch", score="probability")
    untouched(answer)
    assert found["names"][:2] == ["spot", "dust"] and len(found["values"]) == 3, found
    near(sum(found["values"]), found["all"] - found["none"], 1e-4, "sum of the shares")
    # Empty layers change nothing.
    near(found["values"][0], 0, 1e-6, "share of an empty layer")
    near(found["values"][2], found["all"] - found["none"], 1e-4, "share of the picture")


@case("check measures what the command line measures")
def checked(bench):
    found, answer = yield from call(bench, "rgb", "check", metrics="deletion, insertion", controls="no")
    untouched(answer)
    known = bench.command_line("check", bench.pictures["rgb"], "--metric", "deletion", "--metric",
                               "insertion")["checks"]
    assert found["metrics"] == ["deletion", "insertion"], found
    for name, value in zip(found["metrics"], found["values"]):
        near(value, known[name]["value"], 2e-3, name)


@case("activations writes a layer")
def activations(bench):
    found, answer = yield from call(bench, "rgb", "activations")
    assert isinstance(found["layer"], int) and found["layer"] > 0, found
    assert answer["before"] != answer["after"]


@table([(f"{name} runs for a person from the menu", name)
        for name in ("classify", "select", "test-selection", "compare", "minimal-region", "layer-shapley")])
def from_menu(bench, name):
    setup = "(select-rectangle image 40 30 100 80)" if name == "test-selection" else ""
    if name in ("select", "compare"):
        setup = bench.gimp.explain(view="stretch")
    answer = yield bench.opened("rgb", f"""
      {setup}
      (note-attempt "result" {bench.gimp.procedure(name, run_mode="RUN-INTERACTIVE")})""")
    bench.gimp.returned(name, answer.value("result"))


# --- Many pictures ------------------------------------------------------------------------------

def batch_folder(bench, name):
    folder = bench.path(name)
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "below").mkdir(parents=True)
    shutil.copy(bench.pictures["rgb"], folder / "one.png")
    shutil.copy(bench.pictures["gray"], folder / "below" / "gray.png")
    shutil.copy(bench.pictures["rgba"], folder / "two.png")
    (folder / "bad.png").write_text("This is no picture.")
    return folder


def read_report(path):
    return {(line["image"], (line.get("method") or {}).get("id")): line
            for line in map(json.loads, path.read_text().splitlines())}


@case("batch writes XCF with layers, maps and a report, and resumes")
def batch(bench):
    folder, out = batch_folder(bench, "batch-in"), bench.path("batch-out")
    shutil.rmtree(out, ignore_errors=True)
    wish = dict(source=str(folder), folder=str(out), methods="grad-cam, gradient")
    answer = yield f"""
      (note-attempt "first" {bench.gimp.procedure("batch", **wish)})
      (note-attempt "again" {bench.gimp.procedure("batch", resume="yes", **wish)})
      (note "open" (length (open-images)))"""
    first, again = (bench.gimp.returned("batch", answer.value(key)) for key in ("first", "again"))
    counts = [(found["total"], found["done"], found["skipped"], found["failed"]) for found in (first, again)]
    assert counts == [(4, 3, 0, 1), (4, 0, 3, 1)], counts
    assert first["report"] == str(out / "report.jsonl"), first

    lines = read_report(out / "report.jsonl")
    assert len(lines) == 7 and "error" in lines["bad.png", None], sorted(lines)
    for (image, method), line in lines.items():
        if method is None:
            continue
        top = read_layers(out / line["outputs"]["layer"])[0]
        assert {"whylayer", "whylayer-map"} <= set(top.parasites), sorted(top.parasites)
        assert np.load(out / line["outputs"]["raw"]).shape[-2:] == tuple(line["native"])
        known = bench.command_line("explain", folder / image, "--method", method)
        assert line["target"] == known["target"], (image, line["target"], known["target"])
        near(line["predictions"][0]["probability"], known["predictions"][0]["probability"], 1e-3, image)
    for name in ("report.html", "report.csv"):
        assert (out / name).stat().st_size > 0
    assert not list(out.rglob(".part*")), "a part of a file was left behind"


@case("batch writes flattened pictures and shards that complete each other")
def batch_shards(bench):
    folder, out = batch_folder(bench, "shards-in"), bench.path("batch-shards")
    shutil.rmtree(out, ignore_errors=True)
    (folder / "bad.png").unlink()
    calls = [bench.gimp.procedure("batch", source=str(folder), folder=str(out), format="png", raw="no", shard=f"{i}/2",
                                  metrics="average-drop")
             for i in (1, 2)]
    answer = yield f'(note-attempt "one" {calls[0]}) (note-attempt "two" {calls[1]})'
    totals = [bench.gimp.returned("batch", answer.value(key))["total"] for key in ("one", "two")]
    lines = [read_report(out / f"report-{i}-of-2.jsonl") for i in (1, 2)]
    assert sum(totals) == 3 and [len(part) for part in lines] == totals and not set(lines[0]) & set(lines[1])
    for line in (*lines[0].values(), *lines[1].values()):
        assert list(Image.open(out / line["outputs"]["png"]).size) == line["size"]
        assert list(line["checks"]) == ["average-drop"], line["checks"]
    assert not list(out.rglob("*.npy"))


# --- Refusals -----------------------------------------------------------------------------------

# Argument → a bad value and the words that the message must have: the argument or the value, and
# the nearest good one.
BAD = {
    "model": ("whylayer-tiny65", ["whylayer-tiny65", "whylayer-tiny64"]),
    "models": ("no-such-model", ["no-such-model"]),
    "method": ("grad-cem", ["grad-cem", "grad-cam"]),
    "methods": ("grad-cam,occlusien", ["occlusien", "occlusion"]),
    "node": ("no.such.layer", ["no.such.layer"]),
    "target": ("teapott", ["teapott", "teapot"]),
    "against": ("lemmon", ["lemmon", "lemon"]),
    "score": ("logits", ["logits", "logit"]),
    "region": ("visibel", ["visibel", "visible"]),
    "view": ("stretsh", ["stretsh", "stretch"]),
    "style": ("colourmap=magma", ["colourmap", "colormap"]),
    "parameters": ("nonsense=1", ["nonsense"]),
    "metrics": ("delection", ["delection", "deletion"]),
    "controls": ("perhaps", ["controls", "perhaps", "yes"]),
    "share": ("120", ["share", "120", "100"]),
    "sign": ("positiv", ["positiv", "positive"]),
    "fill": ("blurr", ["blurr", "blur"]),
    "top": ("0", ["top", "1"]),
    "format": ("xfc", ["xfc", "xcf"]),
    "raw": ("maybe", ["raw", "maybe", "yes"]),
    "resume": ("2", ["resume", "2", "yes"]),
    "shard": ("8/7", ["8/7", "1/7"]),
    "source": ("", ["source"]),
    "folder": ("", ["folder"]),
}
# Outputs differ: select has no layer.
BAD_OUTPUT = {"select": ("chanel", ["chanel", "channel"])}


def bad_calls():
    for name, (arguments, _) in PROCEDURES.items():
        for argument in arguments:
            value, words = (BAD_OUTPUT.get(name, ("layers", ["layers", "layer"])) if argument == "output"
                            else BAD[argument])
            yield f"{name} refuses a bad {argument}", name, argument, value, words


@table(bad_calls())
def refuses(bench, name, argument, value, words):
    values = {argument: value}
    never = bench.path(f"never-{name}-{argument}")
    if name == "batch":
        values = {"source": str(bench.pictures["rgb"]), "folder": str(never), **values}
    setup = "(select-rectangle image 10 10 50 50)" if name == "test-selection" else ""
    if name in ("select", "restyle"):
        setup = bench.gimp.explain(view="stretch")
    answer = yield bench.opened("rgb", f"""
      {setup}
      (clean image)
      (note-state "before" image)
      (note-attempt "result" {bench.gimp.procedure(name, **values)})
      (note-state "after" image)""")
    error = answer.error("result")
    for word in words:
        assert word.lower() in error.lower(), f"the message does not say {word!r}: {error}"
    untouched(answer)
    assert not never.exists(), "a folder was made"


@table([(f"{name} wants a layer of Whylayer's", name) for name in ("select", "compare", "restyle")])
def wants_own_layer(bench, name):
    answer = yield bench.opened("rgb", f'(note-attempt "result" {bench.gimp.procedure(name)})')
    assert "Whylayer" in answer.error("result"), answer.error("result")


@case("test-selection wants a selection")
def wants_selection(bench):
    answer = yield bench.opened("rgb", f'(note-attempt "result" {bench.gimp.procedure("test-selection")})')
    assert "selection" in answer.error("result"), answer.error("result")


@case("layer-shapley refuses more layers than it can share among")
def too_many_layers(bench):
    layers = "\n".join(f'(add-layer image "{i}")' for i in range(13))
    answer = yield bench.opened("rgb", f'{layers}\n(note-attempt "result" {bench.gimp.procedure("layer-shapley")})')
    assert "14" in answer.error("result") and "12" in answer.error("result"), answer.error("result")
