"""What a method says of a picture, what it cost, and whether it is right. Plain values without heavy imports."""

from dataclasses import dataclass, field

Alternatives = tuple[tuple[str, float], ...]
_SAME_SHAPE = str.maketrans("OQI", "001")
"""On metal the shapes are one, and no rule says which is meant."""


@dataclass(frozen=True)
class Answer:
    """`lines` as answered, `text` the whole; `review`: whether the method itself asks for a person's look.

    `doubted`: texts that were seen and are too unlikely to answer. `cpu_ms`: user and system time of the process and
    its children; `peak_mib`: the process's largest resident size while it read this picture, None where the system does
    not tell.
    """

    text: str
    lines: tuple[str, ...] = ()
    confidence: float = 0.0
    review: bool = False
    alternatives: Alternatives = ()
    doubted: Alternatives = ()
    cpu_ms: float = 0.0
    peak_mib: float | None = None


@dataclass(frozen=True)
class Row:
    """A picture's answers by method; `truth` are its lines, none where there is no mark.

    Of real photos, `group`: what they show; `complete`: whether `truth` is all that can be read in them.
    """

    name: str
    kind: str
    truth: tuple[str, ...]
    size: tuple[int, int]
    answers: dict[str, Answer] = field(default_factory=dict)
    group: str = ""
    complete: bool = True

    def exact(self, method: str) -> bool:
        """Whether the text is the truth, but for case and the number of spaces; nothing is right on a bare picture."""
        return plain(self.answers[method].text) == plain(" ".join(self.truth))

    def all_lines(self, method: str) -> bool:
        """Whether each true line is among those found, whatever else was."""
        found = {plain(line) for line in self.answers[method].lines}
        return all(plain(line) in found for line in self.truth)

    def found(self, method: str) -> bool:
        """Whether each true line is within the answer, as characters of equal shape, whatever else is."""
        said = shape(self.answers[method].text)
        return all(shape(line) in said for line in self.truth)

    def alone(self, method: str) -> bool:
        """Whether the true lines are within the answer, in any order, and nothing else."""
        return self.found(method) and len(shape(self.answers[method].text)) == len(shape("".join(self.truth)))


def plain(text: str) -> str:
    return " ".join(text.upper().split())


def shape(text: str) -> str:
    """Letters and digits alone, in capitals; O and Q as 0, I as 1."""
    return "".join(each for each in text.upper() if each.isalnum()).translate(_SAME_SHAPE)
