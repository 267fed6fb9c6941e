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

from netdump import Tap
from oracle import compare

NETS = {  # name: input height, width, further arguments
    "alexnet": (224, 416, {}),  # its pooling to 6×6 is a file's pooling only from multiples of 6
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


def enliven(net):
    """Weights that initialisation leaves at nothing: a ViT's head, ConvNeXt's layer scales of 1e-6."""
    with torch.no_grad():
        for parameter_name, parameter in net.named_parameters():
            if parameter_name == "heads.head.weight":
                torch.nn.init.normal_(parameter, std=0.05)
            elif parameter_name.endswith("layer_scale"):
                parameter.fill_(0.5)


def build(name, size, arguments):
    torch.manual_seed(1)
    net = getattr(torchvision.models, name)(weights=None, **arguments)
    enliven(net)
    for module in net.modules():  # momentum 1: the statistics of exactly this pass
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 1.0
    net.train()
    with torch.no_grad():
        net(torch.randn(8, 3, *size))
    return net.eval()


def single(number):
    """A number as a file holds it: attributes and exported constants are float32."""
    return float(np.float32(number))


class FileHardsigmoid(torch.nn.Module):
    def forward(self, x):
        return torch.clamp(x * single(1 / 6) + 0.5, 0, 1)


class FileGelu(torch.nn.Module):
    def forward(self, x):
        return x * 0.5 * (1 + torch.erf(x / single(2**0.5)))


def as_in_a_file(module):
    """The module with its constants as the ONNX file has them.

    PyTorch in double precision divides by 6 and √2 and adds an epsilon in double; the file of the
    same network holds float32(1/6), float32(√2) and float32(epsilon). That is another function, by up
    to 2e-7 in MobileNetV3, and the double comparison is about computing the same one.
    """
    for name, child in module.named_children():
        if isinstance(child, torch.nn.Hardsigmoid):
            setattr(module, name, FileHardsigmoid())
        elif isinstance(child, torch.nn.GELU):
            setattr(module, name, FileGelu())
        else:
            as_in_a_file(child)
    if hasattr(module, "eps"):  # BatchNorm, LayerNorm
        module.eps = single(module.eps)
    if type(module).__name__ == "ShiftedWindowAttention":  # multiplies the queries by 1/√d
        d = module.qkv.in_features // module.num_heads
        factor = single(d**-0.5) / d**-0.5
        with torch.no_grad():
            module.qkv.weight[: module.qkv.in_features] *= factor
            module.qkv.bias[: module.qkv.in_features] *= factor
    return module


def check(tap, name, programs):
    height, width, arguments = NETS[name]
    net = build(name, (height, width), arguments)
    double = as_in_a_file(copy.deepcopy(net).double())
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
