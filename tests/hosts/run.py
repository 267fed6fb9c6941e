#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drive the real GIMP: run.py 2.10|3 BUILD [--skip REASON] [--only WORD].  Prints TAP.

BUILD is a configured and compiled Meson build directory with that GIMP's plug-in.  What the cases
write stays in BUILD/hosts-2.10 or BUILD/hosts-3, the dialogs' screenshots in its `artefacts`.
"""
import argparse
import sys
import traceback
from pathlib import Path

import cases
import dialogs
from gimp import HOSTS, SOURCE
from pictures import make_all

SAMPLE = SOURCE / "models" / "sample" / "still-life.jpg"


def why_not(host):
    """What is missing here for this host, or None."""
    if not host.console():
        return f"no GIMP {host.generation} on PATH"
    return None


def run_case(number, name, function, bench):
    try:
        function(bench)
    except dialogs.Skip as reason:
        return report(number, name, skip=reason)
    except AssertionError as error:
        return report(number, name, f"{error}\n{where(error)}")
    except Exception:
        return report(number, name, traceback.format_exc())
    return report(number, name)


def where(error):
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"at {Path(frame.filename).name}:{frame.lineno}"


def report(number, name, trouble=None, skip=None):
    ending = f" # SKIP {skip}" if skip else ""
    print(f"{'not ok' if trouble else 'ok'} {number} - {name}{ending}")
    for line in (trouble or "").splitlines():
        print(f"# {line}")
    sys.stdout.flush()
    return not trouble


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("host", choices=HOSTS)
    parser.add_argument("build", type=Path)
    parser.add_argument("--skip", metavar="REASON")
    parser.add_argument("--only", metavar="WORD", default="")
    options = parser.parse_args()
    host = HOSTS[options.host]
    chosen = [(name, function) for name, function in cases.CASES + dialogs.CASES if options.only in name]
    print(f"1..{len(chosen)}")
    skip = options.skip or why_not(host)
    if skip:
        for number, (name, _) in enumerate(chosen, 1):
            report(number, name, skip=skip)
        return 0
    gimp = host(options.build.resolve(), options.build.resolve() / f"hosts-{host.generation}")
    folder = gimp.scratch / "pictures"
    folder.mkdir()
    bench = cases.Bench(gimp, make_all(SAMPLE, folder), SAMPLE)
    try:
        good = [run_case(number, name, function, bench)
                for number, (name, function) in enumerate(chosen, 1)]
    finally:
        if hasattr(bench, "screen"):
            bench.screen.desktop.stop()
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
