"""Scenes as a camera sees them: height maps of parts under lamps, with rust, paint, wear and glare.

Light is Lambert's and Blinn and Phong's, with a smooth random surrounding that metal mirrors; shadows are cast along
the lamp. All tensors are (scenes, 1, side, side); lengths are in pixels.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from training.camera import taken
from training.noise import Dice, blurred, grid, mixed, noises, streaks

SHADOWS = 5
"""Places towards the lamp that are looked at, each 1.6 times as far as the one before, for what hides it."""
Normal = tuple[Tensor, Tensor, Tensor]


def photographed(text: Tensor, parts: Tensor, cap: Tensor) -> Tensor:
    """Photos (n, 1, side, side) in 0..1 of layouts: `text` (n, 2, ...) and `parts` (n, 3, ...) in 0..1, `cap` (n)."""
    dice = Dice(len(text), text.device)
    grains = noises(dice, text.shape[-1])
    height, relief = _heights(dice, text[:, :1], parts, cap.view(-1, 1, 1, 1), grains)
    albedo, shine = _painted(dice, text, parts, relief, grains)
    return taken(dice, _lit(dice, height, albedo, shine))


def _heights(dice: Dice, mask: Tensor, parts: Tensor, cap: Tensor, grains: Tensor) -> tuple[Tensor, Tensor]:
    """The surface in pixels of height, and the text's own share of it in 0..1."""
    text, relief = _relief(dice, mask, cap, grains)
    scale = cap * dice.spread(0.02, 0.4)
    body = scale * (blurred(parts[:, :1], dice.spread(0.7, 4)) + 0.5 * parts[:, 2:] * dice.often(0.5))
    return text + body + _ground(dice, mask, grains), relief


def _relief(dice: Dice, mask: Tensor, cap: Tensor, grains: Tensor) -> tuple[Tensor, Tensor]:
    """The text's heights, raised or sunken, worn, with a stamp's burr or without; and its shape in 0..1."""
    walls = cap * dice.spread(0.012, 0.12)
    relief = blurred(mask, walls)
    stamped = dice.often(0.3)
    burr = blurred(mask, walls * 2.5) - relief
    shape = relief - stamped * dice.between(0.0, 1.2) * burr
    wear = dice.often(0.5) * dice.between(0.1, 0.9)
    worn = (1 - wear * (0.6 + 0.7 * mixed(dice, grains, 4, 8))).clamp(0.12, 1)
    grit = dice.often(0.25) * dice.between(0.2, 0.8) * mixed(dice, grains, 1, 4)
    sign = torch.where(dice.often(0.5) > 0, 1.0, -1.0)
    depth = sign * cap * dice.spread(0.05, 0.28)
    return depth * shape * worn * (1 + grit), relief


def _ground(dice: Dice, mask: Tensor, grains: Tensor) -> Tensor:
    """Heights of the bare surface: casting skin, brushed metal, pits, ridges, a bar's roundness."""
    side = mask.shape[-1]
    rough = dice.spread(0.003, 0.22) * mixed(dice, grains, 0, 4)
    rough = rough + dice.often(0.4) * dice.spread(0.03, 0.7) * mixed(dice, grains, 2, 6)
    wavy = dice.spread(0.2, 8) * mixed(dice, grains, 6, 8)
    brushed = dice.often(0.3) * dice.spread(0.02, 0.3) * streaks(dice, side)
    pits = (mixed(dice, grains, 1, 5) - dice.between(1.0, 2.4)).clamp(min=0)
    pits = dice.often(0.35) * dice.spread(0.2, 2.5) * pits
    x, y = grid(side, mask.device)
    strength = dice.often(0.12) * dice.between(0.3, 2)
    wave = torch.sin((x * dice.normal(1) + y * dice.normal(1)) * dice.spread(20, 160))
    ridges = strength * wave * (mixed(dice, grains, 6, 8) > 0).float()
    barrel = dice.often(0.3) * side * dice.between(0.05, 0.5) * (1 - y**2).clamp(min=0.02).sqrt()
    return rough + wavy + brushed - pits + ridges + barrel


def _painted(dice: Dice, text: Tensor, parts: Tensor, relief: Tensor, grains: Tensor) -> tuple[Tensor, Tensor]:
    """How much light the surface throws back, and how much it mirrors, both in 0..1."""
    base = dice.spread(0.06, 0.95)
    albedo, rust = _rusty(dice, base, _materials(dice, base, parts, grains), grains)
    albedo = _filled(dice, albedo, relief, grains)
    cover = (0.95 + dice.between(0, 0.5) * (mixed(dice, grains, 1, 6) - 0.7).clamp(max=0)).clamp(0, 1)
    paint = text[:, 1:] * cover * dice.between(0.45, 1)
    light = blurred(albedo, dice.between(11, 11.1)) > dice.between(0.25, 0.6)
    colour = torch.where(light, dice.between(0.01, 0.2), dice.between(0.5, 1.1))
    albedo = albedo * (1 - paint) + paint * colour
    shine = dice.often(0.6) * dice.spread(0.05, 1.0) * (1 - 0.8 * rust) * (1 - 0.5 * paint)
    return albedo.clamp(0.01, 1.2), shine


def _materials(dice: Dice, base: Tensor, parts: Tensor, grains: Tensor) -> Tensor:
    """What the parts throw back: uneven, of two materials, with a scribble."""
    albedo = base * torch.exp(dice.between(0, 0.12) * mixed(dice, grains, 0, 3))
    albedo = albedo * torch.exp(dice.often(0.5) * dice.between(0, 0.35) * mixed(dice, grains, 4, 8))
    other = (parts[:, 1:2] > 0.1).float()
    albedo = albedo * (1 - other) + other * (parts[:, 1:2] * dice.between(0.3, 1.2)).clamp(0.03, 1)
    scribble = dice.often(0.3) * parts[:, 2:] * dice.between(0, 1)
    return albedo * (1 - scribble) + scribble * dice.between(0.02, 1)


