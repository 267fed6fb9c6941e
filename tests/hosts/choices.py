# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be chosen in the dialog, chosen as a person does, and what then comes of it."""
import json

import desktop
from controls import leave
from dialogs import DIALOG, case
from gimp import quoted
from xcf import read_layers


def begin(screen):
    """The dialog with its defaults and a map, on a layer that is not Whylayer's."""
    screen.activate(own=False)
    screen.open_dialog()
    screen.press("R_eset")
    screen.await_ready()


def choose_row(screen, combo, msgid):
    combo = screen.find("combo box", combo)
    desktop.choose(combo, desktop.rows(combo).index(screen.text(msgid)))


def click(screen, label, *modifiers):
    """Click the class of that label in the list."""
    table = screen.find("table", "Classes")
    cell = desktop.wait(lambda: desktop.search(table, "cell", lambda name: name == label), f"the class {label}")
    area = cell.queryComponent().getExtents(0)
    down = [word for key in modifiers for word in ("keydown", key)]
    up = [word for key in modifiers for word in ("keyup", key)]
    screen.desktop.run(["xdotool", "mousemove", str(area.x + area.width // 2), str(area.y + area.height // 2),
                        "sleep", "0.3", *down, "click", "1", *up])


@case("a click chooses the class that is asked about, Shift and a click the one it is compared with")
def clicked(screen):
    begin(screen)
    first, second, third = screen.labels()[:3]
    assert screen.await_label("Why “%s”?") == (first,)
    click(screen, second)
    assert screen.await_label("Why “%s”?") == (second,)
    click(screen, third, "shift")
    assert screen.await_label("Why “%s” and not “%s”?") == (second, third)
    screen.press("No _contrast")
    assert screen.await_label("Why “%s”?") == (second,)
    leave(screen)


@case("more detail climbs the ladder of methods, each with what it costs")
def ladder(screen):
    begin(screen)
    seen = []
    for method in ("LayerCAM", "Guided IG", "Occlusion", "RISE"):
        screen.press("M_ore detail")
        combo = screen.find("combo box", "Method")
        desktop.wait(lambda: desktop.chosen(combo).strip() == screen.text(method), f"the method {method}")
        seen += screen.await_label("Takes %s with its usual settings.")
    screen.picture("ladder")
    assert not desktop.is_on(screen.find("button", "M_ore detail"), "SENSITIVE"), "there is more than the last"
    screen.press("_Less detail")
    desktop.wait(lambda: desktop.chosen(screen.find("combo box", "Method")).strip() == screen.text("Occlusion"),
                 "the method before")
    screen.choose_method("Extremal perturbation")  # a quick machine does all of the ladder in under a second
    desktop.wait(lambda: screen.await_label("Takes %s with its usual settings.")[0] != seen[0],
                 f"thousands of passes to cost more than one, {seen}", 10)
    leave(screen)


def copied(screen, item):
    """What Copy as command gives for that item, pasted into the field that finds classes."""
    search = screen.find("text", "Find a class")
    screen.press("Cop_y as command")
    desktop.press(screen.find("menu item", item))
    search.queryComponent().grabFocus()
    search.queryEditableText().setTextContents("")
    screen.keys("ctrl+v")
    text = desktop.wait(lambda: search.queryText().getText(0, -1), "the pasted command")
    search.queryEditableText().setTextContents("")
    return text


@case("the copied command writes the same layer in a script, and its like in a shell")
def command(screen):
    begin(screen)
    before = screen.layers()
    screen.choose_method("LayerCAM")
    screen.show_page(1)
    desktop.set_value(screen.find("spin button", "_Opacity"), 35)
    script = copied(screen, f"Script-Fu (GIMP {screen.gimp.generation})")
    shell = copied(screen, "whylayer (shell)")
    python = copied(screen, "Python-Fu (GIMP 3)")
    leave(screen)
    for word in (screen.sample.name, "layer-cam", "opacity=35"):
        assert word in shell, shell
    assert 'config.set_property("method", "layer-cam")' in python, python
    screen.on_image(f'(note-attempt "result" {script}) (gimp-displays-flush)').value("result")
    screen.await_layers(before + 1)
    request = screen.saved("copied")["request"]
    assert request["method"] == "layer-cam" and request["style"] == "opacity=35", request
    screen.activate(own=False)


def records(screen, name):
    """What each layer of the picture remembers, the topmost first; None for those not of Whylayer's."""
    path = screen.gimp.scratch / f"{name}.xcf"
    screen.on_image(f"(save-xcf image {quoted(path)})")
    stored = [layer.parasites.get("whylayer") for layer in read_layers(path)]
    return [record and json.loads(record[1].rstrip(b"\0")) for record in stored]


@case("a group gets a layer for each of the most probable classes of the active layer")
def group(screen):
    before = screen.layers()
    begin(screen)
    expected = [prediction["index"] for prediction in screen.command_line("classify", screen.sample)["predictions"]]
    screen.show_page(2)
    choose_row(screen, "_Where", "Active layer")
    choose_row(screen, "_Result", "Group with a layer for each class")
    desktop.set_value(screen.find("spin button", "_Classes"), 3)
    screen.picture("group")
    screen.press("_OK")
    screen.closed()
    screen.await_layers(before + 1)
    written = records(screen, "group")[1:4]
    assert [record["target"]["index"] for record in written] == expected[:3], written
    assert {record["request"]["region"] for record in written} == {"layer"}, written
    screen.activate(own=False)


@case("the selection's bounds can be asked about, and the map become the selection")
def selection(screen):
    begin(screen)
    leave(screen)
    screen.on_image('(select-rectangle image 100 60 300 240)')
    screen.open_dialog()
    screen.press("R_eset")
    screen.show_page(2)
    choose_row(screen, "_Where", "Selection bounds")
    choose_row(screen, "_Result", "Selection")
    screen.press("_OK")
    screen.closed()
    bounds = desktop.wait(lambda: (found := screen.on_image(
        '(note "bounds" (selection-bounds image))')["bounds"]) != [1, 100, 60, 400, 300] and found, "the selection")
    assert bounds[0] == 1 and bounds[1] >= 100 and bounds[2] >= 60 and bounds[3] <= 400 and bounds[4] <= 300, bounds
    screen.on_image("(gimp-selection-none image)")
    screen.open_dialog()
    screen.await_ready()
    screen.show_page(2)
    where = desktop.chosen(screen.find("combo box", "_Where"))
    leave(screen)
    assert where == screen.text("Visible image"), f"without a selection the dialog asks about: {where}"


def says_unsure(screen):
    said = screen.desktop.find(DIALOG, "label", lambda name: name.startswith("Not sure"))
    return bool(said) and desktop.is_on(said, "SHOWING")


@case("the dialog says when the model knows nothing of what is there")
def unsure(screen):
    begin(screen)
    before = says_unsure(screen)
    leave(screen)
    screen.on_image("""
      (let ((layer (add-layer image "nothing")))
        (gimp-layer-resize-to-image-size layer)
        (gimp-context-set-foreground '(128 128 128))
        (gimp-drawable-edit-fill layer FILL-FOREGROUND)
        (activate image layer))""")
    screen.open_dialog()
    screen.await_ready()
    after = says_unsure(screen)
    screen.picture("unsure")
    leave(screen)
    screen.on_image("(gimp-image-remove-layer image (car (layers image)))")
    screen.activate(own=False)
    assert (before, after) == (False, True), f"not sure: {before} of the sample, {after} of plain gray"


@case("a gray image becomes RGB when the person ticks that")
def gray(screen):
    screen.on_image("(for-each (lambda (layer) (gimp-image-remove-layer image layer))"
                    " (filter-list (lambda (layer) (member \"whylayer\" (parasites layer))) (layers image)))"
                    "(gimp-image-convert-grayscale image)")
    screen.open_dialog()
    screen.press("R_eset")
    screen.await_ready()
    screen.show_page(2)
    tick = screen.find("check box", "Con_vert the image to RGB")
    desktop.press(tick)
    desktop.wait(lambda: desktop.is_on(tick, "CHECKED"), "the tick")
    screen.picture("gray")
    screen.press("_OK")
    screen.closed()
    kind = desktop.wait(lambda: (found := screen.on_image('(note "kind" (image-kind image))')["kind"])[0] == 0
                        and found, "the image to be RGB", 60)
    assert kind[0] == 0, kind
