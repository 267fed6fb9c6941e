# SPDX-License-Identifier: GPL-3.0-or-later
"""The dialog's controls one by one: how they are named and reached, presets, mouse and keyboard."""
import re
import time

import desktop
from dialogs import DIALOG, case

PAGES = ("method", "look", "result")
REACHED = ("button", "combo box", "text", "entry", "spin button", "check box")  # by a letter of their own
CONTROLS = (*REACHED, "slider", "table")


def letter(node):
    """What with Alt leads to it, as in "<Alt>o"; "" for nothing."""
    binding = node.queryAction().getKeyBinding(0)
    found = re.search(r"<(?:Alt|Mod1)>(\w+)", binding or "")
    return found.group(1) if found else ""


def is_row(node):
    """Whether that is on a page of the notebook."""
    while node is not None and "page tab list" not in node.getRoleName():
        node = node.parent
    return node is not None


def clash(nodes):
    """Whether those may not have the same letter: a few rows of a page may where letters run out, as GTK goes round."""
    return len(nodes) > 3 or len(nodes) > 1 and not all(map(is_row, nodes))


def troubles(screen):
    """What is wrong with the controls that show now."""
    found, letters = [], {}
    for node in desktop.everything(screen.desktop.await_one(DIALOG, "dialog", lambda name: True)):
        role = node.getRoleName()
        if not any(kind in role for kind in CONTROLS):
            continue
        what = f"the {role} “{node.name}”"
        if not node.name:
            found.append(f"a {role} in {node.parent.name!r} has no name")
        if not node.description:
            found.append(f"{what} has no tooltip")
        if not any(kind in role for kind in REACHED):
            continue
        if key := letter(node):
            letters.setdefault(key, []).append(node)
        else:
            found.append(f"{what} is not reached by Alt and a letter")
    return found + [f"Alt+{key} leads to {' and '.join(node.name for node in nodes)}"
                    for key, nodes in letters.items() if clash(nodes)]


def walk(screen, look):
    """Show each page of the dialog, write what it looks like and return all that look() finds amiss."""
    found = []
    screen.open_dialog()
    screen.await_ready()
    for position, page in enumerate(PAGES):
        screen.show_page(position)
        time.sleep(0.5)  # to be drawn
        screen.picture(f"page-{page}")
        found += [f"{page}: {trouble}" for trouble in look(screen)]
    return found


def leave(screen):
    screen.press("_Cancel")
    screen.closed()


@case("every control of the dialog has a name, a tooltip and a letter of its own")
def described(screen):
    found = walk(screen, troubles)
    screen.show_page(0)
    screen.choose_method("Occlusion")
    screen.find("spin button", "_Stride")
    found += [f"occlusion: {trouble}" for trouble in troubles(screen)]
    leave(screen)
    assert not found, "\n".join(found)


def settings(screen):
    """The method's name and the opacity that the dialog shows."""
    method = desktop.chosen(screen.find("combo box", "Method")).strip()
    return method, desktop.get_value(screen.find("spin button", "_Opacity"))


def await_settings(screen, expected):
    desktop.wait(lambda: settings(screen) == expected, f"{expected} instead of {settings(screen)}", 10)


@case("a preset is saved, survives Reset, is chosen again and deleted")
def preset(screen):
    screen.open_dialog()
    screen.press("R_eset")
    screen.await_ready()
    usual = settings(screen)
    screen.choose_method("LayerCAM")
    screen.show_page(1)
    desktop.set_value(screen.find("spin button", "_Opacity"), 35)
    screen.press("Pre_sets")
    desktop.press(screen.find("menu item", "_Save as preset…"))
    screen.find("text", "_Name").queryEditableText().setTextContents("My maps")
    screen.press("_Save")
    desktop.wait(lambda: not screen.desktop.find(DIALOG, "text", lambda name: name == screen.text("_Name")),
                 "the name to be taken")
    screen.press("R_eset")
    await_settings(screen, usual)
    screen.press("Pre_sets")
    desktop.press(screen.find("menu item", "My maps"))
    await_settings(screen, (screen.text("LayerCAM"), 35))
    screen.press("Pre_sets")
    removal = screen.find("menu", "_Delete preset")
    desktop.press(desktop.search(removal, "menu item", lambda name: name == "My maps"))
    screen.press("Pre_sets")
    screen.find("menu item", "_Save as preset…")
    kept = screen.desktop.find(DIALOG, "menu item", lambda name: name == "My maps")
    screen.desktop.run(["xdotool", "key", "Escape"])
    leave(screen)
    assert not kept, "the deleted preset is still offered"


