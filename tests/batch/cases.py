# SPDX-License-Identifier: GPL-3.0-or-later
"""What a batch promises.  One case is one function."""
import csv
import io
import os
import pty
import random
import re
import shlex
import shutil
import signal
import subprocess
import time
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import slurm
from bench import SOURCE, Skip, comparable, count_lines, read_lines, same_results
from network import write_network
from PIL import Image

CASES = []


def case(name):
    def register(function):
        CASES.append((name, function))
        return function
    return register


# --- A thousand pictures ------------------------------------------------------------------------

@case("a thousand pictures end with a thousand lines, the bad ones marked, and status 1")
def thousand(bench):
    made = bench.thousand[1]
    out, status, errors, _ = bench.unbroken
    lines = {line["image"]: line for line in read_lines(out / "report.jsonl")}
    assert count_lines(out / "report.jsonl") == len(lines) == len(made) == 1000, len(lines)
    marked = {name for name, line in lines.items() if "error" in line}
    bad = {name for name, kind in made.items() if kind}
    assert marked == bad, f"marked {len(marked)}, bad {len(bad)}: {sorted(marked ^ bad)[:5]}"
    assert status == 1, status
    for name, line in lines.items():
        for kind in ("png", "raw") if name not in bad else ():
            assert (out / line["outputs"][kind]).stat().st_size > 0
    said = [line for line in errors.splitlines() if line.startswith("whylayer: ")]
    assert len(said) == len(bad) and len(errors.splitlines()) == len(bad), errors[:500]
    bench.figure(f"{len(lines)} lines, {len(marked)} marked, exit status {status}")


@case("memory stays flat from picture 100 to picture 1,000")
def memory(bench):
    samples = [kilobytes for lines, kilobytes in bench.unbroken[3] if 100 <= lines < 1000 and kilobytes]
    assert len(samples) > 20, f"only {len(samples)} samples"
    bench.figure(f"VmRSS {samples[0] / 1024:.1f} MiB at picture 100, at most {max(samples) / 1024:.1f} and at last "
                 f"{samples[-1] / 1024:.1f} until picture 1,000 ({len(samples)} samples)")
    assert max(samples) <= 1.1 * samples[0], samples


def wait_for(condition):
    while not condition():
        time.sleep(0.01)


@case("killed at random moments and resumed, a run ends as an unbroken one")
def killed(bench):
    folder, made = bench.thousand
    reference = bench.unbroken[0]
    out, chance = bench.path("killed"), random.Random(6)
    moments = []
    while len(moments) < bench.kills:
        before = count_lines(out / "report.jsonl")
        further = chance.uniform(0, 2 * (len(made) - before) / (bench.kills - len(moments) + 1))
        batch = bench.start(folder, "-o", out, "--resume", *bench.cheap)
        # Some are killed while they look for what is done, the others somewhere among the pictures.
        if len(moments) % 5:
            wait_for(lambda: count_lines(out / "report.jsonl") >= before + further
                     or batch.program.poll() is not None)
        time.sleep(chance.uniform(0, 0.1))
        if batch.program.poll() is None:
            batch.program.send_signal(signal.SIGKILL)
            moments.append(count_lines(out / "report.jsonl"))
        batch.end()
    status, _ = bench.batch(folder, "-o", out, "--resume", *bench.cheap)
    assert status == 1, status
    bench.figure(f"killed {len(moments)} times, at lines {moments}")
    assert len(set(moments)) > bench.kills / 2, "the moments were not random"
    same_results(reference, out)
    assert comparable(read_lines(out / "report.jsonl")) == comparable(read_lines(reference / "report.jsonl"))


@case("resuming a finished run does only the failed pictures again; other settings, all of them")
def resumed(bench):
    folder, made = bench.small("resumed", 12, text=2)
    out = bench.path("resumed-out")
    first = bench.batch(folder, "-o", out, *bench.cheap)[0]
    times = {path: path.stat().st_mtime_ns for path in out.rglob("*.npy")}
    assert first == 1 and len(times) == 10
    assert bench.batch(folder, "-o", out, "--resume", *bench.cheap)[0] == 1
    assert all(path.stat().st_mtime_ns == then for path, then in times.items()), "a finished picture was done again"
    changed = next(name for name, kind in made.items() if not kind)
    Image.open(folder / changed).rotate(90).save(folder / changed)
    assert bench.batch(folder, "-o", out, "--resume", *bench.cheap)[0] == 1
    again = [path for path, then in times.items() if path.stat().st_mtime_ns != then]
    assert [str(path.relative_to(out)) for path in again] == [f"{changed}.gradient.npy"], again
    assert bench.batch(folder, "-o", out, "--resume", *bench.cheap, "--style", "colormap=magma")[0] == 1
    assert all(path.stat().st_mtime_ns != then for path, then in times.items()), "old settings were kept"
    assert len(read_lines(out / "report.jsonl")) == 12


