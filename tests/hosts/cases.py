# SPDX-License-Identifier: GPL-3.0-or-later
"""What both GIMPs must do, without a window.  One case is one function or one row of a table.

A case is a generator: it yields the Script-Fu that it wants run and gets back the Answer, so that
many cases share one GIMP and each still says in order what it does and what must come of it.
"""
import io
import json
import subprocess

import numpy as np
from PIL import Image

from gimp import PROCEDURES, WITHOUT_IMAGE, Alone, quoted
from pictures import CORNERS, HEIGHT, WIDTH, corner_place
from xcf import PERSISTENT, UNDOABLE, read_layers

CASES = []


def case(name):
    """Register a function of the bench as a case."""
    def register(function):
        CASES.append((name, function))
        return function
    return register


def table(rows):
    """Register one case for each row: the first column is the name, the rest are arguments."""
    def register(function):
        for name, *arguments in rows:
            CASES.append((name, lambda bench, arguments=arguments: function(bench, *arguments)))
        return function
    return register


class Bench:
    """A GIMP, the pictures and the command line with which its answers are compared."""
    def __init__(self, gimp, pictures, sample):
        self.gimp, self.pictures, self.sample = gimp, {**pictures, "sample": sample}, sample
        self.whylayer = next((gimp.scratch / "stage").rglob("bin/whylayer"), None)
        self.answers, self.paths = {}, 0
        self.desktop = self.screen = None  # for the dialogs' cases

    def path(self, name):
        return self.gimp.scratch / name

    def new_path(self, suffix):
        """A path that no other case uses."""
        self.paths += 1
        return self.path(f"{self.paths:03}.{suffix}")

    def command_line(self, *arguments):
        """The JSON object that the command prints about one picture."""
        assert self.whylayer, "this build has no whylayer command"
        key = tuple(map(str, arguments))
        if key not in self.answers:
            done = subprocess.run([self.whylayer, *key, "--json"], env=self.gimp.environment,
                                  capture_output=True, text=True, timeout=120)
            assert done.returncode == 0, done.stderr
            self.answers[key] = json.loads(done.stdout)
        return self.answers[key]

    def command_line_list(self, what):
        """The rows that the command lists."""
        done = subprocess.run([self.whylayer, what, "--json"], env=self.gimp.environment, capture_output=True,
                              text=True, timeout=120)
        return json.loads(done.stdout)

    def opened(self, picture, body):
        """Open a picture as the variable image and run body."""
        return (f"(let* ((image (open-picture {quoted(self.pictures[picture])})))\n"
                f"(clean image)\n{body})")

    def reopen(self, name):
        """What GIMP itself says about a file it wrote: facts of every layer, and the top one's pixels."""
        pixels = self.path(name).with_suffix(".layer.png")
        answer = yield f"""
          (let* ((image (open-picture {quoted(self.path(name))})) (all (layers image)))
            (note "kind" (image-kind image))
            (note "layers" (map layer-facts all))
            (save-layer image (car all) {quoted(pixels)}))"""
        return answer, np.asarray(Image.open(pixels).convert("RGBA")).astype(float) / 255


def near(a, b, tolerance, what):
    assert abs(a - b) <= tolerance, f"{what}: {a} and {b} differ by more than {tolerance}"


def same_classes(returned, predictions):
    """Classes as a host returned them against those of the command line."""
    known = {p["index"]: p for p in predictions}
    for index, label, probability in returned:
        if index in known:
            assert label == known[index]["label"], f"class {index} is {label!r} and {known[index]['label']!r}"
            near(probability, known[index]["probability"], 1e-3, f"probability of {label}")
    assert returned[0][0] == predictions[0]["index"], f"the top class is {returned[0]}, not {predictions[0]}"


# --- What is registered -------------------------------------------------------------------------

