"""Dates as castings carry them: who reads 0604.22 or 2020-02.19 has missed a point, or taken it for something else."""

from __future__ import annotations

import re

ODDS = 20.0
"""How much likelier, before a look at the picture, such digits are the date that they would be with its separators than
what they were read as: a number with a decimal point of which two pairs of digits are a day and a month."""
_DAY, _MONTH, _GAP = r"(0[1-9]|[12]\d|3[01])", r"(0[1-9]|1[0-2])", r"([-./ ]?)"
_DAY_FIRST = re.compile(_DAY + _GAP + _MONTH + _GAP + r"(\d\d|(?:19|20)\d\d)")
_YEAR_FIRST = re.compile(r"((?:19|20)\d\d)" + _GAP + _MONTH + _GAP + _DAY)
_SEPARATORS = {_DAY_FIRST: "-./", _YEAR_FIRST: "-/"}
"""As they are written: 06.04.22, 06/04/2022, 2022-04-06."""


def completed(text: str) -> list[str]:
    """The dates that a text would be if it had both separators and they were alike; it must have one of them."""
    found = [(match, allowed) for form, allowed in _SEPARATORS.items() if (match := form.fullmatch(text))]
    dates = [
        separator.join(match.group(1, 3, 5))
        for match, allowed in found
        for separator in allowed
        if separator in match.group(2, 4)
    ]
    return [date for date in dates if date != text]
