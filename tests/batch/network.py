# SPDX-License-Identifier: GPL-3.0-or-later
"""A small random convolutional classifier of 64×48 pixels, always the same one."""
import json

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

CLASSES = 7


def write_network(path, labels=None):
    """Write path and its sidecar; returns path."""
    random = np.random.default_rng(3)

    def weights(name, *shape):
        return numpy_helper.from_array(random.normal(0, shape[1] ** -0.5, shape).astype(np.float32), name)
    nodes = [helper.make_node("Conv", ["x", "w1"], ["c1"], pads=[1, 1, 1, 1], strides=[2, 2]),
             helper.make_node("Relu", ["c1"], ["r1"]),
             helper.make_node("Conv", ["r1", "w2"], ["c2"], pads=[1, 1, 1, 1], strides=[2, 2]),
             helper.make_node("Relu", ["c2"], ["r2"]),
             helper.make_node("GlobalAveragePool", ["r2"], ["p"]),
             helper.make_node("Flatten", ["p"], ["f"]),
             helper.make_node("Gemm", ["f", "w3"], ["y"], transB=1)]
    graph = helper.make_graph(
        nodes, "small", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 48, 64])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", CLASSES])],
        [weights("w1", 8, 3, 3, 3), weights("w2", 16, 8, 3, 3), weights("w3", CLASSES, 16)])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), str(path))
    labels = labels or ["ant", "bee", "cat", "dog", "emu", "fox", "gnu"]
    path.with_suffix(".json").write_text(json.dumps(
        {"labels": labels, "input": {"resize": "stretch", "mean": [0.5] * 3, "std": [0.25] * 3}}))
    return path
