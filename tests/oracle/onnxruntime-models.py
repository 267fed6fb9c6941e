# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: onnxruntime-models.py NET-DUMP-FLOAT [MODEL.onnx...]

Every file of the shared test models, and further ones, against ONNX Runtime: the same logits for ten
seeded inputs. Runs where python3-onnxruntime is: on Debian 13, or inside the Debian 13 tree on older
machines. (Debian's two packages share a library that greets with "Schema error" lines: harmless.)
"""
import os
import subprocess
import sys
import tempfile

import numpy as np

from netdump import Tap, net_dump, relative, shared

try:
    import onnx
    import onnxruntime
    from onnx import TensorProto, numpy_helper
except ImportError as error:
    absent = Tap()
    absent.skip("models against ONNX Runtime", f"{error} (Debian 13: apt install python3-onnxruntime)")
    absent.done()

INPUTS = 10
FLOAT_TOLERANCE = 1e-4  # of the largest logit
INT8_TOLERANCE = 1e-2  # ... and the same class first
FREE = (1, 3, 64, 96)  # batch, channels, height, width where a file leaves them open
PIXELS = 60.0  # SqueezeNet's standard deviation: it takes pixels 0-255
MISSING = "mobilenet_v2_fp32.onnx"  # its weights are in a file that is not there


def widen(model):
    """The model with float16 weights, inputs and outputs as float32."""
    graph = model.graph
    for tensor in graph.initializer:
        if tensor.data_type == TensorProto.FLOAT16:
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float32), tensor.name))
    for value in [*graph.input, *graph.output, *graph.value_info]:
        if value.type.tensor_type.elem_type == TensorProto.FLOAT16:
            value.type.tensor_type.elem_type = TensorProto.FLOAT
    for node in graph.node:
        for attribute in node.attribute:
            if node.op_type == "Cast" and attribute.name == "to" and attribute.i == TensorProto.FLOAT16:
                attribute.i = TensorProto.FLOAT
            if attribute.HasField("t") and attribute.t.data_type == TensorProto.FLOAT16:
                array = numpy_helper.to_array(attribute.t).astype(np.float32)
                attribute.t.CopyFrom(numpy_helper.from_array(array))
    return model


def unsign(model):
    """ConvInteger's int8 weights and their zero points 128 higher, as uint8: the same differences.

    ONNX Runtime has no ConvInteger for int8 weights; what is convolved, w - zero point, stays.
    """
    names = {name for node in model.graph.node if node.op_type == "ConvInteger" for name in (node.input[1], node.input[3])}
    for tensor in model.graph.initializer:
        if tensor.name in names and tensor.data_type == TensorProto.INT8:
            shifted = (numpy_helper.to_array(tensor).astype(np.int16) + 128).astype(np.uint8)
            tensor.CopyFrom(numpy_helper.from_array(shifted, tensor.name))
    return model


def strip_softmax(model):
    """The model with what goes into a last Softmax as its output: net-dump writes logits."""
    output = model.graph.output[0]
    for node in model.graph.node:
        if node.output[0] == output.name and node.op_type == "Softmax":
            output.name = node.input[0]
    return model


def input_of(model):
    """Name and shape of the one input that is not a weight, with numbers for what it leaves free."""
    weights = {tensor.name for tensor in model.graph.initializer}
    value = next(value for value in model.graph.input if value.name not in weights)
    return value.name, [dim.dim_value or free for dim, free in zip(value.type.tensor_type.shape.dim, FREE)]


def runtime_logits(model, inputs):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    name, shape = input_of(model)
    rows = []
    for one in inputs:
        given = one if shape[1] == one.shape[0] else one.transpose(1, 2, 0)
        rows.append(session.run(None, {name: given[None].astype(np.float32)})[0].ravel())
    return np.stack(rows).astype(np.float64)


def is_quantised(model):
    return any(node.op_type in ("ConvInteger", "MatMulInteger", "QLinearConv", "QLinearMatMul", "QuantizeLinear")
               for node in model.graph.node)


def seeded_inputs(name, shape):
    """[N,C,H,W]; pixels of which no two are alike in size across channels."""
    _, a, b, c = shape
    channels, height, width = (c, a, b) if c <= 4 else (a, b, c)
    scale = PIXELS if name.startswith("SqueezeNet") else 1.0
    values = np.random.default_rng(7).normal(size=(INPUTS, channels, height, width)) * scale
    return values.astype(np.float32).astype(np.float64)


def check_logits(tap, name, program, path, model, reference):
    """The file's logits by net-dump against those of model by ONNX Runtime."""
    inputs = seeded_inputs(name, input_of(model)[1])
    expected = runtime_logits(strip_softmax(reference), inputs)
    logits, _ = net_dump(program, path, inputs)
    error = relative(logits, expected)
    spread = np.abs(expected - expected.mean(axis=0)).max() / np.abs(expected).max()
    same = int((logits.argmax(axis=1) == expected.argmax(axis=1)).sum())
    detail = f"{error:.1e}, top class the same in {same} of {INPUTS}, inputs move the logits by {spread:.1e}"
    limit = INT8_TOLERANCE if is_quantised(model) else FLOAT_TOLERANCE
    # A network whose logits do not depend on the picture would agree with anything.
    tap.case(name, error < limit and same == INPUTS and spread > 10 * limit, detail)


def check_widened(tap, name, program, path):
    """float16 weights: the file itself, and the file dequantised beforehand, both in float32."""
    model = onnx.load(path)
    check_logits(tap, f"{name}", program, path, model, widen(onnx.load(path)))
    with tempfile.TemporaryDirectory() as folder:
        wide = os.path.join(folder, name)
        onnx.save(widen(onnx.load(path)), wide)
        check_logits(tap, f"{name} dequantised to float32", program, wide, model, widen(onnx.load(path)))


def check_refused(tap, name, program, path):
    """Weights that are not there: a sentence that names the file they should be in."""
    model = onnx.load(path, load_external_data=False)
    wanted = {entry.value for tensor in model.graph.initializer for entry in tensor.external_data
              if entry.key == "location"}
    run = subprocess.run([program, path, "1", "224", "224", os.devnull, os.devnull, os.devnull],
                         capture_output=True, text=True)
    sentence = run.stderr.strip()
    named = any(location in sentence for location in wanted)
    tap.case(f"{name} is refused", run.returncode == 1 and named and "\n" not in sentence, sentence)


def check_model(tap, program, path):
    name = os.path.basename(path)
    if name == MISSING:
        check_refused(tap, name, program, path)
        return
    model = onnx.load(path)
    if any(tensor.data_type == TensorProto.FLOAT16 for tensor in model.graph.initializer):
        check_widened(tap, name, program, path)
    else:
        check_logits(tap, name, program, path, model, unsign(onnx.load(path)))


def main():
    program, paths = sys.argv[1], sys.argv[2:]
    tap = Tap()
    folder = shared("models")
    if folder is None:
        tap.skip("shared models", "the shared test data is not here")
    else:
        paths += [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.endswith(".onnx")]
    for path in paths:
        try:
            check_model(tap, program, path)
        except RuntimeError as error:
            tap.case(os.path.basename(path), False, str(error).splitlines()[0])
    tap.done()


main()
