#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw still-life.jpg: a teapot, a lemon and an orange on a table.

    python3 still-life.py still-life.jpg

A small sphere tracer (Hart 1996): every thing is a signed distance function,
rays march until they are near enough.  Needs NumPy and Pillow only, so the
sample picture of the demo and the tests is wholly this project's own.
"""
import sys

import numpy as np
from PIL import Image

WIDTH, HEIGHT, OVERSAMPLING = 640, 480, 2
EYE, LOOK_AT, FOCAL = np.array([0.0, 2.5, 7.4]), np.array([0.05, 0.9, 0.0]), 3.7
LIGHT = np.array([-0.52, 0.70, 0.49])
TEAPOT, LEMON, ORANGE = (np.array(p) for p in
                         ([-0.35, 0.0, -0.35], [-0.62, 0.36, 1.55], [1.12, 0.50, 1.05]))
# colour, specular strength, specular exponent of: table, wall, teapot, lemon, orange, rim
MATERIALS = (((0.46, 0.27, 0.15), 0.08, 20), ((0.62, 0.64, 0.60), 0.0, 1),
             ((0.30, 0.47, 0.66), 0.75, 70), ((0.86, 0.80, 0.12), 0.22, 25),
             ((0.93, 0.27, 0.02), 0.22, 25), ((0.90, 0.86, 0.74), 0.5, 50))


def length(p):
    return np.sqrt((p * p).sum(-1))


def ellipsoid(p, radii):
    """A bound good enough to march on (Quilez)."""
    k0, k1 = length(p / radii), length(p / (radii * radii))
    return k0 * (k0 - 1) / np.maximum(k1, 1e-9)


def capsule(p, a, b, radius_a, radius_b):
    """A rod from a to b whose radius changes along it."""
    t = np.clip(((p - a) @ (b - a)) / ((b - a) @ (b - a)), 0, 1)
    return length(p - a - t[..., None] * (b - a)) - (radius_a + t * (radius_b - radius_a))


def blend(a, b, k):
    """Smooth minimum."""
    h = np.clip(0.5 + 0.5 * (b - a) / k, 0, 1)
    return b + (a - b) * h - k * h * (1 - h)


def chain(p, points, radii, k=0.06):
    """Rods along `points`, melted together."""
    points = [np.array(point) for point in points]
    parts = [capsule(p, *pair) for pair in zip(points, points[1:], radii, radii[1:])]
    out = parts[0]
    for part in parts[1:]:
        out = blend(out, part, k)
    return out


def ring(p, width, height, thickness):
    """An upright elliptic torus around z."""
    q = np.stack([p[..., 0] / width, p[..., 1] / height], -1)
    away = (length(q) - 1) * min(width, height)
    return np.sqrt(away ** 2 + p[..., 2] ** 2) - thickness


def teapot(p):
    body = ellipsoid(p - [0, 0.80, 0], np.array([1.08, 0.80, 1.08]))
    foot = ellipsoid(p - [0, 0.08, 0], np.array([0.62, 0.10, 0.62]))
    lid = ellipsoid(p - [0, 1.50, 0], np.array([0.60, 0.17, 0.60]))
    knob = ellipsoid(p - [0, 1.76, 0], np.array([0.15, 0.14, 0.15]))
    spout = chain(p, ([0.75, 0.62, 0], [1.25, 0.80, 0], [1.52, 1.18, 0], [1.82, 1.46, 0]),
                  (0.34, 0.23, 0.14, 0.12))
    handle = ring(p - [-0.98, 0.86, 0], 0.56, 0.58, 0.095)
    pot = blend(blend(blend(body, spout, 0.12), foot, 0.08), handle, 0.06)
    return blend(np.minimum(pot, lid), knob, 0.05)


def rim(p):
    """The pale ring under the lid."""
    return ring((p - [0, 1.43, 0])[..., [0, 2, 1]], 0.66, 0.66, 0.055)


def lemon(p):
    turn = np.radians(24)
    x = np.cos(turn) * p[..., 0] + np.sin(turn) * p[..., 2]
    z = -np.sin(turn) * p[..., 0] + np.cos(turn) * p[..., 2]
    q = np.stack([x, p[..., 1], z], -1)
    tip = capsule(q, np.array([-0.58, 0, 0]), np.array([0.60, 0, 0]), 0.06, 0.08)
    return blend(ellipsoid(q, np.array([0.54, 0.37, 0.37])), tip, 0.16)


def orange(p):
    dent = 0.06 * np.exp(-((p[..., 0] - 0.1) ** 2 + (p[..., 2] - 0.15) ** 2) / 0.01) * (
        p[..., 1] > 0)
    return length(p * [1, 1.04, 1]) - 0.51 + dent


def distances(p):
    """The distance to each material's surface, stacked in MATERIALS' order."""
    return np.stack([p[..., 1], p[..., 2] + 4.0, teapot(p - TEAPOT), lemon(p - LEMON),
                     orange(p - ORANGE), rim(p - TEAPOT)])


def march(origin, direction, steps=110, far=22.0):
    """How far each ray gets; `far` where it meets nothing."""
    t = np.full(len(direction), 0.02)
    active = np.arange(len(direction))
    for _ in range(steps):
        step = distances(origin[active] + t[active, None] * direction[active]).min(0)
        t[active] += step * 0.9
        active = active[(step > 6e-4) & (t[active] < far)]
        if not len(active):
            break
    return np.minimum(t, far)


def shadow(p, steps=40):
    """Soft shadow (Quilez): the narrowest cone left open towards the light."""
    light, t = np.ones(len(p)), np.full(len(p), 0.04)
    for _ in range(steps):
        step = distances(p + t[:, None] * LIGHT)[2:].min(0)
        light = np.minimum(light, 7.0 * step / t)
        t += np.clip(step, 0.03, 0.35)
    return np.clip(light, 0, 1)


def occlusion(p, normal):
    """How open the surroundings are: dark where things touch."""
    out = np.zeros(len(p))
    for i, weight in zip(range(1, 6), (0.5, 0.25, 0.12, 0.06, 0.03)):
        out += weight * (0.16 * i - distances(p + 0.16 * i * normal).min(0)) / 0.16
    return np.clip(1 - 0.55 * out, 0.15, 1)


def normals(p):
    axes = np.eye(3) * 1e-3
    gradient = np.stack([distances(p + a).min(0) - distances(p - a).min(0) for a in axes], -1)
    return gradient / length(gradient)[:, None]


def wood(p, base):
    """Boards along x, with grain."""
    board = np.floor(p[:, 2] / 0.9)
    wave = np.sin(14 * p[:, 2] + 3 * np.sin(0.7 * p[:, 0] + 5 * board) + 9 * board)
    gap = np.abs(p[:, 2] / 0.9 - np.round(p[:, 2] / 0.9)) < 0.012
    shade = 1 + 0.10 * wave + 0.06 * np.sin(77.0 * board) - 0.45 * gap
    return base * shade[:, None]


def peel(p, normal, strength):
    """Tiny dimples, as a nudge of the normal."""
    wobble = np.stack([np.sin(41 * p[:, a] + 2 * np.sin(37 * p[:, b])) for a, b in
                       ((0, 1), (1, 2), (2, 0))], -1)
    bumped = normal + strength * wobble
    return bumped / length(bumped)[:, None]


def shade(p, direction):
    material = distances(p).argmin(0)
    normal = normals(p)
    fruit = (material == 3) | (material == 4)
    normal[fruit] = peel(p[fruit], normal[fruit], 0.035)
    colour = np.array([row[0] for row in MATERIALS])[material]
    colour[material == 0] = wood(p[material == 0], colour[material == 0])
    strength, exponent = (np.array([row[k] for row in MATERIALS])[material] for k in (1, 2))
    open_sky, lit = occlusion(p, normal), shadow(p + 0.01 * normal)
    half = LIGHT - direction
    half /= length(half)[:, None]
    diffuse = np.clip((normal * LIGHT).sum(-1), 0, 1) * lit
    sky = 0.5 + 0.5 * normal[:, 1]
    gloss = strength * np.clip((normal * half).sum(-1), 0, 1) ** exponent * lit
    light = (0.95 * diffuse[:, None] * [1.0, 0.95, 0.86] +
             (0.42 * sky * open_sky)[:, None] * [0.86, 0.93, 1.0])
    return colour * light + gloss[:, None]


def camera(width, height):
    forward = (LOOK_AT - EYE) / length(LOOK_AT - EYE)
    right = np.cross(forward, [0, 1, 0])
    right /= length(right)
    up = np.cross(right, forward)
    x = (np.arange(width) + 0.5 - width / 2) / (height / 2)
    y = (height / 2 - np.arange(height) - 0.5) / (height / 2)
    rays = (FOCAL * forward + x[None, :, None] * right + y[:, None, None] * up).reshape(-1, 3)
    return rays / length(rays)[:, None]


def render(width, height):
    direction = camera(width, height)
    image = np.empty_like(direction)
    for part in np.array_split(np.arange(len(direction)), max(1, len(direction) // 60000)):
        ray = direction[part]
        origin = np.broadcast_to(EYE, ray.shape)
        image[part] = shade(origin + march(origin, ray)[:, None] * ray, ray)
    return image.reshape(height, width, 3)


def main():
    scale = OVERSAMPLING
    image = render(WIDTH * scale, HEIGHT * scale)
    image = image.reshape(HEIGHT, scale, WIDTH, scale, 3).mean((1, 3))
    srgb = np.where(image < 0.0031308, 12.92 * image,
                    1.055 * np.clip(image, 1e-9, 1) ** (1 / 2.4) - 0.055)
    Image.fromarray((255 * np.clip(srgb, 0, 1) + 0.5).astype(np.uint8)).save(
        sys.argv[1], quality=88, optimize=True)


if __name__ == "__main__":
    main()
