# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiny ImageNet as sheets of 64x64 tiles, and the augmentation of training."""
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

TILE = 64
PICTURES = 100000  # to train on


def read_sheet(path):
    """A sheet of tiles, row by row -> uint8 N x 3 x 64 x 64."""
    with Image.open(path) as sheet:
        pixels = np.asarray(sheet.convert("RGB"))
    rows, columns = pixels.shape[0] // TILE, pixels.shape[1] // TILE
    tiles = pixels.reshape(rows, TILE, columns, TILE, 3).transpose(0, 2, 4, 1, 3)
    return torch.from_numpy(np.ascontiguousarray(tiles.reshape(-1, 3, TILE, TILE)))


def wordnet_ids(folder):
    """The classes in the network's order."""
    lines = (Path(folder) / "classes.tsv").read_text(encoding="utf-8").splitlines()
    return [line.split("\t")[0] for line in lines[1:]]


def load_training(folder, fraction=1.0):
    """The first `fraction` of every class's pictures and their class indices."""
    pictures, labels = [], []
    for index, wnid in enumerate(wordnet_ids(folder)):
        tiles = read_sheet(Path(folder) / "train" / f"{wnid}.jpg")
        tiles = tiles[:max(1, round(len(tiles) * fraction))]
        pictures.append(tiles.clone())
        labels.append(torch.full((len(tiles),), index))
    return torch.cat(pictures), torch.cat(labels)


def load_validation(folder, count=None):
    """Pictures, class indices and boxes (x0, y0, x1, y1 in tile pixels, both ends inside)."""
    pictures = read_sheet(Path(folder) / "val.jpg")
    index = {wnid: number for number, wnid in enumerate(wordnet_ids(folder))}
    rows = [line.split("\t") for line in
            (Path(folder) / "val.tsv").read_text(encoding="utf-8").splitlines()[1:]]
    labels = torch.tensor([index[row[1]] for row in rows])
    boxes = torch.tensor([[int(value) for value in row[2:6]] for row in rows])
    if count:  # spread over the classes: the sheet is sorted by class
        keep = torch.linspace(0, len(rows) - 1, count).round().long()
        return pictures[keep], labels[keep], boxes[keep]
    return pictures[:len(rows)], labels, boxes


def enlarge(pictures, size):
    """uint8 N x 3 x h x w -> 0...255 floats, size x size, bilinear."""
    pictures = pictures.float()
    if pictures.shape[-1] == size:
        return pictures
    return F.interpolate(pictures, size=(size, size), mode="bilinear", align_corners=False)


def _uniform(count, low, high, rng):
    return low + (high - low) * torch.rand(count, generator=rng)


def random_crops(count, smallest_area, rng):
    """Where to crop: affine matrices N x 2 x 3, output to input coordinates in -1...1.

    A crop covers `smallest_area` ... 1 of the tile with an aspect ratio of 4:5 ... 5:4;
    every second one is mirrored.  Random numbers come from `rng` on the processor, so
    a seed means the same on any device.
    """
    area = _uniform(count, smallest_area, 1, rng)
    ratio = torch.exp(_uniform(count, -0.22, 0.22, rng) / 2)
    width = (area.sqrt() * ratio).clamp(max=1)
    height = (area.sqrt() / ratio).clamp(max=1)
    centre_x = _uniform(count, -1, 1, rng) * (1 - width)
    centre_y = _uniform(count, -1, 1, rng) * (1 - height)
    mirror = torch.where(torch.rand(count, generator=rng) < 0.5, -1.0, 1.0)
    zero = torch.zeros(count)
    return torch.stack([torch.stack([width * mirror, zero, centre_x], 1),
                        torch.stack([zero, height, centre_y], 1)], 1)


def crop(values, matrices, size):
    """Pictures or maps N x c x h x w -> N x c x size x size floats, bilinear."""
    grid = F.affine_grid(matrices.to(values.device), (*values.shape[:2], size, size),
                         align_corners=False)
    return F.grid_sample(values.float(), grid, mode="bilinear", padding_mode="border",
                         align_corners=False)


def recolour(pictures, jitter, rng):
    """Brightness, contrast and saturation of each picture, times 1 +- `jitter`."""
    gain, contrast, saturation = (
        _uniform(len(pictures), 1 - jitter, 1 + jitter, rng).view(-1, 1, 1, 1).to(pictures.device)
        for _ in range(3))
    out = pictures * gain
    grey = out.mean(1, keepdim=True)
    out = grey + saturation * (out - grey)
    middle = out.mean((1, 2, 3), keepdim=True)
    return (middle + contrast * (out - middle)).clamp(0, 255)
