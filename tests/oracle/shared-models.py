# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: shared-models.py NET-DUMP-FLOAT NET-DUMP-DOUBLE BUNDLED.onnx

The test data's float networks and the bundled one against PyTorch, on ten seeded inputs.
"""
import os
import sys

import numpy as np

from netdump import Tap, shared
from oracle import compare, run_onnx

SHAPES = {  # name: input C, H, W as net-dump takes it; whether the file wants channels last
    "SqueezeNet_fp16.onnx": ((3, 224, 224), False),
    "resnet_2b.onnx": ((3, 32, 32), False),
    "mnist_8.onnx": ((1, 28, 28), False),
    "cifar10_large.onnx": ((3, 32, 32), True),
    "vit_pgd_2_3_16.onnx": ((3, 32, 32), False),
}


def seeded(shape, seed):
    return np.random.default_rng(seed).normal(size=(10, *shape)) * 1.5


def main():
    programs = {"float": sys.argv[1], "double": sys.argv[2]}
    tap = Tap()
    for name, (shape, last) in SHAPES.items():
        path = shared("models", name)
        if path is None:
            tap.skip(name, "the shared test data is not here")
            continue

        def function(x, dtype, path=path, last=last):
            return run_onnx(path, x.permute(0, 2, 3, 1) if last else x, dtype)

        scale = 60.0 if name.startswith("SqueezeNet") else 1.0  # it takes pixels 0-255
        compare(tap, name, programs, path, seeded(shape, 1) * scale, function)
    bundled = sys.argv[3]
    compare(tap, os.path.basename(bundled), programs, bundled, seeded((3, 64, 64), 2),
            lambda x, dtype: run_onnx(bundled, x, dtype))
    tap.done()


main()
