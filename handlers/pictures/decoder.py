"""What decodes pictures, wherever that is done: in this process (`decoding`) or in processes apart (`pool`)."""

from typing import BinaryIO, Protocol

from handlers.pictures.decoding import Opened, PictureFacts


class Decoder(Protocol):
    """Each raises NotAPicture, TooLarge or DamagedPicture, and DecodingBusy where too many wait for it."""

    def inspect(self, file: BinaryIO, name: str, *, max_pixels: int) -> PictureFacts:
        """Decode the whole of `file` once, to know that it can be read later."""

    def open_picture(self, file: BinaryIO, name: str, *, max_pixels: int) -> Opened:
        """The upright picture in grey and in its colours. Waits however long others take."""

    def preview(self, file: BinaryIO, name: str, *, max_pixels: int) -> bytes:
        """The upright picture as a small JPEG that every browser shows."""
