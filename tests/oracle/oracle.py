# SPDX-License-Identifier: GPL-3.0-or-later
"""What the comparisons with PyTorch share, and an ONNX graph in PyTorch.

The interpreter below is written from the ONNX specification on PyTorch's own operators and knows
nothing of Whylayer: it is the independent witness for files of which no PyTorch source exists.
"""
import functools

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper

from netdump import net_dump, relative


def attributes(node):
    return {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}


def pads_of(a, x, kernel):
    """[left, right, top, bottom] for F.pad."""
    strides = a.get("strides", [1, 1])
    auto = a.get("auto_pad", b"NOTSET")
    if auto in (b"SAME_UPPER", b"SAME_LOWER"):
        pads = []
        for extent, k, s in reversed(list(zip(x.shape[2:], kernel, strides))):
            total = max((-(-extent // s) - 1) * s + k - extent, 0)
            small, large = total // 2, total - total // 2
            pads += [small, large] if auto == b"SAME_UPPER" else [large, small]
        return pads
    top, left, bottom, right = a.get("pads", [0, 0, 0, 0])
    return [left, right, top, bottom]


def conv(a, x, w, b=None):
    x = F.pad(x, pads_of(a, x, w.shape[2:]))
    return F.conv2d(x, w, b, a.get("strides", [1, 1]), 0, a.get("dilations", [1, 1]), a.get("group", 1))


def max_pool(a, x):
    assert not a.get("ceil_mode", 0)
    x = F.pad(x, pads_of(a, x, a["kernel_shape"]), value=-torch.inf)
    return F.max_pool2d(x, a["kernel_shape"], a.get("strides", [1, 1]))


def average_pool(a, x):
    pads = pads_of(a, x, a["kernel_shape"])
    assert not any(pads) or a.get("count_include_pad", 0)
    return F.avg_pool2d(F.pad(x, pads), a["kernel_shape"], a.get("strides", [1, 1]))


def gemm(a, x, w, b=0):
    x = x.T if a.get("transA", 0) else x
    w = w.T if a.get("transB", 0) else w
    return a.get("alpha", 1.0) * (x @ w) + a.get("beta", 1.0) * b


def reshape(a, x, shape):
    return x.reshape([x.shape[i] if d == 0 else int(d) for i, d in enumerate(shape.tolist())])


def sliced(a, x, starts=None, ends=None, axes=None, steps=None):
    starts = a["starts"] if starts is None else starts.tolist()
    ends = a["ends"] if ends is None else ends.tolist()
    axes = a.get("axes", range(len(starts))) if axes is None else axes.tolist()
    where = [slice(None)] * x.dim()
    for i, axis in enumerate(axes):
        where[axis] = slice(starts[i], min(ends[i], x.shape[axis]), 1 if steps is None else int(steps[i]))
    return x[tuple(where)]


def unsqueeze(a, x, axes=None):
    for axis in sorted(a["axes"] if axes is None else axes.tolist()):
        x = x.unsqueeze(axis)
    return x


def squeeze(a, x, axes=None):
    axes = a.get("axes") if axes is None else axes.tolist()
    for axis in sorted(axes, reverse=True):
        x = x.squeeze(axis)
    return x


def softmax(a, x):
    return torch.softmax(x, a.get("axis", -1))


def batch_norm(a, x, scale, bias, mean, var):
    return F.batch_norm(x, mean, var, scale, bias, False, 0.0, a.get("epsilon", 1e-5))


def reduce_mean(a, x, axes=None):
    axes = a.get("axes") if axes is None else axes.tolist()
    return x.mean(axes, keepdim=bool(a.get("keepdims", 1)))


def pad(a, x, pads=None, value=None):
    pads = a["pads"] if pads is None else pads.tolist()
    half = len(pads) // 2
    order = [p for i in reversed(range(half)) for p in (pads[i], pads[half + i])]
    return F.pad(x, order, value=float(value) if value is not None else a.get("value", 0.0))


OPERATORS = {
    "Conv": conv,
    "Relu": lambda a, x: torch.relu(x),
    "MaxPool": max_pool,
    "AveragePool": average_pool,
    "GlobalAveragePool": lambda a, x: x.mean([2, 3], keepdim=True),
    "Gemm": gemm,
    "MatMul": lambda a, x, y: x @ y,
    "Add": lambda a, x, y: x + y,
    "Sub": lambda a, x, y: x - y,
    "Mul": lambda a, x, y: x * y,
    "Div": lambda a, x, y: x / y,
    "Pow": lambda a, x, y: x**y,
    "Sqrt": lambda a, x: torch.sqrt(x),
    "Erf": lambda a, x: torch.erf(x),
    "Concat": lambda a, *x: torch.cat(x, a["axis"]),
    "Flatten": lambda a, x: x.flatten(a.get("axis", 1)) if a.get("axis", 1) else x.reshape(1, -1),
    "Reshape": reshape,
    "Transpose": lambda a, x: x.permute(a["perm"]),
    "Dropout": lambda a, x, *rest: x,
    "Identity": lambda a, x: x,
    "Softmax": softmax,
    "BatchNormalization": batch_norm,
    "ReduceMean": reduce_mean,
    "Slice": sliced,
    "Unsqueeze": unsqueeze,
    "Squeeze": squeeze,
    "Shape": lambda a, x: torch.tensor(x.shape, dtype=torch.int64),
    "Gather": lambda a, x, i: torch.index_select(x, a.get("axis", 0), i.reshape(-1)).reshape(
        x.shape[: a.get("axis", 0)] + i.shape + x.shape[a.get("axis", 0) + 1 :]),
    "Constant": lambda a: torch.from_numpy(numpy_helper.to_array(a["value"]).copy()),
    "ConstantOfShape": lambda a, shape: torch.full(
        shape.tolist(), numpy_helper.to_array(a["value"]).item() if "value" in a else 0.0,
        dtype=torch.int64 if "value" in a and numpy_helper.to_array(a["value"]).dtype == np.int64 else None),
    "Expand": lambda a, x, shape: x * torch.ones(shape.tolist(), dtype=x.dtype),
    "Where": lambda a, c, x, y: torch.where(c, x, y),
    "Equal": lambda a, x, y: x == y,
    "Cast": lambda a, x: x,
    "Pad": pad,
    "Split": lambda a, x: torch.split(x, list(a["split"]), a.get("axis", 0)),
    "Clip": lambda a, x, low=None, high=None: torch.clamp(
        x, a.get("min", low), a.get("max", high)),
}


@functools.lru_cache(maxsize=2)
def read_onnx(path, dtype):
    """The graph of an ONNX file, and its weights by name."""
    graph = onnx.load(path).graph
    weights = {}
    for tensor in graph.initializer:
        array = torch.from_numpy(numpy_helper.to_array(tensor).copy())
        weights[tensor.name] = array.to(dtype) if array.is_floating_point() else array
    return graph, weights


def run_onnx(path, x, dtype=torch.float64, strip_softmax=True, keep=None):
    """The first output of an ONNX file for a tensor x, differentiable, computed in dtype.

    keep: a dictionary that gets every value by name.
    """
    graph, weights = read_onnx(path, dtype)
    values = {} if keep is None else keep
    values.update(weights)
    given = [i.name for i in graph.input if i.name not in values]
    values[given[0]] = x
    name = graph.output[0].name
    for node in graph.node:
        if strip_softmax and node.op_type == "Softmax" and node.output[0] == name:
            name = node.input[0]
            continue
        inputs = [values[i] if i else None for i in node.input]
        result = OPERATORS[node.op_type](attributes(node), *inputs)
        for output, value in zip(node.output, result if isinstance(result, tuple) else [result]):
            values[output] = value.to(dtype) if value.is_floating_point() else value
        if name in values:  # what follows is for other outputs
            break
    return values[name]


def torch_gradients(function, inputs, dtype):
    """Logits and input gradients like net_dump's, by autograd."""
    logits, gradients = [], []
    for i, one in enumerate(inputs):
        x = torch.tensor(one[None], dtype=dtype, requires_grad=True)
        row = function(x).reshape(-1)
        row[7 * i % row.numel()].backward()
        logits.append(row.detach().double().numpy())
        gradients.append(x.grad[0].double().numpy())
    return np.stack(logits), np.stack(gradients)


def compare(tap, name, programs, model, inputs, function):
    """The four figures of one network: logits and gradients, in float32 and in double.

    function(x, dtype) is PyTorch's network. Float32 gradients of deep rectifier nets differ by 1e-2
    between two correct programs where a unit sits near zero, so there the median counts, measured
    against PyTorch's own float32 error.
    """
    truth_logits, truth = torch_gradients(lambda x: function(x, torch.float64), inputs, torch.float64)
    _, peer = torch_gradients(lambda x: function(x, torch.float32), inputs, torch.float32)
    logits, gradients = net_dump(programs["double"], model, inputs[:2])  # exact: two tell as much as ten
    error = relative(logits, truth_logits[:2])
    tap.case(f"{name}: logits in double", error < 1e-8, f"{error:.1e}")
    error = relative(gradients, truth[:2])
    tap.case(f"{name}: gradients in double", error < 1e-8, f"{error:.1e}")
    logits, gradients = net_dump(programs["float"], model, inputs)
    tap.case(f"{name}: logits in float32", relative(logits, truth_logits) < 1e-4,
             f"{relative(logits, truth_logits):.1e}")
    some = [i for i, t in enumerate(truth) if np.abs(t).max() > 0]  # a dead logit has no gradient
    ours = np.median([relative(gradients[i], truth[i]) for i in some])
    theirs = np.median([relative(peer[i], truth[i]) for i in some])
    tap.case(f"{name}: gradients in float32", ours <= max(1e-3, 3 * theirs),
             f"median {ours:.1e}, PyTorch {theirs:.1e}")
