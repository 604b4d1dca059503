"""Reads the mark on a hub: pads, the mask of each, crops at its angles, a proposal, its confirmation, a vote."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from handlers.recognition.attempts import read_boxes
from handlers.recognition.confidence import confidence
from handlers.recognition.crops import Box, mark_crops, to_picture, upright
from handlers.recognition.finder import Finder
from handlers.recognition.longer import fuller
from handlers.recognition.models import Grey
from handlers.recognition.pads import CLOSE_UP, Pad, find_pads
from handlers.recognition.patch import Patch
from handlers.recognition.proposal import Proposal, propose, sweep
from handlers.recognition.proposer import Proposer
from handlers.recognition.recogniser import Recogniser
from handlers.recognition.vote import NEAR, Attempt, Verdict, central, decide

TOP, MORE = 3, 6
CLEAR = 0.85
"""Pads read, those with the most edges first, and those of a hub where none of them is read so confidently: a worn
mark has fewer edges than the scratches of another pad. Of 300 faint, worn and enlarged hubs (development seeds,
2026-11-26) 275 are read with six pads and 270 with three; six at once take twice the CPU."""
AROUND = (-18.0, -5.0, 5.0, 18.0)
"""Degrees around the proposed angle that are tried too: the box of `47` lies askew."""
CONFIRMED = 2
"""Crops that the larger recogniser reads too; with one or four as many photos are read, within the noise."""
SECOND = 2.0
"""Weight of what it reads in longer boxes, against one of the small recogniser's."""
LONGER = 0.8
FULLER_GROWTHS = (0.0, 0.1)
ENOUGH = 0.5
"""Boxes that show whether the mask lost a character at an end: longer at both by so much of their height, and grown;
and the votes that what they say needs at least."""
AGREED = 12.0
"""Degrees up to which the mask's angle counts and not that of all boxes: the finder's are up to 15 degrees off for
short marks (58 of 64 on a real hub), the mask's where its box lies askew (139 of 120, of a 47)."""
PADS_OF_A_HUB = 3
"""Pads of nearly one size that make a picture a hub."""
DOUBTFUL = 0.5
"""Confidence of a mark below which the pads of a hub are swept: of 600 hubs of the harder kinds (development seeds,
2026-11-26) 51 are; 559 instead of 545 are read, 581 instead of 570 with a list of known molds."""
SWEPT_VOTES = 1.2
SWEPT_LONE, SECONDED_LONE = 3.0, 2.0
"""Votes from which a sweep has read something, a lone character, and one that the larger recogniser reads too: on 200
hubs without a mark two lone characters have 2.2 and 2.5 votes, and of the seconded ones none has more than 1.4."""
LONE_VOTES, LONE_SEEN = 0.9, 0.2
"""Votes that a lone character needs without a sweep, and those of the small recogniser among them before it was asked
again: the larger one takes an ejector's ring that a scratch crosses for a C, at 1.00. Of 157 hubs with one character
none that is read has less than 1.0 and 0.23; of 200 hubs without a mark one is read instead of five (development and
former final seeds, 2026-11-26)."""
UNANSWERED = 0.55
"""Confidence at most of what has fewer votes: with these it is below the likelihood that is answered (`pipeline`)."""

Read = tuple[Pad, Verdict]


def read_hub(image: Grey, finder: Finder, proposer: Proposer, recogniser: Recogniser) -> tuple[Verdict | None, bool]:
    """The mark on the pads of a grey picture, boxes in its pixels, and whether it is on a pad of a hub.

    Elsewhere a round spot in the scene may have been taken for a pad, and one character read on it means little.
    """
    pads = find_pads(image)
    hub = bool(pads) and _alike(pads[0], pads) >= PADS_OF_A_HUB
    proposals = [propose(image, pad, finder, proposer) for pad in pads[:TOP]]
    if hub and not any(each.confidence >= CLEAR for each in proposals):
        proposals += [propose(image, pad, finder, proposer) for pad in pads[TOP:MORE]]
    first = _most_voted(proposals)
    read = _unless_lone(_read(first, proposer, recogniser), first)
    near = bool(pads) and pads[0].radius > CLOSE_UP * min(image.shape)
    if (hub or near) and (read is None or confidence(read[1]) < DOUBTFUL):
        again = _read(_most_voted([sweep(each, proposer) for each in proposals], _swept), proposer, recogniser)
        read = _surer(read, again, hub) if again is not None else read
    if read is None:
        return None, False
    pad, mark = read
    return mark, pad.radius > CLOSE_UP * min(image.shape) or _alike(pad, pads) >= PADS_OF_A_HUB


