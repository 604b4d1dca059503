"""Real photos beside the checkout, by where they come from: each source is as a plant of its own."""

import json
from pathlib import Path
from typing import Any

from handlers.pictures.decoding import open_picture
from handlers.recognition.reader import Reader
from handlers.teaching.judging import Case

_LEAST = 4
"""Photos of a source below which a half of them shows nothing."""


def sources(reader: Reader, folder: Path) -> dict[str, list[Case]]:
    """What is seen in the photos of the index, whose texts are all that can be read in them."""
    index = folder / "real" / "index.json"
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in json.loads(index.read_text()) if index.is_file() else ():
        if entry.get("complete", True):
            found.setdefault(entry["source"], []).append(entry)
    return {
        source: [_case(reader, folder, entry) for entry in entries]
        for source, entries in found.items()
        if len(entries) >= _LEAST
    }


def _case(reader: Reader, folder: Path, entry: dict[str, Any]) -> Case:
    with (folder / entry["file"]).open("rb") as file:
        opened = open_picture(file, entry["file"], max_pixels=64_000_000)
    lines = tuple(entry["text"].splitlines())
    return Case(reader.look(opened.grey, opened.colours), " ".join(lines), lines)
