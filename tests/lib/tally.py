#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Count single test cases.

    tally.py tap STAGE LOG STATUS --into RESULTS     a program that printed TAP into LOG
    tally.py meson STAGE TESTLOG STATUS --into RESULTS    Meson's testlog.json
    tally.py total RESULTS                           the closing line; exit status 1 if any failed

Every case becomes one line of RESULTS: stage, outcome, name, reason.  A program that ends badly
without a failed case of its own, or that runs fewer cases than it planned, counts as one failure:
nothing is lost by crashing.
"""
import argparse
import json
import re
import sys
from collections import Counter
from pathlib import Path

RESULT = re.compile(r"^( *)(not )?ok\b(?: +(\d+))?(?: +-)? *([^#]*?)(?: *# *(SKIP|TODO)\S* *(.*))?$",
                    re.IGNORECASE)
PLAN = re.compile(r"^( *)1\.\.(\d+)(?: *# *SKIP\S* *(.*))?$", re.IGNORECASE)
LONGEST = 1000  # letters of a failed case's reason on the screen
SKIPPED = 77  # the exit status by which a program says that it cannot run here


def parse_tap(text, status, name):
    """Yield (outcome, case, reason) of every leaf case of a TAP document."""
    cases, seen, planned = [], 0, None
    nested = []  # outcomes of the block that the next outer result line sums up
    for line in text.splitlines():
        if match := PLAN.match(line):
            if not match[1]:
                planned = int(match[2])
                if planned == 0:
                    cases.append(("skipped", name, match[3] or ""))
            continue
        match = RESULT.match(line)
        if not match:
            if line.startswith("Bail out!"):
                cases.append(("failed", name, line))
            elif line.startswith("#") and cases and cases[-1][0] == "failed":
                cases[-1] = add_reason(cases[-1], line)
            continue
        indent, bad, _, case, directive, reason = match.groups()
        outcome = "skipped" if directive else "failed" if bad else "passed"
        if indent:
            nested.append(outcome)
        else:
            seen += 1
            sums_up, nested = nested, []
            if sums_up and (outcome != "failed" or "failed" in sums_up):
                continue
        cases.append((outcome, case or name, reason or ""))
    if planned is not None and seen < planned:
        cases.append(("failed", name, f"{planned - seen} of {planned} planned cases never ran"))
    return close(cases, status, name)


def add_reason(case, comment):
    """A failed case's comments say why; a log is not always there to be read afterwards."""
    outcome, name, reason = case
    return outcome, name, f"{reason} {comment.lstrip('# ')}".strip()


def close(cases, status, name):
    """Make a bad end visible where no case of its own shows it."""
    failed = any(outcome == "failed" for outcome, *_ in cases)
    if status == SKIPPED and not cases:
        cases.append(("skipped", name, "cannot run here"))
    elif status != 0 and not failed:
        cases.append(("failed", name, f"ended with status {status}"))
    elif not cases:
        cases.append(("failed", name, "ran no case"))
    return cases


def parse_meson(path, status):
    """Every case of every test in a testlog.json."""
    tests = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    cases = []
    for test in tests:
        name = test["name"].split(" / ")[-1].split(":")[-1].strip()
        output = test.get("stdout") or ""
        if not re.search(r"^1\.\.\d", output, re.MULTILINE):  # no TAP: its exit status is the case
            outcome = {"OK": "passed", "SKIP": "skipped", "EXPECTEDFAIL": "skipped"}
            cases.append((outcome.get(test["result"], "failed"), name, ""))
            continue
        bad = test["result"] not in ("OK", "SKIP", "EXPECTEDFAIL")
        found = parse_tap(output, (test.get("returncode") or 1) if bad else 0, name)
        cases += [(outcome, f"{name}: {case}", reason) for outcome, case, reason in found]
    return close(cases, status, "meson test")


def count_line(outcomes):
    return ", ".join(f"{outcomes[kind]} {kind}" for kind in ("passed", "failed", "skipped"))


def record(stage, cases, results, log):
    with results.open("a") as out:
        for outcome, case, reason in cases:
            print(stage, outcome, case.strip(), " ".join(reason.split()), sep="\t", file=out)
    print("  " + count_line(Counter(outcome for outcome, *_ in cases)))
    for outcome, case, reason in cases:
        if outcome == "failed":
            print(f"  FAILED {case}" + (f": {reason[:LONGEST]}" if reason else "") + f"  (see {log})")
    reasons = Counter(reason or "no reason given" for outcome, _, reason in cases
                      if outcome == "skipped")
    for reason, times in reasons.items():
        print(f"  skipped {times}: {reason}")


def total(results):
    rows = results.read_text().splitlines() if results.exists() else []
    outcomes = Counter(row.split("\t")[1] for row in rows)
    print(count_line(outcomes))
    return 1 if outcomes["failed"] or not rows else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for kind in ("tap", "meson"):
        command = commands.add_parser(kind)
        command.add_argument("stage")
        command.add_argument("log", type=Path)
        command.add_argument("status", type=int)
        command.add_argument("--into", type=Path, required=True)
    commands.add_parser("total").add_argument("results", type=Path)
    options = parser.parse_args()
    if options.command == "total":
        return total(options.results)
    if options.command == "tap":
        text = options.log.read_text(errors="replace")
        cases = parse_tap(text, options.status, options.stage)
    else:
        cases = parse_meson(options.log, options.status)
    record(options.stage, cases, options.into, options.log)
    return 0


if __name__ == "__main__":
    sys.exit(main())
