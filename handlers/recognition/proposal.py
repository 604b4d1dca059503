"""What a pad may say: boxes of its mark as the mask, the finder and a sweep show it, read by the small recogniser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from handlers.recognition.attempts import Weighted, read_boxes
from handlers.recognition.crops import Box, angles_for, box_at
from handlers.recognition.finder import Finder
from handlers.recognition.mask import find_mark
from handlers.recognition.models import Grey
from handlers.recognition.pads import Pad
from handlers.recognition.patch import Patch, cut_patch
from handlers.recognition.proposer import Proposer
from handlers.recognition.sweep import swept
from handlers.recognition.vote import Attempt, Verdict, decide

PATCH_SIDE = 128
FOUND = 2
GROWTHS = (-0.04, 0.06)
TURNS = (-8.0, 0.0, 8.0)
"""Pixels of the patch for the finder, how many of its boxes are read, in parts of their height and degrees beside."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A pad as the small recogniser reads it; boxes in pixels of the patch. `masked`: how many attempts, the first
    ones, are the mask's; `verdict` is None where nothing is read."""

    patch: Patch
    attempts: list[Attempt]
    masked: int
    verdict: Verdict | None

    @property
    def votes(self) -> float:
        return self.verdict.votes if self.verdict else 0.0

    @property
    def confidence(self) -> float:
        return self.verdict.confidence if self.verdict else 0.0


def propose(image: Grey, pad: Pad, finder: Finder, proposer: Proposer) -> Proposal:
    patch = cut_patch(image, pad)
    masked = _masked(patch)
    found = [found.box for found in finder.find(patch.image, (PATCH_SIDE,))[:FOUND]]
    attempts = read_boxes(patch, [*masked, *_around(found)], proposer)
    return Proposal(patch, attempts, len(masked), decide(attempts, "hub"))


def sweep(proposal: Proposal, proposer: Proposer) -> Proposal:
    """The same pad, also read where a sweep finds something."""
    boxes = _around(swept(proposal.patch, proposer))
    if not boxes:
        return proposal
    attempts = proposal.attempts + read_boxes(proposal.patch, boxes, proposer)
    return replace(proposal, attempts=attempts, verdict=decide(attempts, "hub"))


def _masked(patch: Patch) -> list[Weighted]:
    """Boxes of the mark as its mask shows it, at every angle that it may have."""
    blob = find_mark(patch)
    return [(box_at(blob.points, angle), weight) for angle, weight in angles_for(blob)] if blob is not None else []


def _around(boxes: Sequence[Box]) -> list[Weighted]:
    """Boxes that someone else saw, where the mask misses a character or takes a scratch for one: a little varied."""
    turned = (box.grown(growth).turned(turn) for box in boxes for growth in GROWTHS for turn in TURNS)
    return [(each, 1.0) for box in turned for each in (box, box.flipped())]
