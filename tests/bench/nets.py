# SPDX-License-Identifier: GPL-3.0-or-later
"""The networks that are measured: the bundled one and five of torchvision with seeded weights (the
arithmetic is the same), each with the layer that Grad-CAM reads and its occlusion windows.
"""
import os
import sys

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
CACHE = os.environ.get("WHYLAYER_BENCH_CACHE") or os.path.join(ROOT, "build", "bench-models")


class Net:
    def __init__(self, name, title, side, layer, window, stride):
        self.name, self.title, self.side, self.layer = name, title, side, layer
        self.window, self.stride = window, stride

    def patches(self):
        across = (self.side - self.window + self.stride - 1) // self.stride + 1
        return across * across

    def path(self):
        if self.name == "bundled":
            return os.path.join(ROOT, "models", "whylayer-tiny64.onnx")
        return os.path.join(CACHE, f"{self.name}.onnx")

    def module(self):
        """The network in PyTorch, in evaluation mode."""
        import torch

        torch.manual_seed(1)
        if self.name == "bundled":
            sys.path.insert(0, os.path.join(ROOT, "models", "training"))
            import network

            return network.Tiny64().eval()
        import torchvision

        net = getattr(torchvision.models, self.name)(weights=None)
        for module in net.modules():  # seeded statistics would let deep activations fade to denormals
            if isinstance(module, torch.nn.BatchNorm2d):
                module.momentum = 1.0
        net.train()
        with torch.no_grad():
            net(torch.randn(4, 3, self.side, self.side))
        return net.eval()

    def export(self):
        import torch

        if os.path.exists(self.path()):
            return
        os.makedirs(CACHE, exist_ok=True)
        torch.onnx.export(self.module(), torch.zeros(2, 3, self.side, self.side), self.path() + ".part",
                          opset_version=17, input_names=["input"], dynamic_axes={"input": {0: "n"}})
        os.rename(self.path() + ".part", self.path())


NETS = {net.name: net for net in (
    Net("bundled", "bundled 64²", 64, "smooth", 5, 3),
    Net("squeezenet1_1", "SqueezeNet 1.1", 224, "features", 15, 8),
    Net("resnet18", "ResNet-18", 224, "layer4", 15, 8),
    Net("resnet50", "ResNet-50", 224, "layer4", 15, 8),
    Net("mobilenet_v2", "MobileNetV2", 224, "features", 15, 8),
    Net("vit_b_16", "ViT-B/16", 224, "encoder.layers.encoder_layer_10", 15, 8))}
