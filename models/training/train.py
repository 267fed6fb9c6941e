#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Train the bundled classifier on Tiny ImageNet.  See README.md beside this file.

    python3 train.py --data DIR --out DIR                  from scratch
    python3 train.py --data DIR --out DIR --init WEIGHTS   from earlier weights
    (the same command again continues from the last checkpoint)
"""
import argparse
import copy
import math
import os
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

import data
from network import CLASSES, Tiny64, load_weights, normalise, save_weights

SHARPNESS = 4.0  # a map's value is divided by this before its softmax: some ten cells count


def table(text):
    """'0:0.3 0.8:0.6' -> [(0.0, '0.3'), (0.8, '0.6')]: values and when they begin."""
    rows = [entry.split(":") for entry in text.split()]
    return [(float(start), value) for start, value in rows]


def current(rows, progress):
    return [value for start, value in rows if start <= progress][-1]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--data", required=True, help="folder with train/*.jpg, val.jpg, val.tsv, classes.tsv")
    add("--out", required=True, help="folder for checkpoint, log and weights")
    add("--teacher", help="soften.py's .npz to learn from beside the labels")
    add("--trust", type=float, default=0.6, help="share of the loss that the teacher's answers have")
    add("--look", type=float, default=0.5,
        help="weight of looking where the teacher looks; the class's loss has 1")
    add("--init", help="weights (.npz or exported .onnx) to start from instead of random ones")
    add("--epochs", type=float, default=60)
    add("--minutes", type=float, default=math.inf,
        help="finish the schedule within this time if the epochs would take longer")
    add("--fraction", type=float, default=1.0, help="share of the training pictures to use")
    add("--batch", type=int, default=128, help="pictures per step at 64x64; fewer at larger sizes")
    add("--lr", type=float, default=0.2, help="peak learning rate")
    add("--warmup", type=float, default=0.1, help="share of the training")
    add("--weight-decay", type=float, default=5e-4)
    add("--smoothing", type=float, default=0.1, help="label smoothing, without a teacher")
    add("--sizes", type=table, default="0:32,40 0.35:48,56,64 0.65:64,64,80,96,128",
        help="picture sizes to draw from, and the progress (0...1) from which they hold")
    add("--area", type=table, default="0:0.3 0.8:0.6",
        help="smallest crop as a share of the tile, likewise")
    add("--jitter", type=float, default=0.3, help="brightness, contrast, saturation: 1 +- this")
    add("--ema", type=float, default=0.999, help="decay of the weights' moving average")
    add("--freeze", type=int, default=0, metavar="N",
        help="keep the stem and the first N blocks as they are (with --init; most of the time is theirs)")
    add("--seed", type=int, default=1)
    add("--threads", type=int, default=os.cpu_count())
    add("--validate", type=int, default=500, help="validation tiles to look at while training")
    add("--report", type=float, default=60, help="seconds between log lines")
    add("--checkpoint", type=float, default=240, help="seconds between checkpoints")
    return parser.parse_args()


def has_bfloat16(device):
    """Whether bfloat16 is fast there: on a GPU, and where the processor multiplies it."""
    if device.type == "cuda":
        return True
    flags = Path("/proc/cpuinfo")
    return flags.exists() and "avx512_bf16" in flags.read_text(encoding="ascii", errors="ignore")


def learning_rate(options, progress):
    if progress < options.warmup:
        return options.lr * (progress / options.warmup)
    share = (progress - options.warmup) / (1 - options.warmup)
    return options.lr * 0.5 * (1 + math.cos(math.pi * min(share, 1)))


def load_teacher(path, count):
    """What soften.py wrote: probabilities, tiles x classes, and maps, tiles x 1 x h x w."""
    with np.load(path) as arrays:
        soft, maps = (torch.from_numpy(arrays[name]) for name in ("probabilities", "maps"))
    if len(soft) != count:
        raise SystemExit(f"{path} holds {len(soft)} tiles, the training "
                         f"{count}: give soften.py the same --data and --fraction.")
    return soft, maps[:, None]


def make_targets(labels, soft, share):
    """Tiles x classes, float16: the probabilities to be learnt, a share of them the soft ones."""
    return ((1 - share) * F.one_hot(labels, CLASSES).float() + share * soft).half()


def looking_apart(features, weights, maps):
    """How differently the network and its teacher look at the labelled classes, a loss.

    Cross entropy of two distributions over positions, each the softmax of a class
    activation map: of the teacher's `maps`, N x 1 x h x w, and of features
    N x k x h x w under the classes' `weights`, N x k.
    """
    own = torch.einsum("nk,nkyx->nyx", weights, features).flatten(1) / SHARPNESS
    theirs = maps.flatten(1) / SHARPNESS
    return -(theirs.softmax(1) * own.log_softmax(1)).sum(1).mean()


def make_optimiser(network, options):
    """SGD; weight decay on convolution and linear weights only."""
    trained = [p for p in network.parameters() if p.requires_grad]
    matrices = [p for p in trained if p.ndim > 1]
    vectors = [p for p in trained if p.ndim <= 1]
    return torch.optim.SGD([{"params": matrices, "weight_decay": options.weight_decay},
                            {"params": vectors, "weight_decay": 0.0}],
                           lr=options.lr, momentum=0.9, nesterov=True)


@torch.no_grad()
def accuracy(network, pictures, labels, size, device, batch=100):
    network.eval()
    right = 0
    for part, truth in zip(pictures.split(batch), labels.split(batch)):
        x = normalise(data.enlarge(part.to(device), size))
        right += (network(x).argmax(1).cpu() == truth).sum().item()
    return right / len(labels)


class Training:
    """Everything a checkpoint must hold, and one step of it."""

    def __init__(self, options):
        self.options = options
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.manual_seed(options.seed)
        torch.set_num_threads(options.threads)
        self.network = Tiny64()
        if options.init:
            self.network.load_state_dict(load_weights(options.init), strict=False)
        self.network.to(self.device, memory_format=torch.channels_last)
        self.bfloat16 = has_bfloat16(self.device)
        self.frozen = self.network.first_blocks(options.freeze)
        for part in self.frozen:
            part.requires_grad_(False)
        self.average = copy.deepcopy(self.network).eval()
        self.optimiser = make_optimiser(self.network, options)
        self.step, self.seen, self.seconds, self.order = 0, 0, 0.0, (-1, None)
        self.load()

    def load(self):
        options = self.options
        pictures, labels = data.load_training(options.data, options.fraction)
        soft, share, maps = torch.tensor(1 / CLASSES), options.smoothing, None
        if options.teacher:
            soft, maps = load_teacher(options.teacher, len(pictures))
            share, maps = options.trust, maps.to(self.device)
        self.pictures, self.labels, self.maps = pictures.to(self.device), labels, maps
        self.targets = make_targets(labels, soft, share).to(self.device)

    def progress(self):
        share = self.seen / (self.options.epochs * len(self.pictures))
        return min(1.0, max(share, self.seconds / (60 * self.options.minutes)))

    def take(self, count):
        """The next `count` pictures' indices; a new permutation, fixed by the seed, per epoch."""
        epoch, start = divmod(self.seen, len(self.pictures))
        if self.order[0] != epoch:
            rng = torch.Generator().manual_seed(self.options.seed * 1000003 + epoch)
            self.order = (epoch, torch.randperm(len(self.pictures), generator=rng))
        chosen = self.order[1][start:start + count]
        self.seen += len(chosen)
        return chosen

    def update_average(self):
        decay = min(self.options.ema, (1 + self.step) / (10 + self.step))
        for mean, value in zip(self.average.state_dict().values(),
                               self.network.state_dict().values()):
            if mean.is_floating_point():
                mean.lerp_(value, 1 - decay)

    def loss(self, chosen, size, progress, rng):
        """Of the pictures `chosen`, newly cropped and coloured, at size x size."""
        options, device = self.options, self.device
        crops = data.random_crops(len(chosen), float(current(options.area, progress)), rng)
        x = data.crop(self.pictures[chosen.to(device)], crops, size)
        x = normalise(data.recolour(x, options.jitter, rng))
        with torch.autocast(device.type, torch.bfloat16, enabled=self.bfloat16):
            features = self.network.features(x.contiguous(memory_format=torch.channels_last))
        features = features.float()
        scores = self.network.logits(features.mean((2, 3)))
        loss = F.cross_entropy(scores, self.targets[chosen.to(device)].float())
        if self.maps is not None and options.look > 0:
            maps = data.crop(self.maps[chosen.to(device)], crops, features.shape[-1])
            weights = self.network.logits.weight[self.labels[chosen].to(device)]
            loss = loss + options.look * looking_apart(features, weights, maps)
        return loss

    def one_step(self):
        options, started, progress = self.options, time.monotonic(), self.progress()
        rng = torch.Generator().manual_seed(options.seed * 7919 + self.step)
        sizes = [int(size) for size in current(options.sizes, progress).split(",")]
        size = sizes[torch.randint(len(sizes), (1,), generator=rng).item()]
        chosen = self.take(max(4, round(options.batch * min(1, (data.TILE / size) ** 2))))
        self.network.train()
        for part in self.frozen:
            part.eval()  # BatchNorm's statistics are kept too
        loss = self.loss(chosen, size, progress, rng)
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(options, progress)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()
        self.step += 1
        self.update_average()
        self.seconds += time.monotonic() - started
        return loss.item(), len(chosen)

    def save(self):
        out = Path(self.options.out)
        state = {"network": self.network.state_dict(), "average": self.average.state_dict(),
                 "optimiser": self.optimiser.state_dict(),
                 "counters": (self.step, self.seen, self.seconds)}
        torch.save(state, out / "checkpoint.tmp")
        os.replace(out / "checkpoint.tmp", out / "checkpoint.pt")
        save_weights(out / "weights.npz", self.average.state_dict())

    def resume(self):
        path = Path(self.options.out) / "checkpoint.pt"
        if path.exists():
            state = torch.load(path, map_location=self.device)
            self.network.load_state_dict(state["network"])
            self.average.load_state_dict(state["average"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.step, self.seen, self.seconds = state["counters"]
            print(f"continuing from step {self.step}", flush=True)


def report(training, validation, losses, log):
    """One line to the screen and to the log: where we are and how good it is."""
    pictures, labels = validation
    top1 = accuracy(training.average, pictures, labels, data.TILE, training.device)
    seconds, seen, loss = (sum(column) for column in zip(*losses))
    row = (f"{training.step}\t{training.seen / len(training.pictures):.3f}\t"
           f"{training.progress():.4f}\t{training.optimiser.param_groups[0]['lr']:.5f}\t"
           f"{loss / seen:.4f}\t{100 * top1:.2f}\t{seen / seconds:.1f}")
    print(row, flush=True)
    log.write(row + "\n")
    log.flush()


def main():
    options = arguments()
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    training = Training(options)
    training.resume()
    validation = data.load_validation(options.data, options.validate)[:2]
    header = "step\tepoch\tprogress\tlr\tloss\tval_top1\tpictures_per_second"
    print(header, flush=True)
    fresh = not (out / "log.tsv").exists()
    with open(out / "log.tsv", "a", encoding="utf-8") as log:
        if fresh:
            log.write(header + "\n")
        losses, reported, saved = [], time.monotonic(), time.monotonic()
        while training.progress() < 1:
            before = training.seconds
            loss, count = training.one_step()
            losses.append((training.seconds - before, count, loss * count))
            if time.monotonic() - reported > options.report or training.progress() >= 1:
                report(training, validation, losses, log)
                losses, reported = [], time.monotonic()
            if time.monotonic() - saved > options.checkpoint:
                training.save()
                saved = time.monotonic()
    training.save()


if __name__ == "__main__":
    main()
