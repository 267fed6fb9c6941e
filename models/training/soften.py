#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write what trained networks think of every training tile, for train.py --teacher.

    python3 soften.py RUN/weights.npz [MORE...] --data DIR --out soft.npz

Two means over the networks, at a view larger than the tile, where they are at
their best: the probabilities, and the class activation map of the labelled
class.  A network that learns from the first beside the labels is told which
classes look alike (Hinton et al. 2015), one that learns from the second where
to look (Zagoruyko and Komodakis 2017), and one as large as its teachers comes
out better than they are (Furlanello et al. 2018).
"""
import argparse
import os

import numpy as np
import torch

import data
from network import load_network, normalise
from train import has_bfloat16


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("weights", nargs="+", help="the teachers: .npz or exported .onnx")
    add("--data", required=True)
    add("--out", required=True, 
        help=".npz, float16, tiles as data.load_training: probabilities, tiles x classes, "
             "and maps, tiles x size/8 x size/8")
    add("--fraction", type=float, default=1.0, help="as given to train.py")
    add("--size", type=int, default=80, help="the view the teachers are shown")
    add("--centre", type=float, default=0.25, help="standard deviation, in tiles, of the Gaussian "
        "that the maps are weighed with: photographs have their subject in the middle")
    add("--threads", type=int, default=os.cpu_count())
    return parser.parse_args()


@torch.no_grad()
def look(network, pictures, labels, size, mirror, batch=100):
    """Probabilities, tiles x classes, and the labelled class's map, tiles x h x w, of each tile."""
    weights, rows, maps = network.logits.weight, [], []
    for part, truth in zip(pictures.split(batch), labels.split(batch)):
        x = normalise(data.enlarge(part.flip(-1) if mirror else part, size))
        with torch.autocast("cpu", torch.bfloat16, enabled=has_bfloat16(part.device)):
            features = network.features(x.contiguous(memory_format=torch.channels_last))
        features = features.float()
        where = torch.einsum("nk,nkyx->nyx", weights[truth], features)
        rows.append(network.logits(features.mean((2, 3))).softmax(1))
        maps.append(where.flip(-1) if mirror else where)
    return torch.cat(rows), torch.cat(maps)


def towards_centre(maps, deviation):
    """The positive part of each map, h x w, the less the further from the middle."""
    height, width = ((torch.arange(n) + 0.5) / n - 0.5 for n in maps.shape[1:])
    weigh = lambda offset: torch.exp(-0.5 * (offset / deviation) ** 2)
    return maps.clamp(min=0) * weigh(height)[:, None] * weigh(width)


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    pictures, labels = data.load_training(options.data, options.fraction)
    totals = {"probabilities": 0, "maps": 0}
    for number, path in enumerate(options.weights):
        network = load_network(path).to(memory_format=torch.channels_last)
        # every second teacher sees the mirror image: two looks for the price of one
        seen = look(network, pictures, labels, options.size, number % 2 == 1)
        for name, values in zip(totals, seen):
            totals[name] = totals[name] + values
        print(f"{path}: done", flush=True)
    means = {name: total / len(options.weights) for name, total in totals.items()}
    means["maps"] = towards_centre(means["maps"], options.centre)
    np.savez(options.out, **{name: mean.numpy().astype(np.float16)
                             for name, mean in means.items()})


if __name__ == "__main__":
    main()
