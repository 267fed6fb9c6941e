#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs models/training end to end on 1 % of the pictures; prints TAP."""
import json
import math
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

import numpy as np
import onnx
import torch

MODELS = Path(__file__).resolve().parents[2] / "models"
sys.path.insert(0, str(MODELS / "training"))

import calibrate  # noqa: E402
import data  # noqa: E402
import evaluate  # noqa: E402
import nonclass  # noqa: E402
import outliers  # noqa: E402
import soften  # noqa: E402
import train  # noqa: E402
from network import Tiny64, load_network, load_weights, normalise  # noqa: E402
from onnx_network import OnnxNetwork  # noqa: E402

DATA, WORK = Path(sys.argv[1]), Path(tempfile.mkdtemp(prefix="whylayer-training-"))
CLASSES = 20  # a tenth of the classes, a tenth of their pictures: 1 % of the data
BUNDLED = MODELS / "whylayer-tiny64.onnx"
TRAIN = ("train.py", "--data", WORK / "data", "--out", WORK / "run", "--fraction", "0.1",
         "--batch", "16", "--lr", "0.05", "--sizes", "0:32 0.8:32,80", "--validate", "2",
         "--report", "0", "--seed", "7")


def few_classes():
    """The data folder with its first classes only, so that a few steps teach something."""
    folder = WORK / "data"
    folder.mkdir()
    (folder / "train").symlink_to(DATA / "train")
    (folder / "val.jpg").symlink_to(DATA / "val.jpg")
    for name, rows in (("classes.tsv", CLASSES), ("val.tsv", 10 * CLASSES)):
        lines = (DATA / name).read_text(encoding="utf-8").splitlines(keepends=True)
        (folder / name).write_text("".join(lines[:1 + rows]), encoding="utf-8")


def script(name, *arguments):
    return subprocess.run([sys.executable, MODELS / "training" / name, *map(str, arguments)],
                          check=True, capture_output=True, text=True).stdout


def test_training_lowers_the_loss_and_continues_from_its_checkpoint():
    """Two runs: the second goes on where the first stopped."""
    few_classes()
    script(*TRAIN, "--epochs", "0.2")
    script(*TRAIN, "--epochs", "0.6")
    rows = (WORK / "run" / "log.tsv").read_text().splitlines()
    assert rows[0].startswith("step\tepoch") and rows.count(rows[0]) == 1
    steps = [int(row.split("\t")[0]) for row in rows[1:]]
    losses = [float(row.split("\t")[4]) for row in rows[1:]]
    assert steps == list(range(1, len(steps) + 1)), steps
    assert all(math.isfinite(loss) for loss in losses)
    assert np.mean(losses[-8:]) < np.mean(losses[:8]), losses


def test_a_network_learns_from_what_teachers_think_of_the_tiles():
    weights, soft = WORK / "run" / "weights.npz", WORK / "soft.npz"
    script("soften.py", weights, weights, "--data", WORK / "data", "--fraction", "0.1",
           "--size", "40", "--out", soft)
    written, network = np.load(soft), load_network(weights)
    answers = written["probabilities"].astype(np.float32)
    assert answers.shape == (CLASSES * 50, 200) and np.abs(answers.sum(1) - 1).max() < 0.01
    tile, label = (part[-1:] for part in data.load_training(WORK / "data", 0.1))
    views = [normalise(data.enlarge(view, 40)) for view in (tile, tile.flip(-1))]
    with torch.no_grad():  # the second teacher sees the mirror image
        expected = sum(network(view).softmax(1) for view in views) / 2
        where = [(network.features(view) * network.logits.weight[label].view(1, -1, 1, 1)).sum(1)
                 for view in views]
    assert np.abs(answers[-1] - expected.numpy()).max() < 0.02
    middle = ((where[0] + where[1].flip(-1)) / 2).clamp(min=0)[0, 2, 2].item()
    assert written["maps"].shape == (CLASSES * 50, 5, 5)
    assert abs(written["maps"][-1, 2, 2] - middle) < 0.02 * max(1, middle), middle
    script(*TRAIN, "--out", WORK / "pupil", "--teacher", soft, "--epochs", "0.2")
    assert (WORK / "pupil" / "weights.npz").exists()


