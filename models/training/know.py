#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Teach trained weights to notice pictures of none of the classes.

    python3 know.py WEIGHTS.npz --data DIR --out KNOWING.npz

Fits `known`, a second linear layer with one output v . features, which says how
much the features look like those of photographs.  The exported file adds it to
the energy logsumexp(logits) and calls the sum `confidence`; the unsure rule
reads that.  The logits stay as they were trained, and so do probabilities and
explanations.  v is the direction of a logistic regression between the pooled
features of training tiles and of outliers.py's pictures of nothing, plus the
features' plain sum (pictures of nothing excite few features).
"""
import argparse

import torch
from torch.nn import functional as F

import data
import outliers
from network import load_network, normalise, save_weights


@torch.no_grad()
def pooled(network, pictures):
    return network.features(normalise(pictures)).mean((2, 3))


def collect(network, folder, tiles, blanks, rng, batch=50):
    """Pooled features of `tiles` training tiles and of `blanks` outliers."""
    pictures, labels = data.load_training(folder, tiles / data.PICTURES)
    pictures = pictures[torch.randperm(len(pictures), generator=rng)[:tiles]]
    each = batch * blanks // tiles
    known, nothing = [], []
    for part in pictures.split(batch):
        known.append(pooled(network, part))
        nothing.append(pooled(network, outliers.draw(part, each, rng)))
    return torch.cat(known), torch.cat(nothing)


def separate(known, nothing, decay):
    """The direction from `nothing` to `known`: balanced logistic regression."""
    scale = known.std(0) + 1e-3
    x = torch.cat([known, nothing]) / scale
    target = torch.cat([torch.ones(len(known)), torch.zeros(len(nothing))])
    weight = torch.where(target > 0, 0.5 / len(known), 0.5 / len(nothing))
    direction = torch.zeros(x.shape[1], requires_grad=True)
    offset = torch.zeros(1, requires_grad=True)
    optimiser = torch.optim.LBFGS([direction, offset], max_iter=200)

    def loss():
        optimiser.zero_grad()
        error = F.binary_cross_entropy_with_logits((x - x.mean(0)) @ direction + offset, target,
                                                   weight, reduction="sum")
        error = error + decay * direction.square().sum()
        error.backward()
        return error

    optimiser.step(loss)
    return direction.detach() / scale


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("weights", help=".npz from train.py")
    add("--data", required=True)
    add("--out", required=True, help=".npz to write")
    add("--tiles", type=int, default=5000, help="training tiles to look at")
    add("--blanks", type=int, default=3000, help="pictures of nothing to look at")
    add("--decay", type=float, default=0.1, help="of the logistic regression")
    add("--sum", type=float, default=0.5, help="weight of the features' sum")
    add("--strength", type=float, default=2.0,
        help="how far v spreads the training tiles' confidence, in logits")
    add("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = torch.Generator().manual_seed(options.seed)
    network = load_network(options.weights)
    known, nothing = collect(network, options.data, options.tiles, options.blanks, rng)
    learned = separate(known, nothing, options.decay)
    plain = torch.ones_like(learned)
    v = options.strength * (learned / (known @ learned).std() +
                            options.sum * plain / (known @ plain).std())
    threshold = torch.quantile(known @ v, 0.05)
    print(f"{(nothing @ v < threshold).float().mean():.1%} of the pictures of nothing score "
          "below 95 % of the training tiles")
    state = network.state_dict()
    state["known.weight"] = v[None]
    state["known.bias"] = -(known @ v).mean()[None]
    save_weights(options.out, state)


if __name__ == "__main__":
    main()
