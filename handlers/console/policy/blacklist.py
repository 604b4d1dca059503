"""The phrases that no statement may hold, whatever stands between their words and however they are written."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from handlers.console.policy.pieces import Piece

DEFAULT_PHRASES = ("drop table", "truncate", "delete from", "update")
_WORD = re.compile(r"\w+|[^\w\s]")


def normalised(phrase: str) -> str:
    """Lower case, full-width letters made plain, one space between words: `ＤＲＯＰ\\n Table` is `drop table`."""
    return " ".join(_words(phrase))


def banned(statement: Sequence[Piece], phrases: Iterable[str]) -> str | None:
    """The first phrase that the statement holds outside comments, strings and quoted names."""
    words = _words_of(statement)
    for phrase in phrases:
        wanted = _words(phrase)
        if wanted and any(words[at : at + len(wanted)] == wanted for at in range(len(words) - len(wanted) + 1)):
            return " ".join(wanted)
    return None


def _words_of(statement: Sequence[Piece]) -> list[str]:
    words: list[str] = []
    for piece in statement:
        if piece.kind in ("string", "quoted"):
            # It says nothing itself, and parts the words on its two sides.
            words.append("")
        elif piece.kind not in ("space", "comment"):
            words += _words(piece.text)
    return words


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
