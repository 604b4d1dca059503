"""Opening pictures safely: judged by content, refused from the header, upright and grey at the end.

Pillow reads JPEG, PNG, WebP, BMP, TIFF, GIF and AVIF; pillow-heif adds the HEIC of phones. No other
reader is ever tried, whatever a file calls itself: some of Pillow's start other programs.
"""

import io
import struct
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, BinaryIO, cast

from handlers.errors import DamagedPicture, NotAPicture, TooLarge
from handlers.pictures.av1 import frame_sizes
from handlers.pictures.sound import fingerprint, with_end, without_notes

if TYPE_CHECKING:
    from PIL.Image import Image, Resampling

_TYPES = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
    "GIF": "image/gif",
    "AVIF": "image/avif",
    "HEIF": "image/heic",
}
# What clients call the types that are read; what a file really is, its content says.
NAMED_TYPES = frozenset({*_TYPES.values(), "image/heif", "image/jpg", "image/x-ms-bmp"})
# How many bytes of a file's beginning tell what it is.
SIGNATURE_BYTES = 32
_MULTI_JPEG = "MPO"  # several JPEGs in one file, as some phones make them: the first counts
# Modes in which a picture is made smaller without steps.
_SMOOTH = ("L", "RGB", "RGBA", "CMYK", "YCbCr")
_COLOURS = ("1", "P", "PA", "LA", "La", "RGBX", "RGBa", "HSV")
_DEEP = ("I", "I;16", "I;16L", "I;16B", "I;16N")
# Colours are looked at only where they help to find and to read what grey shows too: not in all pixels of a camera.
COLOURS = 1600
# What Pillow and its codecs raise on damaged data, over all the readers above.
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, RuntimeError, struct.error)
_STRIP = 512
_TILE_WIDTH, _TILE_LENGTH = 322, 323  # TIFF 6.0, section 15
_SCAN, _MOST_SCANS, _PIECE = b"\xff\xda", 100, 1024 * 1024
# Decoded pictures are large (64 megapixels in colour are 192 MB): one at a time in a process.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """What inspection found: the type by content, and the upright size in pixels."""

    content_type: str
    width: int
    height: int


def inspect(file: BinaryIO, name: str, *, max_pixels: int) -> PictureFacts:
    """Decode the whole of `file` once, to know that it can be read later.

    Raises NotAPicture, TooLarge or DamagedPicture, each with a sentence that begins with `name`.
    """
    with _opened(file, name, max_pixels) as image:
        upright = _upright(image)
        kind = "JPEG" if image.format == _MULTI_JPEG else str(image.format)
        return PictureFacts(_TYPES[kind], upright.width, upright.height)


@dataclass(frozen=True, slots=True)
class Opened:
    """An upright picture: `grey` (mode L), and where it has colours the same in them (mode RGB), `COLOURS` pixels at
    most on a side."""

    grey: "Image"
    colours: "Image | None" = None


def looks_like_a_picture(start: bytes) -> bool:
    """Whether a file that begins so, as far as SIGNATURE_BYTES, means to be a picture and is no text."""
    return _is_known(start) and (b"\0" in start or start.startswith(b"GIF"))


def open_picture(file: BinaryIO, name: str, *, max_pixels: int) -> Opened:
    """The upright picture, 8 bits a band. Raises as `inspect` does."""
    with _opened(file, name, max_pixels) as image:
        # The small one first: turning upright makes a copy of the full size.
        colours = in_colours(image)
        return Opened(_grey(_upright(image)), colours)


def in_colours(image: "Image") -> "Image | None":
    """The picture upright in mode RGB, `COLOURS` pixels at most on a side; None where its mode has no such bands."""
    if image.mode not in _SMOOTH[1:]:
        return None
    factor = min(1.0, COLOURS / max(image.size))
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    small = image.resize(size, resample=_box(), reducing_gap=2.0) if factor < 1 else image.copy()
    small.info = image.info
    return _on_white(_upright(small)).convert("RGB")


def preview(file: BinaryIO, name: str, *, max_pixels: int, longest: int = 1600) -> bytes:
    """The upright picture as a JPEG that every browser shows, `longest` pixels at most on a side."""
    with _opened(file, name, max_pixels) as image:
        # Made small before anything else, so that there is only one picture of the full size.
        small = image if image.mode in _SMOOTH else image.convert("RGBA") if image.mode in _COLOURS else _grey(image)
        small.thumbnail((longest, longest))
        jpeg = io.BytesIO()
        _on_white(_upright(small)).convert("RGB").save(jpeg, "JPEG", quality=85)
        return jpeg.getvalue()


def prepare() -> None:
    """Load what decodes."""
    import PIL.Image

    _formats()
    PIL.Image.preinit()


@contextmanager
def _opened(file: BinaryIO, name: str, max_pixels: int) -> "Iterator[Image]":
    import PIL.Image

    file.seek(0)
    # Pillow warns of odd metadata; what is refused is decided here, not by a warning. The filter is the
    # process's own, so it is changed by one thread at a time.
    with _one_at_a_time, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image: Image = PIL.Image.open(without_notes(file), formats=_formats())
        except _DAMAGE:
            raise _unreadable(file, name) from None
        with image:
            _check_size(image, name, max_pixels)
            _check_frames(file, image, name, max_pixels)
            _check_scans(file, image, name)
            try:
                image.load()
            except _DAMAGE:
                image = _completed(file, name)
            # What was decoded counts, whatever the header said.
            _check_size(image, name, max_pixels)
            yield image