@table([(f"{name} is registered with its frozen arguments", name, *spec) for name, spec in PROCEDURES.items()])
def registered(bench, name, arguments, returned):
    yield '(note "up" 1)'
    _, found, values = bench.gimp.registered()[f"plug-in-whylayer-{name}"]
    fixed = 1 if name in WITHOUT_IMAGE else 3
    assert found[0] == "run-mode", found
    assert fixed == 1 or found[1] == "image" and found[2].startswith("drawable"), found
    assert tuple(found[fixed:]) == arguments, found
    assert tuple(value for value in values if not value.startswith(("num-", "n-"))) == returned, values


@case("explain stands under Filters > Explain")
def menu(bench):
    yield '(note "up" 1)'
    menus, *_ = bench.gimp.registered()["plug-in-whylayer-explain"]
    assert menus == ["<Image>/Filters/Explain"], menus


# --- Classify -----------------------------------------------------------------------------------

def classify(bench, picture, change="", **values):
    answer = yield bench.opened(picture, f"""
      {change}
      (clean image)
      (note-state "before" image)
      (note-attempt "classes" {bench.gimp.classify(**values)})
      (note-state "after" image)""")
    assert answer["before"] == answer["after"], "classify changed the image"
    return bench.gimp.classes(answer.value("classes"))


KINDS = ("rgb", "rgba", "gray", "gray-alpha", "indexed", "rgb-16", "gray-16", "tall", "thin", "rotated",
         "sample")


@table([(f"classify agrees with the command line: {kind}", kind) for kind in KINDS])
def classify_kind(bench, picture):
    _, classes = yield from classify(bench, picture)
    assert len(classes) == 5, f"{len(classes)} classes"
    probabilities = [probability for *_, probability in classes]
    assert probabilities == sorted(probabilities, reverse=True) and 0 < sum(probabilities) <= 1 + 1e-6
    same_classes(classes, bench.command_line("classify", bench.pictures[picture])["predictions"])


@table([("classify sees a float linear image as its 8-bit copy", "rgb", "(make-float-linear image)", "rgb"),
        ("classify sees a 16-bit image as its 8-bit copy", "rgb-16", "", "rgb"),
        ("classify sees an opaque alpha image as its copy without alpha", "opaque", "", "rgb")])
def classify_same(bench, picture, change, reference):
    _, classes = yield from classify(bench, picture, change)
    same_classes(classes, bench.command_line("classify", bench.pictures[reference])["predictions"])


@case("classify returns as many classes as asked")
def classify_top(bench):
    unsure, classes = yield from classify(bench, "rgb", top="3")
    assert len(classes) == 3 and unsure in (0, 1), (classes, unsure)


@case("classify looks at the selection")
def classify_selection(bench):
    box = (20, 10, 140, 120)
    part = bench.path("part.png")
    Image.open(bench.pictures["rgb"]).crop((box[0], box[1], box[0] + box[2], box[1] + box[3])).save(part)
    _, classes = yield from classify(bench, "rgb", "(select-rectangle image {} {} {} {})".format(*box),
                          region="selection")
    same_classes(classes, bench.command_line("classify", part)["predictions"])


# --- Explain ------------------------------------------------------------------------------------

def explain_and_save(bench, picture, change="", **values):
    """Explain and save; returns the notes, the returned values and the layers as stored."""
    xcf = bench.new_path("xcf")
    answer = yield bench.opened(picture, f"""
      {change}
      (clean image)
      (note "kind" (image-kind image))
      (note "count" (length (layers image)))
      (let ((result (attempt (lambda () {bench.gimp.explain(**values)}))))
        (note "result" (car result) (cadr result))
        (note "kind after" (image-kind image))
        (note "count after" (length (layers image)))
        (if (eq? (car result) 'ok)
            (let ((owner (image-of (car (cadr result)))))
              (note "in place" (= owner image))
              (note "facts" (layer-facts (car (cadr result))))
              (save-xcf owner {quoted(xcf)}))))""")
    return answer, answer.value("result"), xcf


