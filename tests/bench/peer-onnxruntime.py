# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: peer-onnxruntime.py THREADS

Requests: `forward NET BATCH TIMES`: the median time of one run of the batch.
"""
import sys

import numpy as np
import onnxruntime

from nets import NETS
from peer import serve, timed

sessions = {}


def session(name, batch):
    if (name, batch) not in sessions:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = int(sys.argv[1])
        options.log_severity_level = 3
        sessions.clear()  # one at a time: large networks would not fit beside each other
        run = onnxruntime.InferenceSession(NETS[name].path(), options,
                                           providers=["CPUExecutionProvider"])
        side = NETS[name].side
        x = np.random.default_rng(3).normal(size=(batch, 3, side, side)).astype(np.float32)
        feed = {run.get_inputs()[0].name: x}
        outputs = [run.get_outputs()[0].name]
        run.run(outputs, feed)
        sessions[name, batch] = lambda: run.run(outputs, feed)
    return sessions[name, batch]


def answer(words):
    _, name, batch, times = words
    return timed(session(name, int(batch)), int(times))


serve(answer)
