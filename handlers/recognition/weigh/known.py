"""Known mold numbers help to choose: a reading's alternatives, or what was too doubtful to answer, and nothing else."""

from dataclasses import replace

from handlers.recognition.cause import Cause
from handlers.recognition.reading import Alternative, Mark, Reading, merge

LEAST = 0.08
"""Confidence below which a doubtful mark is not answered even where its text is a known mold: of 240 development
pictures without marks 3 are read then with a list of 332 molds, 2 without it (2026-11-26)."""


def prefer_known(reading: Reading, molds: frozenset[str]) -> Reading:
    """The reading with the likeliest alternative that is a known mold, where its own text is none.

    The text that was given up stays among the alternatives, and a person is asked to look.
    """
    if reading.text in molds:
        return reading
    if not reading.text:
        return _of_doubted(reading, molds)
    known = next((each for each in reading.alternatives if each.text in molds), None)
    if known is None:
        return reading
    marks, answered = reading.marks, reading.answered
    if len(answered) == 1:
        marks = (_renamed(answered[0], known, reading.alternatives), *(mark for mark in marks if not mark.answered))
    return _preferring(reading, known, _others(reading.text, reading.confidence, reading.alternatives, known), marks)


def _of_doubted(reading: Reading, molds: frozenset[str]) -> Reading:
    """An empty reading, with the likeliest known mold among its doubted marks and their alternatives.

    A lone character is not enough: of those 240 pictures 2 more would be read, and none of 400 with a known mold.
    """
    known_texts = {mold for mold in molds if len(mold) > 1}
    seen = (*reading.marks, *reading.doubted)
    found = [(text, mark) for mark in seen for text in _texts(mark) if text.text in known_texts]
    known, mark = max(found, key=lambda pair: pair[0].confidence, default=(None, None))
    if known is None or mark is None or known.confidence < LEAST:
        return reading
    renamed = _renamed(mark, known, mark.alternatives)
    others = tuple(each for each in reading.marks if each is not mark)
    return _preferring(reading, known, renamed.alternatives, (renamed, *others))


def _texts(mark: Mark) -> tuple[Alternative, ...]:
    return (Alternative(mark.text, mark.confidence), *mark.alternatives)


def _renamed(mark: Mark, known: Alternative, alternatives: tuple[Alternative, ...]) -> Mark:
    others = _others(mark.text, mark.confidence, alternatives, known)
    return replace(
        mark, text=known.text, confidence=known.confidence, alternatives=others, characters=(), answered=True
    )


def _others(
    text: str, confidence: float, alternatives: tuple[Alternative, ...], known: Alternative
) -> tuple[Alternative, ...]:
    return merge([Alternative(text, confidence), *alternatives], known.text)


def _preferring(
    reading: Reading, known: Alternative, others: tuple[Alternative, ...], marks: tuple[Mark, ...]
) -> Reading:
    place = next((mark.polygon for mark in marks if mark.text == known.text), None)
    cause = Cause("known", place, {"text": known.text, "other": reading.text}) if reading.text else None
    return replace(
        reading,
        text=known.text,
        confidence=known.confidence,
        needs_review=True,
        unclear=True,
        alternatives=others,
        marks=marks,
        preferred_known=True,
        causes=(cause, *reading.causes) if cause else reading.causes,
    )
