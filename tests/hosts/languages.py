# SPDX-License-Identifier: GPL-3.0-or-later
"""The dialog in other languages: a real one, one that needs more room, one from right to left.

Last of all cases, because another language needs another GIMP."""
import struct
from pathlib import Path

import desktop
from controls import leave, troubles, walk
from dialogs import DIALOG, Skip, ask, case

ROOM = 1280, 750  # what a screen of 1280 × 800 has beside a panel and a title
LONGER, LEFTWARD = "eo", "ar"  # the languages whose catalogue is made here


def read_catalogue(path):
    """A compiled catalogue: msgid (with context and plural) → translation, as bytes."""
    data = path.read_bytes()
    number, originals, translations = struct.unpack_from("<3I", data, 8)

    def string(table, i):
        length, offset = struct.unpack_from("<2I", data, table + 8 * i)
        return data[offset:offset + length]
    return {string(originals, i): string(translations, i) for i in range(number)}


def write_catalogue(path, catalogue):
    pairs = sorted(catalogue.items())
    tables, offset, body = [], 28 + 16 * len(pairs), b""
    for column in (0, 1):
        for pair in pairs:
            tables += [len(pair[column]), offset + len(body)]
            body += pair[column] + b"\0"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(struct.pack(f"<7I{len(tables)}I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0,
                                 *tables) + body)


def lengthen(msgid):
    """The string 40 % longer, in brackets that show where it is cut; mnemonic and formats stay."""
    text = msgid.rpartition(b"\4")[2].split(b"\0")[0].decode()
    room = max(2, round(0.4 * len(text)))
    return f"[{text}{(' ünd nöch mëhr' * room)[:room]}]".encode()


def invent(gimp, language):
    """Install that language's catalogue: every string of a complete one, longer."""
    folder = gimp.plug_in / "locale"
    source = read_catalogue(folder / "zh_CN" / "LC_MESSAGES" / "whylayer.mo")
    write_catalogue(folder / language / "LC_MESSAGES" / "whylayer.mo",
                    {msgid: lengthen(msgid) if msgid else header for msgid, header in source.items()})


def cut(screen):
    """What does not fit: the window on the screen, or a text into the window."""
    window = screen.desktop.await_one(DIALOG, "dialog", lambda name: True)
    outer = window.queryComponent().getExtents(0)
    found = []
    if outer.width > ROOM[0] or outer.height > ROOM[1]:
        found.append(f"the window is {outer.width} × {outer.height}")
    for node in desktop.everything(window):
        area = node.queryComponent().getExtents(0)
        if area.x < outer.x or area.x + area.width > outer.x + outer.width:
            found.append(f"the {node.getRoleName()} “{node.name}” is cut off")
    return found


@case("the dialog has room for a language 40 % longer", language=LONGER, prepare=invent)
def longer(screen):
    found = walk(screen, lambda screen: cut(screen) + troubles(screen))
    leave(screen)
    assert not found, "\n".join(found)


def turn(gimp, language):
    """The direction is a string of GTK's own catalogue."""
    domain = {"2.10": "gtk20", "3": "gtk30"}[gimp.generation]
    if not Path(f"/usr/share/locale/{language}/LC_MESSAGES/{domain}.mo").exists():
        raise Skip(f"GTK's catalogue for {language} is not installed")
    invent(gimp, language)


@case("the dialog is mirrored in a language from right to left", language=LEFTWARD, prepare=turn)
def leftward(screen):
    found = walk(screen, lambda screen: cut(screen) + troubles(screen))
    preview = screen.find("", "Preview").queryComponent().getExtents(0)
    model = screen.find("combo box", "_Model").queryComponent().getExtents(0)
    leave(screen)
    assert not found, "\n".join(found)
    assert preview.x > model.x, "the preview is still on the left"


@case("the dialog speaks Chinese", language="zh_CN")
def chinese(screen):
    found = walk(screen, lambda screen: cut(screen) + troubles(screen))
    leave(screen)
    assert not found, "\n".join(found)
    before = screen.layers()
    target, against = ask(screen, "LayerCAM", 35)
    screen.picture("look")
    screen.press("_OK")
    screen.closed()
    screen.await_layers(before + 1)
    record = screen.saved("chosen")
    assert record["target"]["index"] == target["index"], record["target"]
    assert record["method"]["id"] == "layer-cam", record["method"]
    assert any(ord(letter) > 0x2000 for letter in screen.facts()[0]), f"the layer is called {screen.facts()[0]}"
