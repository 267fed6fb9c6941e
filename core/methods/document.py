#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: document.py WHYLAYER README.md [--check]

Writes what the method and metric tables say into README.md, between the lines <!-- methods --> and
<!-- /methods -->, and the same for metrics. --check: changes nothing, fails when it would.
"""
import json
import os
import subprocess
import sys


def rows(program, what):
    run = subprocess.run([program, what, "--json"], capture_output=True, text=True, check=True,
                         env={**os.environ, "LC_ALL": "C", "LANGUAGE": ""})
    return json.loads(run.stdout)


def describe_param(param):
    text = f"  - `{param['name']}` = `{param['default']}`: {param['blurb']}"
    return text + (" One of " + ", ".join(f"`{choice}`" for choice in param["choices"]) + "." if "choices" in param else "")


def describe(row, remark):
    lines = [f"- **`{row['id']}`** {row['name']} ({row['citation']}). {row['blurb']}{remark}"]
    if row.get("caveat"):
        lines.append(f"  *{row['caveat']}*")
    return lines + [describe_param(param) for param in row["params"]]


def describe_methods(program):
    family = None
    for row in rows(program, "methods"):
        if row["family"] != family:
            family = row["family"]
            yield from ["", f"### {family}", ""]
        score = "" if row["score"] == "logit" else f" Explains the {row['score']} unless another score is asked for."
        yield from describe(row, score)
    yield ""


def describe_metrics(program):
    yield ""
    for row in rows(program, "metrics"):
        better = " Higher is better." if row["higher_is_better"] else " Lower is better."
        yield from describe(row, better + (" Needs a selection." if row["needs_mask"] else ""))
    yield ""


def put(text, mark, lines):
    before, rest = text.split(f"<!-- {mark} -->\n")
    after = rest.split(f"<!-- /{mark} -->\n")[1]
    return f"{before}<!-- {mark} -->\n" + "".join(line + "\n" for line in lines) + f"<!-- /{mark} -->\n{after}"


def main():
    program, path = sys.argv[1:3]
    with open(path, encoding="utf-8") as file:
        old = file.read()
    new = put(put(old, "methods", describe_methods(program)), "metrics", describe_metrics(program))
    if "--check" not in sys.argv[3:]:
        with open(path, "w", encoding="utf-8") as file:
            file.write(new)
    elif new != old:
        sys.exit(f"{path} is not what the tables say: run core/methods/document.py WHYLAYER {path}")


main()
