# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers, like bench.c: one request a line on stdin, one line of milliseconds on stdout."""
import os
import sys
import time

CLOCK = time.process_time if os.environ.get("WHYLAYER_BENCH_CLOCK") == "processor" else time.perf_counter


def median(values):
    return sorted(values)[len(values) // 2]


def timed(work, times):
    took = []
    for _ in range(times):
        start = CLOCK()
        work()
        took.append((CLOCK() - start) * 1000)
    return median(took)


def serve(answer):
    """answer(words) returns milliseconds."""
    for line in sys.stdin:
        print(answer(line.split()), flush=True)
