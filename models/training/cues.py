#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Show the classifier single cues and print what it takes them for.

    python3 cues.py MODEL.onnx

Each probe is one mark (a disc, bars, a horizon …) on a plain background: no
object at all.  A class that wins with some probability leans on that cue.  The
class activation map says whether the mark carries it or the background does.
"""
import argparse

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch.nn import functional as F

from calibrate import outputs, scores
from network import normalise
from onnx_network import OnnxNetwork

SIDE = 256
GREY, WHITE, BLACK = (128, 128, 128), (240, 240, 240), (25, 25, 25)
SKY, SEA, GRASS, SAND = (150, 190, 235), (25, 80, 150), (70, 130, 45), (205, 180, 130)
DISC, BEAN = (70, 70, 186, 186), (40, 90, 216, 166)


def disc(draw, colour):
    draw.ellipse(DISC, colour)


def bean(draw, colour):
    draw.ellipse(BEAN, colour)


def crescent(draw, colour):
    draw.arc((40, -40, 216, 180), 20, 160, colour, 34)


def bars(draw, colour):
    for x in range(24, 240, 32):
        draw.rectangle((x, 30, x + 10, 226), colour)


def web(draw, colour):
    for angle in np.linspace(0, np.pi, 6, endpoint=False):
        dx, dy = 180 * np.cos(angle), 180 * np.sin(angle)
        draw.line((128 - dx, 128 - dy, 128 + dx, 128 + dy), colour, 3)
    for radius in range(24, 150, 24):
        draw.regular_polygon((128, 128, radius), 12, outline=colour)


def lower_half(draw, colour):
    draw.rectangle((0, 128, SIDE, SIDE), colour)


def tower(draw, colour):
    draw.rectangle((112, 30, 144, 226), colour)


def nothing(draw, colour):
    del draw, colour


PROBES = (("orange disc on grey", GREY, disc, (240, 130, 20)),
          ("orange disc on blue", SEA, disc, (240, 130, 20)),
          ("yellow ellipse on grey", GREY, bean, (235, 205, 30)),
          ("yellow crescent on white", WHITE, crescent, (235, 205, 30)),
          ("green ellipse on white", WHITE, bean, (60, 140, 50)),
          ("red disc on black", BLACK, disc, (200, 30, 30)),
          ("white disc on black", BLACK, disc, WHITE),
          ("brown disc on white", WHITE, disc, (120, 70, 35)),
          ("dark upright bars on white", WHITE, bars, BLACK),
          ("white upright bars on green", GRASS, bars, WHITE),
          ("white web on black", BLACK, web, WHITE),
          ("dark tower on sky", SKY, tower, BLACK),
          ("sky over sea", SKY, lower_half, SEA),
          ("sky over grass", SKY, lower_half, GRASS),
          ("sky over sand", SKY, lower_half, SAND),
          ("plain sea blue", SEA, nothing, SEA), ("plain grass green", GRASS, nothing, GRASS))


def render(background, mark, colour):
    """The probe and its mark's mask, 64 x 64."""
    layers = []
    for ground, ink in ((background, colour), ((0, 0, 0), (255, 255, 255))):
        picture = Image.new("RGB", (SIDE, SIDE), ground)
        mark(ImageDraw.Draw(picture), ink)
        pixels = np.asarray(picture.resize((64, 64), Image.BILINEAR))
        layers.append(torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float())
    return layers[0], layers[1][0, 0] / 255


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    network = OnnxNetwork(parser.parse_args().model)
    names, temperature = network.info["labels"]["C"], network.info["temperature"]
    weights = network.values["logits.weight"].float()
    weights = weights - weights.mean(0)  # what sets the class apart from the others
    unsure = network.info["unsure"]
    rule = unsure.get("output", unsure["score"])
    print("| probe | taken for | unsure | relevance on the mark (its area) |\n|---|---|---|---|")
    for title, background, mark, colour in PROBES:
        picture, mask = render(background, mark, colour)
        with torch.no_grad():
            logits, features = network(normalise(picture), keep=(network.info["layer"],))
        score = scores(*outputs(network, picture), temperature)[rule]
        best = (logits[0] / temperature).softmax(0).topk(3)
        cam = torch.einsum("k,kyx->yx", weights[best.indices[0]], features[0]).clamp(min=0)
        cam = F.interpolate(cam[None, None], size=(64, 64), mode="bilinear")[0, 0]
        share = (cam * mask).sum() / cam.sum().clamp(min=1e-9)
        taken = ", ".join(f"{names[i]} {p:.0%}" for p, i in zip(*map(torch.Tensor.tolist, best)))
        where = f"{share:.0%} ({mask.mean():.0%})" if mask.any() else "–"
        doubt = "yes" if score.item() < unsure["below"] else "no"
        print(f"| {title} | {taken} | {doubt} | {where} |")


if __name__ == "__main__":
    main()
