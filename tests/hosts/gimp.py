# SPDX-License-Identifier: GPL-3.0-or-later
"""Run Script-Fu in a real, isolated GIMP and read what it noted down.

One class for each generation of GIMP; the only differences are how the program is called and how a
procedure call is spelled.  What both dialects share is common.scm over gimp-2.10.scm or gimp-3.scm.
"""
import os
import re
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
LINKED = ("script-fu", "file-png", "file-jpeg", "file-tiff")

TOKEN = re.compile(r'\s*(?:(#?\()|(\))|"((?:[^"\\]|\\.)*)"|([^\s()"]+))', re.DOTALL)
ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


def read_expressions(text):
    """S-expressions as Python lists, numbers and strings; symbols stay strings."""
    stack = [[]]
    for opening, closing, string, atom in TOKEN.findall(text):
        if opening:
            stack.append([])
        elif closing:
            top = stack.pop()
            stack[-1].append(top)
        elif not atom:
            stack[-1].append(re.sub(r"\\(.)", lambda m: ESCAPES.get(m[1], m[1]), string,
                                    flags=re.DOTALL))
        elif atom != ".":
            stack[-1].append(number(atom))
    return stack[0]


def number(atom):
    for kind in (int, float):
        try:
            return kind(atom)
        except ValueError:
            pass
    return {"#t": True, "#f": False}.get(atom, atom)


def quoted(text):
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


class Answer:
    """What one case noted in its GIMP, and how that GIMP ended."""

    def __init__(self, notes, output, status):
        self.notes, self.output, self.status = notes, output, status

    def __getitem__(self, key):
        if key not in self.notes:
            ended = self.notes.get("ended", [""])
            words = ended[1] if ended[0] == "error" else " | ".join(self.output.strip().splitlines()[-4:])
            raise AssertionError(f"GIMP never noted {key!r}: {words}")
        values = self.notes[key]
        return values[0] if len(values) == 1 else values

    def value(self, key):
        """The result of a note-attempt that went well."""
        outcome, value = self[key]
        assert outcome == "ok", f"{key} failed: {value}"
        return value

    def error(self, key):
        """The message of a note-attempt that should fail."""
        outcome, value = self[key]
        assert outcome == "error", f"{key} should have failed and returned {value}"
        return value


class Alone:
    """A body that wants a GIMP to itself: with other variables in its environment, or as a plain batch
    job whose end nobody softens."""

    def __init__(self, body, environment=None, guarded=True):
        self.body, self.environment, self.guarded = body, environment, guarded


