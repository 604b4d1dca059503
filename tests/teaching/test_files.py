"""One teaching is one file, named by what is in it; anything else is refused with a sentence."""

import json
from dataclasses import replace

import pytest

from handlers.errors import ConfigurationError
from handlers.teaching.files import LARGEST, Score, Teaching, name_of, teaching_of

TEACHING = Teaching({"A27": 31, "11": 2}, 1.5, 33, "abc", Score(8, 5, 4, 1, 3, 24), Score(8, 7, 6, 0, 1, 24))


def test_a_file_is_what_was_taught() -> None:
    assert teaching_of(TEACHING.content(), TEACHING.name) == TEACHING
    assert len(TEACHING.name) == 12
    assert replace(TEACHING, made=1.6).name != TEACHING.name


def _changed(**values: object) -> bytes:
    told = json.loads(TEACHING.content()) | values
    return json.dumps({name: value for name, value in told.items() if value is not None}).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x80\x04\x95 no pickle is ever opened",
        b"[]",
        b"null",
        b'{"castmark": "teaching"}',
        b"{" * 100_000,
        _changed(castmark="something else"),
        _changed(format=2),
        _changed(texts=None),
        _changed(texts=["A27"]),
        _changed(texts={"A27": -1}),
        _changed(texts={"A27": 1.5}),
        _changed(texts={"": 1}),
        _changed(texts={"A" * 201: 1}),
        _changed(before={"rights": 1}),
        _changed(made="yesterday"),
        b" " * (LARGEST + 1),
    ],
)
def test_garbage_is_refused_with_a_sentence(content: bytes) -> None:
    with pytest.raises(
        ConfigurationError, match=r"^The teaching \w{12} cannot be used \(.+\); take it back with .*\.$"
    ):
        teaching_of(content, name_of(content))


def test_a_file_that_was_changed_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="its content is not what its name says"):
        teaching_of(TEACHING.content().replace(b"31", b"13"), TEACHING.name)
