# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: methods.py METHOD-DUMP-FLOAT METHOD-DUMP-DOUBLE BUNDLED.onnx

Attribution methods against their definitions in a few lines of PyTorch, on SqueezeNet and the
bundled network: to 1e-6 of the largest value in double; in float32 to 1e-3 of it, or to three times
the error that the same lines make in float32. Random numbers are those that the methods draw: what
is compared is what is made of them.
"""
import os
import subprocess
import sys
import tempfile

import numpy as np
import torch
import torch.nn.functional as F

import oracle
from netdump import Tap, relative, shared

SAMPLES, STEPS, MASKS, GRID, SEED = 3, 6, 6, 5, 11


class GuidedRelu(torch.autograd.Function):
    @staticmethod
    def forward(context, x):
        context.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(context, grad):
        return grad * (grad > 0) * (context.saved_tensors[0] > 0)


class DeconvRelu(GuidedRelu):
    @staticmethod
    def backward(context, grad):
        return grad * (grad > 0)


class Question:
    """One network, one picture, one class, in one precision."""

    def __init__(self, path, x, target, layer, dtype, draws):
        self.path, self.target, self.layer, self.dtype, self.draws = path, target, layer, dtype, draws
        self.x = torch.tensor(x[None], dtype=dtype)

    def score(self, x, keep=None):
        return oracle.run_onnx(self.path, x, self.dtype, keep=keep).reshape(-1)[self.target]

    def scores(self, pictures):
        with torch.no_grad():
            return [self.score(picture) for picture in pictures]

    def gradient(self, x):
        x = x.detach().clone().requires_grad_(True)
        return torch.autograd.grad(self.score(x), x)[0]

    def at_layer(self):
        """Activations and their gradient, both [K,h,w]."""
        values = {}
        score = self.score(self.x.clone().requires_grad_(True), values)
        a = values[self.layer]
        return a[0].detach(), torch.autograd.grad(score, a)[0][0]

    def numbers(self, stream, kinds):
        return torch.tensor(self.draws(SEED, stream, kinds), dtype=self.dtype)


def noisy_gradients(q):
    sigma = 0.15 * (q.x.max() - q.x.min())
    return torch.stack([q.gradient(q.x + sigma * q.numbers(i, f"{q.x.numel()}g").reshape(q.x.shape))
                        for i in range(SAMPLES)])


def modified(q, relu):
    plain, oracle.OPERATORS["Relu"] = oracle.OPERATORS["Relu"], lambda a, x: relu.apply(x)
    try:
        return q.gradient(q.x)
    finally:
        oracle.OPERATORS["Relu"] = plain


def integrated(q, nodes, weights):
    return q.x * sum(w * q.gradient(n * q.x) for n, w in zip(nodes, weights))


def legendre():
    nodes, weights = np.polynomial.legendre.leggauss(STEPS)
    return (nodes + 1) / 2, weights / 2


def gradient_shap(q):
    total = 0
    for i in range(SAMPLES):
        numbers = q.numbers(i, f"1u {q.x.numel()}g")
        end = q.x + 0.09 * numbers[1:].reshape(q.x.shape)
        total = total + end * q.gradient(numbers[0] * end)
    return total / SAMPLES


def weighted(weights, a):
    return (weights[:, None, None] * a).sum(0)


def grad_cam_plus_plus(a, g):
    below = 2 * g**2 + a.sum((1, 2), keepdim=True) * g**3
    alpha = torch.where((g != 0) & (below != 0), g**2 / torch.where(below != 0, below, torch.ones_like(below)),
                        torch.zeros_like(g))
    return weighted((alpha * g.clamp(min=0)).sum((1, 2)), a)


def xgrad_cam(a, g):
    sums = a.sum((1, 2))
    return weighted(torch.where(sums != 0, (a * g).sum((1, 2)) / torch.where(sums != 0, sums, torch.ones_like(sums)),
                                torch.zeros_like(sums)), a)


def occlusion(q, window, stride):
    """Overlaps averaged; the last window along an axis is clipped to the picture."""
    h, w = q.x.shape[2:]
    total, count = torch.zeros(h, w, dtype=q.dtype), torch.zeros(h, w, dtype=q.dtype)
    whole = q.scores([q.x])[0]
    for top in range(0, h - window + stride, stride):
        for left in range(0, w - window + stride, stride):
            picture, where = q.x.clone(), (slice(top, top + window), slice(left, left + window))
            picture[(..., *where)] = 0
            total[where] += whole - q.scores([picture])[0]
            count[where] += 1
    return torch.where(count > 0, total / count.clamp(min=1), torch.zeros_like(total))


def rise(q):
    h, w = q.x.shape[2:]
    cell_h, cell_w = -(-h // GRID), -(-w // GRID)
    total = 0
    for i in range(MASKS):
        numbers = q.numbers(i, f"{GRID * GRID}u 1b{cell_h} 1b{cell_w}")
        cells = (numbers[: GRID * GRID] < 0.5).to(q.dtype).reshape(1, 1, GRID, GRID)
        large = F.interpolate(cells, size=((GRID + 1) * cell_h, (GRID + 1) * cell_w), mode="bilinear",
                              align_corners=False)
        top, left = int(numbers[-2]), int(numbers[-1])
        mask = large[..., top: top + h, left: left + w]
        total = total + q.scores([q.x * mask])[0] * mask
    return total / (MASKS * 0.5)


def guided_grad_cam(q):
    a, g = q.at_layer()
    cam = weighted(g.mean((1, 2)), a).clamp(min=0)[None, None]
    return modified(q, GuidedRelu) * F.interpolate(cam, size=q.x.shape[2:], mode="bilinear", align_corners=False)


def cam(formula):
    return lambda q: formula(*q.at_layer())


def methods(window, stride):
    """method, parameters, the definition"""
    noise = f"samples={SAMPLES};seed={SEED}"
    return [
        ("gradient", "", lambda q: q.gradient(q.x)),
        ("input-x-gradient", "", lambda q: q.x * q.gradient(q.x)),
        ("smoothgrad", noise, lambda q: noisy_gradients(q).mean(0)),
        ("squaregrad", noise, lambda q: (noisy_gradients(q) ** 2).mean(0)),
        ("vargrad", noise, lambda q: noisy_gradients(q).var(0, unbiased=False)),
        ("guided-backprop", "", lambda q: modified(q, GuidedRelu)),
        ("deconvnet", "", lambda q: modified(q, DeconvRelu)),
        ("integrated-gradients", f"steps={STEPS};baseline=mean", lambda q: integrated(q, *legendre())),
        ("integrated-gradients", f"steps={STEPS};baseline=mean;quadrature=midpoint",
         lambda q: integrated(q, (np.arange(STEPS) + 0.5) / STEPS, np.full(STEPS, 1 / STEPS))),
        ("gradient-shap", f"{noise};baselines=mean", gradient_shap),
        ("grad-cam", "relu=no", cam(lambda a, g: weighted(g.mean((1, 2)), a))),
        ("grad-cam", "", cam(lambda a, g: weighted(g.mean((1, 2)), a).clamp(min=0))),
        ("grad-cam-plus-plus", "relu=no", cam(grad_cam_plus_plus)),
        ("xgrad-cam", "relu=no", cam(xgrad_cam)),
        ("hires-cam", "relu=no", cam(lambda a, g: (a * g).sum(0))),
        ("layer-cam", "relu=no", cam(lambda a, g: (a * g.clamp(min=0)).sum(0))),
        ("guided-grad-cam", "", guided_grad_cam),
        ("occlusion", f"window={window};stride={stride};fill=mean", lambda q: occlusion(q, window, stride)),
        ("rise", f"masks={MASKS};grid={GRID};seed={SEED}", rise),
    ]


class Dump:
    """Whylayer's answers about one picture, by a method-dump."""

    def __init__(self, program, path, x, folder):
        self.command = [program, path, str(x.shape[1]), str(x.shape[2]), os.path.join(folder, "input")]
        self.folder = folder
        x.astype(np.float64).tofile(self.command[-1])

    def run(self, orders):
        """The files that the orders name, read."""
        files = [os.path.join(self.folder, str(i)) for i in range(len(orders))]
        text = "".join("\t".join([*order, file]) + "\n" for order, file in zip(orders, files))
        run = subprocess.run(self.command, input=text, capture_output=True, text=True)
        if run.returncode != 0:
            raise RuntimeError(run.stderr.strip())
        return [np.fromfile(file) for file in files]

    def draws(self, seed, stream, kinds):
        return self.run([("draw", str(seed), str(stream), kinds)])[0]


