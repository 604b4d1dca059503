"""Known mold numbers help to choose: a reading's alternatives, and nothing beyond them."""

from dataclasses import replace

from handlers.recognition.reading import Alternative, Reading, merge


def prefer_known(reading: Reading, molds: frozenset[str]) -> Reading:
    """The reading with the likeliest alternative that is a known mold, where its own text is none.

    The text that was given up stays among the alternatives, and a person is asked to look.
    """
    if not reading.text or reading.text in molds:
        return reading
    known = next((each for each in reading.alternatives if each.text in molds), None)
    if known is None:
        return reading
    given_up = Alternative(reading.text, reading.confidence)
    others = merge([given_up, *reading.alternatives], known.text)
    marks = reading.marks
    if len(marks) == 1:
        marks = (replace(marks[0], text=known.text, confidence=known.confidence, alternatives=others),)
    return replace(
        reading,
        text=known.text,
        confidence=known.confidence,
        needs_review=True,
        alternatives=others,
        marks=marks,
        preferred_known=True,
    )
