"""Metal as it lies about: grain, clouds, brushing, rust, scratches. Canvases are float32 grey levels, 0..255."""

import cv2
import numpy as np

from drawing.glyphs import Floats


def blurred(field: Floats, sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(field, (0, 0), max(sigma, 0.1)), np.float32)


def grain(random: np.random.Generator, shape: tuple[int, ...], blur: float, spread: float) -> Floats:
    """Noise with grains of `blur` pixels and the standard deviation `spread`."""
    noise = random.standard_normal(shape, np.float32)
    noise = blurred(noise, blur) if blur else noise
    return np.asarray(noise * np.float32(spread / max(float(noise.std()), 1e-6)), np.float32)


def clouds(random: np.random.Generator, shape: tuple[int, ...], size: float) -> Floats:
    """Smooth blotches of about `size` pixels and of half and a quarter of it; standard deviation about 1."""
    total = np.zeros(shape, np.float32)
    for octave in (1.0, 2.0, 4.0):
        cells = [max(2, round(side * octave / size)) for side in shape]
        coarse = random.standard_normal(cells, np.float32)
        total += np.asarray(cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC), np.float32) / octave
    return np.asarray(total / np.float32(0.95), np.float32)


def brushed(random: np.random.Generator, shape: tuple[int, ...], spread: float, angle: float) -> Floats:
    """Parallel streaks, as grinding leaves them."""
    side = int(np.hypot(shape[0], shape[1])) + 2
    streaks = cv2.blur(random.standard_normal((side, side), np.float32), (max(9, side // 12), 1))
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), angle, 1)
    turned = cv2.warpAffine(streaks, turn, (side, side), borderMode=cv2.BORDER_REFLECT)
    cut = np.asarray(turned, np.float32)[: shape[0], : shape[1]]
    return np.asarray(cut * np.float32(spread / max(float(cut.std()), 1e-6)), np.float32)


def turned(random: np.random.Generator, away: Floats, spread: float) -> Floats:
    """Rings of a lathe around the point from which `away` are the distances in pixels."""
    rings = grain(random, (int(away.max()) + 2, 1), 0.8, spread)[:, 0]
    return np.asarray(rings[away.astype(np.int32)], np.float32)


def rust(random: np.random.Generator, shape: tuple[int, ...], size: float) -> Floats:
    """A factor for each pixel: dark blotches, light bloom and pits."""
    blotches = np.clip(clouds(random, shape, size), -1.6, 1.6)
    flakes = np.clip(clouds(random, shape, size / 6), -1.6, 1.6)
    pits = blurred(np.asarray(random.random(shape, np.float32) > 0.995, np.float32), 1.0) * 3
    factor = 1 + 0.2 * blotches + 0.13 * flakes + grain(random, shape, 0.7, 0.1) - np.clip(pits, 0, 0.5)
    return np.asarray(np.clip(factor, 0.15, 1.8), np.float32)


def scratch(canvas: Floats, random: np.random.Generator, count: int, strength: float) -> None:
    """Thin bright or dark lines, some of them slightly bent."""
    high, wide = canvas.shape
    for _ in range(count):
        start = random.uniform(0, 1, 2) * (wide, high)
        step = random.normal(0, 0.13 * max(wide, high), 2)
        points = np.array([start, start + step + random.normal(0, 4, 2), start + 2 * step]).round().astype(np.int32)
        layer_low = np.maximum(points.min(axis=0) - 3, 0)
        layer_high = np.minimum(points.max(axis=0) + 4, (wide, high))
        if (layer_high <= layer_low).any():
            continue
        layer = np.zeros((layer_high - layer_low)[::-1], np.uint8)
        thick = int(random.integers(1, max(2, max(wide, high) // 700) + 1))
        cv2.polylines(layer, [(points - layer_low).astype(np.int32)], False, 255, thick, cv2.LINE_AA)
        place = canvas[layer_low[1] : layer_high[1], layer_low[0] : layer_high[0]]
        place *= 1 + np.float32(random.choice([-1, 1]) * strength / 255) * layer


def away_from(shape: tuple[int, ...], x: float, y: float) -> Floats:
    """Each pixel's distance from a point."""
    rows, columns = np.ogrid[0 : shape[0], 0 : shape[1]]
    return np.asarray(np.hypot(columns - x, rows - y), np.float32)


def inside(away: Floats, radius: float, soft: float = 2.0) -> Floats:
    """1 within the radius, 0 beyond it, over `soft` pixels."""
    return np.asarray(np.clip((radius - away) / soft + 0.5, 0, 1), np.float32)


def blend(canvas: Floats, other: Floats | float, cover: Floats) -> None:
    """Lays `other` over the canvas where `cover` is 1."""
    canvas += (other - canvas) * cover
