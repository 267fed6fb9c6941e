# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of nothing, from which know.py learns what a photograph is not.

Random fields (plain, cut into flat colours, as level lines, as ink on paper) and
scrambled training tiles.  The pictures that calibrate.py tests with come from
other generators (nonclass.py: independent samples, gradients, fonts, shapes …).
"""
import torch
from torch.nn import functional as F


def uniform(shape, low, high, rng):
    return low + (high - low) * torch.rand(shape, generator=rng)


def random_fields(count, channels, size, rng, smooth=(0.5, 2.5)):
    """Gaussian fields with spectrum f^-a, a drawn from `smooth`; mean 0, deviation 1."""
    y, x = torch.fft.fftfreq(size), torch.fft.rfftfreq(size)
    frequency = torch.sqrt(y[:, None] ** 2 + x[None] ** 2).clamp(min=1 / size)
    exponent = uniform((count, 1, 1, 1), *smooth, rng)
    white = torch.randn(count, channels, size, size, generator=rng)
    fields = torch.fft.irfft2(torch.fft.rfft2(white) * frequency ** -exponent, s=(size, size))
    fields = fields - fields.mean((2, 3), keepdim=True)
    return fields / fields.std((2, 3), keepdim=True).clamp(min=1e-6)


def textures(count, size, rng):
    """Fields as colours, from nearly grey to full colour."""
    fields = random_fields(count, 3, size, rng)
    grey = uniform((count, 1, 1, 1), 0, 1, rng)
    fields = grey * fields[:, :1] + (1 - grey) * fields
    return (uniform((count, 3, 1, 1), 50, 205, rng) +
            uniform((count, 1, 1, 1), 10, 70, rng) * fields)


def patches_of_colour(count, size, rng, levels=6):
    """A field cut into a few flat colours."""
    height = random_fields(count, 1, size, rng, (1.5, 3.5))
    height = height * uniform((count, 1, 1, 1), 0.5, 2, rng)
    level = (height + levels / 2).clamp(0, levels - 1).long().expand(-1, 3, -1, -1)
    colours = uniform((count, 3, levels), 0, 255, rng)
    return colours.gather(2, level.flatten(2)).view(count, 3, size, size)


def contours(count, size, rng):
    """A field's level lines, as ink on paper."""
    field = random_fields(count, 1, size, rng, (1.8, 3.5))
    slope = torch.stack(torch.gradient(field, dim=(2, 3))).square().sum(0).sqrt()
    spacing = uniform((count, 1, 1, 1), 0.5, 2, rng)
    away = (torch.remainder(field, spacing) - spacing / 2).abs() / slope.clamp(min=1e-3)
    ink = (uniform((count, 1, 1, 1), 0.5, 2, rng) + 0.5 - away).clamp(0, 1)
    paper, pen = (uniform((count, 3, 1, 1), 0, 255, rng) for _ in range(2))
    return paper + ink * (pen - paper)


def two_tones(count, size, rng):
    """Band-limited, often stretched fields cut into ink and paper: marks without meaning."""
    y, x = torch.fft.fftfreq(size), torch.fft.rfftfreq(size)
    stretch = torch.exp(uniform((count, 1, 1, 1), -1, 1, rng))
    frequency = torch.sqrt((y[:, None] * stretch) ** 2 + (x[None] / stretch) ** 2)
    band = torch.exp(uniform((count, 1, 1, 1), -3.5, -0.9, rng))
    gain = torch.exp(-(torch.log(frequency.clamp(min=1e-3) / band) / 0.5) ** 2)
    white = torch.randn(count, 1, size, size, generator=rng)
    field = torch.fft.irfft2(torch.fft.rfft2(white) * gain, s=(size, size))
    field = field / field.std((2, 3), keepdim=True).clamp(min=1e-6)
    ink = torch.sigmoid(4 * (field - uniform((count, 1, 1, 1), 0, 1.5, rng)))
    light = uniform((count, 1, 1, 1), 170, 255, rng) + uniform((count, 3, 1, 1), -40, 40, rng)
    dark = uniform((count, 1, 1, 1), 0, 90, rng) + uniform((count, 3, 1, 1), -40, 40, rng)
    swap = uniform((count, 1, 1, 1), 0, 1, rng) < 0.3
    paper, pen = torch.where(swap, dark, light), torch.where(swap, light, dark)
    return paper + ink * (pen - paper)


def mosaics(pictures, count, rng):
    """Tiles patched together from 8- or 16-pixel squares of different pictures."""
    size = pictures.shape[-1]
    patch = (8, 16)[torch.randint(2, (1,), generator=rng).item()]
    squares = F.unfold(pictures.float(), patch, stride=patch).transpose(1, 2)
    squares = squares.reshape(-1, squares.shape[-1])
    per_tile = (size // patch) ** 2
    chosen = torch.randint(len(squares), (count * per_tile,), generator=rng)
    columns = squares[chosen.to(squares.device)].view(count, per_tile, -1).transpose(1, 2)
    return F.fold(columns, (size, size), patch, stride=patch).cpu()


def draw(pictures, count, rng):
    """`count` outliers, the five kinds in turn -> 0...255 floats like `pictures`' tiles."""
    size = pictures.shape[-1]
    share = -(-count // 5)
    kinds = (textures(share, size, rng), patches_of_colour(share, size, rng),
             contours(share, size, rng), two_tones(share, size, rng),
             mosaics(pictures, share, rng))
    return torch.cat(kinds)[:count].clamp(0, 255).to(pictures.device)