class Gimp:
    """A GIMP that sees this build's plug-in and a few of its own, and no one's settings."""
    generation = dialect = configuration = None
    linked = ()  # further plug-ins of this generation's own
    models = SOURCE / "models"
    extra_settings = ""

    def __init__(self, build, scratch):
        self.build, self.scratch = Path(build), Path(scratch)
        shutil.rmtree(self.scratch, ignore_errors=True)
        (self.scratch / "home").mkdir(parents=True)
        self.runs = 0
        self.environment = {
            **{name: value for name, value in os.environ.items()
               if name not in ("DISPLAY", "XAUTHORITY", "LANGUAGE", "LC_ALL", "DBUS_SESSION_BUS_ADDRESS")},
            "HOME": str(self.scratch / "home"), "LANG": "C.UTF-8",
            "XDG_CACHE_HOME": str(self.scratch / "cache"),
            "XDG_CONFIG_HOME": str(self.scratch / "config"),
            "XDG_DATA_HOME": str(self.scratch / "data"),
            "XDG_RUNTIME_DIR": str(self.scratch / "runtime"),
            self.configuration: str(self.scratch / "gimp"),
            "WHYLAYER_DATA": str(self.models),
        }
        (self.scratch / "runtime").mkdir(mode=0o700)
        self._write_settings(self._collect_plug_ins())

    @classmethod
    def console(cls):
        """The console program of this generation on PATH, or None."""
        found = [program for directory in os.get_exec_path() for program in
                 Path(directory).glob(f"gimp-console-{cls.generation}.*[0-9]")]
        return str(max(found)) if found else None

    def _collect_plug_ins(self):
        """The installed shape of our plug-in, beside links to those of GIMP that the cases use."""
        stage = self.scratch / "stage"
        subprocess.run(["meson", "install", "-C", self.build, "--no-rebuild", "--destdir", stage],
                       check=True, stdout=subprocess.DEVNULL)
        ours = [path for path in stage.rglob("plug-ins/whylayer")
                if path.parent.parent.parent.name == "gimp" and path.parent.parent.name[0] == self.generation[0]]
        if not ours:
            raise RuntimeError(f"the build has no plug-in for GIMP {self.generation}")
        self.plug_in = ours[0]
        system = Path("/") / self.plug_in.parent.relative_to(stage)
        folder = self.scratch / "plug-ins"
        folder.mkdir()
        (folder / "whylayer").symlink_to(self.plug_in)
        for name in (*LINKED, *self.linked):
            (folder / name).symlink_to(system / name)
        return folder

    def _write_settings(self, plug_ins):
        self.settings = self.scratch / "system-gimprc"
        self.settings.write_text(f"(plug-in-path {quoted(plug_ins)})\n(check-updates no)\n"
                                 "(color-profile-policy keep)\n" + self.extra_settings)

    def command(self, program, batch, interpreter):
        raise NotImplementedError

    def call(self, procedure, arguments, values, run_mode):
        """A procedure call on the variables image and drawable."""
        raise NotImplementedError

    def check_failed(self, answer):
        """A batch job whose script failed must be seen to have failed."""
        raise NotImplementedError

    def procedure(self, name, run_mode="RUN-NONINTERACTIVE", **values):
        """A call of any of our procedures; its values come as a list."""
        call = self.call(name, PROCEDURES[name][0], values, run_mode)
        # Script-Fu v3 hands out a single value as it is.
        return f"(list {call})" if len(PROCEDURES[name][1]) == 1 and self.generation == "3" else call

    @staticmethod
    def returned(name, values):
        """What a procedure returned, by name. GIMP 2.10 puts the length before each array."""
        names = PROCEDURES[name][1]
        arrays = sum(isinstance(value, list) for value in values)
        kept = [value for i, value in enumerate(values)
                if len(values) != len(names) + arrays or not (i + 1 < len(values) and isinstance(values[i + 1], list))]
        assert len(kept) == len(names), (name, values)
        return dict(zip(names, kept))

    def explain(self, run_mode="RUN-NONINTERACTIVE", **values):
        return self.call("explain", EXPLAIN, values, run_mode)

    def classify(self, run_mode="RUN-NONINTERACTIVE", **values):
        return self.call("classify", CLASSIFY, values, run_mode)

    def restyle(self, style="", run_mode="RUN-NONINTERACTIVE"):
        return self.call("restyle", RESTYLE, {"style": style}, run_mode)

    def classes(self, values):
        """What classify returned, as the unsure flag and [(index, label, probability)…].

        GIMP 2.10 puts the length before each array."""
        indices, labels, probabilities = (value for value in values if isinstance(value, list))
        return values[0], list(zip(indices, labels, probabilities))

    def script(self, bodies, guarded=True):
        """Write the cases' bodies (number → text) as one script; return what loads it, and its notes."""
        form = "(run-case {} (lambda ()\n{}))" if guarded else "(set! current-case {})\n{}"
        self.runs += 1
        script, notes = (self.scratch / f"run-{self.runs:03}.{suffix}" for suffix in ("scm", "notes"))
        script.write_text("\n".join([
            f"(define notes-path {quoted(notes)})", f"(load {quoted(HERE / 'common.scm')})",
            f"(load {quoted(HERE / f'gimp-{self.generation}.scm')})",
            *(form.format(number, body) for number, body in bodies.items()),
            "(close-output-port notes)\n"]))
        return f"{self.dialect}(load {quoted(script)})", notes

    @staticmethod
    def read_notes(path):
        """case number → key → values."""
        text = path.read_text(errors="replace") if path.exists() else ""
        notes = {}
        for number, key, *values in read_expressions(text):
            notes.setdefault(number, {})[key] = values
        return notes

    def execute(self, expression, environment=None, timeout=1200, interpreter="plug-in-script-fu-eval"):
        """Run one expression in the console program, as a batch job does; (output, exit status)."""
        command = self.command(self.console(), expression, interpreter)
        program = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                   env={**self.environment, **(environment or {})},
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                   errors="replace")
        try:
            output = program.communicate(timeout=timeout)[0]
        except subprocess.TimeoutExpired:
            program.kill()
            output = program.communicate()[0] + f"\nGIMP was still busy after {timeout} s"
        return output, program.returncode

    def run(self, bodies):
        """Run several cases in as few GIMPs as possible; number → Answer."""
        answers = {number: self.run_some({number: wish.body}, wish.environment, wish.guarded)[number]
                   for number, wish in bodies.items() if isinstance(wish, Alone)}
        rest = {number: body for number, body in bodies.items() if number not in answers}
        while rest:  # should a GIMP die, the cases after the deadly one run in a new one
            answers.update(self.run_some(rest))
            rest = {number: body for number, body in rest.items() if number not in answers}
        return answers

    def run_some(self, bodies, environment=None, guarded=True):
        """Run cases in one GIMP; Answers of those that ended, and of the one that did not."""
        expression, path = self.script(bodies, guarded)
        output, status = self.execute(expression, environment)
        path.with_suffix(".log").write_text(output)
        notes = self.read_notes(path)
        ended = [number for number in bodies if "ended" in notes.get(number, {})]
        broken = [number for number in bodies if number not in ended][:1]
        return {number: Answer(notes.get(number, {}), output, status)
                for number in ended + broken}

    def registered(self):
        """Our procedures as GIMP registered them: name → (menu paths, arguments, returned values)."""
        text = (self.scratch / "gimp" / "pluginrc").read_text(errors="replace")
        found = {}
        for entry in read_expressions(text):
            if entry[0] != "plug-in-def" or "whylayer" not in entry[1]:
                continue
            for definition in (part for part in entry if isinstance(part, list) and part[0] == "proc-def"):
                lists = [part for part in definition if isinstance(part, list)]
                rows = [part for part in lists if part[0] in ("proc-arg", "proc-val", "proc-return")]
                n_arguments, n_values = self.counts(definition)
                found[definition[1]] = ([part[1] for part in lists if part[0] == "menu-path"],
                                        [self.name_of(row) for row in rows[:n_arguments]],
                                        [self.name_of(row) for row in rows[n_arguments:n_arguments + n_values]])
        return found

    @staticmethod
    def counts(definition):
        """Numbers of arguments and returned values: the two integers before the first of them."""
        first = next(i for i, part in enumerate(definition)
                     if isinstance(part, list) and part[0].startswith("proc-arg"))
        return definition[first - 2], definition[first - 1]


