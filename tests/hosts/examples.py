# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs every example in the real GIMP, as its first lines say, and compares what it wrote."""
import json
import shutil

from cases import case, near
from dialogs import Skip
from gimp import SOURCE, quoted
from procedures import batch_folder, read_report
from xcf import read_layers


def example(bench, name, function, *arguments):
    """Run a Script-Fu example as a batch job; its end is checked."""
    script = SOURCE / "examples" / f"{name}-{bench.gimp.generation}.scm"
    words = " ".join(quoted(argument) for argument in arguments)
    output, status = bench.gimp.execute(f"(begin (load {quoted(script)}) ({function} {words}))")
    assert status == 0 and "batch command experienced" not in output.lower(), (status, output[-500:])


def same_record(bench, xcf, picture, *options):
    """The layer's record is that of the command line, and the file holds the picture and the map."""
    layers = read_layers(xcf)
    record = json.loads(layers[0].parasites["whylayer"][1].rstrip(b"\0").decode())
    known = bench.command_line("explain", picture, *options)
    assert len(layers) == 2 and record["target"] == known["target"], (len(layers), record["target"], known["target"])
    near(record["predictions"][0]["probability"], known["predictions"][0]["probability"], 1e-3, "probability")
    return record


@case("the example explain-photo writes the layer, the picture and the classes")
def explain_photo(bench):
    yield '(note "up" 1)'
    xcf, png, text = (bench.path(f"example-photo.{kind}") for kind in ("xcf", "png", "txt"))
    example(bench, "explain-photo", "explain-photo", bench.pictures["rgb"], xcf, png, text)
    same_record(bench, xcf, bench.pictures["rgb"])
    assert png.stat().st_size > 0
    known = bench.command_line("classify", bench.pictures["rgb"])["predictions"]
    rows = [line.rsplit(" ", 1) for line in text.read_text().splitlines()]
    assert [label for label, _ in rows] == [p["label"] for p in known], rows
    for (label, probability), p in zip(rows, known):
        near(float(probability), p["probability"], 1e-3, label)


@case("the example test-evidence covers what it found")
def test_evidence(bench):
    yield '(note "up" 1)'
    xcf, text = bench.path("example-evidence.xcf"), bench.path("example-evidence.txt")
    example(bench, "test-evidence", "test-evidence", bench.pictures["rgb"], xcf, text)
    same_record(bench, xcf, bench.pictures["rgb"], "--view", "stretch")
    found = dict(line.split(" ", 1) for line in text.read_text().splitlines())
    known = bench.command_line("classify", bench.pictures["rgb"], "--view", "stretch")["predictions"][0]
    assert found["label"] == known["label"], found
    near(float(found["probability"]), known["probability"], 1e-3, "probability")
    assert 0 < float(found["area"]) < 0.15 and 0 <= float(found["without"]) <= 1, found


@case("the example explain-folder explains a folder, and again from where it was")
def explain_folder(bench):
    yield '(note "up" 1)'
    folder, out = batch_folder(bench, "example-in"), bench.path("example-out")
    shutil.rmtree(out, ignore_errors=True)
    example(bench, "explain-folder", "explain-folder", folder, out)
    first = read_report(out / "report.jsonl")
    example(bench, "explain-folder", "explain-folder", folder, out)
    assert len(first) == 7 and "error" in first["bad.png", None], sorted(first)
    assert read_report(out / "report.jsonl") == {**first, ("bad.png", None): read_report(out / "report.jsonl")["bad.png", None]}
    for (image, method), line in first.items():
        if method:
            options = ("--set", "steps=20") if method == "integrated-gradients" else ()
            same = bench.command_line("explain", folder / image, "--method", method, *options)
            assert line["target"] == same["target"], (image, line["target"])
            assert "whylayer" in read_layers(out / line["outputs"]["layer"])[0].parasites


@case("the Python example writes the layer and its record; a bad argument ends it with an error")
def explain_photo_python(bench):
    yield '(note "up" 1)'
    if bench.gimp.generation != "3":
        raise Skip("GIMP 2.10's Python 2 is not packaged")
    script = SOURCE / "examples" / "explain-photo.py"
    xcf, record = bench.path("example-python.xcf"), bench.path("example-python.json")

    def run(more=""):
        return bench.gimp.execute(f'exec(open({str(script)!r}).read()); explain_photo('
                                  f'{str(bench.pictures["rgb"])!r}, {str(xcf)!r}, {str(record)!r}{more})',
                                  interpreter="python-fu-eval")
    output, status = run()
    assert status == 0, (status, output[-500:])
    assert json.loads(record.read_text()) == same_record(bench, xcf, bench.pictures["rgb"])
    output, status = run(', method="grad-cem"')
    assert status != 0 and "grad-cem" in output and "grad-cam" in output, (status, output[-500:])
