"""The symbols of an answer and what stands for them."""

import numpy as np
import pytest

from handlers.recognition.read.symbols import (
    BLANK,
    CHARACTERS,
    LOOK_ALIKES,
    OTHER,
    SEPARATORS,
    STROKE,
    SYMBOLS,
    bare,
    fold,
    spelled,
    turned,
)


def folded(characters: str, at: int) -> str:
    """What the class of so many a number is, of a network that knows the characters."""
    classes = np.zeros((1, len(characters) + 2), np.float32)
    classes[0, at] = 1.0
    symbols = fold(characters)(classes)
    assert symbols.shape == (1, len(SYMBOLS))
    assert symbols.sum() == 1.0
    symbol = int(symbols.argmax())
    return {BLANK: "blank", OTHER: "other"}.get(symbol) or str(SYMBOLS[symbol])


@pytest.mark.parametrize(
    ("character", "symbol"),
    [("a", "A"), ("A", "A"), ("7", "7"), ("l", STROKE), ("-", "-"), (" ", " "), ("é", "other"), ("車", "other")],
)
def test_classes_fold_into_the_symbols_that_they_are(character: str, symbol: str) -> None:
    assert folded(f"x{character}x", 2) == symbol


def test_the_first_class_is_the_blank_and_the_last_is_everything_else() -> None:
    assert folded("AB", 0) == "blank"
    assert folded("AB", 3) == "other"


def test_a_small_letter_and_its_capital_are_likely_together() -> None:
    symbols = fold("sS5")(np.array([[0.1, 0.3, 0.4, 0.15, 0.05]], np.float32))[0]
    said = [symbols[at] for at in (BLANK, OTHER, SYMBOLS.index("S"), SYMBOLS.index("5"))]
    assert said == pytest.approx([0.1, 0.05, 0.7, 0.15])


def test_every_symbol_is_there_once() -> None:
    assert len(set(SYMBOLS[2:])) == len(SYMBOLS) - 2
    assert set(SYMBOLS[2:]) == {*CHARACTERS, *SEPARATORS, STROKE}


@pytest.mark.parametrize(
    ("symbols", "text"),
    [
        ("l", "1"),
        ("ll", "11"),
        ("A2l", "A21"),
        ("l4", "14"),
        ("MODEl", "MODEL"),
        ("lOT 7", "LOT 7"),
        (" A27 ", "A27"),
        ("", ""),
    ],
)
def test_a_plain_stroke_is_what_its_neighbours_say(symbols: str, text: str) -> None:
    assert spelled(symbols) == text


def test_letters_and_digits_alone_make_the_bare_text() -> None:
    assert bare("KD-20.41 (A)") == "KD2041A"
    assert bare(SEPARATORS) == ""


@pytest.mark.parametrize(
    ("text", "upside_down"), [("66", "99"), ("68", "89"), ("0", "0"), ("NOW", "MON"), ("A7", None), ("11", None)]
)
def test_what_a_text_reads_as_on_its_head(text: str, upside_down: str | None) -> None:
    assert turned(text) == upside_down


def test_turning_a_text_twice_gives_it_back() -> None:
    text = "".join(each for each in CHARACTERS if turned(each))
    assert len(text) > 5
    assert turned(turned(text) or "") == text


def test_rows_of_look_alikes_are_characters() -> None:
    assert set("".join(LOOK_ALIKES)) <= set(CHARACTERS)
