#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fix the temperature and the "unsure" rule of an exported classifier.

    python3 calibrate.py MODEL.onnx --data DIR --write confidence.json

Temperature T (Guo et al. 2017): of those whose negative log likelihood of the
validation tiles under softmax(logits / T) is least, as far as so few tiles can
tell, the one with the least calibration error.  Unsure rule: one score per
picture, larger when the classifier has seen something it knows, and the
threshold that 95 % of the validation tiles pass.  The scores a host can compute
(`z` the logits):

    confidence   the file's own output: energy at T = 1 plus what know.py learned
    energy       T * logsumexp(z / T)        (Liu et al. 2020)
    max-logit    max(z)                      (Hendrycks et al. 2022)
    probability  max(softmax(z / T))         (Hendrycks and Gimpel 2017)

How often each rejects pictures of none of the classes (nonclass.py) is printed;
the best is written.  Feature norm is shown for comparison only.
"""
import argparse
import json

import torch
from torch.nn import functional as F

import data
import nonclass
from evaluate import calibration_error
from network import normalise
from onnx_network import OnnxNetwork

PASS = 0.95
ALIKE = 0.002  # likelihoods nearer than this, in nats a tile, are not told apart


@torch.no_grad()
def outputs(network, pictures, batch=100):
    """Logits, confidence and the norm of the pooled features."""
    parts = [network(normalise(part), keep=("confidence", "features"))
             for part in pictures.split(batch)]
    logits, confidence, features = (torch.cat(column) for column in zip(*parts))
    return logits, confidence[:, 0], features.norm(dim=1)


def fit_temperature(logits, labels):
    """Golden-section search, as the likelihood has one minimum in log T; then its neighbours."""
    low, high, ratio = -2.0, 2.0, (5 ** 0.5 - 1) / 2

    def loss(t):
        return F.cross_entropy(logits / torch.tensor(t).exp(), labels).item()

    for _ in range(40):
        a, b = high - ratio * (high - low), low + ratio * (high - low)
        low, high = (low, b) if loss(a) < loss(b) else (a, high)
    best = (low + high) / 2
    near = [t for t in torch.linspace(best - 0.2, best + 0.2, 81).tolist()
            if loss(t) < loss(best) + ALIKE]
    near = [torch.tensor(t).exp().item() for t in (best, *near)]
    return min(near, key=lambda temperature: calibration_error(logits, labels, temperature))


def scores(logits, confidence, norm, temperature):
    return {"confidence": confidence,
            "energy": temperature * (logits / temperature).logsumexp(1),
            "max-logit": logits.max(1).values,
            "probability": (logits / temperature).softmax(1).max(1).values,
            "(feature norm)": norm}


def held_out_error(logits, labels):
    """ECE with each half's temperature fitted on the other half."""
    halves = torch.arange(len(labels)) % 2
    scaled = torch.empty_like(logits)
    for half in (0, 1):
        temperature = fit_temperature(logits[halves != half], labels[halves != half])
        scaled[halves == half] = logits[halves == half] / temperature
    return calibration_error(scaled, labels)


def rejection(network, below, temperature, count):
    """Prints the share of each kind of picture that each score rejects; returns the means."""
    total = {name: 0.0 for name in below}
    print("| pictures | " + " | ".join(below) + " |")
    print("|---" * (len(below) + 1) + "|")
    for kind in nonclass.GENERATORS:
        found = scores(*outputs(network, nonclass.pictures(kind, count)), temperature)
        shares = {name: (found[name] < below[name]).float().mean().item() for name in below}
        print(f"| {kind} | " + " | ".join(f"{shares[name]:.1%}" for name in below) + " |")
        for name in below:
            total[name] += shares[name] / len(nonclass.GENERATORS)
    print("| all | " + " | ".join(f"{total[name]:.1%}" for name in below) + " |\n")
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("--data", required=True)
    parser.add_argument("--count", type=int, default=400, help="pictures of each kind")
    parser.add_argument("--tiles", type=int, help="use only so many validation tiles")
    parser.add_argument("--write", help=".json for export.py --confidence")
    options = parser.parse_args()
    network = OnnxNetwork(options.model)
    pictures, labels, _ = data.load_validation(options.data, options.tiles)
    logits, confidence, norm = outputs(network, pictures)
    temperature = fit_temperature(logits, labels)
    print(f"temperature {temperature:.4f}: ECE {calibration_error(logits, labels):.3f} before, "
          f"{calibration_error(logits, labels, temperature):.3f} after, "
          f"{held_out_error(logits, labels):.3f} with the temperature of the other half\n")
    below = {name: torch.quantile(values, 1 - PASS).item()
             for name, values in scores(logits, confidence, norm,
                                                                  temperature).items()}
    total = rejection(network, below, temperature, options.count)
    best = max((name for name in total if "(" not in name), key=total.get)
    print(f"unsure when {best} < {below[best]:.4f}")
    if options.write:
        with open(options.write, "w", encoding="utf-8") as file:
            score = {"score": "output", "output": best} if best == "confidence" else {"score": best}
            json.dump({"temperature": round(temperature, 4),
                       "unsure": {**score, "below": round(below[best], 4)}}, file)
            file.write("\n")


if __name__ == "__main__":
    main()
