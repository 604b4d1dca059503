"""What a number is worth is measured by changing it, wherever it is used, and nothing else."""

import numpy as np
import pytest

from benchmarks.accuracy.remembering import RememberingReader
from benchmarks.accuracy.tuning import NUMBERS, Step, changed, current, documented, outcome, row, stepped, steps
from drawing.kinds import Picture
from handlers.recognition import compose, look, reader, why
from handlers.recognition.reader import Reader
from tests.drawing import draw_plate


@pytest.mark.parametrize("step", steps([]), ids=lambda step: f"{step.module}.{step.name}={step.value}")
def test_every_number_has_a_docstring_and_takes_a_step_either_way(step: Step) -> None:
    assert documented(step.module, step.name)
    assert step.value != current(step.module, step.name)


def test_steps_are_those_that_are_asked_for_or_two_of_every_number() -> None:
    assert steps(["compose.SHOWN", "look.BORDER=0", "look.TURNS=(-2, 2)"]) == [
        Step("compose", "SHOWN", 0.04),
        Step("compose", "SHOWN", 0.0625),
        Step("look", "BORDER", 0),
        Step("look", "TURNS", (-2, 2)),
    ]
    assert len(steps([])) == 2 * sum(len(names.split()) for names in NUMBERS.values())


def test_number_that_is_not_there_is_refused() -> None:
    with pytest.raises(SystemExit, match=r"No such number: reader\.NONE"):
        steps(["compose.SHOWN", "reader.NONE=3"])


@pytest.mark.parametrize(
    ("value", "less", "more"),
    [
        (0.5, 0.4, 0.625),
        (2, 1, 3),
        (40, 32, 50),
        ((-4.0, 4.0), (-3.2, 3.2), (-5.0, 5.0)),
        (((1, 2.0),), ((0, 1.6),), ((2, 2.5),)),
    ],
)
def test_step_is_a_fifth_less_or_a_quarter_more(value: object, less: object, more: object) -> None:
    assert (stepped(value, 0.8), stepped(value, 1.25)) == (less, more)


def test_number_is_changed_wherever_it_was_imported_and_back_again() -> None:
    before = [vars(module)["ANSWERED"] for module in (compose, reader, why)]
    with changed("compose", "ANSWERED", 0.9):
        assert [vars(module)["ANSWERED"] for module in (compose, reader, why)] == [0.9, 0.9, 0.9]
    assert [vars(module)["ANSWERED"] for module in (compose, reader, why)] == before
    # Another module's number of the same name is another one.
    other = why.MOST
    with changed("look", "MOST", 7):
        assert (7, other) == (look.MOST, why.MOST)


def test_reader_that_remembers_reads_the_same_and_a_number_changes_what_it_answers() -> None:
    plate = draw_plate("KD2041")
    bench = [Picture("plate", "line", ("KD2041",), np.asarray(plate, np.uint8))]
    remembering = RememberingReader(1)
    ships = outcome(bench, remembering)
    assert (ships.drawn, ships.drawn_wrong, ships.found) == (1, 0, 0) and ships.crops > 0
    assert outcome(bench, remembering) == ships
    said, again = Reader(1).read(plate), remembering.read(plate)
    assert (said.text, round(said.confidence, 2)) == (again.text, round(again.confidence, 2))
    # A number that only decides changes the answer without another look.
    decided = row(Step("compose", "ANSWERED", 1.1), bench, remembering)
    assert decided[:4] == ["`compose.ANSWERED`", "0.2", "1.1", f"0 (0), 0 - 0; 0 - 0, {ships.crops}"]


def test_what_is_found_at_first_is_read_however_much_it_is_and_then_no_further_look_begins() -> None:
    texts = ("KD2041", "A27", "B134", "R75")
    lines = np.vstack([np.asarray(draw_plate(text, size=(400, 250)), np.uint8) for text in texts])
    bench = [Picture("plates", "line", (" ".join(texts),), lines)]
    remembering = RememberingReader(1)
    ships = outcome(bench, remembering)
    with changed("reader", "MOST_COLUMNS", 1):
        hurried = outcome(bench, remembering)
    assert (ships.drawn, hurried.drawn) == (1, 1)
    assert hurried.crops < ships.crops