def _rusty(dice: Dice, base: Tensor, albedo: Tensor, grains: Tensor) -> tuple[Tensor, Tensor]:
    """The same with rust and specks, and where rust is, in 0..1."""
    rust = torch.sigmoid((mixed(dice, grains, 2, 7) - dice.normal(1.0)) * dice.spread(1, 12))
    rust = rust * dice.often(0.28)
    tone = rust * base * dice.spread(0.25, 2.2)
    albedo = albedo * (1 - rust) + tone * torch.exp(dice.between(0.05, 0.45) * mixed(dice, grains, 0, 4))
    specks = (mixed(dice, grains, 0, 3) > dice.between(1.8, 3.2)).float() * dice.often(0.3)
    return albedo * (1 - specks) + specks * dice.between(0, 1), rust


def _filled(dice: Dice, albedo: Tensor, relief: Tensor, grains: Tensor) -> Tensor:
    """Dirt in what is deep, or light metal where paint and rust are rubbed off what is high; ink filled into a mark."""
    tint = torch.where(dice.often(0.5) > 0, dice.spread(0.1, 1), dice.spread(1, 6))
    filled = dice.often(0.35) * dice.between(0.2, 1) * relief * (0.8 + 0.3 * mixed(dice, grains, 3, 7)).clamp(0, 1)
    return albedo * (1 - filled) + filled * (albedo * tint).clamp(0.02, 1)


def _lit(dice: Dice, height: Tensor, albedo: Tensor, shine: Tensor) -> Tensor:
    """The scene's brightness under one or two lamps, in no unit."""
    normal = _normal(height)
    x, y = grid(height.shape[-1], height.device)
    light, gleam = torch.zeros_like(height), torch.zeros_like(height)
    for lamp in range(2):
        matt, bright = _lamp(dice, height, normal, first=lamp == 0)
        light, gleam = light + matt, gleam + bright
    around = sum(
        dice.between(-1, 1) * torch.sin(normal[0] * dice.normal(4) + normal[1] * dice.normal(4) + dice.between(0, 6.3))
        for _ in range(3)
    )
    hollow = (height - blurred(height, dice.spread(2, 10))) * dice.spread(0.01, 0.25)
    ambient = dice.between(0.1, 0.7) * (1 + hollow.clamp(-0.9, 0.5))
    mirrored = 0.6 * gleam + dice.between(0, 0.6) * (0.6 + 0.4 * around).clamp(min=0)
    picture = albedo * (light + ambient) + shine * mirrored
    tilt = 1 + dice.normal(0.25) * x + dice.normal(0.25) * y - dice.between(0, 0.3) * (x**2 + y**2)
    return picture * tilt.clamp(min=0.15)


def _normal(height: Tensor) -> Normal:
    """The surface's normal of length 1: to the right, down, and towards the camera."""
    padded = functional.pad(height, (1, 1, 1, 1), mode="replicate")
    dx = (padded[..., 1:-1, 2:] - padded[..., 1:-1, :-2]) / 2
    dy = (padded[..., 2:, 1:-1] - padded[..., :-2, 1:-1]) / 2
    up = 1 / torch.sqrt(dx**2 + dy**2 + 1)
    return -dx * up, -dy * up, up


def _lamp(dice: Dice, height: Tensor, normal: Normal, *, first: bool) -> tuple[Tensor, Tensor]:
    """What a lamp, far or near, adds to the matt light and to the gleam; the first one casts shadows."""
    x, y = grid(height.shape[-1], height.device)
    turn, tall = dice.between(0, 2 * math.pi), dice.between(0.12, 1.4)
    near = dice.often(0.5) * dice.between(0.1, 0.8)
    lx, ly = torch.cos(turn) * torch.cos(tall) - near * x, torch.sin(turn) * torch.cos(tall) - near * y
    lz = torch.sin(tall)
    size = torch.sqrt(lx**2 + ly**2 + lz**2)
    lx, ly, lz = lx / size, ly / size, lz / size
    power = dice.between(0.5, 1.2) if first else dice.often(0.6) * dice.between(0, 0.7)
    facing = (normal[0] * lx + normal[1] * ly + normal[2] * lz).clamp(min=0)
    shade = _shadow(height, turn, torch.tan(tall)) if first else 1.0
    half = torch.sqrt(lx**2 + ly**2 + (lz + 1) ** 2)
    along = ((normal[0] * lx + normal[1] * ly + normal[2] * (lz + 1)) / half).clamp(min=0)
    return power * facing * shade, power * shade * along ** dice.spread(3, 90) * dice.spread(0.3, 2)


def _shadow(height: Tensor, turn: Tensor, steep: Tensor) -> Tensor:
    """0..1: how much of the lamp is seen from a place; what stands towards the lamp and is higher hides it."""
    side = height.shape[-1]
    x, y = grid(side, height.device)
    seen = torch.ones_like(height)
    for step in range(1, SHADOWS + 1):
        far = 1.6**step
        places = torch.stack([x + torch.cos(turn) * far * 2 / side, y + torch.sin(turn) * far * 2 / side], -1)[:, 0]
        there = functional.grid_sample(height, places, padding_mode="border", align_corners=True)
        over = there - height - steep * far
        seen = torch.minimum(seen, 1 - 0.75 * (over / (0.35 * far)).clamp(0, 1))
    return seen
