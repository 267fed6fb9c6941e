# SPDX-License-Identifier: GPL-3.0-or-later
"""What both GIMPs must do with a window: the menu, the dialog, undo.  One GIMP serves all cases."""
import functools
import gettext
import json
import re
import subprocess

import desktop
from gimp import Answer, quoted
from xcf import read_layers

CASES = []
DIALOG = "whylayer"  # the plug-in's own program, so the dialog is its application's


class Skip(Exception):
    """This case cannot run here."""


def case(name, language="", prepare=None):
    """Register a case for a GIMP in that language; prepare(gimp, language) comes before it starts."""
    def register(function):
        @functools.wraps(function)
        def on_screen(bench):
            missing = desktop.missing()
            if missing:
                raise Skip("not installed: " + " ".join(missing))
            if prepare:
                prepare(bench.gimp, language)
            screen = get_screen(bench, language)
            try:
                function(screen)
            except Exception as error:
                if isinstance(error, AssertionError):
                    error.args = (f"{error}; the dialog says {screen.shown()}",)
                screen.picture(re.sub(r"\W+", "-", name) + "-failed")
                screen.give_up()
                raise
        CASES.append((name, on_screen))
        return function
    return register


def get_screen(bench, language):
    """The one GIMP that runs, in that language; all share a desktop, for a process knows only one."""
    if not bench.desktop:
        bench.desktop = desktop.Desktop(bench.gimp.environment)
    if not bench.screen or bench.screen.language != language:
        if bench.screen:
            old, bench.screen = bench.screen, None
            old.quit()
        bench.screen = Screen(bench, language)
    return bench.screen


def environment(language):
    """Variables for a program in that language; newer C libraries want a locale beside it."""
    variables = {"LANGUAGE": language}
    known = subprocess.run(["locale", "-a"], capture_output=True, text=True).stdout.split()
    usable = [name for name in known if name.lower().endswith(".utf8") and not name.startswith("C.")]
    if language and usable:
        variables["LANG"] = next((name for name in usable if name.startswith(language)), usable[0])
    return variables


