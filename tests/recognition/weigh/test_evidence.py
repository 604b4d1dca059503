"""What several crops of one place say together."""

from collections.abc import Sequence

import pytest

from handlers.recognition.geometry import Line
from handlers.recognition.models import Floats
from handlers.recognition.weigh.evidence import Crop, Place, Weighed, strength, weigh, weigh_ways
from tests.recognition.steps import steps, written

LINE = Line((50, 50), 60, 20, 0)


def crop(said: Floats, by: str = "print", line: Line = LINE) -> Crop:
    return Crop(line, said, by)


def place(*ways: Sequence[Crop]) -> Place:
    return Place(LINE, tuple(tuple(way) for way in ways))


def weighed(*ways: Sequence[Crop]) -> Weighed:
    found = weigh(place(*ways))
    assert found is not None
    return found


def test_evidence_of_a_text_is_its_mean_over_crops() -> None:
    found = weighed([crop(steps({"A": 0.9})), crop(steps({"A": 0.6}))])
    assert found.text == "A"
    assert found.evidence["A"] == pytest.approx(0.75, abs=0.001)


def test_both_recognisers_count_alike_however_many_crops_each_reads() -> None:
    larger = [crop(steps({"A": each})) for each in (0.9, 0.8, 0.7)]
    found = weighed([*larger, crop(steps({"A": 0.4, "4": 0.3}), "marks")])
    assert found.evidence["A"] == pytest.approx(0.6, abs=0.001)
    assert found.evidence["4"] == pytest.approx(0.15, abs=0.001)
    assert found.strengths["print"] > found.strengths["marks"] > 0


def test_evidence_does_not_change_when_the_same_crops_are_given_twice() -> None:
    crops = [
        crop(written("A27", 0.8)),
        crop(written("A27", 0.9, instead={0: {"4": 0.6, "A": 0.3}})),
        crop(written("A27", 0.7), "marks"),
    ]
    once, twice = weighed(crops), weighed([*crops, *crops])
    assert twice.text == once.text == "A27"
    assert list(twice.evidence) == list(once.evidence)
    assert list(twice.evidence.values()) == pytest.approx(list(once.evidence.values()))
    assert twice.strengths == pytest.approx(once.strengths)


def test_evidence_is_best_first_and_each_is_a_probability() -> None:
    found = weighed([crop(written("B7", 0.9, instead={0: {"B": 0.5, "8": 0.3, "3": 0.1}})), crop(written("87", 0.6))])
    means = list(found.evidence.values())
    assert next(iter(found.evidence)) == found.text
    assert means == sorted(means, reverse=True)
    assert all(0 < mean <= 1 for mean in means)
    assert sum(means) < 1.001


def test_a_text_that_all_crops_find_likely_beats_one_that_most_of_them_read() -> None:
    close = [crop(steps({"S": 0.51, "2": 0.48})) for _ in range(3)]
    found = weighed([*close, crop(steps({"2": 0.95}))])
    assert found.text == "2"
    assert "S" in found.evidence


def test_a_character_that_no_crop_reads_first_is_weighed_too() -> None:
    found = weighed([crop(written("KB1", 0.95, instead={1: {"B": 0.6, "8": 0.35}}))])
    assert found.text == "KB1"
    assert found.evidence["K81"] == pytest.approx(found.evidence["KB1"] * 0.35 / 0.6, rel=0.02)


def test_a_look_alike_is_weighed_however_unlikely() -> None:
    assert "A0" in weighed([crop(written("AO", 0.99))]).evidence
    assert "AX" not in weighed([crop(written("AO", 0.99))]).evidence


@pytest.mark.parametrize("order", [1, -1])
def test_the_way_up_that_reads_better_wins_and_the_other_stays_an_alternative(order: int) -> None:
    upright = [crop(written("69", 0.95)), crop(written("69", 0.9))]
    on_its_head = [crop(written("69", 0.6), line=LINE.flipped()), crop(written("B9", 0.7), line=LINE.flipped())]
    found = weighed(*[upright, on_its_head][::order])
    assert (found.text, found.line) == ("69", LINE)
    assert "B9" in found.evidence
    assert found.evidence["69"] == pytest.approx(0.95**2 / 2 + 0.9**2 / 2, abs=0.01)
    turned = weighed(*[[crop(written("1", 0.3))], [crop(written("A27", 0.9), line=LINE.flipped())]][::order])
    assert (turned.text, turned.line) == ("A27", LINE.flipped())


def test_each_way_up_is_weighed_by_itself() -> None:
    first, second, third = weigh_ways(place([crop(written("A27"))], [crop(written("", 0.9))], []))
    assert first is not None
    assert first.text == "A27"
    assert second is None
    assert third is None


def test_a_text_that_the_prior_forbids_is_not_chosen() -> None:
    crops = [crop(steps({"B": 0.6, "8": 0.3, "3": 0.08}))]
    assert weighed(crops).text == "B"
    found = weigh(place(crops), lambda text: float(text != "B"))
    assert found is not None
    assert found.text == "8"
    assert "B" not in found.evidence
    assert weigh(place(crops), lambda _: 0.0) is None


def test_a_prior_weighs_texts_against_one_another() -> None:
    crops = [crop(steps({"B": 0.6, "8": 0.3}))]
    found = weigh(place(crops), lambda text: 1.0 if text == "8" else 0.25)
    assert found is not None
    assert found.text == "8"


def test_no_crop_or_none_that_shows_a_character_is_no_text() -> None:
    assert weigh(Place(LINE)) is None
    assert weigh(place([])) is None
    assert weigh(place([crop(steps({}, {})), crop(written("-.", 0.9))])) is None


def test_a_space_more_or_less_is_the_same_text_spelled_as_most_crops_do() -> None:
    found = weighed([crop(written("REVC")), crop(written("REV C")), crop(written("REV C"))])
    assert found.text == "REV C"
    assert "REVC" not in found.evidence


def test_the_line_is_one_whose_crop_reads_the_text() -> None:
    askew, level, other = (LINE.turned(turn) for turn in (-4, 1, 6))
    crops = [crop(written("1", 0.9), line=other), *(crop(written("A27"), line=line) for line in (level, askew, level))]
    assert weighed(crops).line == level


def test_steps_are_those_of_the_crop_that_shows_the_text_best() -> None:
    clear = written("A27", 0.98)
    found = weighed([crop(written("A27", 0.6)), crop(clear), crop(written("A27", 0.8))])
    assert found.steps is clear


def test_strength_does_not_fall_with_the_length_of_a_text() -> None:
    short, long = (strength(weighed([crop(written(text, 0.9))])) for text in ("A2", "A27B41"))
    assert 0.9 < short < 1
    assert long == pytest.approx(short, abs=0.05)
    assert strength(weighed([crop(written("A2", 0.6))])) < short


def test_a_place_gets_more_crops_of_each_way() -> None:
    one, two, three = (crop(written(text)) for text in "123")
    first = Place(LINE).with_crops([[one], []])
    assert first.ways == ((one,), ())
    assert first.with_crops([[two], [three]]).ways == ((one, two), (three,))
