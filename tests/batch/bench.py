# SPDX-License-Identifier: GPL-3.0-or-later
"""The program, its pictures, and what it wrote."""
import hashlib
import json
import os
import re
import shutil
import subprocess
import time
from functools import cached_property
from pathlib import Path

from network import write_network
from pictures import make_folder

SOURCE = Path(__file__).resolve().parent.parent.parent
SAMPLE = SOURCE / "models" / "sample" / "still-life.jpg"


class Skip(Exception):
    """A case that cannot run here, and why."""


class Batch:
    """One started `whylayer batch`."""

    def __init__(self, bench, arguments, **how):
        self.program = subprocess.Popen([bench.whylayer, "batch", *map(str, arguments)], env=bench.environment,
                                        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how})

    def end(self, timeout=600):
        """(exit status, what it said on standard error)"""
        _, errors = self.program.communicate(timeout=timeout)
        return self.program.returncode, (errors or b"").decode(errors="replace")

    def status(self):
        """The kernel's figures of the running program: name → number (kB for sizes)."""
        try:
            text = Path(f"/proc/{self.program.pid}/status").read_text()
        except OSError:
            return {}
        return {name: int(value) for name, value in re.findall(r"^(\w+):\s+(\d+)", text, re.MULTILINE)}


class Bench:
    def __init__(self, build, kills, model):
        self.whylayer, self.kills = build / "plugin" / "cli" / "whylayer", kills
        self.folder = build / "batch"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        self.environment = {**os.environ, "WHYLAYER_DATA": str(SOURCE / "models"), "LC_ALL": "C.UTF-8"}
        self.figures = []
        if not self.whylayer.exists():
            raise SystemExit(f"{build} has no whylayer command")
        # A cheap method of a small network: a thousand pictures take seconds.
        self.model = model or str(write_network(self.path("small.onnx")))
        self.cheap = ("--method", "gradient", "--model", self.model)

    def figure(self, text):
        """A measured figure, printed below the case's line."""
        self.figures.append(text)

    def take_figures(self):
        figures, self.figures = self.figures, []
        return figures

    def path(self, name):
        return self.folder / name

    @cached_property
    def source(self):
        shared = Path(os.environ.get("WHYLAYER_SHARED", SOURCE.parent / "shared"))
        validation = shared / "data" / "tiny-imagenet" / "val.jpg"
        return validation if validation.exists() else SAMPLE

    @cached_property
    def thousand(self):
        """(folder, name → what is wrong)"""
        folder = self.path("thousand")
        return folder, make_folder(folder, self.source)

    def small(self, name, total, **broken):
        folder = self.path(name)
        return folder, make_folder(folder, self.source, total, broken)

    def start(self, *arguments, **how):
        return Batch(self, arguments, **how)

    def batch(self, *arguments, **how):
        return self.start(*arguments, **how).end()

    def run(self, *arguments, **how):
        return subprocess.run([self.whylayer, *map(str, arguments)], env=self.environment, capture_output=True,
                              timeout=600, **how)

    @staticmethod
    def output(*command):
        return subprocess.run(command, capture_output=True, text=True, timeout=60).stdout

    @cached_property
    def unbroken(self):
        """The thousand pictures in one go: (folder, exit status, errors, samples of (lines, kB))."""
        folder, out = self.thousand[0], self.path("unbroken")
        batch = self.start(folder, "-o", out, *self.cheap, stderr=open(self.path("unbroken.err"), "wb"))
        samples = []
        while batch.program.poll() is None:
            samples.append((count_lines(out / "report.jsonl"), batch.status().get("VmRSS", 0)))
            time.sleep(0.01)
        return out, batch.program.returncode, self.path("unbroken.err").read_text(errors="replace"), samples


def count_lines(path):
    return path.read_bytes().count(b"\n") if path.exists() else 0


def read_lines(path):
    """The report's objects; each line must be one."""
    data = path.read_bytes()
    assert data.endswith(b"\n"), f"{path} ends in a torn line"
    return [json.loads(line) for line in data.decode().splitlines()]


def comparable(lines):
    """Lines as they must come out again: without the time they took, by picture."""
    def strip(line):
        return {key: value for key, value in line.items() if key != "elapsed_ms"}
    return sorted((json.dumps(strip(line), sort_keys=True) for line in lines),
                  key=lambda text: (json.loads(text)["image"], text))


def fingerprints(folder):
    """Relative name → hash of every picture, thumbnail and map; also of what should not be there."""
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not (path.parent == folder and path.name.startswith("report"))}


def same_results(a, b):
    """Two folders with their reports' lines hold the same."""
    one, other = fingerprints(a), fingerprints(b)
    assert sorted(one) == sorted(other), f"files only here or there: {sorted(set(one) ^ set(other))[:5]}"
    different = [name for name in one if one[name] != other[name]]
    assert not different, f"{len(different)} files differ: {different[:5]}"