def _most_voted(proposals: Sequence[Proposal], least: Callable[[str], float] = lambda _: 1.0) -> Proposal | None:
    """The pad with the most votes, as a part of the `least` that its text needs."""
    read = [(each.votes / least(each.verdict.text), each) for each in proposals if each.verdict is not None]
    return max(read, key=lambda pair: pair[0], default=(0.0, None))[1]


def _read(best: Proposal | None, proposer: Proposer, recogniser: Recogniser) -> Read | None:
    """The pad and what both recognisers read on it; None where they read nothing."""
    if best is None or best.verdict is None:
        return None
    mark = _confirm(best, best.verdict, proposer, recogniser)
    return (best.patch.pad, mark) if mark is not None else None


def _unless_lone(read: Read | None, first: Proposal | None) -> Read | None:
    """What was read, made too doubtful to answer where it is a lone character of which little was seen."""
    if read is None or first is None or len(read[1].text) > 1:
        return read
    mark = read[1]
    seen = sum(attempt.vote for attempt in first.attempts if attempt.line.text == mark.text)
    return read if mark.votes >= LONE_VOTES and seen >= LONE_SEEN else (read[0], _doubted(mark))


def _doubted(mark: Verdict) -> Verdict:
    return replace(mark, confidence=min(mark.confidence, UNANSWERED))


def _swept(text: str) -> float:
    return SWEPT_VOTES if len(text) > 1 else SWEPT_LONE


def _least(mark: Verdict) -> float:
    """Votes that a swept mark needs."""
    return SECONDED_LONE if len(mark.text) == 1 and mark.seconded else _swept(mark.text)


def _surer(read: Read | None, swept: Read, hub: bool) -> Read | None:
    """What a sweep read, where its votes are enough and it is surer than what was read before.

    With fewer votes a text is not answered, but tells which of the known molds it may be.
    """
    pad, mark = swept
    lone = len(mark.text) == 1
    if mark.votes >= _least(mark) and not (lone and not hub):
        return swept if read is None or confidence(mark) > confidence(read[1]) else read
    return (pad, _doubted(mark)) if read is None and not lone else read


def _alike(pad: Pad, pads: list[Pad]) -> int:
    """How many pads, itself included, are about as large."""
    return sum(0.75 < pad.radius / other.radius < 1.33 for other in pads)


def _confirm(proposal: Proposal, said: Verdict, proposer: Proposer, recogniser: Recogniser) -> Verdict | None:
    """The vote of both recognisers: the small one also around its angle, the larger one where that is surest."""
    patch, attempts, best = proposal.patch, proposal.attempts, said.best.box
    # Upside down as well: more attempts at one side only would make a 98 surer against the 86 that it may be.
    around = [(each.turned(turn), 1.0) for each in (best, best.flipped()) for turn in AROUND]
    attempts = attempts + read_boxes(patch, around, proposer)
    surest = sorted(attempts, key=lambda attempt: -attempt.vote)[:CONFIRMED]
    boxes = [(attempt.box, 1.0) for attempt in surest if attempt.vote > 0]
    verdict = decide(read_boxes(patch, boxes, recogniser) + attempts, "hub")
    if verdict is None:
        return None
    verdict = _fuller(patch, verdict, proposer, recogniser) or verdict
    box = to_picture(patch, _place(verdict, attempts[: proposal.masked]))
    return replace(verdict, best=replace(verdict.best, box=box))


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
    return fuller(verdict, attempts, ENOUGH)
