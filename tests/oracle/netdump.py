# SPDX-License-Identifier: GPL-3.0-or-later
"""What all oracle tests share, whatever the reference: TAP, the shared data, and running net-dump."""
import os
import subprocess
import sys
import tempfile

import numpy as np


class Tap:
    """Prints one TAP line a case; exits like a TAP program."""

    def __init__(self):
        self.n = 0
        self.failed = 0

    def case(self, name, ok, detail=""):
        self.n += 1
        self.failed += not ok
        print(f"{'ok' if ok else 'not ok'} {self.n} - {name}{': ' + detail if detail else ''}", flush=True)

    def skip(self, name, why):
        self.n += 1
        print(f"ok {self.n} - {name} # SKIP {why}", flush=True)

    def done(self):
        print(f"1..{self.n}", flush=True)
        sys.exit(self.failed > 0)


def shared(*parts):
    """A file of the shared test data, or None."""
    here = os.path.dirname(os.path.abspath(__file__))
    root = os.environ.get("WHYLAYER_SHARED") or os.path.join(here, "..", "..", "..", "shared")
    path = os.path.join(root, *parts)
    return path if os.path.exists(path) else None


def net_dump(program, model, inputs):
    """Logits and input gradients (of logit 7·i mod classes) of inputs [N,C,H,W] by a net-dump."""
    n, c, h, w = inputs.shape
    with tempfile.TemporaryDirectory() as folder:
        files = [os.path.join(folder, name) for name in ("input", "logits", "gradients")]
        inputs.astype(np.float64).tofile(files[0])
        run = subprocess.run([program, model, str(n), str(h), str(w), *files], capture_output=True, text=True)
        if run.returncode != 0:
            raise RuntimeError(run.stderr.strip())
        logits = np.fromfile(files[1]).reshape(n, -1)
        return logits, np.fromfile(files[2]).reshape(inputs.shape)


def relative(got, expected):
    """Largest error as a share of the largest expected value."""
    return np.abs(got - expected).max() / np.abs(expected).max()
