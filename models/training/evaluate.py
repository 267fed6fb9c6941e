#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure an exported classifier on the validation tiles and print Markdown tables.

    python3 evaluate.py MODEL.onnx --data DIR [--sizes 64,80,96,128,192] [--count N] [--classes]

Accuracy and calibration at each view size; where the class activation map of
the labelled class points (Grad-CAM and CAM are the same here: one linear layer
after global average pooling); the classes most often confused; each class.
"""
import argparse
from collections import Counter

import torch
from torch.nn import functional as F

import data
from network import normalise
from onnx_network import OnnxNetwork

BINS = 15


@torch.no_grad()
def answers(network, pictures, labels, size, batch=100):
    """Logits N x classes and the labelled class's CAM, N x h x w."""
    weights = network.values["logits.weight"].float()
    logits, maps = [], []
    for part, truth in zip(pictures.split(batch), labels.split(batch)):
        scores, features = network(normalise(data.enlarge(part, size)),
                                   keep=(network.info["layer"],))
        logits.append(scores)
        maps.append(torch.einsum("nk,nkyx->nyx", weights[truth], features))
    return torch.cat(logits), torch.cat(maps)


def calibration_error(logits, labels, temperature=1.0, bins=BINS):
    """Expected calibration error with equal-width bins (Guo et al. 2017)."""
    confidence, guess = (logits / temperature).softmax(1).max(1)
    right = (guess == labels).float()
    which = (confidence * bins).long().clamp(max=bins - 1)
    gaps = [(confidence[which == b] - right[which == b]).sum().abs() for b in range(bins)]
    return (sum(gaps) / len(labels)).item()


def top_k(logits, labels, k):
    return (logits.topk(k, 1).indices == labels[:, None]).any(1).float().mean().item()


def box_masks(boxes, size=data.TILE):
    """1 inside each box (both ends inside), N x size x size."""
    at = torch.arange(size)
    x0, y0, x1, y1 = (boxes[:, k, None] for k in range(4))
    across, down = (at >= x0) & (at <= x1), (at >= y0) & (at <= y1)
    return (down[:, :, None] & across[:, None, :]).float()


def localisation(maps, boxes):
    """Pointing game (Zhang et al. 2018), share of positive relevance in the box, box area."""
    inside = box_masks(boxes)
    full = F.interpolate(maps[:, None], size=(data.TILE, data.TILE), mode="bilinear",
                         align_corners=False)[:, 0]
    hit = inside.flatten(1).gather(1, full.flatten(1).argmax(1, keepdim=True)).mean().item()
    positive = full.clamp(min=0)
    share = ((positive * inside).sum((1, 2)) / positive.sum((1, 2)).clamp(min=1e-9)).mean().item()
    centre = inside[:, data.TILE // 2, data.TILE // 2].mean().item()
    return hit, share, inside.mean().item(), centre


def print_sizes(network, validation, sizes):
    """One row per view size; returns the logits at the first."""
    pictures, labels, boxes = validation
    temperature = network.info["temperature"]
    print("| view | top-1 | top-5 | ECE | pointing game | relevance in box |")
    print("|---|---|---|---|---|---|")
    first = None
    for size in sizes:
        logits, maps = answers(network, pictures, labels, size)
        first = logits if first is None else first
        hit, share, area, centre = localisation(maps, boxes)
        print(f"| {size}×{size} | {top_k(logits, labels, 1):.2%} | {top_k(logits, labels, 5):.2%} "
              f"| {calibration_error(logits, labels, temperature):.3f} "
              f"| {hit:.2%} | {share:.1%} |", flush=True)
    print(f"\n{len(labels)} tiles, temperature {temperature:.3f}; the mean box covers {area:.1%} "
          f"of the tile, its centre alone hits {centre:.2%} of the boxes.\n")
    return first


def print_confusions(names, guess, labels, count=20):
    pairs = Counter((t, g) for t, g in zip(labels.tolist(), guess.tolist()) if t != g)
    both = Counter()
    for (truth, taken), times in pairs.items():
        both[tuple(sorted((truth, taken)))] += times
    print("| confused | times |\n|---|---|")
    for (a, b), times in both.most_common(count):
        print(f"| {names[a]} – {names[b]} | {times} |")
    print()


def print_classes(names, guess, labels):
    """Classes by accuracy, best first."""
    total = labels.bincount(minlength=len(names))
    right = labels[guess == labels].bincount(minlength=len(names))
    groups = {}
    for index, name in enumerate(names):
        if total[index]:
            groups.setdefault(round(100 * (right[index] / total[index]).item()), []).append(name)
    print("| top-1 | classes |\n|---|---|")
    for share in sorted(groups, reverse=True):
        print(f"| {share} % | {', '.join(groups[share])} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("--data", required=True)
    parser.add_argument("--sizes", default="64,80,96,128,192")
    parser.add_argument("--count", type=int, help="use only so many tiles")
    parser.add_argument("--classes", action="store_true", help="confusions and every class too")
    options = parser.parse_args()
    network = OnnxNetwork(options.model)
    validation = data.load_validation(options.data, options.count)
    logits = print_sizes(network, validation, [int(s) for s in options.sizes.split(",")])
    if options.classes:
        names, guess = network.info["labels"]["C"], logits.argmax(1)
        print_confusions(names, guess, validation[1])
        print_classes(names, guess, validation[1])


if __name__ == "__main__":
    main()
