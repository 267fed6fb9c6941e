# SPDX-License-Identifier: GPL-3.0-or-later
"""Read what an XCF file stores about its layers: a witness that is neither GIMP nor Whylayer."""
import struct
from dataclasses import dataclass, field

PROP_END, PROP_OPACITY, PROP_MODE, PROP_OFFSETS, PROP_PARASITES, PROP_FLOAT_OPACITY = 0, 6, 7, 15, 21, 33
PERSISTENT, UNDOABLE = 1, 2


@dataclass
class Layer:
    name: str
    width: int
    height: int
    x: int = 0
    y: int = 0
    opacity: float = 100.0
    mode: int = 0
    parasites: dict = field(default_factory=dict)  # name → (flags, bytes)


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, layout):
        values = struct.unpack_from(">" + layout, self.data, self.at)
        self.at += struct.calcsize(">" + layout)
        return values[0] if len(values) == 1 else values

    def bytes(self, size):
        self.at += size
        return self.data[self.at - size:self.at]

    def string(self):
        return self.bytes(self.take("I"))[:-1].decode()

    def properties(self):
        while True:
            kind, size = self.take("II")
            content = Reader(self.bytes(size))
            if kind == PROP_END:
                return
            yield kind, content


def read_layers(path):
    """The layers of an XCF file, the topmost first."""
    reader = Reader(path.read_bytes())
    magic = reader.bytes(14)
    assert magic[:9] == b"gimp xcf ", f"{path} is no XCF file"
    version = int(magic[10:13]) if magic[9:10] == b"v" else 0
    reader.take("III")
    if version >= 4:
        reader.take("I")
    for _ in reader.properties():
        pass
    pointer = "Q" if version >= 11 else "I"
    layers = []
    while offset := reader.take(pointer):
        layers.append(read_layer(reader.data, offset))
    return layers


def read_layer(data, offset):
    reader = Reader(data)
    reader.at = offset
    width, height, _ = reader.take("III")
    layer = Layer(reader.string(), width, height)
    for kind, content in reader.properties():
        if kind == PROP_FLOAT_OPACITY:
            layer.opacity = content.take("f") * 100
        elif kind == PROP_MODE:
            layer.mode = content.take("I")
        elif kind == PROP_OFFSETS:
            layer.x, layer.y = content.take("ii")
        elif kind == PROP_PARASITES:
            while content.at < len(content.data):
                name = content.string()
                flags = content.take("I")
                layer.parasites[name] = flags, content.bytes(content.take("I"))
    return layer