def stored(xcf):
    """The provenance object and the raw map of the top layer of an XCF file."""
    layer = read_layers(xcf)[0]
    for name in ("whylayer", "whylayer-map"):
        assert name in layer.parasites, f"the layer has no parasite {name}: {sorted(layer.parasites)}"
        assert layer.parasites[name][0] == PERSISTENT | UNDOABLE, f"{name} has flags {layer.parasites[name][0]}"
    provenance = json.loads(layer.parasites["whylayer"][1].rstrip(b"\0").decode())
    return layer, provenance, np.load(io.BytesIO(layer.parasites["whylayer-map"][1]))


@table([(f"explain writes a layer: {kind}", kind) for kind in KINDS if kind != "sample"])
def explain_kind(bench, picture):
    answer, (_, index, label, probability, residual), xcf = yield from explain_and_save(bench, picture)
    reference = bench.command_line("explain", bench.pictures[picture])
    top = reference["predictions"][0]
    assert (index, label) == (top["index"], top["label"]), f"explained {index} {label!r}, not {top}"
    near(probability, top["probability"], 1e-3, "probability")
    assert isinstance(residual, (int, float))

    # The image keeps its own mode; where that has no colours the result is an image of its own.
    kind = answer["kind"]
    assert answer["kind after"] == kind, "explain changed the image's mode, precision or size"
    in_place = kind[0] == 0
    assert answer["in place"] is in_place, f"base type {kind[0]}, written in place: {answer['in place']}"
    assert answer["count after"] == answer["count"] + in_place

    # In the file: where the network looked, and why.
    layer, provenance, values = stored(xcf)
    x, y, width, height = provenance["view"]["rect"]
    assert layer.x <= x and layer.y <= y, (layer, provenance["view"])
    assert layer.x + layer.width >= x + width and layer.y + layer.height >= y + height, (layer, provenance["view"])
    assert layer.width - width < 2 and layer.height - height < 2, (layer, provenance["view"])
    assert list(values.shape[-2:]) == provenance["native"] and np.isfinite(values).all()
    assert provenance["target"] == {"index": index, "label": label}, provenance["target"]
    # GIMP 3 keeps no name for a picture that a script loaded.
    name = None if bench.gimp.generation == "3" else bench.pictures[picture].name
    assert provenance.get("image") == name, provenance["image"]
    assert provenance["size"] == kind[2:], (provenance["size"], kind)
    assert len(provenance["model"]["sha256"]) == 64


@case("explain's layer is loaded back with name, size, place, mode and opacity")
def loaded_back(bench):
    answer, (_, _, label, *_), xcf = yield from explain_and_save(
        bench, "rgb", style="opacity=37;mode=overlay", view="stretch")
    again, pixels = yield from bench.reopen(xcf.name)
    name, width, height, x, y, mode, opacity, visible, kind, parasites = again["layers"][0]
    # XCF keeps the opacity as a 32-bit float.
    near(opacity, answer["facts"][6], 1e-4, "opacity")
    same = [fact[:6] + fact[7:] for fact in (again["layers"][0], answer["facts"])]
    assert same[0] == same[1], same
    assert label in name, f"the layer's name {name!r} does not say {label!r}"
    assert [width, height, x, y] == [WIDTH, HEIGHT, 0, 0], again["layers"][0]
    assert (mode, visible, kind) == ("overlay", 1, 1), again["layers"][0]
    near(opacity, 37, 0.01, "opacity")
    assert {"whylayer", "whylayer-map"} <= set(parasites), parasites
    assert pixels.shape == (HEIGHT, WIDTH, 4) and pixels[..., 3].max() > 0.1, "the layer is empty"


@case("explain puts the layer over an active layer with offsets")
def offsets(bench):
    answer, _, xcf = yield from explain_and_save(bench, "rgb", """
      (resize-canvas image 300 220 0 0)
      (move-layer (drawable image) 37 -9)""", region="layer", view="stretch")
    layer, provenance, _ = stored(xcf)
    visible = [37, -9, WIDTH, HEIGHT]
    assert [layer.x, layer.y, layer.width, layer.height] in (visible, [37, 0, WIDTH, HEIGHT - 9]), layer
    assert provenance["size"] == [300, 220], provenance["size"]