# --- More than one machine ----------------------------------------------------------------------

@case("the union of shards 1/7 … 7/7 is the unsharded run")
def shards(bench):
    folder, made = bench.thousand
    reference, out = bench.unbroken[0], bench.path("shards")
    reports = []
    for i in range(1, 8):
        status, _ = bench.batch(folder, "-o", out, "--shard", f"{i}/7", *bench.cheap)
        assert status in (0, 1), status
        reports.append(out / f"report-{i}-of-7.jsonl")
    parts = [{line["image"] for line in read_lines(report)} for report in reports]
    assert sum(map(len, parts)) == len(set().union(*parts)) == len(made), "shards overlap or leave something out"
    bench.figure(f"shards of {', '.join(str(len(part)) for part in parts)} pictures")
    assert all(80 < len(part) < 220 for part in parts), "shards are far from even"
    same_results(reference, out)
    together = out / "report.jsonl"
    assert bench.run("merge", *reports, "-o", together).returncode == 0
    assert comparable(read_lines(together)) == comparable(read_lines(reference / "report.jsonl"))
    for kind in (".html", ".csv"):
        assert together.with_suffix(kind).exists(), f"merge wrote no {kind}"


@case("a picture's shard does not change when others come or go")
def steady_shards(bench):
    folder, made = bench.small("steady", 30)
    def where():
        found = {}
        for i in (1, 2, 3):
            out = bench.path(f"steady-{i}")
            assert bench.batch(folder, "-o", out, "--shard", f"{i}/3", "--format", "none", "--no-raw", *bench.cheap)[0] == 0
            found.update({line["image"]: i for line in read_lines(out / f"report-{i}-of-3.jsonl")})
        return found
    before = where()
    (folder / "0003.png").unlink()
    Image.new("RGB", (70, 40)).save(folder / "0000-new.png")
    after = where()
    assert len(before) == len(after) == 30 and {after[name] for name in after} == {1, 2, 3}
    assert all(before[name] == after[name] for name in before if name in after)


@case("merge prefers the line that did not fail, and two runs do not write one report")
def merged(bench):
    folder, _ = bench.small("merged", 6, text=1)
    out = bench.path("merged-out")
    assert bench.batch(folder, "-o", out, *bench.cheap)[0] == 1
    good = out / "report.jsonl"
    lines = good.read_text().splitlines()
    worse = out / "worse.jsonl"
    worse.write_text("".join(
        f'{{"image": "{line["image"]}", "error": "no"}}\n' for line in read_lines(good)) + lines[0][:40])
    for order in ((good, worse), (worse, good)):
        assert bench.run("merge", *order, "-o", out / "both.jsonl").returncode == 0
        both = read_lines(out / "both.jsonl")
        assert len(both) == 6 and sum("error" in line for line in both) == 1, both
    assert bench.run("merge", out / "nothing.jsonl", "-o", out / "both.jsonl").returncode == 2


# --- What is written for people -----------------------------------------------------------------

AWKWARD = ['"quoted".png', "<b>bold & co.png", "=cmd|' \\C calc'!A0.png", "-dash.png", "@at.png", "+plus.png",
           "new\nline.png", "tab\tin.png", "'single' $(id) `id`.png", "</article><script>alert(1)</script>.png".replace("/", "\u2215"),
           b"not utf-8 \xff\xfe.png", "Übergröße 猫.png", "  spaces .png", "percent %41 #?.png"]
LABEL = '=1+1<img src=x onerror="alert(1)">,"'


def awkward_folder(bench):
    folder = bench.path("awkward")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name in AWKWARD:
        with open(os.path.join(os.fsencode(folder), os.fsencode(name)), "wb") as file:
            Image.open(bench.source).crop((0, 0, 64, 48)).save(file, "PNG")
    (folder / "=bad&<i>.png").write_text("no picture")
    return folder