def _completed(file: BinaryIO, name: str) -> "Image":
    """The picture of a JPEG that lacks its end marker and nothing else. Raises DamagedPicture for all others."""
    import PIL.Image

    seen: set[int] = set()
    for copy in with_end(file):
        try:
            image = PIL.Image.open(copy, formats=("JPEG",))
            image.load()
        except _DAMAGE:
            raise _damaged(name) from None
        seen.add(fingerprint(image))
    if len(seen) != 1:
        raise _damaged(name)
    return image


def _unreadable(file: BinaryIO, name: str) -> DamagedPicture | NotAPicture:
    """Known by its first bytes and yet not to be opened: damaged. Anything else: not a picture."""
    file.seek(0)
    if _is_known(file.read(SIGNATURE_BYTES)):
        return _damaged(name)
    return NotAPicture(f"{name} is not a picture that Castmark reads (JPEG, PNG, WebP, BMP, TIFF, GIF, HEIC or AVIF).")


def _damaged(name: str) -> DamagedPicture:
    return DamagedPicture(f"{name} is damaged or cut short; please send it again.")


def _is_known(start: bytes) -> bool:
    signatures = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"BM", b"II*\0", b"MM\0*")
    boxed = start[4:8] == b"ftyp" and start[8:12] in (b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1")
    return start.startswith(signatures) or boxed or (start[:4] == b"RIFF" and start[8:12] == b"WEBP")


def _check_size(image: "Image", name: str, max_pixels: int) -> None:
    width, height = image.size
    tile_width, tile_height = _tile(image)
    if tile_width * tile_height > max_pixels:
        width, height = tile_width, tile_height
    _check_pixels(width, height, name, max_pixels)


def _check_frames(file: BinaryIO, image: "Image", name: str, max_pixels: int) -> None:
    """An AVIF is decoded in the size of its frames, and only then brought to the size that its header claims."""
    if image.format == "AVIF":
        place = file.tell()
        for width, height in frame_sizes(file):
            _check_pixels(width, height, name, max_pixels)
        file.seek(place)


def _check_pixels(width: int, height: int, name: str, max_pixels: int) -> None:
    if width * height > max_pixels:
        raise TooLarge(
            f"{name} has {width} x {height} pixels ({width * height / 1e6:.0f} megapixels); "
            f"at most {max_pixels / 1e6:g} megapixels are read."
        )


def _tile(image: "Image") -> tuple[int, int]:
    """A TIFF's tile, which is decoded whole and may be far larger than the picture cut from it."""
    tags = getattr(image, "tag_v2", {})
    width, height = tags.get(_TILE_WIDTH), tags.get(_TILE_LENGTH)
    return (width, height) if isinstance(width, int) and isinstance(height, int) else (0, 0)


def _check_scans(file: BinaryIO, image: "Image", name: str) -> None:
    """A progressive JPEG may pass over the whole picture again for every hundred bytes; cameras do so ten times."""
    if image.format not in ("JPEG", _MULTI_JPEG):
        return
    place = file.tell()
    file.seek(0)
    scans, last = 0, b""
    while piece := file.read(_PIECE):
        # The marker cannot stand in coded data; the few in an embedded thumbnail do not matter.
        scans += (last + piece).count(_SCAN)
        last = piece[-1:]
    file.seek(place)
    if scans > _MOST_SCANS:
        raise DamagedPicture(f"{name} is drawn in {scans} passes, which no camera does; please send it again.")


@cache
def _formats() -> tuple[str, ...]:
    import pillow_heif
    from PIL import Image

    pillow_heif.register_heif_opener()
    # Our own limit is checked from the header before anything is decoded (_check_size), so Pillow's
    # would only be a second number to know.
    Image.MAX_IMAGE_PIXELS = None
    return tuple(_TYPES)


def _upright(image: "Image") -> "Image":
    """Turned as its EXIF orientation says; as it is where that cannot be read."""
    from PIL import ImageOps

    try:
        return ImageOps.exif_transpose(image)
    except _DAMAGE:
        return image


def _box() -> "Resampling":
    from PIL.Image import Resampling

    return Resampling.BOX


def _grey(image: "Image") -> "Image":
    if image.mode in _DEEP:
        return _from_deep(image)
    if image.mode == "F":
        return _stretched(image)
    if image.mode == "LAB":
        return image.getchannel("L")
    return _grey_on_white(image) if image.has_transparency_data else image.convert("L")


def _grey_on_white(image: "Image") -> "Image":
    """A strip at a time: a picture with its layers takes five times as much."""
    from PIL import Image

    grey = Image.new("L", image.size)
    for top in range(0, image.height, _STRIP):
        strip = image.crop((0, top, image.width, min(image.height, top + _STRIP)))
        # A palette's transparent colour is said beside the pixels.
        strip.info = image.info
        grey.paste(_on_white(strip).convert("L"), (0, top))
    return grey


def _on_white(image: "Image") -> "Image":
    """Transparent parts shown on white, as a viewer would."""
    from PIL import Image

    if not image.has_transparency_data:
        return image
    layers = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), layers).convert("RGB")


def _from_deep(image: "Image") -> "Image":
    """16 bits (or the 12 that a camera writes into 16) brought down to 8 without clipping."""
    deep = image.convert("I")
    low, high = cast("tuple[float, float]", deep.getextrema())
    if low < 0 or high > 65535:
        return _stretched(image.convert("F"))
    return deep.point(lambda value: value * (255 / (4095 if high <= 4095 else 65535)) + 0.5).convert("L")


def _stretched(image: "Image") -> "Image":
    """Values of unknown scale, spread from the darkest to the lightest."""
    low, high = cast("tuple[float, float]", image.getextrema())
    scale = 255 / (high - low) if high > low else 0.0
    return image.point(lambda value: value * scale - low * scale).convert("L")