@case("explain of the selection writes a layer of its bounds")
def selection(bench):
    box = [30, 20, 120, 90]
    _, _, xcf = yield from explain_and_save(bench, "rgb", "(select-rectangle image {} {} {} {})".format(*box),
                                 region="selection", view="stretch")
    layer, provenance, _ = stored(xcf)
    assert [layer.x, layer.y, layer.width, layer.height] == box, layer
    assert provenance["view"]["rect"] == box, provenance["view"]


def hot_spot(pixels):
    """The middle of what is drawn strongest, as shares of the layer's width and height."""
    drawn = pixels[..., 3]
    y, x = np.nonzero(drawn >= np.quantile(drawn, 0.95))
    return (x.mean() + 0.5) / pixels.shape[1], (y.mean() + 0.5) / pixels.shape[0]


@table([(f"{method} finds the {picture.replace('-', ' ')}", method, parameters, thing, picture)
        for method, parameters in (("grad-cam", ""), ("integrated-gradients", "steps=20"), ("occlusion", ""))
        for picture, (thing, _) in CORNERS.items()])
def finds(bench, method, parameters, thing, picture):
    _, (_, _, label, *_), xcf = yield from explain_and_save(
        bench, picture, method=method, parameters=parameters, target=thing, view="stretch")
    assert label == thing, f"explained {label!r}"
    _, pixels = yield from bench.reopen(xcf.name)
    spot, place = hot_spot(pixels), corner_place(picture)
    assert max(abs(spot[0] - place[0]), abs(spot[1] - place[1])) < 0.16, \
        f"the {thing} is at {place} and the map is hottest at {spot}"


@table([(f"{method} gives the same numbers as the command line", method, parameters)
        for method, parameters in (("gradient", ""), ("input-x-gradient", ""), ("grad-cam", ""),
                                   ("integrated-gradients", "steps=20"), ("occlusion", ""))])
def same_numbers(bench, method, parameters):
    _, (*_, residual), xcf = yield from explain_and_save(bench, "rgb", method=method, parameters=parameters)
    raw = bench.path(f"{method}.npy")
    arguments = ["--method", method, "--raw", raw]
    for parameter in filter(None, parameters.split(";")):
        arguments += ["--set", parameter]
    reference = bench.command_line("explain", bench.pictures["rgb"], *arguments)
    _, provenance, values = stored(xcf)
    expected = np.load(raw)
    assert values.shape == expected.shape, (values.shape, expected.shape)
    scale = abs(expected).max()
    assert scale > 0 and abs(values - expected).max() <= 1e-3 * scale, \
        f"maps differ by {abs(values - expected).max() / scale:.2g} of the largest value"
    assert provenance["method"] == reference["method"], (provenance["method"], reference["method"])
    near(residual, (reference.get("residual") or {}).get("completeness", 0), 1e-3, "residual")


@case("explain twice gives two layers, and neither is part of what the second sees")
def twice(bench):
    call = bench.gimp.explain()
    answer = yield bench.opened("rgb", f"""
      (note-attempt "first" {call})
      (note-attempt "second" {call})
      (note "count" (length (layers image)))""")
    first, second = answer.value("first"), answer.value("second")
    assert answer["count"] == 3 and first[0] != second[0]
    near(first[3], second[3], 1e-6, "probability")


# --- Results ------------------------------------------------------------------------------------

def facts(answer, key):
    """Layer facts as names: name, width, height, x, y, mode, opacity, visible, type, parasites."""
    names = ("name", "width", "height", "x", "y", "mode", "opacity", "visible", "type", "parasites")
    return [dict(zip(names, layer)) for layer in answer[key]]