def awkward_model(bench):
    """A network with labels that mean something to HTML and to spreadsheets."""
    return write_network(bench.path("=model<u>.onnx"), [f"{LABEL}{i}" for i in range(7)])


class Sheet(HTMLParser):
    """What a browser would see: elements, their attributes, headings and commands."""
    def __init__(self, text):
        super().__init__()
        self.elements, self.texts, self.inside = [], {}, None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag in ("h2", "code", "figcaption", "style", "script"):
            self.inside = tag
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag):
        if tag == self.inside:
            self.inside = None

    def handle_data(self, data):
        if self.inside:
            self.texts[self.inside][-1] += data


@case("names and labels are escaped in the contact sheet, the table and the commands")
def escaped(bench):
    folder, out = awkward_folder(bench), bench.path("awkward-out")
    model = awkward_model(bench)
    status, errors = bench.batch(folder, "-o", out, "--model", model, "--method", "gradient")
    assert status == 1, errors
    lines = read_lines(out / "report.jsonl")
    names = {line["image"] for line in lines}
    assert len(names) == len(AWKWARD) + 1, names
    assert {name for name in AWKWARD if isinstance(name, str)} <= names

    text = (out / "report.html").read_text()
    sheet = Sheet(text)
    assert {tag for tag, _ in sheet.elements} == {
        "html", "head", "meta", "title", "style", "body", "header", "h1", "label", "select", "option", "input",
        "small", "main", "article", "h2", "figure", "a", "img", "figcaption", "p", "ol", "li", "meter", "dl", "dt",
        "dd", "button", "code", "script"} - ({"p"} if "<p" not in text else set()), "a name or label became an element"
    assert set(sheet.texts["h2"]) == names, set(sheet.texts["h2"]) ^ names
    assert not any(key.startswith("on") for _, attributes in sheet.elements for key in attributes)
    outside = [value for _, attributes in sheet.elements for key, value in attributes.items()
               if key in ("src", "href") and not value.startswith(("data:image/jpeg;base64,", "./"))]
    assert not outside, f"the sheet needs {outside[:3]}"
    for _, attributes in sheet.elements:
        if attributes.get("href"):
            assert (out / unquote(attributes["href"])).exists(), attributes["href"]

    # A command that is copied asks about that very file, in a shell and in that folder.
    asked = [shlex.split(code) for code in sheet.texts["code"]]
    assert all(words[:2] == ["whylayer", "explain"] for words in asked), asked[0]
    good = names - {"=bad&<i>.png"}
    for code in sheet.texts["code"]:
        done = subprocess.run(["bash", "-c", f'whylayer() {{ "{bench.whylayer}" "$@"; }}; {code} --json'],
                              cwd=folder, env={**bench.environment, "WHYLAYER_DATA": str(bench.folder)},
                              capture_output=True, timeout=60)
        if b"not utf-8" not in code.encode():  # its bytes cannot stand in a UTF-8 page
            assert done.returncode == 0, (code, done.stderr)
    assert len(asked) == len(good)

    rows = list(csv.reader(io.StringIO((out / "report.csv").read_bytes().decode(), newline="")))
    assert len(rows) == len(names) + 1 and {len(row) for row in rows} == {len(rows[0])}, "the table's shape"
    cells = [cell for row in rows[1:] for cell in row]
    live = [cell for cell in cells if cell and cell[0] in "=+-@\t\r\n" and not is_number(cell)]
    assert not live, f"a spreadsheet would run {live[:3]}"
    assert {row[0].removeprefix("'") if row[0][1:] in names else row[0] for row in rows[1:]} == names


def is_number(cell):
    return re.fullmatch(r"-?\d+(\.\d+)?(e[-+]?\d+)?", cell) is not None


