"""Rules that raise an alarm when a reading is recorded. Each is a setting, and off by default."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, func, select

from handlers.outbox import drifting
from handlers.outbox.events import Event, of_alarm
from handlers.outbox.targets.base import part
from handlers.plant import Rules
from handlers.records.readings import known_molds
from handlers.records.tables import happened, reading, recognition_record, review

_NUMBER = re.compile(r"(.*?)([0-9]{1,18})", re.DOTALL)
# Lengths of GS1's numbers that end with its check digit: GTIN-8, 12, 13, 14 and SSCC.
_GS1_LENGTHS = (8, 12, 13, 14, 18)
# A to H, J to R (without I, O and Q) and S to Z count from 1, 1 and 2 on.
_VIN_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "12345678123457923456789"), strict=True))
_VIN_VALUES |= {digit: int(digit) for digit in "0123456789"}
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_NAMES = {"vin": "a VIN", "iso6346": "a container number (ISO 6346)", "gs1": "a GS1 number"}


def alarms(connection: Connection, rules: Rules, number: int, detail: Mapping[str, Any]) -> Iterator[Event]:
    """What is alarming about the reading that was just recorded under `number`."""
    text = detail["text"]
    for rule, find in _RULES.items():
        if getattr(rules, rule) and (text or rule in _SHARES) and (sentence := find(connection, rules, number, text)):
            yield of_alarm(number, rule, text, sentence)


def prepare(rules: Rules) -> None:
    """Load what the rules need. Raises ConfigurationError where it is missing: before a reading would fail by it."""
    if rules.check:
        _CHECKS[rules.check]("4006381333931")
    if rules.pattern:
        _compiled(rules.pattern)


def _known(connection: Connection, _: Rules, __: int, text: str) -> str:
    return "" if known_molds(connection, [text]) else f"{text!r} is no known mold."


def _pattern(_: Connection, rules: Rules, __: int, text: str) -> str:
    return "" if _compiled(rules.pattern).fullmatch(text) else f"{text!r} does not match the pattern {rules.pattern!r}."


def _check(_: Connection, rules: Rules, __: int, text: str) -> str:
    return "" if _CHECKS[rules.check](text) else f"{text!r} is not {_NAMES[rules.check]}: its check digit is wrong."


def _unique(connection: Connection, _: Rules, number: int, text: str) -> str:
    same = recognition_record.c.mold_number == text
    query = select(func.max(recognition_record.c.hub_id)).where(same, recognition_record.c.hub_id < number)
    before = connection.scalar(query)
    return f"{text!r} was read before, as number {before}, although no text may come twice." if before else ""


def _sequence(connection: Connection, _: Rules, number: int, text: str) -> str:
    """Nothing where the text before ends with no number: then nobody knows what comes next."""
    earlier = select(recognition_record.c.mold_number).where(
        recognition_record.c.hub_id < number, recognition_record.c.mold_number != ""
    )
    before = connection.scalar(earlier.order_by(recognition_record.c.hub_id.desc()).limit(1)) or ""
    expected = following(before)
    return f"{text!r} came after {before!r}, where {expected!r} was expected." if expected not in ("", text) else ""


def following(text: str) -> str:
    """The next text of a series: its last number plus one, as wide; empty where it ends with no number."""
    found = _NUMBER.fullmatch(text)
    return f"{found[1]}{int(found[2]) + 1:0{len(found[2])}}" if found else ""


def _review_share(connection: Connection, rules: Rules, number: int, _: str) -> str:
    return _share(connection, rules, number, "review_share", "ask for a person's look")


def _empty_share(connection: Connection, rules: Rules, number: int, _: str) -> str:
    return _share(connection, rules, number, "empty_share", "are empty")


def _share(connection: Connection, rules: Rules, number: int, rule: str, what: str) -> str:
    """Once for so many readings: an alarm with each of them would be read by nobody."""
    query = select(reading.c.hub_id, reading.c.needs_review, review.c.machine_text)
    query = query.join(review, review.c.hub_id == reading.c.hub_id).where(reading.c.hub_id <= number)
    rows = list(connection.execute(query.order_by(reading.c.hub_id.desc()).limit(rules.last)))
    if len(rows) < rules.last:
        return ""
    count = sum(bool(row.needs_review if rule == "review_share" else not row.machine_text) for row in rows)
    raised = select(happened.c.id).where(happened.c.rule == rule, happened.c.hub_id >= rows[-1].hub_id).limit(1)
    if count <= getattr(rules, rule) * rules.last or connection.scalar(raised):
        return ""
    return f"{count} of the last {rules.last} readings {what}; more than {getattr(rules, rule):.0%} is too many."


def _drift(connection: Connection, _: Rules, number: int, __: str) -> str:
    return drifting.sentence(connection, number)


_RULES: dict[str, Callable[[Connection, Rules, int, str], str]] = {
    "known": _known,
    "pattern": _pattern,
    "check": _check,
    "unique": _unique,
    "sequence": _sequence,
    "review_share": _review_share,
    "empty_share": _empty_share,
    "drift": _drift,
}
_SHARES = ("review_share", "empty_share", "drift")


def _is_vin(text: str) -> bool:
    """With the check digit of ISO 3779, Annex B, and 49 CFR 565: a remainder of 10 is an X."""
    if not re.fullmatch(r"[A-HJ-NPR-Z0-9]{17}", text):
        return False
    total = sum(_VIN_VALUES[letter] * weight for letter, weight in zip(text, _VIN_WEIGHTS, strict=True))
    return text[8] == "0123456789X"[total % 11]


def _is_container(text: str) -> bool:
    return bool(part("stdnum.iso6346", "RULES__CHECK", "rules").is_valid(text))


def _is_gs1(text: str) -> bool:
    number = re.sub(r"[ ()-]", "", text)
    if not re.fullmatch(r"[0-9]+", number) or len(number) not in _GS1_LENGTHS:
        return False
    return bool(part("stdnum.ean", "RULES__CHECK", "rules").calc_check_digit(number[:-1]) == number[-1])


_CHECKS = {"vin": _is_vin, "iso6346": _is_container, "gs1": _is_gs1}


@cache
def _compiled(pattern: str) -> Any:
    import re2

    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options)
