"""The readers that are compared, each a function from a picture, in grey and in its colours, to an answer without its
cost."""

import logging
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from benchmarks.accuracy.answer import Answer
from drawing.camera import Grey

Method = Callable[[Grey, Grey | None], Answer]
US, RAPID, RAPID_TURNED, TESSERACT = "Castmark", "RapidOCR", "RapidOCR x4", "Tesseract"
NAMES = (US, RAPID, RAPID_TURNED, TESSERACT)
_FLAT = 2.0
_SINGLE_LINE, _SPARSE = "7", "11"


def missing(name: str) -> str:
    """Why a method cannot run here; empty where it can."""
    return "tesseract is not installed" if name == TESSERACT and not shutil.which("tesseract") else ""


def opened(name: str) -> Method:
    """The method, its models loaded."""
    if name == US:
        return _castmark()
    return _tesseract if name == TESSERACT else _rapid(4 if name == RAPID_TURNED else 1)


def _castmark() -> Method:
    from PIL import Image

    from handlers.recognition.reader import Reader
    from handlers.recognition.reading import Alternative

    reader = Reader()
    reader.prepare()

    def read(grey: Grey, colours: Grey | None) -> Answer:
        found = reader.read(Image.fromarray(grey), None if colours is None else Image.fromarray(colours))
        lines = tuple(mark.text for mark in found.answered)
        others = tuple((each.text, each.confidence) for each in found.alternatives)
        left = [*(mark for mark in found.marks if not mark.answered), *found.doubted]
        texts = [text for mark in left for text in (Alternative(mark.text, mark.confidence), *mark.alternatives)]
        doubted = tuple((each.text, each.confidence) for each in texts)
        return Answer(found.text, lines, found.confidence, found.needs_review, others, doubted)

    return read


def _rapid(rotations: int) -> Method:
    """RapidOCR with its own detector; of several rotations the one with the most evidence, score times characters.

    Its lines are those of all rotations, which flatters it.
    """
    from rapidocr import RapidOCR

    engine = RapidOCR()
    logging.getLogger("RapidOCR").setLevel(logging.ERROR)  # it sets the level itself when it is made

    def read(grey: Grey, colours: Grey | None) -> Answer:
        # It takes blue, green, red; colours of a large picture were made smaller, which it should not lose by.
        if colours is not None and colours.shape[:2] == grey.shape:
            shown = cv2.cvtColor(colours, cv2.COLOR_RGB2BGR)
        else:
            shown = cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)
        turns = [_scored(engine(np.ascontiguousarray(np.rot90(shown, turn)))) for turn in range(rotations)]
        best = max(turns, key=lambda lines: sum(score * len(text) for text, score in lines))
        every = tuple(text for lines in turns for text, _ in lines)
        return Answer(" ".join(text for text, _ in best), every, min((score for _, score in best), default=0.0))

    return read


def _scored(found: object) -> list[tuple[str, float]]:
    texts, scores = getattr(found, "txts", None) or (), getattr(found, "scores", None) or ()
    return [(str(text).strip(), float(score)) for text, score in zip(texts, scores, strict=True)]


def _tesseract(grey: Grey, _: Grey | None) -> Answer:
    """Debian's, told that a flat picture is one line and any other sparse text, which suits it best."""
    mode = _SINGLE_LINE if grey.shape[1] > _FLAT * grey.shape[0] else _SPARSE
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture.png"
        cv2.imwrite(str(path), grey)
        command = [str(shutil.which("tesseract")), str(path), "-", "--psm", mode]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    lines = tuple(line.strip() for line in done.stdout.splitlines() if line.strip())
    return Answer(" ".join(lines), lines)
