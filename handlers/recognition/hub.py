"""Reads the mark on a hub: pads, the mask of each, crops at its angles, a proposal, its confirmation, a vote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from handlers.recognition.crops import Box, angles_for, box_at, mark_crops, to_picture, upright
from handlers.recognition.finder import Finder
from handlers.recognition.mask import find_mark
from handlers.recognition.models import Grey
from handlers.recognition.pads import CLOSE_UP, Pad, find_pads
from handlers.recognition.patch import Patch, cut_patch
from handlers.recognition.proposer import Proposer
from handlers.recognition.reading import Alternative, merge
from handlers.recognition.recogniser import Line, Recogniser
from handlers.recognition.vote import NEAR, Attempt, Verdict, central, decide

TOP, MORE = 3, 6
CLEAR = 0.85
"""Pads read, those with the most edges first, and those of a hub where none of them is read so confidently: a worn
mark has fewer edges than the scratches of another pad. Of 300 faint, worn and enlarged hubs (development seeds,
2026-11-26) 275 are read with six pads and 270 with three; six at once take twice the CPU."""
AROUND = (-18.0, -5.0, 5.0, 18.0)
"""Degrees around the proposed angle that are tried too: the box of `47` lies askew."""
PATCH_SIDE = 128
FOUND = 2
GROWTHS = (-0.04, 0.06)
TURNS = (-8.0, 0.0, 8.0)
"""Pixels of the patch for the finder, how many of its boxes are read, in parts of their height and degrees beside."""
CONFIRMED = 2
"""Crops that the larger recogniser reads too; with one or four as many photos are read, within the noise."""
SECOND = 2.0
"""Weight of what it reads in longer boxes, against one of the small recogniser's."""
LONGER = 0.8
FULLER_GROWTHS = (0.0, 0.1)
FULLER, ENOUGH = 2.0, 0.5
"""Boxes that show whether the mask lost a character at an end: longer at both by so much of their height, and grown;
how many times the votes of the text itself one that holds it needs there, and how many at least. Of 240 hubs and pads
(development seeds, 2026-11-25) it mends 3, all read with high confidence before, and spoils none; with 1.0 one."""
MISFIT = 0.5
"""Weight of a reading with too many or too few characters for its box."""
NO_NUMBER = 0.7
"""Weight of a reading without a digit: mold numbers (`11`, `A27`) have one, and a 1 upside down looks like an L."""
LONE = 0.7
"""Weight of a single character: two that stand on each other in a sideways crop read as one, mostly 8."""
NARROWEST, WIDEST = 0.25, 1.05
"""Width / height of one character with its share of the gaps: a condensed 1, and a W."""
AGREED = 12.0
"""Degrees up to which the mask's angle counts and not that of all boxes: the finder's are up to 15 degrees off for
short marks (58 of 64 on a real hub), the mask's where its box lies askew (139 of 120, of a 47)."""
PADS_OF_A_HUB = 3
"""Pads of nearly one size that make a picture a hub."""

Weighted = tuple[Box, float]
"""A box in pixels of the patch, close around the mark, and the weight of what is read in it."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A marked pad as the small recogniser read it; boxes in pixels of the patch. `masked`: the mask's attempts."""

    patch: Patch
    attempts: list[Attempt]
    masked: list[Attempt]
    verdict: Verdict


def read_hub(image: Grey, finder: Finder, proposer: Proposer, recogniser: Recogniser) -> tuple[Verdict | None, bool]:
    """The mark on the pads of a grey picture, boxes in its pixels, and whether it is on a pad of a hub.

    Elsewhere a round spot in the scene may have been taken for a pad, and one character read on it means little.
    """
    pads = find_pads(image)
    hub = bool(pads) and _alike(pads[0], pads) >= PADS_OF_A_HUB
    proposals = _proposals(image, pads[:TOP], finder, proposer)
    if hub and not any(each.verdict.confidence >= CLEAR for each in proposals):
        proposals += _proposals(image, pads[TOP:MORE], finder, proposer)
    if not proposals:
        return None, False
    best = max(proposals, key=lambda each: each.verdict.votes)
    pad = best.patch.pad
    on_hub = pad.radius > CLOSE_UP * min(image.shape) or _alike(pad, pads) >= PADS_OF_A_HUB
    return _confirm(best, proposer, recogniser), on_hub


def _alike(pad: Pad, pads: list[Pad]) -> int:
    """How many pads, itself included, are about as large."""
    return sum(0.75 < pad.radius / other.radius < 1.33 for other in pads)


def _proposals(image: Grey, pads: list[Pad], finder: Finder, proposer: Proposer) -> list[Proposal]:
    return [each for pad in pads if (each := _propose(image, pad, finder, proposer)) is not None]


