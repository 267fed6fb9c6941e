# SPDX-License-Identifier: GPL-3.0-or-later
"""The bundled classifier: a small residual network chosen to be explained.

Plain 3x3 convolutions, BatchNorm, ReLU, identity shortcuts, global average
pooling and ONE linear layer, so that the class activation map (CAM, Zhou et
al. 2016) is exact: logit[c] = bias[c] + mean over positions of
weight[c] . features[:, y, x].  Fully convolutional: any input size works, and
the last grid is 1/8 of it (8x8 at 64x64).  The last step before the pooling is
a 3x3 mean with zeros around the grid: a map's peak is then the middle of what
spoke for the class, not the one cell that spoke loudest, and the picture's rim
counts less than its middle.
"""
from collections import OrderedDict

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

CLASSES = 200
MEAN = (0.485, 0.456, 0.406)  # of RGB in 0...1
STD = (0.229, 0.224, 0.225)
# (channels in, channels out, stride) of block1 ... block6
BLOCKS = ((64, 64, 1), (64, 128, 2), (128, 128, 1),
          (128, 256, 2), (256, 256, 1), (256, 384, 1))


def conv(inputs, outputs, size, stride=1):
    return nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False)


class Stem(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = conv(3, 32, 3, 2), nn.BatchNorm2d(32)
        self.conv2, self.bn2 = conv(32, 64, 3), nn.BatchNorm2d(64)

    def forward(self, x):
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))


class Block(nn.Module):
    """relu(bn2(conv2(relu(bn1(conv1(x))))) + skip(x)), He et al. 2016."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1, self.bn1 = conv(inputs, outputs, 3, stride), nn.BatchNorm2d(outputs)
        self.conv2, self.bn2 = conv(outputs, outputs, 3), nn.BatchNorm2d(outputs)
        self.skip = None
        if inputs != outputs or stride != 1:
            self.skip = nn.Sequential(OrderedDict(
                conv=conv(inputs, outputs, 1, stride), bn=nn.BatchNorm2d(outputs)))

    def forward(self, x):
        shortcut = x if self.skip is None else self.skip(x)
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + shortcut)


class Tiny64(nn.Module):
    def __init__(self, classes=CLASSES):
        super().__init__()
        self.stem = Stem()
        for number, shape in enumerate(BLOCKS, 1):
            setattr(self, f"block{number}", Block(*shape))
        self.smooth = nn.AvgPool2d(3, stride=1, padding=1)
        self.logits = nn.Linear(BLOCKS[-1][1], classes)
        self.known = nn.Linear(BLOCKS[-1][1], 1)  # fitted by know.py, after training
        nn.init.zeros_(self.known.weight)
        nn.init.zeros_(self.known.bias)

    def first_blocks(self, count):
        """The stem and the first `count` blocks; nothing when that is 0."""
        return [self.stem, *(getattr(self, f"block{n}") for n in range(1, count + 1))] if count else []

    def features(self, x):
        """x: N x 3 x H x W, normalised -> N x 384 x H/8 x W/8, not negative."""
        x = self.stem(x)
        for number in range(1, len(BLOCKS) + 1):
            x = getattr(self, f"block{number}")(x)
        return self.smooth(x)

    def forward(self, x):
        return self.logits(self.features(x).mean((2, 3)))


def normalise(pixels):
    """uint8 N x 3 x H x W (or 0...255 floats) -> the network's input."""
    scale = 1 / (255 * torch.tensor(STD, device=pixels.device).view(1, 3, 1, 1))
    shift = torch.tensor(MEAN, device=pixels.device) / torch.tensor(STD, device=pixels.device)
    return pixels.float() * scale - shift.view(1, 3, 1, 1)


def _v0_names():
    """State names of this file -> names in whylayer-tiny64-v0.npz."""
    layers = {"stem.conv1": "0", "stem.bn1": "1", "stem.conv2": "3", "stem.bn2": "4",
              "logits": "14"}
    for number in range(1, len(BLOCKS) + 1):
        for ours, theirs in (("conv1", "c1"), ("bn1", "b1"), ("conv2", "c2"), ("bn2", "b2"),
                             ("skip.conv", "d.0"), ("skip.bn", "d.1")):
            layers[f"block{number}.{ours}"] = f"{number + 5}.{theirs}"
    return layers


def save_weights(path, state):
    """Convolution and linear weights as float16, BatchNorm and bias as float32."""
    arrays = {name: value.detach().cpu().numpy() for name, value in state.items()
              if not name.endswith("num_batches_tracked")}
    np.savez(path, **{name: value.astype(np.float16) if value.ndim > 1 else
                      value.astype(np.float32) for name, value in arrays.items()})


def _read_arrays(path):
    if str(path).endswith(".onnx"):  # export.py calls its constants by their state names
        import onnx.numpy_helper  # needed for this only
        return {tensor.name: onnx.numpy_helper.to_array(tensor)
                for tensor in onnx.load(path).graph.initializer}
    return np.load(path)


def load_weights(path):
    """A state dictionary from save_weights' .npz, the first run's, or an exported .onnx."""
    arrays = _read_arrays(path)
    layers = _v0_names() if "0.weight" in arrays else {}
    state = {}
    for name in Tiny64().state_dict():
        if not name.endswith("num_batches_tracked"):
            layer, kind = name.rsplit(".", 1)
            entry = f"{layers.get(layer, layer)}.{kind}"
            if entry in arrays or layer != "known":
                state[name] = torch.from_numpy(arrays[entry].astype(np.float32))
    return state


def load_network(path):
    network = Tiny64()
    network.load_state_dict(load_weights(path), strict=False)
    return network.eval()
