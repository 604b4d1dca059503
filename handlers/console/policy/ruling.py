"""Whether a statement may run: the ruling on its text alone, for a person at a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.console.policy.allowed import objection
from handlers.console.policy.blacklist import banned
from handlers.console.policy.pieces import Dialect, Piece, pieces, significant

LONGEST = 20_000
"""Characters of a statement."""
MOST_TOKENS = 3000
DEEPEST = 40
"""Parentheses and CASEs within each other."""

_WRITES = ("insert", "update", "delete")


@dataclass(frozen=True, slots=True)
class Ruling:
    """`reason` is the sentence that a refused statement is answered with, and empty for an accepted one."""

    accepted: bool
    reason: str
    writes: bool


def judge(statement: str, dialect: Dialect, phrases: Sequence[str]) -> Ruling:
    """The ruling of the layers that read text: one statement, the blacklist, the allow-list. Never raises."""
    if len(statement) > LONGEST:
        return _refused(f"The statement is longer than {LONGEST:,} characters.")
    found = pieces(statement, dialect)
    phrase = banned(found, phrases)
    if phrase is not None:
        return _refused(f"The phrase '{phrase}' is on the blacklist; `blacklist --help` says how to lift it.")
    reason = unreadable(found) or several(found) or objection(found, dialect)
    if reason:
        return _refused(reason)
    return Ruling(True, "", any(piece.text.lower() in _WRITES for piece in significant(found)))


def unreadable(found: Sequence[Piece]) -> str | None:
    """Why the text is no statement that every reader takes in the same way; None when it is."""
    for piece in found:
        if piece.kind == "other":
            return _misplaced(piece.text)
        if piece.kind in ("string", "quoted", "comment") and not _is_text(piece.text):
            return "The statement holds a character that is no text."
    if len(found) > 2 * MOST_TOKENS or len(significant(found)) > MOST_TOKENS:
        return f"The statement has more than {MOST_TOKENS:,} words and signs."
    if not _balanced(found):
        return "The parentheses of the statement do not match."
    return f"The statement is nested more than {DEEPEST} deep." if _depth(found) > DEEPEST else None


def several(found: Sequence[Piece]) -> str | None:
    """Why this is not one statement; None when it is."""
    kept = significant(found)
    if not kept:
        return "There is no statement here."
    if any(piece.text == ";" for piece in kept):
        return "Only one statement at a time is allowed."
    return None


def _refused(reason: str) -> Ruling:
    return Ruling(False, reason, False)


def _misplaced(text: str) -> str:
    if text.startswith(("/*", "'", '"')):
        if text.startswith("/*") and len(text) > 2:
            return "A comment within a comment is not allowed."
        return f"The quote {text[0]} is not closed, or has a prefix that is not allowed."
    shown = text if text.isprintable() and not text.isspace() else f"U+{ord(text[0]):04X}"
    return f"The character {shown} has no place here; names with special characters need double quotes."


def _is_text(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _balanced(found: Sequence[Piece]) -> bool:
    depth = 0
    for piece in significant(found):
        depth += (piece.text == "(") - (piece.text == ")")
        if depth < 0:
            return False
    return depth == 0


def _depth(found: Sequence[Piece]) -> int:
    depth = deepest = signs = 0
    for piece in significant(found):
        word = piece.text.lower()
        depth += (word in ("(", "case")) - (word in (")", "end"))
        # Signs before a value nest as parentheses do.
        signs = signs + 1 if word in ("not", "-", "+", "~") else 0
        deepest = max(deepest, depth + signs)
    return deepest
