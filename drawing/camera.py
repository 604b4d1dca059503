"""What a camera makes of a scene: light, blur, noise and JPEG."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from drawing.glyphs import Floats
from drawing.surfaces import blurred

Grey = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Camera:
    """`blur` and `noise` as standard deviations in pixels and grey levels; `quality` is JPEG's."""

    blur: float = 0.7
    noise: float = 2.0
    quality: int = 90


def shoot(canvas: Floats, camera: Camera, random: np.random.Generator) -> Grey:
    """The photo of a canvas."""
    light = blurred(canvas, camera.blur) if camera.blur > 0.15 else canvas
    noisy = light + random.standard_normal(canvas.shape, np.float32) * np.float32(camera.noise)
    grey = np.clip(noisy, 0, 255).astype(np.uint8)
    coded = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, camera.quality])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)


def uneven(canvas: Floats, random: np.random.Generator, strength: float) -> None:
    """Light that falls off to one side."""
    high, wide = canvas.shape
    angle = random.uniform(0, 2 * np.pi)
    rows = np.linspace(-1, 1, high, dtype=np.float32)[:, None] * np.float32(np.sin(angle))
    columns = np.linspace(-1, 1, wide, dtype=np.float32)[None, :] * np.float32(np.cos(angle))
    canvas *= 1 + np.float32(strength) * (rows + columns)
