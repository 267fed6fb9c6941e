#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write what trained networks think of every training tile, for train.py --teacher.

    python3 soften.py RUN/weights.npz [MORE...] --data DIR --out soft.npy

The mean of the networks' probabilities at a view larger than the tile, where
they are at their best.  A network that learns from these beside the labels is
told which classes look alike (Hinton et al. 2015), and one as large as its
teachers comes out better than they are (Furlanello et al. 2018).
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
    add("--out", required=True, help=".npy, tiles x classes, float16; tiles as data.load_training")
    add("--fraction", type=float, default=1.0, help="as given to train.py")
    add("--size", type=int, default=80, help="the view the teachers are shown")
    add("--threads", type=int, default=os.cpu_count())
    return parser.parse_args()


@torch.no_grad()
def probabilities(network, pictures, size, mirror, batch=100):
    rows = []
    for part in pictures.split(batch):
        x = normalise(data.enlarge(part.flip(-1) if mirror else part, size))
        with torch.autocast("cpu", torch.bfloat16, enabled=has_bfloat16(part.device)):
            scores = network(x.contiguous(memory_format=torch.channels_last))
        rows.append(scores.float().softmax(1))
    return torch.cat(rows)


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    pictures, _ = data.load_training(options.data, options.fraction)
    total = 0
    for number, path in enumerate(options.weights):
        network = load_network(path).to(memory_format=torch.channels_last)
        # every second teacher sees the mirror image: two looks for the price of one
        total = total + probabilities(network, pictures, options.size, number % 2 == 1)
        print(f"{path}: done", flush=True)
    np.save(options.out, (total / len(options.weights)).numpy().astype(np.float16))


if __name__ == "__main__":
    main()
