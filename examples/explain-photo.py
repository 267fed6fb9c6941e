# SPDX-License-Identifier: GPL-3.0-or-later
"""GIMP 3: explain one photo from Python, and keep the layer's record as JSON.

  gimp-console-3.0 -i --batch-interpreter=python-fu-eval --quit -b \
    'exec(open("explain-photo.py").read()); explain_photo("in.jpg", "out.xcf", "out.json")'
"""
from gi.repository import Gimp, Gio


def call(name, image=None, drawable=None, **arguments):
    """Run one of Whylayer's procedures; its values come as a list. Arguments are strings."""
    procedure = Gimp.get_pdb().lookup_procedure(f"plug-in-whylayer-{name}")
    config = procedure.create_config()
    config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
    if image:
        config.set_property("image", image)
        config.set_core_object_array("drawables", [drawable])
    for argument, value in arguments.items():
        config.set_property(argument, value)
    result = procedure.run(config)
    if result.index(0) != Gimp.PDBStatusType.SUCCESS:
        # What is wrong, and what would be right.
        raise RuntimeError(result.index(1))
    return [result.index(i) for i in range(1, result.length())]


def explain_photo(photo, xcf, record, **arguments):
    """The arguments are those of plug-in-whylayer-explain: method="occlusion", target="teapot" …"""
    image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(photo))
    image.policy_rotate(False)  # as the camera was held
    layer, index, label, probability, residual = call(
        "explain", image, image.get_selected_drawables()[0], **arguments)
    print(f"{label} {probability:.3f}")
    # The layer remembers what was asked and answered.
    with open(record, "wb") as file:
        file.write(bytes(layer.get_parasite("whylayer").get_data()).rstrip(b"\0"))
    Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, layer.get_image(), Gio.File.new_for_path(xcf), None)