def test_maps_count_less_far_from_the_middle():
    maps = soften.towards_centre(torch.ones(1, 5, 7), 0.25)[0]
    assert maps[2, 3] == 1 and maps[0, 3] < maps[1, 3] < 1 and maps[2, 0] < maps[2, 1] < 1
    assert torch.allclose(maps, maps.flip(0)) and torch.allclose(maps, maps.flip(1))
    assert abs(maps[0, 3] - math.exp(-0.5 * (0.4 / 0.25) ** 2)) < 1e-6
    assert soften.towards_centre(-torch.ones(1, 5, 7), 0.25).max() == 0


def test_looking_where_the_teacher_looks_costs_least():
    features, weights = torch.zeros(1, 2, 3, 4), torch.tensor([[1.0, -1.0]])
    features[0, 0, 1, 3] = 40
    same, other = torch.zeros(2, 1, 1, 3, 4)
    same[0, 0, 1, 3] = other[0, 0, 2, 0] = 40
    apart = [train.looking_apart(features, weights, maps).item() for maps in (same, other)]
    assert 0 < apart[0] < 0.1 and apart[1] > 5, apart


def test_a_map_is_cropped_as_its_picture_is():
    """Crops of a picture and of a map of it show the same place."""
    rng = torch.Generator().manual_seed(5)
    ramps = torch.stack(torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij"))
    maps = torch.nn.functional.avg_pool2d(ramps[None], 8)  # 8 x 8, the same ramps
    crops = data.random_crops(20, 0.3, rng)
    near, far = (data.crop(values.expand(20, -1, -1, -1), crops, size)[:, :, size // 4:-size // 4,
                 size // 4:-size // 4].mean((2, 3)) for values, size in ((ramps[None], 64), (maps, 8)))
    assert (near - far).abs().max() < 1 and near.std(0).min() > 3


def test_mixing_weighs_the_networks():
    first, second = WORK / "run" / "weights.npz", WORK / "pupil" / "weights.npz"
    script("mix.py", f"3:{first}", f"1:{second}", "--out", WORK / "mixed.npz")
    one, two, mixed = map(load_weights, (first, second, WORK / "mixed.npz"))
    for name in ("block3.conv1.weight", "logits.bias", "stem.bn1.running_var"):
        assert not torch.equal(one[name], two[name])
        assert torch.allclose(mixed[name], 0.75 * one[name] + 0.25 * two[name], atol=2e-3)


def test_a_teacher_of_other_tiles_is_refused():
    np.savez(WORK / "few.npz", probabilities=np.full((7, 200), 1 / 200, np.float16),
             maps=np.zeros((7, 8, 8), np.float16))
    try:
        script(*TRAIN, "--out", WORK / "refused", "--teacher", WORK / "few.npz")
        raise AssertionError("was not refused")
    except subprocess.CalledProcessError as error:
        assert "few.npz holds 7 tiles, the training 1000" in error.stderr, error.stderr


def test_knowing_leaves_the_logits_as_they_were_trained():
    before, after = WORK / "run" / "weights.npz", WORK / "knowing.npz"
    script("know.py", before, "--data", WORK / "data", "--out", after, "--tiles", "100",
           "--blanks", "100")
    x = normalise(data.enlarge(data.load_validation(DATA, 4)[0], 64))
    with torch.no_grad():
        assert torch.equal(load_network(after)(x), load_network(before)(x))
    assert load_network(after).known.weight.abs().max() > 0.05


def test_the_exported_file_computes_what_was_trained():
    script("export.py", WORK / "knowing.npz", WORK / "model.onnx")
    network = load_network(WORK / "knowing.npz")
    onnx.checker.check_model(onnx.load(WORK / "model.onnx"), full_check=True)
    pictures = data.load_validation(DATA, 4)[0]
    x = normalise(data.enlarge(pictures, 72))[:, :, :56]  # not square
    with torch.no_grad():
        expected = network(x)
        known = network.known(network.features(x).mean((2, 3)))
        found, confidence = OnnxNetwork(WORK / "model.onnx")(x, keep=("confidence",))
    assert torch.allclose(found, expected, atol=1e-4), (found - expected).abs().max()
    energy = expected.logsumexp(1, keepdim=True)
    assert torch.allclose(confidence, energy + known, atol=1e-4)


def test_calibration_writes_the_metadata_that_export_stores():
    script("calibrate.py", WORK / "model.onnx", "--data", DATA, "--tiles", "30", "--count", "2",
           "--write", WORK / "confidence.json")
    script("export.py", WORK / "knowing.npz", WORK / "model.onnx",
           "--confidence", WORK / "confidence.json")
    wanted = json.loads((WORK / "confidence.json").read_text())
    info = OnnxNetwork(WORK / "model.onnx").info
    assert info["temperature"] == wanted["temperature"] > 0
    assert info["unsure"] == wanted["unsure"]
    assert info["unsure"]["score"] in ("output", "energy", "max-logit", "probability")


def test_evaluation_prints_a_row_per_view_size():
    table = script("evaluate.py", WORK / "model.onnx", "--data", DATA, "--count", "10",
                   "--sizes", "64,80")
    assert "| 64×64 |" in table and "| 80×80 |" in table


def test_the_temperature_of_overconfident_logits_is_found():
    rng = torch.Generator().manual_seed(3)
    logits = torch.randn(4000, 5, generator=rng)
    labels = torch.multinomial(logits.softmax(1), 1, generator=rng)[:, 0]
    found = calibrate.fit_temperature(3 * logits, labels)
    assert abs(found - 3) < 0.3, found
    assert evaluate.calibration_error(3 * logits, labels, found) < 0.03
    assert evaluate.calibration_error(3 * logits, labels) > 0.1


def test_the_map_points_where_its_maximum_is():
    maps = torch.zeros(1, 8, 8)
    maps[0, 1, 6] = 1  # the tile's upper right
    upper_right, lower_left = torch.tensor([[40, 0, 63, 20]]), torch.tensor([[0, 40, 20, 63]])
    assert evaluate.localisation(maps, upper_right)[0] == 1
    assert evaluate.localisation(maps, lower_left)[0] == 0


def test_sheets_are_read_row_by_row():
    pictures, labels, boxes = data.load_validation(DATA)
    assert pictures.shape == (2000, 3, 64, 64) and boxes.shape == (2000, 4)
    assert labels.bincount().tolist() == [10] * 200
    sheet = np.asarray(data.Image.open(DATA / "val.jpg"))
    tile = sheet[64:128, 128:192].transpose(2, 0, 1)  # row 1, column 2 of 50
    assert (pictures[52].numpy() == tile).all()


def test_the_same_seed_draws_the_same_pictures():
    tiles = data.load_validation(DATA, 16)[0]

    def draw(seed):
        rng = torch.Generator().manual_seed(seed)
        return (outliers.draw(tiles, 9, rng),
                data.recolour(data.crop(tiles, data.random_crops(16, 0.3, rng), 48), 0.2, rng))
    for first, second in zip(draw(1), draw(1)):
        assert torch.equal(first, second) and first.min() >= 0 and first.max() <= 255
    assert not torch.equal(draw(1)[0], draw(2)[0])
    for kind in nonclass.GENERATORS:
        assert torch.equal(nonclass.pictures(kind, 2), nonclass.pictures(kind, 2))


def test_the_bundled_file_is_small_and_fully_described():
    info = OnnxNetwork(BUNDLED).info
    assert BUNDLED.stat().st_size <= 12e6
    for language in ("C", "zh_CN"):
        labels = info["labels"][language]
        assert len(labels) == len(set(labels)) == 200 and all(map(str.strip, labels))
    assert {"name", "licence", "input", "layer", "temperature"} <= set(info)
    macs = multiply_adds(Tiny64(), 64)
    assert macs <= 0.8e9, macs


def multiply_adds(network, size):
    count = [network.logits.weight.numel()]

    def hook(conv, _inputs, output):
        count.append(conv.weight.numel() * output.shape[-1] * output.shape[-2])
    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.register_forward_hook(hook)
    network.eval()(torch.zeros(1, 3, size, size))
    return sum(count)


def main():
    tests = [(name, run) for name, run in globals().items() if name.startswith("test_")]
    print(f"1..{len(tests)}", flush=True)
    failed = 0
    for number, (name, run) in enumerate(tests, 1):
        try:
            run()
            print(f"ok {number} - {name}", flush=True)
        except Exception as error:  # report and go on: TAP
            failed += 1
            print(f"not ok {number} - {name}", flush=True)
            details = traceback.format_exc() + (getattr(error, "stderr", None) or "")
            print("".join(f"# {line}\n" for line in details.splitlines()), end="", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