@case("explain writes a group with one layer for each of the most probable classes")
def group(bench):
    xcf = bench.new_path("xcf")
    answer = yield bench.opened("rgb", f"""
      (note-attempt "result" {bench.gimp.explain(output="group:3", style="mode=overlay;opacity=50")})
      (note "layers" (map layer-facts (layers image)))
      (note "children" (map layer-facts (children (car (layers image)))))
      (save-xcf image {quoted(xcf)})""")
    layer, index, label, *_ = answer.value("result")
    group, picture = facts(answer, "layers")
    members = facts(answer, "children")
    assert "3" in group["name"] and group["parasites"] == [], group
    assert len(members) == 3 and [member["visible"] for member in members] == [1, 0, 0], members
    predictions = bench.command_line("classify", bench.pictures["rgb"])["predictions"]
    stored_layers = [layer for layer in read_layers(xcf) if "whylayer" in layer.parasites]
    targets = [json.loads(layer.parasites["whylayer"][1].rstrip(b"\0"))["target"]["index"] for layer in stored_layers]
    assert targets == [p["index"] for p in predictions[:3]], (targets, predictions)
    for member, prediction in zip(members, predictions):
        assert prediction["label"] in member["name"] and member["mode"] == "overlay", (member, prediction)
        near(member["opacity"], 50, 0.01, "opacity")
    maps = [np.load(io.BytesIO(layer.parasites["whylayer-map"][1])) for layer in stored_layers]
    assert abs(maps[0] - maps[1]).max() > 0, "two classes have the same map"


@case("the legend is a layer of its own, which restyle redraws and removes")
def legend(bench):
    answer = yield bench.opened("rgb", f"""
      (let* ((layer (car {bench.gimp.explain(style="legend=yes", view="stretch")})))
        (note "with" (map layer-facts (layers image)))
        (note "active" (= layer (drawable image)))
        (note-attempt "again" {bench.gimp.restyle("sign=both")})
        (note "redrawn" (map layer-facts (layers image)))
        (note "mean" (mean (car (layers image))))
        (note-attempt "without" {bench.gimp.restyle("legend=no")})
        (note "after" (map layer-facts (layers image)))
        (note-attempt "with again" {bench.gimp.restyle("legend=yes")})
        (note "back" (map layer-facts (layers image)))
        (note-attempt "seen" {bench.gimp.explain(view="stretch")}))""")
    for key in ("again", "without", "with again"):
        answer.value(key)
    first, redrawn, after, back = (facts(answer, key) for key in ("with", "redrawn", "after", "back"))
    assert len(first) == len(redrawn) == len(back) == 3 and len(after) == 2, (first, redrawn, after, back)
    assert answer["active"] in (True, 1), "the map is not the active layer"
    for layers in (first, redrawn, back):
        bar = layers[0]
        assert bar["parasites"] == ["whylayer-legend"], bar
        assert 0 <= bar["x"] and bar["x"] + bar["width"] <= WIDTH, bar
        assert 0 <= bar["y"] and bar["y"] + bar["height"] <= HEIGHT, bar
    assert 20 < answer["mean"] < 250, f"the legend's mean is {answer['mean']}"


@case("explain writes the evidence as the active layer's mask")
def mask(bench):
    answer = yield bench.opened("rgb", f"""
      (note-attempt "result" {bench.gimp.explain(output="mask")})
      (note "layers" (length (layers image)))
      (note "mask" (parasites (mask (car (layers image)))) (mean (mask (car (layers image)))))
      (note-attempt "redrawn" {bench.gimp.restyle("gamma=4")})
      (note "less" (mean (mask (car (layers image)))))""")
    answer.value("result")
    answer.value("redrawn")
    names, mean = answer["mask"]
    assert answer["layers"] == 1 and {"whylayer", "whylayer-map"} <= set(names), answer["mask"]
    assert 2 < mean < 250, f"the mask's mean is {mean}"
    assert 0 < answer["less"] < mean, f"gamma 4 changed the mean from {mean} to {answer['less']}"