class Screen:
    """The full GIMP under Xvfb with the sample picture open."""
    def __init__(self, bench, language=""):
        self.gimp, self.sample, self.language = bench.gimp, bench.sample, language
        self.command_line = bench.command_line
        self.translate = self._catalogue(language).gettext if language else lambda text: text
        self.artefacts = self.gimp.scratch / "artefacts"
        self.artefacts.mkdir(exist_ok=True)
        self.desktop = bench.desktop
        self.log = open(self.gimp.scratch / f"screen{language}.log", "w")
        command = [self.gimp.console().replace("-console", ""), "--no-splash", "--new-instance",
                   f"--system-gimprc={self.gimp.settings}", str(bench.sample)]
        self.program = self.desktop.start(command, environment(language), stdout=self.log, stderr=self.log)
        label = self.text("_Explain Classification…").rstrip("…")
        self.item = self.menu_item(lambda name: name.startswith(label), 120)
        # A script that comes while GIMP loads a picture may never run.
        self.desktop.await_one("gimp", "frame", lambda name: bench.sample.stem in name, 120)
        desktop.wait(lambda: self.layers() == 1, "the picture to open")

    def quit(self):
        """End this GIMP without its asking whether to save.

        A signal would do, but GIMP takes it for a crash: the next one would begin by offering to restore the picture.
        """
        self.call_batch("(gimp-quit 1)", check=False)
        self.program.wait(60)
        self.desktop.end(self.program)
        desktop.wait(lambda: not self.desktop.applications("gimp"), "GIMP to end")

    def _catalogue(self, language):
        with open(self.gimp.plug_in / "locale" / language / "LC_MESSAGES" / "whylayer.mo", "rb") as file:
            return gettext.GNUTranslations(file)

    def text(self, msgid):
        """A string of the plug-in in this desktop's language, as it is read out: without mnemonic."""
        return re.sub(r"\(_\w\)|_", "", self.translate(msgid))

    def menu_item(self, name, seconds=30):
        return self.desktop.await_one("gimp", "menu item", name, seconds)

    def batch(self, body):
        """Run Script-Fu inside this GIMP and return what it noted."""
        expression, notes = self.gimp.script({0: body + '\n(note "done" 1)'}, guarded=False)
        self.call_batch(expression)
        return Answer(desktop.wait(lambda: "done" in (found := self.gimp.read_notes(notes).get(0, {})) and found,
                                   f"the script {notes.stem}", 60), "", 0)

    def call_batch(self, expression, check=True):
        self.desktop.run(["gdbus", "call", "--session", "--dest", "org.gimp.GIMP.UI", "--object-path",
                          "/org/gimp/GIMP/UI", "--method", "org.gimp.GIMP.UI.BatchRun",
                          "plug-in-script-fu-eval", expression], check)

    def on_image(self, body):
        return self.batch(f"(let* ((image (car (open-images)))) {body})")

    def layers(self):
        """How many layers the picture has; 0 before it is open."""
        return self.batch('(note "n" (if (null? (open-images)) 0 (length (layers (car (open-images))))))')["n"]

    def facts(self):
        """The top layer's: name, width, height, x, y, mode, opacity, visible, type, parasites."""
        return self.on_image('(note "facts" (layer-facts (car (layers image))))')["facts"]

    def saved(self, name):
        """What the top layer remembers, as stored in a file."""
        path = self.gimp.scratch / f"{name}{self.language}.xcf"
        self.on_image(f"(save-xcf image {quoted(path)})")
        return json.loads(read_layers(path)[0].parasites["whylayer"][1].rstrip(b"\0"))

    def activate(self, own):
        """Make the topmost layer that is Whylayer's, or none of its, the active one."""
        self.on_image(f"""
          (activate image (car (filter-list
            (lambda (layer) ({"and" if own else "not"} (member "whylayer" (parasites layer))))
            (layers image))))""")

    # --- The dialog ---

    def open_dialog(self):
        desktop.press(self.item)
        return self.desktop.await_one(DIALOG, "dialog", lambda name: True)

    def find(self, role, msgid):
        """What has that role and name, in this desktop's language."""
        wanted = self.text(msgid)
        return self.desktop.await_one(DIALOG, role, lambda name: name.startswith(wanted))

    def press(self, msgid):
        desktop.press(self.find("button", msgid))

    def has(self, msgid):
        """Whether a label of the dialog says that."""
        wanted = self.text(msgid)
        return bool(self.desktop.find(DIALOG, "label", lambda name: wanted in name))

    def pattern(self, msgid):
        """What a formatted string of the plug-in matches."""
        return re.compile(re.sub(r"%(\.\d)?[sdfg]", "(.+)", re.escape(self.text(msgid)).replace("\\%", "%")))

    def await_label(self, msgid):
        """The parts that stand in that formatted string, once a label says it."""
        wanted = self.pattern(msgid)
        return wanted.fullmatch(self.desktop.await_one(DIALOG, "label", wanted.fullmatch).name).groups()

    def await_question(self, msgid, *classes):
        """Until the dialog asks about those classes: keys are sent long before they are acted on."""
        wanted = self.text(msgid) % classes
        self.desktop.await_one(DIALOG, "label", lambda name: name == wanted)

    def await_ready(self, seconds=90):
        """Until the map that the settings ask for is there."""
        stop = self.find("button", "Sto_p")
        desktop.wait(lambda: not desktop.is_on(stop, "SENSITIVE"), "the map", seconds)

    def choose_method(self, name):
        combo = self.find("combo box", "Method")
        desktop.choose(combo, [row.strip() for row in desktop.rows(combo)].index(self.text(name)))

    def labels(self):
        """Those of the most probable classes, in this desktop's language."""
        predictions = self.command_line("classify", self.sample)["predictions"]
        language = f".{self.language}" if self.language else ""
        model = next(self.gimp.models.glob("*.onnx")).stem
        labels = (self.gimp.models / "labels" / f"{model}{language}.txt").read_text().splitlines()
        return [labels[prediction["index"]] for prediction in predictions]

    def show_page(self, position):
        notebook = self.desktop.await_one(DIALOG, "page tab list", lambda name: True)
        desktop.choose(notebook, position)

    def keys(self, *keys):
        self.desktop.keys(self.text("Explain Classification"), *keys)

    def picture(self, name):
        self.desktop.picture(self.artefacts / f"{name}-{self.gimp.generation}-{self.language or 'en'}.png")

    def closed(self):
        return desktop.wait(lambda: not self.desktop.applications(DIALOG), "the plug-in to end", 60)

    def shown(self):
        """What the dialog's labels say, for whoever asks why a case failed."""
        windows = [window for application in self.desktop.applications(DIALOG) for window in application]
        return [node.name for window in windows for node in desktop.everything(window)
                if node.name and node.getRoleName() == "label"]

    def give_up(self):
        """Close what a failed case left open, for the next one."""
        if cancel := self.desktop.find(DIALOG, "button", lambda name: name == self.text("_Cancel")):
            desktop.press(cancel)

    def undo(self, word):
        """Edit > Undo or Redo, as the menu names the step."""
        item = self.menu_item(lambda name: name.startswith(word + " ") and name != "Undo History")
        desktop.press(item)

    def await_layers(self, count):
        desktop.wait(lambda: self.layers() == count, f"{count} layers", 60)


@case("the menu has Filters > Explain > Explain Classification")
def menu(screen):
    names, node = [], screen.item
    while node is not None and node.getRoleName() != "menu bar":
        if node.name:
            names.append(node.name)
        node = node.parent
    assert names[1:3] == ["Explain", "Filters"], names


@case("Cancel in the dialog writes nothing")
def cancel(screen):
    before = screen.layers()
    screen.open_dialog()
    screen.press("_Cancel")
    screen.closed()
    assert screen.layers() == before


