#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Average the weights of networks that were trained one from the other.

    python3 mix.py 0.4:RUN4/weights.npz 0.4:RUN3/weights.npz 0.2:RUN2/weights.npz --out mixed.npz

Such networks lie in one valley of the loss, and their mean is often better than
each of them, at the price of one (Wortsman et al. 2022).  BatchNorm's mean
statistics are not the statistics of the mean network: go on with train.py
--init mixed.npz for an epoch, which measures them anew.
"""
import argparse

from network import load_weights, save_weights


def share_of(text):
    share, _, path = text.partition(":")
    return float(share), path


def mix(parts):
    """[(share, state dictionary) …] -> their weighted mean; shares need not sum to one."""
    total = sum(share for share, _ in parts)
    return {name: sum(share / total * state[name] for share, state in parts)
            for name in parts[0][1]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="+", type=share_of, metavar="SHARE:WEIGHTS",
                        help="0.4:RUN/weights.npz, or an exported .onnx")
    parser.add_argument("--out", required=True, help=".npz")
    options = parser.parse_args()
    save_weights(options.out, mix([(share, load_weights(path)) for share, path in options.parts]))


if __name__ == "__main__":
    main()