@case("explain refuses a mask where there is one")
def mask_taken(bench):
    yield from refused(bench, {"output": "mask"}, ["mask"], change="(add-mask (drawable image))")


@case("explain writes the evidence as a channel, and the selection stays")
def channel(bench):
    answer = yield bench.opened("rgb", f"""
      (select-rectangle image 20 10 40 30)
      (note-attempt "result" {bench.gimp.explain(output="channel")})
      (note "counts" (length (layers image)) (length (channels image)))
      (note "channel" (parasites (car (channels image))) (mean (car (channels image))))
      (note "selection" (selection-bounds image))""")
    answer.value("result")
    names, mean = answer["channel"]
    assert answer["counts"] == [1, 1] and {"whylayer", "whylayer-map"} <= set(names), answer["channel"]
    assert 2 < mean < 250, f"the channel's mean is {mean}"
    assert answer["selection"][-4:] == [20, 10, 60, 40], answer["selection"]


@case("explain writes the evidence as the selection and leaves nothing else")
def select(bench):
    answer = yield bench.opened("rgb", f"""
      (note "before" (selection-bounds image))
      (note-attempt "result" {bench.gimp.explain(output="selection", style="threshold=0.5")})
      (note "counts" (length (layers image)) (length (channels image)))
      (note "after" (selection-bounds image))
      (note "chosen" (length (chosen image)))""")
    answer.value("result")
    assert answer["before"][0] == 0 and answer["after"][0] == 1, (answer["before"], answer["after"])
    x1, y1, x2, y2 = answer["after"][-4:]
    assert 0 <= x1 < x2 <= WIDTH and 0 <= y1 < y2 <= HEIGHT and (x2 - x1) * (y2 - y1) < WIDTH * HEIGHT
    assert answer["counts"] == [1, 0] and answer["chosen"] == 1, (answer["counts"], answer["chosen"])


@case("explain writes a new image and leaves the old one alone")
def new_image(bench):
    answer = yield bench.opened("rgb", f"""
      (clean image)
      (note-state "before" image)
      (note-attempt "result" {bench.gimp.explain(output="image")})
      (note-state "after" image)
      (note "images" (length (open-images)))""")
    answer.value("result")
    assert answer["images"] >= 2, answer["images"]
    assert answer["before"] == answer["after"], "explain changed the image"


@table([(f"explain converts a {kind} image when told to", kind, output)
        for kind, output in (("gray", "layer:convert"), ("indexed", "layer:convert"), ("gray", "group:2:convert"))])
def convert(bench, picture, output):
    answer = yield bench.opened(picture, f"""
      (note-attempt "result" {bench.gimp.explain(output=output)})
      (note "kind" (image-kind image))
      (note "layers" (map layer-facts (layers image)))""")
    answer.value("result")
    assert answer["kind"][0] == 0, f"the image's type is {answer['kind'][0]}, not RGB"
    assert len(facts(answer, "layers")) == 2, answer["layers"]


# --- Restyle ------------------------------------------------------------------------------------

def restyle(bench, first, then, change=""):
    """Explain in one style, restyle in another, and explain anew in both at once; notes and files."""
    files = [bench.new_path("xcf") for _ in range(3)]
    answer = yield bench.opened("rgb", f"""
      (let ((layer (car {bench.gimp.explain(style=first, view="stretch")})))
        (save-xcf image {quoted(files[0])})
        {change}
        (note-attempt "redrawn" {bench.gimp.restyle(then)})
        (note "same layer" (= layer (car (layers image))) (length (layers image)))
        (note "selection" (selection-bounds image))
        (save-xcf image {quoted(files[1])})
        (let ((anew {bench.gimp.explain(style=f"{first};{then}", view="stretch")}))
          (save-xcf image {quoted(files[2])})))""")
    redrawn = answer["redrawn"]
    assert redrawn[0] == "ok", redrawn
    assert answer["same layer"] == [True, 2] or answer["same layer"] == [1, 2], answer["same layer"]
    pixels = []
    for xcf in files:
        pixels.append((yield from bench.reopen(xcf.name))[1])
    return answer, files, pixels


