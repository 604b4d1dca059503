"""Other texts that the same characters may be, each as likely as all crops together find it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from handlers.recognition.likelihood import likelihoods
from handlers.recognition.models import Floats
from handlers.recognition.reading import Alternative, merge

UNLIKELY = 0.5
"""Likelihood per character up to which a text has no vote of a crop. Of 240 drawn lines (development, 2026-11-26) 205
are read so, 202 and 203 with 0.4 and 0.6; of 400 drawn crops an attempt that votes for its own text only reads 14
fewer."""
MOST = 24
"""Texts that are weighed against the one that was chosen."""
UPSIDE_DOWN = dict(zip("0689HINOSXZMW", "0986HINOSXZWM", strict=True))
"""What a character reads as after half a turn. `1` is missing: its flag and foot tell which way up it is."""
CONFUSED = dict(zip("B8G6S5J1O0UV", "8B6G5S1J0OVU", strict=True))
"""Typical confusions on real and synthetic marks: B/8, G/6, S/5, J/1, O/0, and U/V in characters of dots."""
LOOK_ALIKE = 0.02
"""Confidence at least of a text that a typical confusion makes: the recogniser can be sure of an O that is a 0."""
SHORT = 4
"""Characters up to which a text is a mark and no word, so that nothing but its shape tells an O from a 0."""

Crop = tuple[Floats, float]
"""Probabilities (steps, symbols) of a crop, and the weight of its vote."""


def rivals(
    text: str, score: float, votes: Mapping[str, float], hesitant: Iterable[Alternative], crops: Sequence[Crop]
) -> tuple[Alternative, ...]:
    """What else a text of this score may be: the other texts with votes, those hesitated on, typical confusions.

    A crop says which of two texts it shows by their likelihoods; without crops the votes and hesitations stand.
    """
    total, alike = sum(votes.values()), _look_alikes(text)
    guessed = dict.fromkeys(alike, LOOK_ALIKE) | {each.text: each.confidence for each in hesitant}
    guessed |= {other: score * count / total for other, count in votes.items()}
    others = sorted(
        (each for each in guessed if each.replace(" ", "") and each != text), key=lambda each: -guessed[each]
    )
    weighed = shares(text, others[:MOST], crops) if crops else {}
    found = {other: score * share for other, share in weighed.items()} if weighed else guessed
    upside_down = turned(text)
    if upside_down is not None:
        found[upside_down] = max(found.get(upside_down, 0.0), score * votes[text] / total / 2)
    found |= {each: max(found.get(each, 0.0), LOOK_ALIKE) for each in alike}
    return merge((Alternative(*each) for each in found.items()), text)


def shares(text: str, others: Sequence[str], crops: Sequence[Crop], odds: float = 1.0) -> dict[str, float]:
    """For each of the other texts how likely it is, and not the text: the mean over the crops that show one of both.

    `odds`: how much likelier the others are than the text before any crop is looked at.
    """
    if not others:
        return {}
    texts = [text, *others]
    likely = likelihoods([steps for steps, _ in crops], texts)
    whole = likely ** np.array([[len(each.replace(" ", ""))] for each in texts])
    shown = np.maximum(np.maximum(likely[:1], likely[1:]) - UNLIKELY, 1e-9) * np.array([weight for _, weight in crops])
    parts = (shown * odds * whole[1:] / (whole[:1] + odds * whole[1:])).sum(axis=1) / shown.sum(axis=1)
    return dict(zip(others, parts.tolist(), strict=True))


def turned(text: str) -> str | None:
    """What the text reads as upside down, or None when that is not a text."""
    return "".join(UPSIDE_DOWN[each] for each in reversed(text)) if all(each in UPSIDE_DOWN for each in text) else None


def ambiguous(text: str) -> bool:
    """Whether the characters cannot say which way up they are (`6`, `98`, `NO`), or an O in a short mark may be a 0."""
    return len(text) == 1 or turned(text) not in (None, text) or ("O" in text and len(text) <= SHORT)


def _look_alikes(text: str) -> list[str]:
    """Texts with one character confused."""
    places = [place for place, character in enumerate(text) if character in CONFUSED]
    return [text[:at] + CONFUSED[text[at]] + text[at + 1 :] for at in places]
