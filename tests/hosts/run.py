#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drive the real GIMP: run.py 2.10|3 BUILD [--skip REASON] [--only PATTERN].  Prints TAP.

BUILD is a configured and compiled Meson build directory with that GIMP's plug-in.  What the cases
write stays in BUILD/hosts-2.10 or BUILD/hosts-3, the dialogs' screenshots in its `artefacts`.
"""
import argparse
import re
import sys
import traceback
from functools import partial
from pathlib import Path

import cases
import dialogs
import controls  # noqa: F401 (their cases join the dialogs')
import choices  # noqa: F401 (their cases leave the picture changed)
import languages  # noqa: F401 (last: they change the language)
import examples  # noqa: F401 (their cases join the others)
import procedures  # noqa: F401
from gimp import HOSTS, SOURCE
from pictures import make_all

SAMPLE = SOURCE / "models" / "sample" / "still-life.jpg"


def why_not(host):
    """What is missing here for this host, or None."""
    if not host.console():
        return f"no GIMP {host.generation} on PATH"
    return None


def advance(step):
    """Take one step of a case; (wish, None) when it wants something run, (None, outcome) at its end."""
    try:
        return step(), None
    except StopIteration:
        return None, {}
    except dialogs.Skip as reason:
        return None, {"skip": str(reason)}
    except AssertionError as error:
        return None, {"trouble": f"{error}\n{where(error)}"}
    except Exception as error:  # what it was comes first: a summary may cut the rest
        return None, {"trouble": f"{error!r}\n{traceback.format_exc()}"}


def run_together(cases_by_number, bench):
    """Run generator cases side by side: each round is one GIMP for all that want something run."""
    running = {number: function(bench) for number, function in cases_by_number.items()}
    steps = {number: partial(next, case) for number, case in running.items()}
    outcomes = {}
    while steps:
        wishes = {}
        for number, step in steps.items():
            wish, outcome = advance(step)
            if outcome is None:
                wishes[number] = wish
            else:
                outcomes[number] = outcome
        answers = bench.gimp.run(wishes)
        steps = {number: partial(running[number].send, answer) for number, answer in answers.items()}
    return outcomes


def run_on_screen(cases_by_number, bench):
    """Run the dialogs' cases one after the other: they share what is on the screen."""
    return {number: advance(partial(finish, function, bench))[1]
            for number, function in cases_by_number.items()}


def finish(function, bench):
    function(bench)
    raise StopIteration


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
    parser.add_argument("--only", metavar="PATTERN", default="")
    options = parser.parse_args()
    host = HOSTS[options.host]
    chosen = [(name, function) for name, function in cases.CASES + dialogs.CASES if re.search(options.only, name)]
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
        outcomes = run_together(numbered(chosen, cases.CASES), bench)
        outcomes.update(run_on_screen(numbered(chosen, dialogs.CASES), bench))
    finally:
        if bench.desktop:
            bench.desktop.stop()
    good = [report(number, name, **outcomes[number]) for number, (name, _) in enumerate(chosen, 1)]
    return 0 if all(good) else 1


def numbered(chosen, kind):
    return {number: case[1] for number, case in enumerate(chosen, 1) if case in kind}


if __name__ == "__main__":
    sys.exit(main())