def _propose(image: Grey, pad: Pad, finder: Finder, proposer: Proposer) -> Proposal | None:
    patch = cut_patch(image, pad)
    masked = _masked(patch)
    attempts = _attempts(patch, [*masked, *_found(patch, finder)], proposer)
    verdict = decide(attempts, "hub")
    return Proposal(patch, attempts, attempts[: len(masked)], verdict) if verdict is not None else None


def _masked(patch: Patch) -> list[Weighted]:
    """Boxes of the mark as its mask shows it, at every angle that it may have."""
    blob = find_mark(patch)
    return [(box_at(blob.points, angle), weight) for angle, weight in angles_for(blob)] if blob is not None else []


def _found(patch: Patch, finder: Finder) -> list[Weighted]:
    """Boxes as the finder sees them: where the mask misses a character or takes a scratch for one."""
    boxes = [found.box for found in finder.find(patch.image, (PATCH_SIDE,))[:FOUND]]
    turned = (box.grown(growth).turned(turn) for box in boxes for growth in GROWTHS for turn in TURNS)
    return [(each, 1.0) for box in turned for each in (box, box.flipped())]


def _confirm(proposal: Proposal, proposer: Proposer, recogniser: Recogniser) -> Verdict | None:
    """The vote of both recognisers: the small one also around its angle, the larger one where that is surest."""
    patch, attempts, best = proposal.patch, proposal.attempts, proposal.verdict.best.box
    # Upside down as well: more attempts at one side only would make a 98 surer against the 86 that it may be.
    around = [(each.turned(turn), 1.0) for each in (best, best.flipped()) for turn in AROUND]
    attempts = attempts + _attempts(patch, around, proposer)
    surest = sorted(attempts, key=lambda attempt: -attempt.vote)[:CONFIRMED]
    boxes = [(attempt.box, 1.0) for attempt in surest if attempt.vote > 0]
    verdict = decide(_attempts(patch, boxes, recogniser) + attempts, "hub")
    if verdict is None:
        return None
    verdict = _fuller(patch, verdict, proposer, recogniser) or verdict
    return replace(verdict, best=replace(verdict.best, box=to_picture(patch, _place(verdict, proposal.masked))))


def _place(verdict: Verdict, masked: list[Attempt]) -> Box:
    """Where the text stands: as the mask shows it, unless its box lies askew, or as it was read."""
    box = verdict.best.box
    read = [each for each in masked if each.line.text == verdict.text and each.vote]
    near = [each for each in read if abs(upright(each.box.angle - box.angle)) < NEAR]
    shown = central(sorted(near, key=lambda each: -each.vote)).box if near else box
    return shown if abs(upright(shown.angle - box.angle)) < AGREED else box


def _fuller(patch: Patch, verdict: Verdict, proposer: Proposer, recogniser: Recogniser) -> Verdict | None:
    """What longer boxes say where that is the verdict's text and more; None where they do not."""
    boxes = [verdict.best.box.grown(growth).longer(LONGER) for growth in FULLER_GROWTHS]
    crops = mark_crops(patch, boxes)
    # Without the weights of other boxes: a text that leaves room in a longer box would always count less.
    attempts = [
        Attempt(box, line.marks_only(), weight, seconds=weight > 1)
        for reader, weight in ((proposer, 1.0), (recogniser, SECOND))
        for box, line in zip(boxes, reader.read(crops), strict=True)
    ]
    fuller = decide(attempts, "hub")
    if fuller is None or fuller.text == verdict.text or verdict.text not in fuller.text:
        return None
    votes = sum(each.vote for each in attempts if each.line.text == verdict.text)
    others = merge([Alternative(verdict.text, verdict.confidence), *fuller.alternatives], fuller.text)
    return replace(fuller, alternatives=others) if fuller.votes > max(FULLER * votes, ENOUGH) else None


def _attempts(patch: Patch, boxes: Sequence[Weighted], reader: Proposer | Recogniser) -> list[Attempt]:
    """One attempt per box and weight."""
    lines = reader.read(mark_crops(patch, [box for box, _ in boxes]))
    seconds = isinstance(reader, Recogniser)
    return [_attempt(*each, line, seconds) for each, line in zip(boxes, lines, strict=True)]


def _attempt(box: Box, weight: float, line: Line, seconds: bool) -> Attempt:
    bare = line.marks_only()
    fit = 1.0 if _fits(bare.text, box) else MISFIT
    number = 1.0 if any(character.isdigit() for character in bare.text) else NO_NUMBER
    lone = LONE if len(bare.text) == 1 else 1.0
    return Attempt(box, bare, weight * fit * number * lone, seconds)


def _fits(text: str, box: Box) -> bool:
    """Whether so many characters fill a box of this shape: a 0 read sideways as 1 does not."""
    return bool(text) and NARROWEST < box.width / box.height / len(text) < WIDEST