@case("the sheet can be sorted by certainty, by agreement of methods and by evidence outside the middle")
def sortable(bench):
    folder, _ = bench.small("sortable", 8, text=1)
    out = bench.path("sortable-out")
    assert bench.batch(folder, "-o", out, *bench.cheap, "--method", "grad-cam")[0] == 1
    text = (out / "report.html").read_text()
    lines = read_lines(out / "report.jsonl")
    assert len(lines) == 15 and text.count("<article") == 8
    cards = [attributes for tag, attributes in Sheet(text).elements if tag == "article"]
    options = [attributes["value"] for tag, attributes in Sheet(text).elements if tag == "option"]
    assert options == ["order", "certainty", "agreement", "middle", "failed"]
    for key in ("certainty", "agreement", "middle"):
        values = {card[f"data-{key}"] for card in cards if card["data-failed"] == "1"}
        assert len(values) == 7, (key, values)
    for line in lines:
        if "error" not in line:
            assert -1 <= line["evidence"]["agreement"] <= 1 and 0 <= line["evidence"]["outside_middle"] <= 1
    first = next(line for line in lines if line["image"] == "0000.png") if "error" not in lines[0] else lines[1]
    card = cards[sorted({line["image"] for line in lines}).index(first["image"])]
    top = first["predictions"][0]["probability"] - first.get("unsure", False)
    assert abs(float(card["data-certainty"]) - top) < 1e-4, (card, top)


# --- Manners ------------------------------------------------------------------------------------

@case("a list on standard input, a pattern and formats are understood")
def sources(bench):
    folder, made = bench.small("sources", 6)
    names = sorted(str(folder / name) for name in made)
    for separator in ("\n", "\0"):
        out = bench.path("from-list")
        shutil.rmtree(out, ignore_errors=True)
        batch = bench.start("-", "-o", out, "--format", "jpeg", "--no-raw", *bench.cheap, stdin=subprocess.PIPE)
        _, errors = batch.program.communicate((separator.join(names) + separator).encode())
        assert batch.program.returncode == 0, errors
        assert len(read_lines(out / "report.jsonl")) == 6
        assert len([path for path in out.glob("*.jpg")]) == 6 and not list(out.rglob("*.npy"))
    out = bench.path("from-pattern")
    assert bench.batch(str(folder / "*.png"), "-o", out, "--format", "none", *bench.cheap)[0] == 0
    assert {line["image"] for line in read_lines(out / "report.jsonl")} == {n for n in made if "/" not in n}
    assert len(list(out.rglob("*.npy"))) == 2 and not list(out.rglob("*.png"))


@case("wrong usage is refused before a picture is touched")
def refusals(bench):
    folder, _ = bench.small("refusals", 3)
    out = bench.path("refused-out")
    for arguments, words, status in (
            (["--shard", "8/7"], ["8/7", "1/7"], 2), (["--shard", "0/7"], ["0/7"], 2),
            (["--jobs", "-1"], ["--jobs", "-1"], 2), (["--format", "gif"], ["gif", "png"], 2),
            (["--method", "gradcam"], ["gradcam", "grad-cam"], 2), (["--model", "nothing"], ["nothing"], 3),
            (["--target", "teapott"], ["teapott", "teapot"], 2)):
        found, errors = bench.batch(folder, "-o", out, *arguments)
        assert found == status and all(word in errors for word in words), (arguments, found, errors)
        assert not out.exists(), arguments
    for arguments in ([folder], [folder, "-o", folder], [bench.path("no such"), "-o", out]):
        assert bench.batch(*arguments)[0] == 2, arguments


@case("a terminal sees rate and time left; a pipe sees nothing")
def progress(bench):
    folder, _ = bench.small("progress", 60)
    arguments = (folder, "-o", bench.path("progress-out"), "--method", "integrated-gradients", "--set", "steps=100", "--model", bench.model)
    status, errors = bench.batch(*arguments)
    assert (status, errors) == (0, ""), (status, errors)
    shutil.rmtree(bench.path("progress-out"))
    ours, theirs = pty.openpty()
    batch = bench.start(*arguments, stderr=theirs)
    os.close(theirs)
    seen = b""
    try:
        while piece := os.read(ours, 65536):
            seen += piece
    except OSError:
        pass  # how a terminal's end reads once the program has gone
    batch.program.wait()
    shown = seen.decode(errors="replace")
    assert re.search(r"picture \d+ of 60", shown) and re.search(r"\d a second", shown), shown[-400:]
    assert re.search(r"\d s left", shown) and "60 explained" in shown, shown[-400:]


@case("there are no more jobs than cores, whatever is asked for")
def jobs(bench):
    folder, _ = bench.small("jobs", 40)
    batch = bench.start(folder, "-o", bench.path("jobs-out"), "--jobs", "500", "--threads", "1000", *bench.cheap)
    most = 0
    while batch.program.poll() is None:
        try:
            names = [path.read_text() for path in Path(f"/proc/{batch.program.pid}/task").glob("*/comm")]
        except OSError:
            names = []
        most = max(most, sum(name == "batch\n" for name in names))
        time.sleep(0.005)
    assert batch.end()[0] == 0
    cores = len(os.sched_getaffinity(0))
    bench.figure(f"--jobs 500: {most} workers on {cores} cores")
    assert most <= cores, most




