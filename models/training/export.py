#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the trained weights as an ONNX file that describes itself.

    python3 export.py WEIGHTS.npz ../whylayer-tiny64.onnx [--confidence confidence.json]

Convolution and linear weights are stored as float16, each followed by a Cast,
so that the graph computes in float32; BatchNormalization stays separate, so
that a reader sees the network as it was trained.  Besides the logits the graph
has the output `confidence`, for the unsure rule: the logits' energy plus what
know.py learned.  Nodes are called by what they are (`stem.conv1`, `block3.relu2`, `smooth`, `pool`, `logits`), and every node's
output has the node's name.  The `whylayer` metadata key holds labels,
preprocessing, and (from calibrate.py) temperature and the "unsure" rule.
"""
import argparse
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from network import BLOCKS, MEAN, STD, load_weights

LABELS = Path(__file__).resolve().parent.parent / "labels"
NAME = "whylayer-tiny64"
CAM_LAYER = "smooth"
OPSET, IR_VERSION = 17, 8


class Graph:
    """Collects nodes and initializers; every method returns its output's name."""

    def __init__(self, state):
        self.state = {name: value.numpy() for name, value in state.items()}
        self.nodes, self.initializers = [], []

    def node(self, kind, name, *inputs, **attributes):
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name, **attributes))
        return name

    def constant(self, name, dtype=np.float32):
        value = np.ascontiguousarray(self.state[name].astype(dtype))
        self.initializers.append(numpy_helper.from_array(value, name))
        return name

    def half(self, name):
        """A weight stored in float16, used in float32."""
        return self.node("Cast", f"{name}.float32", self.constant(name, np.float16),
                         to=TensorProto.FLOAT)

    def conv(self, name, x, stride):
        size = self.state[f"{name}.weight"].shape[-1]
        return self.node("Conv", name, x, self.half(f"{name}.weight"), kernel_shape=[size] * 2,
                         strides=[stride] * 2, pads=[size // 2] * 4)

    def norm(self, name, x):
        return self.node("BatchNormalization", name, x, *(
            self.constant(f"{name}.{part}")
            for part in ("weight", "bias", "running_mean", "running_var")), epsilon=1e-5)

    def conv_norm_relu(self, prefix, number, x, stride):
        x = self.norm(f"{prefix}.bn{number}", self.conv(f"{prefix}.conv{number}", x, stride))
        return self.node("Relu", f"{prefix}.relu{number}", x)

    def block(self, name, x, inputs, outputs, stride):
        y = self.conv_norm_relu(name, 1, x, stride)
        y = self.norm(f"{name}.bn2", self.conv(f"{name}.conv2", y, 1))
        if inputs != outputs or stride != 1:
            x = self.norm(f"{name}.skip.bn", self.conv(f"{name}.skip.conv", x, stride))
        return self.node("Relu", f"{name}.relu2", self.node("Add", f"{name}.add", y, x))


def build(state):
    """The network of network.py as an ONNX graph, input N x 3 x H x W."""
    graph = Graph(state)
    x = graph.conv_norm_relu("stem", 1, "input", 2)
    x = graph.conv_norm_relu("stem", 2, x, 1)
    for number, (inputs, outputs, stride) in enumerate(BLOCKS, 1):
        x = graph.block(f"block{number}", x, inputs, outputs, stride)
    x = graph.node("AveragePool", CAM_LAYER, x, kernel_shape=[3, 3], pads=[1] * 4,
                   count_include_pad=1)
    x = graph.node("Flatten", "features", graph.node("GlobalAveragePool", "pool", x), axis=1)
    for layer in ("logits", "known"):
        graph.node("Gemm", layer, x, graph.half(f"{layer}.weight"), graph.constant(f"{layer}.bias"),
                   transB=1)
    energy = graph.node("ReduceLogSumExp", "energy", "logits", axes=[1], keepdims=1)
    graph.node("Add", "confidence", energy, "known")
    classes = graph.state["logits.bias"].size
    return helper.make_graph(
        graph.nodes, NAME,
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", 3, "H", "W"])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", width])
         for name, width in (("logits", classes), ("confidence", 1))],
        graph.initializers)


def read_labels(language=""):
    path = LABELS / f"{NAME}{language}.txt"
    return path.read_text(encoding="utf-8").splitlines()


def describe(confidence):
    """What the graph cannot say: the `whylayer` metadata (a sidecar's content)."""
    return {
        "name": NAME,
        "description": "200 everyday classes at 64x64: a small residual network trained from "
                       "scratch on Tiny ImageNet; see MODEL_CARD.md",
        "licence": "GPL-3.0-or-later",
        "input": {"name": "input", "size": [64, 64], "channels": "rgb", "layout": "nchw",
                  "range": [0, 1], "mean": list(MEAN), "std": list(STD),
                  "resize": "crop", "short_side": 64},
        "labels": {"C": read_labels(), "zh_CN": read_labels(".zh_CN")},
        "activation": "softmax",
        "layer": CAM_LAYER,
        **confidence}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", help=".npz from train.py")
    parser.add_argument("output", help=".onnx to write")
    parser.add_argument("--confidence", help=".json from calibrate.py: temperature, unsure")
    options = parser.parse_args()
    confidence = {"temperature": 1.0}
    if options.confidence:
        confidence = json.loads(Path(options.confidence).read_text(encoding="utf-8"))
    model = helper.make_model(build(load_weights(options.weights)), producer_name="whylayer",
                              opset_imports=[helper.make_opsetid("", OPSET)],
                              ir_version=IR_VERSION)
    helper.set_model_props(model, {"whylayer": json.dumps(describe(confidence),
                                                          ensure_ascii=False)})
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, options.output)


if __name__ == "__main__":
    main()
