# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: peer-torch.py THREADS

Requests: `WORK NET TIMES`, WORK one of forward, lean (Grad-CAM whose gradient stops at the layer),
full (Grad-CAM as people run it), ig (integrated gradients, 50 steps). Every work is tried in both
memory formats and measured in the faster one. `once NET`: a full Grad-CAM in a new process.
"""
import sys

import torch

from nets import NETS
from peer import serve, timed

torch.set_num_threads(int(sys.argv[1]))
STEPS, BATCH = 50, 10
FORMATS = (torch.contiguous_format, torch.channels_last)
chosen, loaded = {}, {}


class Subject:
    def __init__(self, name, memory_format, frozen):
        net = NETS[name]
        self.module = net.module().requires_grad_(not frozen).to(memory_format=memory_format)
        generator = torch.Generator().manual_seed(3)
        self.x = torch.randn(1, 3, net.side, net.side, generator=generator)
        self.format = memory_format
        self.x = self.x.contiguous(memory_format=memory_format)
        self.activations = None
        self.hook = None
        self.layer = self.module.get_submodule(net.layer)

    def watch(self, cut):
        """cut: the layer becomes a leaf, so that nothing before it is recorded."""
        def hook(_module, _inputs, output):
            self.activations = output.detach().requires_grad_() if cut else output
            if not cut:
                self.activations.retain_grad()
            return self.activations
        if self.hook:
            self.hook.remove()
        self.hook = self.layer.register_forward_hook(hook)

    def finish(self, gradient):
        a, axes = self.activations, (2, 3) if self.activations.dim() == 4 else (1,)
        return torch.relu((gradient.mean(axes, keepdim=True) * a).sum(1))

    def forward(self):
        with torch.inference_mode():
            self.module(self.x)

    def lean(self):
        logits = self.module(self.x)
        gradient, = torch.autograd.grad(logits[0, logits.argmax()], self.activations)
        with torch.no_grad():
            self.finish(gradient)

    def full(self):
        self.module.zero_grad()
        x = self.x.clone().requires_grad_()
        logits = self.module(x)
        logits[0, logits.argmax()].backward()
        with torch.no_grad():
            self.finish(self.activations.grad)

    def ig(self):
        total = torch.zeros_like(self.x)
        for begin in range(0, STEPS, BATCH):
            alphas = (torch.arange(begin, begin + BATCH) + 0.5) / STEPS
            x = (alphas.view(-1, 1, 1, 1) * self.x).contiguous(memory_format=self.format)
            x.requires_grad_()
            gradient, = torch.autograd.grad(self.module(x)[:, 0].sum(), x)
            total += gradient.sum(0, keepdim=True)
        return total * self.x / STEPS


def prepare(work, name, memory_format):
    key = (name, memory_format, work != "full")
    if key not in loaded:
        loaded.clear()
        loaded[key] = Subject(*key)
    subject = loaded[key]
    if subject.hook:
        subject.hook.remove()
        subject.hook = None
    if work in ("lean", "full"):
        subject.watch(cut=work == "lean")
    return getattr(subject, work)


def answer(words):
    work, name, times = words[0], words[1], int(words[2])
    if (work, name) not in chosen:
        trial = []
        for memory_format in FORMATS:
            run = prepare(work, name, memory_format)
            run()
            trial.append(timed(run, 2))
        chosen[work, name] = FORMATS[trial.index(min(trial))]
        prepare(work, name, chosen[work, name])()
    return timed(prepare(work, name, chosen[work, name]), times)


if len(sys.argv) > 3 and sys.argv[2] == "once":
    prepare("full", sys.argv[3], FORMATS[0])()
    for line in open("/proc/self/status"):
        if line.startswith("VmHWM"):
            print(int(line.split()[1]) / 1024)
else:
    serve(answer)
