#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches of the real program: run.py BUILD [--only WORD] [--kills N] [--model MODEL].  Prints TAP.

BUILD is a configured and compiled Meson build directory with the command line.  What the cases
write stays in BUILD/batch.
"""
import argparse
import sys
import time
import traceback
from pathlib import Path

import cases
from bench import Bench, Skip


def outcome(function, bench):
    """(trouble, reason for skipping) of one case."""
    try:
        function(bench)
    except Skip as reason:
        return None, str(reason)
    except Exception:
        return traceback.format_exc(), None
    return None, None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=Path)
    parser.add_argument("--only", metavar="WORD", default="")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--model", help="another than a small random one, such as the bundled whylayer-tiny64")
    options = parser.parse_args()
    bench = Bench(options.build.resolve(), options.kills, options.model)
    chosen = [(name, function) for name, function in cases.CASES if options.only in name]
    print(f"1..{len(chosen)}")
    bad = 0
    for number, (name, function) in enumerate(chosen, 1):
        began = time.monotonic()
        trouble, skip = outcome(function, bench)
        bad += bool(trouble)
        print(f"{'not ok' if trouble else 'ok'} {number} - {name}{f' # SKIP {skip}' if skip else ''}")
        for line in (trouble or "").splitlines() + bench.take_figures():
            print(f"# {line}")
        print(f"# {time.monotonic() - began:.1f} s", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