# The order of the arguments is frozen: GIMP 2.10 calls are positional.
EXPLAIN = ("model", "method", "parameters", "node", "target", "against", "score", "region", "view",
           "style", "output")
CLASSIFY = ("model", "region", "view", "top")
RESTYLE = ("style",)
# Procedure → its arguments and what it returns.
PROCEDURES = {
    "explain": (EXPLAIN, ("layer", "index", "label", "probability", "residual")),
    "classify": (CLASSIFY, ("unsure", "indices", "labels", "probabilities")),
    "restyle": (RESTYLE, ("layer",)),
    "batch": (("source", "folder", "models", "methods", "parameters", "node", "target", "against", "score", "view",
               "style", "metrics", "format", "raw", "resume", "shard"),
              ("total", "done", "skipped", "failed", "report")),
    "select": (("share", "sign", "output"), ("area",)),
    "test-selection": (("model", "target", "view", "fill"),
                       ("index", "label", "probability", "without", "only", "area")),
    "compare": ((), ("index", "label", "probability", "before", "agreement", "top", "top-label")),
    "minimal-region": (("model", "parameters", "target", "region", "view", "style", "output"),
                       ("layer", "index", "label", "probability", "residual")),
    "layer-shapley": (("model", "target", "against", "score", "view"), ("index", "all", "none", "names", "values")),
    "check": (("model", "method", "parameters", "node", "target", "against", "score", "region", "view", "metrics",
               "controls"), ("index", "label", "probability", "metrics", "values", "random", "flagged")),
    "activations": (("model", "parameters", "node", "region", "view", "style", "output"),
                    ("layer", "index", "label", "probability", "residual")),
    "models": ((), ("count", "models", "names", "paths")),
    "methods": ((), ("count", "methods", "names", "blurbs", "parameters")),
    "metrics": ((), ("count", "metrics", "names", "blurbs", "parameters")),
}
WITHOUT_IMAGE = ("batch", "models", "methods", "metrics")


class Gimp210(Gimp):
    generation, dialect, configuration = "2.10", "", "GIMP2_DIRECTORY"

    @classmethod
    def console(cls):
        return shutil.which("gimp-console-2.10")

    def command(self, program, batch, interpreter="plug-in-script-fu-eval"):
        return [program, "-i", "--no-splash", f"--system-gimprc={self.settings}",
                f"--batch-interpreter={interpreter}", "-b", batch, "-b", "(gimp-quit 1)"]

    def call(self, procedure, arguments, values, run_mode):
        positional = " ".join(quoted(values.get(name, "")) for name in arguments)
        image = "" if procedure in WITHOUT_IMAGE else "image (drawable image)"
        return f"(plug-in-whylayer-{procedure} {run_mode} {image} {positional})"

    def check_failed(self, answer):
        assert "batch command experienced" in answer.output, answer.output[-300:]

    @staticmethod
    def name_of(row):
        return row[2]


class Gimp3(Gimp):
    generation, dialect, configuration = "3", "(script-fu-use-v3) ", "GIMP3_DIRECTORY"
    linked = ("python-eval",)
    extra_settings = "(show-welcome-dialog no)\n(metadata-rotation-policy rotate)\n"

    def command(self, program, batch, interpreter="plug-in-script-fu-eval"):
        return [program, "-i", "--no-splash", f"--system-gimprc={self.settings}",
                f"--batch-interpreter={interpreter}", "-b", batch, "--quit"]

    def call(self, procedure, arguments, values, run_mode):
        named = " ".join(f"#:{name} {quoted(value)}" for name, value in values.items())
        image = ("" if procedure in WITHOUT_IMAGE
                 else "#:image image #:drawables (gimp-image-get-selected-drawables image)")
        return f"(plug-in-whylayer-{procedure} #:run-mode {run_mode} {image} {named})"

    def check_failed(self, answer):
        assert answer.status == 70, f"status {answer.status}: {answer.output[-300:]}"

    @staticmethod
    def name_of(row):
        return row[4]


HOSTS = {"2.10": Gimp210, "3": Gimp3}
