"""Keeping the picture of a reading: its marks and a smaller whole, or the picture itself, as the settings say."""

import io
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, BinaryIO

from handlers.errors import WireError
from handlers.settings import Settings
from handlers.storage.base import Picture, Storage
from handlers.storage.evidence import Evidence

if TYPE_CHECKING:
    from PIL.Image import Image

_log = logging.getLogger("castmark.tasks")
_JPEG = "image/jpeg"
_Files = Iterator[tuple[str, BinaryIO, str]]


class Keeper:
    """`whole` keeps the picture as it was uploaded besides its crop and the smaller one."""

    def __init__(self, storage: Storage, evidence: Evidence, *, whole: bool) -> None:
        self._storage = storage
        self._evidence = evidence
        self._whole = whole

    def keep(self, key: str, picture: Picture, grey: "Image", marks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """What of the picture is kept under `key`; empty where that failed: a reading is worth more than its picture.

        Before the reading is recorded, so that each that is leads to its picture.
        """
        files: dict[str, str] = {}
        try:
            with ExitStack() as opened:
                for kind, file, content_type in self._files(picture, grey, marks, opened):
                    self._evidence.put(key, kind, file, content_type)
                    files[kind] = content_type
        except (WireError, OSError) as error:
            _log.warning("The picture of a reading could not be kept: %s", error)
        return {"key": key, "files": files} if files else {}

    def _files(self, picture: Picture, grey: "Image", marks: Sequence[Mapping[str, Any]], opened: ExitStack) -> _Files:
        from handlers.pictures import evidence

        yield "small", io.BytesIO(evidence.small(grey)), _JPEG
        if cut := evidence.crop(grey, marks):
            yield "crop", io.BytesIO(cut), _JPEG
        if self._whole:
            yield "whole", opened.enter_context(self._storage.open(picture)), picture.content_type


def keeper_of(settings: Settings, storage: Storage, evidence: Evidence | None) -> Keeper | None:
    """What keeps pictures by these settings; None where none is kept."""
    if evidence is None or settings.evidence == "none":
        return None
    return Keeper(storage, evidence, whole=settings.evidence == "whole")