def reach(screen, node):
    """Give that the focus by its letter, which another row may have too."""
    for _ in range(3):
        screen.keys(f"alt+{letter(node)}")
        try:
            desktop.wait(lambda: desktop.is_on(node, "FOCUSED"), "the focus", 3)
            return
        except AssertionError:
            pass
    raise AssertionError(f"Alt+{letter(node)} does not lead to {node.name}")


@case("method, page, opacity and OK are reached by keys alone")
def by_keys(screen):
    screen.activate(own=False)  # a layer of Whylayer's would be updated instead
    before = screen.layers()
    screen.open_dialog()
    screen.press("R_eset")
    screen.await_ready()
    combo = screen.find("combo box", "Method")
    usual = desktop.chosen(combo)
    screen.keys(f"alt+{letter(combo)}", "Down")
    desktop.wait(lambda: desktop.chosen(screen.find("combo box", "Method")) != usual, "another method", 10)
    screen.keys("alt+k")
    spin = desktop.wait(lambda: (found := screen.find("spin button", "_Opacity"))
                        and desktop.is_on(found, "SHOWING") and found, "the page Look", 10)
    reach(screen, spin)
    screen.keys("ctrl+a", "4", "5", "Tab")
    desktop.wait(lambda: desktop.get_value(spin) == 45, "the opacity 45", 10)
    screen.keys("alt+o")
    screen.closed()
    screen.await_layers(before + 1)
    record = screen.saved("keys")
    assert record["method"]["id"] != "grad-cam", record["method"]
    assert record["request"]["style"] == "opacity=45", record["request"]
    screen.activate(own=False)


class Canvas:
    """The preview under a mouse."""
    def __init__(self, screen):
        self.screen = screen
        area = screen.find("", "Preview").queryComponent().getExtents(0)
        self.x, self.y, self.width, self.height = area.x, area.y, area.width, area.height

    def mouse(self, *words):
        self.screen.desktop.run(["xdotool", *map(str, words)])

    def at(self, x, y):
        return "mousemove", self.x + x, self.y + y, "sleep", 0.2

    def reading(self, x, y):
        """The picture's column that the read-out names for a place of the canvas."""
        self.mouse(*self.at(x + 1, y), *self.at(x, y))
        pattern = re.compile(r"(-?\d+), -?\d+: relevance \S+, rank \d+ of \d+; .+ %")
        node = self.screen.desktop.await_one(DIALOG, "label", pattern.fullmatch, 10)
        return int(pattern.fullmatch(node.name).group(1))

    def drag(self, from_x, to_x):
        y = self.height // 2
        self.mouse(*self.at(from_x, y), "mousedown", 1, *self.at((from_x + to_x) // 2, y), *self.at(to_x, y),
                   "mouseup", 1, "sleep", 0.3)

    def look(self):
        """Its pixels without the edge, where the focus and the handle are drawn."""
        edge = 16
        self.mouse(*self.at(self.width // 2, self.height + 9), "sleep", 0.5)  # away, so that no tooltip covers it
        return self.screen.desktop.pixels(self.x + edge, self.y + edge, self.width - 2 * edge,
                                          self.height - 2 * edge)


@case("the mouse reads, zooms and divides the preview, which also shows what the network sees")
def by_mouse(screen):
    screen.open_dialog()
    screen.press("R_eset")
    screen.await_ready()
    canvas = Canvas(screen)
    x, y = canvas.width // 2, canvas.height // 2
    before = canvas.reading(x + 60, y) - canvas.reading(x, y)
    canvas.mouse("click", "--repeat", 4, "--delay", 100, 4)
    time.sleep(0.3)
    after = canvas.reading(x + 60, y) - canvas.reading(x, y)
    assert abs(before / after / 1.2 ** 4 - 1) < 0.1, f"60 pixels were {before} and are {after} after four steps"
    screen.press("_Fit")
    canvas.drag(3, 4)  # to have the focus
    mapped = canvas.look()
    canvas.drag(3, canvas.width - 3)
    plain = canvas.look()
    assert plain != mapped, "the handle does not divide"
    screen.picture("divided")
    canvas.drag(canvas.width - 3, 3)
    assert canvas.look() == mapped, "the handle back at the left does not show the whole map"
    toggle = screen.find("check box", "What the net_work sees")
    desktop.press(toggle)
    time.sleep(0.3)
    screen.picture("network")
    assert canvas.look() not in (mapped, plain), "what the network sees is not shown"
    desktop.press(toggle)
    time.sleep(0.3)
    assert canvas.look() == mapped, "the map does not come back"
    leave(screen)