# --- The examples for several machines ----------------------------------------------------------

def reference(bench, name, total=24):
    """A folder and its unsharded run."""
    folder, _ = bench.small(name, total, text=1)
    out = bench.path(f"{name}-whole")
    assert bench.batch(folder, "-o", out, *bench.cheap)[0] == 1
    return folder, out


def same_run(a, b):
    same_results(a, b)
    assert comparable(read_lines(a / "report.jsonl")) == comparable(read_lines(b / "report.jsonl"))


@case("the example for GNU parallel ends in the unsharded run's results")
def gnu_parallel(bench):
    if not shutil.which("parallel") or "GNU" not in bench.output("parallel", "--version"):
        raise Skip("GNU parallel is not installed")
    folder, whole = reference(bench, "parallel in")
    out = bench.path("parallel out")
    for _ in range(2):  # the second time from where it was
        done = subprocess.run([SOURCE / "examples" / "parallel.sh", folder, out, "5", *bench.cheap],
                              env={**bench.environment, "WHYLAYER": str(bench.whylayer), "HOME": str(bench.folder)},
                              capture_output=True, text=True, timeout=300)
        assert done.returncode == 1, (done.returncode, done.stderr[-500:])
        same_run(whole, out)


@case("a Slurm array's tasks are the shards, whatever the first index and the step")
def slurm_arithmetic(bench):
    folder, whole = reference(bench, "array")
    for number, (first, last, step) in enumerate(((1, 4, 1), (0, 3, 1), (100, 106, 2))):
        out = bench.path(f"array-{number}")
        tasks = range(first, last + 1, step)
        for task in tasks:
            variables = {"SLURM_ARRAY_TASK_ID": task, "SLURM_ARRAY_TASK_MIN": first, "SLURM_ARRAY_TASK_MAX": last,
                         "SLURM_ARRAY_TASK_STEP": step, "SLURM_ARRAY_TASK_COUNT": len(tasks)}
            done = array_task(bench, folder, out, variables)
            assert done.returncode == 0, done.stderr[-500:]
        merge_shards(bench, out, len(tasks))
        same_run(whole, out)
    gaps = {"SLURM_ARRAY_TASK_ID": 3, "SLURM_ARRAY_TASK_MIN": 1, "SLURM_ARRAY_TASK_MAX": 9,
            "SLURM_ARRAY_TASK_COUNT": 3}
    assert array_task(bench, folder, bench.path("array-gaps"), gaps).returncode == 2


def array_task(bench, folder, out, variables):
    return subprocess.run([SOURCE / "examples" / "slurm-array.sh", folder, out, *bench.cheap], capture_output=True,
                          text=True, timeout=300, env={**bench.environment, "WHYLAYER": str(bench.whylayer),
                                                       **{name: str(value) for name, value in variables.items()}})


def merge_shards(bench, out, n):
    reports = [out / f"report-{i}-of-{n}.jsonl" for i in range(1, n + 1)]
    assert bench.run("merge", *reports, "-o", out / "report.jsonl").returncode == 0


@case("the example for Slurm runs as a job array and ends in the unsharded run's results")
def slurm_array(bench):
    if reason := slurm.why_not():
        raise Skip(reason)
    folder, whole = reference(bench, "slurm-in")
    out, logs = bench.path("slurm-out"), bench.path("slurm-%a.log")
    with slurm.running(bench.path("slurm"), Path("/run/whylayer-test-munge")) as environment:
        done = subprocess.run(["sbatch", "--wait", "--array=1-3", "--chdir", bench.folder, "-o", logs,
                               f"--export=ALL,WHYLAYER={bench.whylayer}",
                               SOURCE / "examples" / "slurm-array.sh", folder, out, *bench.cheap],
                              env={**bench.environment, **environment, "WHYLAYER_DATA": str(SOURCE / "models")},
                              capture_output=True, text=True, timeout=300)
    said = "".join(path.read_text() for path in bench.folder.glob("slurm-*.log"))
    assert done.returncode == 0, (done.stderr, said[-500:])
    merge_shards(bench, out, 3)
    same_run(whole, out)
    bench.figure(done.stdout.strip())
