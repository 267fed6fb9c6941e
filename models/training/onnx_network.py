# SPDX-License-Identifier: GPL-3.0-or-later
"""Run an exported classifier in PyTorch, node by node.

Evaluation reads the file that people get, not the training's own network, so
the published figures include the float16 weights and the graph's wiring.
"""
import json

import onnx
import torch
from onnx import helper, numpy_helper
from torch import nn
from torch.nn import functional as F


def _batch_norm(x, weight, bias, mean, variance, epsilon=1e-5, **_):
    return F.batch_norm(x, mean, variance, weight, bias, eps=epsilon)


def _conv(x, weight, strides, pads, **_):
    return F.conv2d(x, weight, stride=strides, padding=pads[:2])


def _average_pool(x, kernel_shape, pads, count_include_pad):
    return F.avg_pool2d(x, kernel_shape, 1, pads[:2], count_include_pad=bool(count_include_pad))


OPERATORS = {
    "Add": lambda a, b: a + b,
    "AveragePool": _average_pool,
    "BatchNormalization": _batch_norm,
    "Cast": lambda x, to: x.float(),
    "Conv": _conv,
    "Flatten": lambda x, axis: x.flatten(axis),
    "Gemm": lambda x, weight, bias, transB: F.linear(x, weight, bias),
    "GlobalAveragePool": lambda x: x.mean((2, 3), keepdim=True),
    "ReduceLogSumExp": lambda x, axes, keepdims: x.logsumexp(axes, bool(keepdims)),
    "Relu": F.relu,
}


class OnnxNetwork(nn.Module):
    """The graph of `path`; `info` is its `whylayer` metadata."""

    def __init__(self, path):
        super().__init__()
        model = onnx.load(path)
        self.nodes = list(model.graph.node)
        self.values = {tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy())
                       for tensor in model.graph.initializer}
        self.input = model.graph.input[0].name
        self.output = model.graph.output[0].name
        self.info = json.loads({entry.key: entry.value for entry in
                                model.metadata_props}["whylayer"])

    def forward(self, x, keep=()):
        """Logits, or (logits, the values called `keep` …)."""
        values = {**self.values, self.input: x}
        for node in self.nodes:
            attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
            values[node.output[0]] = OPERATORS[node.op_type](
                *(values[name] for name in node.input), **attributes)
        if not keep:
            return values[self.output]
        return (values[self.output], *(values[name] for name in keep))