@case("OK in the dialog writes the layer")
def accept(screen):
    before = screen.layers()
    screen.open_dialog()
    screen.press("_OK")
    screen.closed()
    screen.await_layers(before + 1)
    screen.picture("layer")
    assert {"whylayer", "whylayer-map"} <= set(screen.facts()[9])
    screen.activate(own=False)


def choose_class(screen, label, *keys):
    """Find a class by its name, and press keys on it."""
    search = screen.find("text", "Find a class")
    search.queryEditableText().setTextContents(label)
    search.queryComponent().grabFocus()
    screen.keys(*keys)


def ask(screen, method, opacity):
    """Choose target, against, method and style in the dialog; classes as hands without a mouse would."""
    predictions = screen.command_line("classify", screen.sample)["predictions"]
    target, against = predictions[1], predictions[0]
    screen.open_dialog()
    screen.await_ready()
    first, second = screen.labels()[:2]
    choose_class(screen, second, "Return")
    screen.await_question("Why “%s”?", second)
    choose_class(screen, first, "Tab", "Down", "shift+Return")
    screen.await_question("Why “%s” and not “%s”?", second, first)
    screen.find("text", "Find a class").queryEditableText().setTextContents("")
    screen.choose_method(method)
    screen.await_ready()
    screen.show_page(1)
    desktop.set_value(screen.find("spin button", "_Opacity"), opacity)
    return target, against


@case("the dialog writes the target, contrast, method and style that were chosen")
def chosen(screen):
    before = screen.layers()
    target, against = ask(screen, "LayerCAM", 35)
    screen.press("_OK")
    screen.closed()
    screen.await_layers(before + 1)
    record = screen.saved("chosen")
    assert record["target"] == {"index": target["index"], "label": target["label"]}, record["target"]
    assert record["against"] == {"index": against["index"], "label": against["label"]}, record["against"]
    assert record["method"]["id"] == "layer-cam", record["method"]
    assert record["image"] == screen.sample.name, record["image"]
    assert record["request"]["style"] == "opacity=35", record["request"]
    assert abs(screen.facts()[6] - 35) < 0.01, screen.facts()


@case("the dialog opened on a Whylayer layer has its settings and updates it")
def edited(screen):
    screen.activate(own=True)
    before, record = screen.layers(), screen.saved("before")
    screen.open_dialog()
    screen.await_ready()
    method = desktop.chosen(screen.find("combo box", "Method"))
    assert method.strip() == screen.text("LayerCAM"), f"the method is {method}"
    screen.show_page(2)
    assert desktop.is_on(screen.find("check box", "_Update the active layer"), "CHECKED")
    screen.show_page(1)
    spin = screen.find("spin button", "_Opacity")
    assert desktop.get_value(spin) == 35, f"the opacity is {desktop.get_value(spin)}"
    desktop.set_value(spin, 80)
    screen.press("_OK")
    screen.closed()
    desktop.wait(lambda: abs(screen.facts()[6] - 80) < 0.01, "the layer's new opacity")
    assert screen.layers() == before, "a layer was added"
    after = screen.saved("after")
    for key in ("target", "against", "method", "view"):
        assert after[key] == record[key], f"{key} changed from {record[key]} to {after[key]}"
    screen.activate(own=False)


@case("a long method is stopped, and Cancel then leaves the picture as it was")
def stopped(screen):
    screen.on_image("(clean image)")
    before = screen.on_image('(note-state "state" image)')["state"]
    screen.open_dialog()
    screen.await_ready()
    screen.choose_method("RISE")
    stop = screen.find("button", "Sto_p")
    desktop.wait(lambda: desktop.is_on(stop, "SENSITIVE"), "the computation to begin")
    desktop.press(stop)
    desktop.wait(lambda: screen.has("Stopped."), "the word that it stopped", 10)
    screen.picture("stopped")
    screen.press("_Cancel")
    screen.closed()
    after = screen.on_image('(note-state "state" image)')["state"]
    assert before == after, (before, after)


@case("one undo removes the layer and one redo brings it back")
def undo(screen):
    before = screen.layers()
    screen.on_image(f"(note-attempt \"result\" {screen.gimp.explain()}) (gimp-displays-flush)")
    screen.await_layers(before + 1)
    screen.undo("Undo")
    screen.await_layers(before)
    screen.undo("Redo")
    screen.await_layers(before + 1)
    assert {"whylayer", "whylayer-map"} <= set(screen.facts()[9])


@case("a refused call leaves the undo history alone")
def undo_after_refusal(screen):
    before = screen.layers()
    screen.on_image('(add-layer image "mine") (gimp-displays-flush)')
    screen.await_layers(before + 1)
    answer = screen.on_image(f"(note-attempt \"result\" {screen.gimp.explain(method='nonsense')})")
    answer.error("result")
    screen.undo("Undo")
    screen.await_layers(before)


@case("explain with the last values asks nothing")
def last_values(screen):
    before = screen.layers()
    answer = screen.on_image(f"(note-attempt \"result\" {screen.gimp.explain('RUN-WITH-LAST-VALS')})")
    answer.value("result")
    screen.await_layers(before + 1)
