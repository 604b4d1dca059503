"""What was found out about one part."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What is used for `part`, without secrets; `problem` says what is wrong and where to mend it, or is empty."""

    part: str
    used: str
    problem: str = ""
