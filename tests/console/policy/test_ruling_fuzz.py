"""Whatever text comes in: a ruling, and nothing but the two tables changes when what is accepted runs."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.console.engines.base import SqlLimits, SqlRefused
from handlers.console.policy.blacklist import DEFAULT_PHRASES
from handlers.console.policy.pieces import Dialect, pieces
from handlers.console.policy.ruling import judge
from tests.console.conftest import Engine
from tests.console.statements import ACCEPTED, BLACKLISTED, DIALECTS, LIFTED, NEVER, REFUSED

_SEEDS = sorted(
    {*(row[0] for row in [*BLACKLISTED, *NEVER, *REFUSED["sqlite"], *REFUSED["postgresql"]])}
    | set(ACCEPTED["sqlite"] + ACCEPTED["postgresql"] + LIFTED)
)
_PARTS = sorted({piece.text for seed in _SEEDS for piece in pieces(seed, "sqlite") if piece.kind != "space"})
_GOOD = sorted({piece.text for seed in ACCEPTED["sqlite"] + LIFTED for piece in pieces(seed, "sqlite")} - {" "})

_dialects = st.sampled_from(DIALECTS)
_quick = settings(max_examples=150, deadline=None)


@st.composite
def _mutated(draw: st.DrawFn) -> str:
    """A known statement with some of its pieces left out, doubled, exchanged, or taken from others."""
    found = [piece.text for piece in pieces(draw(st.sampled_from(_SEEDS)), "sqlite")]
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(found) - 1, 0)))
        length = draw(st.integers(0, 3))
        found[at : at + length] = draw(st.lists(st.sampled_from(_PARTS), max_size=3))
    return "".join(found)


@_quick
@given(statement=st.text(st.characters(), max_size=400), dialect=_dialects)
def test_any_text_gets_a_ruling(statement: str, dialect: Dialect) -> None:
    ruling = judge(statement, dialect, DEFAULT_PHRASES)
    assert ruling.accepted == (ruling.reason == "")


@_quick
@given(
    parts=st.lists(st.sampled_from(_PARTS), max_size=60),
    between=st.sampled_from(["", " ", "\n", "/**/"]),
    dialect=_dialects,
)
def test_any_words_get_a_ruling(parts: list[str], between: str, dialect: Dialect) -> None:
    ruling = judge(between.join(parts), dialect, ())
    assert ruling.accepted == (ruling.reason == "")


@_quick
@given(statement=_mutated(), dialect=_dialects)
def test_any_mutation_gets_a_ruling(statement: str, dialect: Dialect) -> None:
    ruling = judge(statement, dialect, ())
    assert ruling.accepted == (ruling.reason == "")


def _accepted(dialect: Dialect, seed: int, number: int = 25) -> list[str]:
    """Mutations that the policy lets through. Seeded, since only one in some dozens is one."""
    choose = random.Random(seed)
    found: list[str] = []
    while len(found) < number:
        words = [piece.text for piece in pieces(choose.choice(_SEEDS), dialect)]
        for _ in range(choose.randint(1, 3)):
            at = choose.randrange(len(words) + 1)
            words[at : at + choose.randint(0, 2)] = [f" {choose.choice(_GOOD)} " for _ in range(choose.randint(0, 2))]
        statement = "".join(words)
        if judge(statement, dialect, ()).accepted:
            found.append(statement)
    return found


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_accepted_changes_nothing_else(engine: Engine, seed: int) -> None:
    before, accepted = engine.rest(), _accepted(engine.dialect, seed)
    guard = engine.guard(SqlLimits(seconds=0.3))
    for statement in accepted:
        ruling = judge(statement, engine.dialect, ())
        rows = engine.ours()
        try:
            said = str(guard.run(statement, writes=ruling.writes))
        except SqlRefused as refusal:
            said = str(refusal)
        assert "the secret" not in said, statement
        assert ruling.writes or engine.ours() == rows, statement
        if ruling.writes:
            engine.reset()
    assert engine.rest() == before


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(statement=_mutated())
def test_the_engine_alone_answers_any_mutation(engine: Engine, statement: str) -> None:
    guard = engine.guard(SqlLimits(seconds=0.3))
    for writes in (False, True):
        try:
            said = str(guard.run(statement, writes=writes))
        except SqlRefused as refusal:
            said = str(refusal)
        assert "the secret" not in said
    engine.reset()