@table([("restyle draws the same map as explain in that style would", ""),
        ("restyle redraws the whole layer, whatever is selected", "(select-rectangle image 20 10 40 30)")])
def restyled(bench, change):
    answer, files, (before, after, anew) = yield from restyle(
        bench, "opacity=40;sign=both;colormap=auto", "sign=positive;colormap=magma;mode=overlay", change)
    assert abs(before - after).max() > 0.1, "the drawing did not change"
    assert abs(after - anew).max() < 1 / 255 + 1e-6, f"differs by {abs(after - anew).max()} from a new explanation"
    layer, provenance, values = stored(files[1])
    _, first, first_values = stored(files[0])
    _, new, _ = stored(files[2])
    assert (values == first_values).all(), "the map changed"
    near(layer.opacity, 40, 1e-4, "opacity")
    assert provenance["request"]["style"] == "opacity=40;mode=overlay;colormap=magma", provenance["request"]
    assert provenance["scale"] == new["scale"], (provenance["scale"], new["scale"])
    for key in ("target", "method", "view", "predictions", "model"):
        assert provenance[key] == first[key], f"{key} changed"
    if change:
        assert list(answer["selection"])[-4:] == [20, 10, 60, 40], answer["selection"]


@case("restyle keeps a layer where it was moved to")
def restyle_moved(bench):
    xcf = bench.new_path("xcf")
    answer = yield bench.opened("rgb", f"""
      (let ((layer (car {bench.gimp.explain(view="stretch")})))
        (move-layer layer 7 5)
        (note-attempt "redrawn" {bench.gimp.restyle("opacity=11")})
        (save-xcf image {quoted(xcf)}))""")
    answer.value("redrawn")
    layer = read_layers(xcf)[0]
    assert (layer.x, layer.y, layer.width, layer.height) == (7, 5, WIDTH, HEIGHT), layer
    near(layer.opacity, 11, 1e-4, "opacity")


@table([("restyle refuses a layer that is none of Whylayer's", "", "", ["Whylayer"]),
        ("restyle refuses an unknown style", "explain", "colourmap=magma", ["colourmap", "colormap"])])
def restyle_refused(bench, change, style, words):
    change = bench.gimp.explain() if change else ""
    answer = yield bench.opened("rgb", f"""
      {change}
      (clean image)
      (note-state "before" image)
      (note-attempt "result" {bench.gimp.restyle(style)})
      (note-state "after" image)""")
    error = answer.error("result")
    for word in words:
        assert word.lower() in error.lower(), f"the message does not say {word!r}: {error}"
    assert answer["before"] == answer["after"], "the image was touched"


# --- Refusals -----------------------------------------------------------------------------------

def models(bench):
    """Files that are no model, made once."""
    bundled = next(path for path in sorted(bench.gimp.models.glob("*.onnx")))
    files = {"missing": bench.path("missing.onnx"), "truncated": bench.path("truncated.onnx"),
             "text": bench.path("text.onnx"), "empty": bench.path("empty.onnx"),
             "unsupported": bench.path("unsupported.onnx")}
    files["truncated"].write_bytes(bundled.read_bytes()[:100_000])
    files["text"].write_text("This is not a model.\n" * 20)
    files["empty"].write_bytes(b"")
    files["unsupported"].write_bytes(unsupported_model())
    return files


def message(tag, *parts):
    """One length-delimited protobuf field."""
    body = b"".join(parts)
    size, length = len(body), b""
    while size > 127:
        length, size = length + bytes([size & 127 | 128]), size >> 7
    return bytes([tag << 3 | 2]) + length + bytes([size]) + body


