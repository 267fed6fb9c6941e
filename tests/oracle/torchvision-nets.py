# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: torchvision-nets.py NET-DUMP-FLOAT NET-DUMP-DOUBLE [NAME...]

Networks exported by torch.onnx from torchvision with seeded weights, against PyTorch itself.
Seeded initialisation makes deep networks vacuous (Inception's logits vary by 2e-7 with the input):
one seeded training-mode pass sets the BatchNorm statistics first. Non-square inputs wherever the
network takes them.
"""
import copy
import os
import sys
import tempfile
import warnings

import numpy as np
import torch
import torchvision

from oracle import Tap, compare

NETS = {  # name: input height, width, further arguments
    "alexnet": (224, 224, {}),
    "vgg16": (224, 224, {}),
    "resnet18": (96, 128, {}),
    "resnet50": (96, 128, {}),
    "resnext50_32x4d": (64, 96, {}),
    "wide_resnet50_2": (64, 96, {}),
    "squeezenet1_1": (96, 128, {}),
    "densenet121": (64, 96, {}),
    "googlenet": (96, 128, {"init_weights": True, "aux_logits": False}),
    "inception_v3": (107, 139, {"init_weights": True, "aux_logits": False}),
    "mobilenet_v2": (64, 96, {}),
    "mobilenet_v3_small": (64, 96, {}),
    "mobilenet_v3_large": (64, 96, {}),
    "shufflenet_v2_x1_0": (64, 96, {}),
    "mnasnet1_0": (64, 96, {}),
    "efficientnet_b0": (64, 96, {}),
    "efficientnet_v2_s": (64, 96, {}),
    "regnet_y_400mf": (64, 96, {}),
    "convnext_tiny": (64, 96, {}),
    "vit_b_16": (224, 224, {}),
    "swin_t": (96, 128, {}),
}


def build(name, size, arguments):
    torch.manual_seed(1)
    net = getattr(torchvision.models, name)(weights=None, **arguments)
    for module in net.modules():  # momentum 1: the statistics of exactly this pass
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 1.0
    net.train()
    with torch.no_grad():
        net(torch.randn(8, 3, *size))
    return net.eval()


def check(tap, name, programs):
    height, width, arguments = NETS[name]
    net = build(name, (height, width), arguments)
    double = copy.deepcopy(net).double()
    inputs = np.random.default_rng(3).normal(size=(10, 3, height, width))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, f"{name}.onnx")
        # PRESERVE: the exporter's own folding would round Conv+BatchNorm to float32.
        torch.onnx.export(net, torch.zeros(1, 3, height, width), path, opset_version=17,
                          training=torch.onnx.TrainingMode.PRESERVE)
        compare(tap, name, programs, path, inputs,
                lambda x, dtype: double(x) if dtype == torch.float64 else net(x))


def main():
    warnings.filterwarnings("ignore")
    programs = {"float": sys.argv[1], "double": sys.argv[2]}
    tap = Tap()
    for name in sys.argv[3:] or NETS:
        if not hasattr(torchvision.models, name):
            tap.skip(name, "this torchvision does not have it")
            continue
        try:
            check(tap, name, programs)
        except RuntimeError as error:
            tap.case(name, False, str(error).splitlines()[0])
    tap.done()


main()
