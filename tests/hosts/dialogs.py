# SPDX-License-Identifier: GPL-3.0-or-later
"""What both GIMPs must do with a window: the menu, the dialog, undo.  One GIMP serves all cases."""
import functools

import desktop
from gimp import Answer

CASES = []
DIALOG = "whylayer"  # the plug-in's own program, so the dialog is its application's


class Skip(Exception):
    """This case cannot run here."""


def case(name):
    def register(function):
        @functools.wraps(function)
        def on_screen(bench):
            if not hasattr(bench, "screen"):
                missing = desktop.missing()
                if missing:
                    raise Skip("not installed: " + " ".join(missing))
                bench.screen = Screen(bench)
            function(bench.screen)
        CASES.append((name, on_screen))
        return function
    return register


class Screen:
    """The full GIMP under Xvfb with the sample picture open."""
    def __init__(self, bench):
        self.gimp = bench.gimp
        self.artefacts = self.gimp.scratch / "artefacts"
        self.artefacts.mkdir()
        self.desktop = desktop.Desktop(self.gimp.environment)
        self.log = open(self.gimp.scratch / "screen.log", "w")
        command = [self.gimp.console().replace("-console", ""), "--no-splash", "--new-instance",
                   f"--system-gimprc={self.gimp.settings}", str(bench.sample)]
        self.desktop.start(command, stdout=self.log, stderr=self.log)
        self.item = self.menu_item(lambda name: name.startswith("Explain Classification"), 120)
        desktop.wait(lambda: self.layers() == 1, "the picture to open")

    def menu_item(self, name, seconds=30):
        return self.desktop.await_one("gimp", "menu item", name, seconds)

    def batch(self, body):
        """Run Script-Fu inside this GIMP and return what it noted."""
        expression, notes = self.gimp.script({0: body + '\n(note "done" 1)'}, guarded=False)
        run = ["gdbus", "call", "--session", "--dest", "org.gimp.GIMP.UI", "--object-path",
               "/org/gimp/GIMP/UI", "--method", "org.gimp.GIMP.UI.BatchRun",
               "plug-in-script-fu-eval", expression]
        self.desktop.run(run)
        return Answer(desktop.wait(lambda: "done" in (found := self.gimp.read_notes(notes).get(0, {})) and found,
                                   f"the script {notes.stem}", 60), "", 0)

    def on_image(self, body):
        return self.batch(f"(let* ((image (car (open-images)))) {body})")

    def layers(self):
        """How many layers the picture has; 0 before it is open."""
        return self.batch('(note "n" (if (null? (open-images)) 0 (length (layers (car (open-images))))))')["n"]

    def open_dialog(self):
        desktop.press(self.item)
        return self.desktop.await_one(DIALOG, "dialog", lambda name: True)

    def press(self, button):
        desktop.press(self.desktop.await_one(DIALOG, "button", lambda name: name == button))

    def closed(self):
        return desktop.wait(lambda: not any(DIALOG in (application.name or "")
                                            for application in self.desktop.applications()),
                            "the plug-in to end", 60)

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
    screen.desktop.picture(screen.artefacts / "dialog.png")
    screen.press("Cancel")
    screen.closed()
    assert screen.layers() == before


@case("OK in the dialog writes the layer")
def accept(screen):
    before = screen.layers()
    screen.open_dialog()
    screen.press("OK")
    screen.closed()
    screen.await_layers(before + 1)
    screen.desktop.picture(screen.artefacts / "layer.png")
    facts = screen.on_image('(note "facts" (layer-facts (car (layers image))))')["facts"]
    assert {"whylayer", "whylayer-map"} <= set(facts[9]), facts


@case("one undo removes the layer and one redo brings it back")
def undo(screen):
    before = screen.layers()
    screen.on_image(f"(note-attempt \"result\" {screen.gimp.explain()}) (gimp-displays-flush)")
    screen.await_layers(before + 1)
    screen.undo("Undo")
    screen.await_layers(before)
    screen.undo("Redo")
    screen.await_layers(before + 1)
    facts = screen.on_image('(note "facts" (layer-facts (car (layers image))))')["facts"]
    assert {"whylayer", "whylayer-map"} <= set(facts[9]), facts


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