def unsupported_model():
    """A valid ONNX file whose one operator nobody has: x [1,3,8,8] → NonMaxSuppressionOfDreams → y."""
    def value(name, *dims):
        shape = message(2, *(message(1, bytes([8, size])) for size in dims))
        return message(1, name), message(2, message(1, bytes([8, 1]), shape))
    node = message(1, message(1, b"x"), message(2, b"y"), message(4, b"NonMaxSuppressionOfDreams"))
    graph = message(7, node, message(2, b"g"), message(11, *value(b"x", 1, 3, 8, 8)),
                    message(12, *value(b"y", 1, 5)))
    return bytes([8, 8]) + graph + message(8, bytes([16, 17]))


def refused(bench, values, words, picture="rgb", change="", procedure="explain"):
    call = getattr(bench.gimp, procedure)(**values)
    answer = yield bench.opened(picture, f"""
      {change}
      (clean image)
      (note-state "before" image)
      (note-attempt "result" {call})
      (note-state "after" image)""")
    error = answer.error("result")
    for word in words:
        assert word.lower() in error.lower(), f"the message does not say {word!r}: {error}"
    assert answer["before"] == answer["after"], "the image was touched"


@table([
    ("an unknown method is refused, with the nearest one", {"method": "grad-cam-"}, ["grad-cam-", "grad-cam"]),
    ("an unknown parameter is refused", {"method": "integrated-gradients", "parameters": "stepps=5"},
     ["stepps", "steps"]),
    ("a parameter out of range is refused", {"method": "integrated-gradients", "parameters": "steps=-3"},
     ["steps", "-3"]),
    ("a parameter without a value is refused", {"method": "integrated-gradients", "parameters": "steps"},
     ["steps"]),
    ("an unknown label is refused, with the nearest one", {"target": "teapott"}, ["teapott", "teapot"]),
    ("a class index that the model does not have is refused", {"target": "200"}, ["200"]),
    ("an unknown label to compare with is refused", {"against": "lemmon"}, ["lemmon", "lemon"]),
    ("an unknown layer of the network is refused", {"node": "no.such.layer"}, ["no.such.layer"]),
    ("an unknown score is refused", {"score": "logits"}, ["logits", "logit"]),
    ("an unknown region is refused", {"region": "everything"}, ["everything", "visible"]),
    ("an unknown view is refused", {"view": "squash"}, ["squash", "stretch"]),
    ("an unknown style is refused", {"style": "colourmap=magma"}, ["colourmap", "colormap"]),
    ("an unknown colormap is refused", {"style": "colormap=magmaa"}, ["magmaa", "magma"]),
    ("an unknown output is refused", {"output": "layers"}, ["layers", "layer"]),
    ("a group of no classes is refused", {"output": "group:0"}, ["group:0", "1 to 20"]),
    ("an option that the output does not have is refused", {"output": "mask:convert"}, ["mask:convert"]),
])
def bad_argument(bench, values, words):
    yield from refused(bench, values, words)


@case("a selection as region needs a selection")
def no_selection(bench):
    yield from refused(bench, {"region": "selection"}, ["selection"])


@table([(f"a {name} model file is refused", name) for name in
        ("missing", "truncated", "text", "empty", "unsupported")])
def bad_model(bench, name):
    path = models(bench)[name]
    words = ["NonMaxSuppressionOfDreams"] if name == "unsupported" else []
    yield from refused(bench, {"model": str(path)}, [path.name, *words])


@table([("classify refuses a count of 0", {"top": "0"}, ["top"]),
        ("classify refuses a count that is no number", {"top": "many"}, ["top", "many"]),
        ("classify refuses a missing model", {"model": "no-such-model"}, ["no-such-model"])])
def bad_classify(bench, values, words):
    yield from refused(bench, values, words, procedure="classify")


@case("an error ends a batch job with an error")
def batch_status(bench):
    answer = yield Alone(bench.opened("rgb", bench.gimp.explain(method="no-such-method")), guarded=False)
    bench.gimp.check_failed(answer)