class Picture:
    """One picture, asked about by both programs and in both precisions of PyTorch."""

    def __init__(self, programs, path, layer, x, rows, folder):
        dumps = {kind: Dump(program, path, x, folder) for kind, program in programs.items()}
        target = int(oracle.run_onnx(path, torch.tensor(x[None]), torch.float64).argmax())
        orders = [("explain", method, values, layer, str(target)) for method, values, _ in rows]
        self.ours = {kind: dump.run(orders) for kind, dump in dumps.items()}
        self.definitions = [definition for _, _, definition in rows]
        self.questions = [Question(path, x, target, layer, dtype, dumps["double"].draws)
                          for dtype in (torch.float64, torch.float32)]

    def errors(self, i):
        """Of row i: ours in double and in float32, and PyTorch's in float32."""
        with torch.enable_grad():
            truth, peer = [self.definitions[i](q).detach().double().numpy().ravel() for q in self.questions]
        return (relative(self.ours["double"][i], truth), relative(self.ours["float"][i], truth), relative(peer, truth))


def compare(tap, name, programs, path, layer, make, window, stride):
    """In float32 one unit that sits at zero changes the gradient of a whole rectifier network by a
    hundredth, in either program (of seven pictures two did): where the first picture hits one, the
    median of five counts."""
    rows = methods(window, stride)
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        pictures = [Picture(programs, path, layer, make(1), rows, folder)]
        for i, (method, values, _) in enumerate(rows):
            label = f"{name}: {method} {values}".strip()
            double, ours, theirs = pictures[0].errors(i)
            tap.case(f"{label} in double", double < 1e-6, f"{double:.1e}")
            if ours > max(1e-3, 3 * theirs):
                while len(pictures) < 5:
                    pictures.append(Picture(programs, path, layer, make(len(pictures) + 1), rows, folder))
                _, ours, theirs = np.median([picture.errors(i) for picture in pictures], 0)
                label += ", median of five,"
            tap.case(f"{label} in float32", ours <= max(1e-3, 3 * theirs), f"{ours:.1e}, PyTorch {theirs:.1e}")


def smooth(shape, scale, seed):
    """A picture with shapes in it: noise, blurred, of the given deviation."""
    noise = torch.tensor(np.random.default_rng(seed).normal(size=(1, *shape)))
    for _ in range(3):
        noise = F.avg_pool2d(F.pad(noise, [4, 4, 4, 4], mode="reflect"), 9, 1)
    return (noise / noise.std() * scale)[0].numpy()


def main():
    programs = {"float": sys.argv[1], "double": sys.argv[2]}
    tap = Tap()
    torch.set_num_threads(1)
    bundled = sys.argv[3]
    # Not square, so that rows taken for columns would show.
    compare(tap, os.path.basename(bundled), programs, bundled, "smooth",
            lambda seed: smooth((3, 64, 80), 1.0, seed), 30, 20)
    squeeze = shared("models", "SqueezeNet_fp16.onnx")
    if squeeze is None:
        tap.skip("SqueezeNet", "the shared test data is not here")
    else:
        compare(tap, "SqueezeNet", programs, squeeze, "fire9/concat_1",
                lambda seed: smooth((3, 224, 224), 60.0, seed), 90, 70)
    tap.done()


main()
