# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: new-operators.py NET-DUMP-FLOAT NET-DUMP-DOUBLE

Operators that are newer than ONNX's packaged tests (opset 17 on Debian 12), in one small network
against PyTorch's formulas: GroupNormalization, Gelu (both kinds), RMSNormalization, Attention.
"""
import os
import sys
import tempfile

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper

from netdump import Tap
from oracle import compare

HEIGHT, WIDTH, CHANNELS, CLASSES = 6, 10, 12, 5
CELLS = HEIGHT * WIDTH
EPSILON = float(np.float32(1e-5))
Q_HEADS, KV_HEADS = 4, 2  # every two query heads share keys and values
SHAPES = {"conv.w": (CHANNELS, 3, 3, 3), "group.w": (CHANNELS,), "group.b": (CHANNELS,), "rms.w": (CHANNELS,),
          "q.w": (CHANNELS, CHANNELS), "k.w": (CHANNELS, CHANNELS // 2), "v.w": (CHANNELS, CHANNELS // 2),
          "head.w": (CHANNELS, CLASSES)}


def make_file(path, weights):
    node = helper.make_node
    nodes = [
        node("Conv", ["x", "conv.w"], ["conv"], pads=[1, 1, 1, 1]),
        node("GroupNormalization", ["conv", "group.w", "group.b"], ["group"], num_groups=3, epsilon=1e-5),
        node("Gelu", ["group"], ["gelu"], approximate="tanh"),
        node("Reshape", ["gelu", "rows"], ["columns"]),
        node("Transpose", ["columns"], ["tokens"], perm=[0, 2, 1]),
        node("RMSNormalization", ["tokens", "rms.w"], ["rms"], axis=-1, epsilon=1e-5),
        node("MatMul", ["rms", "q.w"], ["q"]),
        node("MatMul", ["rms", "k.w"], ["k"]),
        node("MatMul", ["rms", "v.w"], ["v"]),
        node("Attention", ["q", "k", "v"], ["attention"], q_num_heads=Q_HEADS, kv_num_heads=KV_HEADS),
        node("Add", ["attention", "tokens"], ["sum"]),
        node("Gelu", ["sum"], ["active"]),
        node("ReduceMean", ["active", "axes"], ["mean"], keepdims=0),
        node("MatMul", ["mean", "head.w"], ["logits"]),
    ]
    constants = [numpy_helper.from_array(array, name) for name, array in weights.items()]
    constants += [numpy_helper.from_array(np.array([1, CHANNELS, CELLS]), "rows"),
                  numpy_helper.from_array(np.array([1]), "axes")]
    graph = helper.make_graph(nodes, "new", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, HEIGHT, WIDTH])],
                              [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, CLASSES])], constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 23)], ir_version=10), path)


def attention(q, k, v):
    def heads(x, n):
        return x.reshape(1, CELLS, n, -1).transpose(1, 2)

    q, k, v = heads(q, Q_HEADS), heads(k, KV_HEADS), heads(v, KV_HEADS)
    k, v = (x.repeat_interleave(Q_HEADS // KV_HEADS, 1) for x in (k, v))
    scores = torch.softmax(q @ k.transpose(2, 3) / q.shape[-1] ** 0.5, -1)
    return (scores @ v).transpose(1, 2).reshape(1, CELLS, -1)


def formula(x, w):
    y = F.gelu(F.group_norm(F.conv2d(x, w["conv.w"], padding=1), 3, w["group.w"], w["group.b"], EPSILON), approximate="tanh")
    tokens = y.reshape(1, CHANNELS, CELLS).transpose(1, 2)
    rms = tokens * torch.rsqrt(tokens.pow(2).mean(-1, keepdim=True) + EPSILON) * w["rms.w"]
    mixed = attention(rms @ w["q.w"], rms @ w["k.w"], rms @ w["v.w"])
    return F.gelu(mixed + tokens).mean(1) @ w["head.w"]


def main():
    rng = np.random.default_rng(5)
    weights = {name: rng.normal(scale=0.6, size=shape).astype(np.float32) for name, shape in SHAPES.items()}
    typed = {dtype: {name: torch.tensor(array).to(dtype) for name, array in weights.items()}
             for dtype in (torch.float32, torch.float64)}
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "new.onnx")
        make_file(path, weights)
        compare(tap, "operators newer than opset 17", {"float": sys.argv[1], "double": sys.argv[2]}, path,
                rng.normal(size=(10, 3, HEIGHT, WIDTH)), lambda x, dtype: formula(x, typed[dtype]))
    tap.done()


main()
