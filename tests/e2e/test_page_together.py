"""One more photo of a doubtful mark joins its reading, on the page in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.e2e.browsing import PHONE, READING_TAKES_AT_MOST_MS, answer_start, expect, give, has_read, hub, made_up

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


def _doubtful(**changes: Any) -> dict[str, Any]:
    return made_up("first.jpg", confidence=0.4, needs_review=True, **changes)


def _photos(*shows: str) -> dict[str, Any]:
    """What a reading of several photos says of each."""
    texts = {"same": "11", "other": "A27", "nothing": ""}
    names = ("first.jpg", "second.jpg", "third.jpg")
    photos = [
        {"name": name, "text": texts[each], "confidence": 0.4, "needs_review": True, "shows": each}
        for name, each in zip(names, shows, strict=False)
    ]
    return {"photos": photos, "shown": 0, "same_mark": "other" not in shows}


def _join(page: Page, card: Locator, reading: dict[str, Any]) -> list[str]:
    """Gives one more photo, after which the card's task has come to `reading`; what was asked for meanwhile."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.unroute("**/start?*")
    page.unroute("**/status?*")
    answer_start(page, reading)
    card.get_by_test_id("another-input").set_input_files(hub("second.jpg"))
    expect(card.get_by_test_id("photos")).to_be_visible()
    return asked


def test_doubtful_card_asks_for_another_light_and_stops_when_it_is_sure(page: Page) -> None:
    answer_start(page, _doubtful())
    card = give(page, hub("first.jpg"))
    expect(card.get_by_test_id("another")).to_contain_text("Move the lamp (or the torch)")
    asked = _join(page, card, made_up("first.jpg", **_photos("same", "same")))
    expect(card).to_have_attribute("data-state", "done")
    expect(card.get_by_test_id("another")).to_have_count(0)
    expect(card.get_by_test_id("photos")).to_have_text("2 photos together: confidence 40% before, 93% now")
    (sent,) = [url for url in asked if urlsplit(url).path == "/upload"]
    (started,) = [url for url in asked if urlsplit(url).path == "/start"]
    assert parse_qs(urlsplit(sent).query) == {"keep": ["1"]}
    assert parse_qs(urlsplit(started).query)["together"] == ["1"]
    expect(page.get_by_test_id("card")).to_have_count(1)


def test_card_goes_on_asking_while_it_is_in_doubt(page: Page) -> None:
    answer_start(page, _doubtful())
    card = give(page, hub("first.jpg"))
    _join(page, card, _doubtful(**_photos("same", "nothing")))
    expect(card).to_have_attribute("data-state", "doubtful")
    expect(card.get_by_test_id("another")).to_be_visible()
    expect(card.get_by_test_id("photos")).to_contain_text("1 of 2 photos showed nothing of it")


def test_photo_of_another_part_is_said_to_be_that(page: Page) -> None:
    answer_start(page, _doubtful())
    card = give(page, hub("first.jpg"))
    _join(page, card, _doubtful(**_photos("same", "other")))
    expect(card.get_by_test_id("photos")).to_have_text("The photos do not show the same mark: 11, A27")


@pytest.mark.parametrize("context_options", [{"locale": "zh-CN", **PHONE}])
def test_it_asks_in_chinese_on_a_phone(page: Page) -> None:
    answer_start(page, _doubtful())
    card = give(page, hub("first.jpg"))
    expect(card.get_by_test_id("another")).to_contain_text("移动灯光")
    box = card.get_by_test_id("another").locator("label").bounding_box()
    assert box is not None and box["height"] >= 44 and box["x"] + box["width"] <= 360


def test_empty_card_takes_another_photo_too(page: Page) -> None:
    answer_start(page, made_up("first.jpg", text="", confidence=0.0, needs_review=True, marks=[]))
    card = give(page, hub("first.jpg"))
    _join(page, card, made_up("first.jpg", **_photos("nothing", "same")))
    expect(card).to_have_attribute("data-state", "done")


@pytest.mark.parametrize("upload", ["upload", "form"])
def test_photos_are_read_together_by_the_server(page: Page, upload: str) -> None:
    if upload == "form":
        page.route("**/upload*", lambda route: route.fulfill(status=413, body=""))
    answer_start(page, _doubtful())
    card = give(page, hub("first.jpg"))
    page.unroute("**/start?*")
    page.unroute("**/status?*")
    with page.expect_response(has_read, timeout=READING_TAKES_AT_MOST_MS) as answered:
        card.get_by_test_id("another-input").set_input_files(hub("second.jpg", seed=7))
    (reading,) = answered.value.json()["readings"]
    assert [photo["name"] for photo in reading["photos"]] == ["first.jpg", "second.jpg"] and reading["same_mark"]
    expect(card.get_by_test_id("photos")).to_contain_text("2 photos together")
