"""The closed loop in a real browser: review by keyboard, correct on a phone, find it again, and take it away."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from handlers.pictures import evidence as cutting
from handlers.records.database import Database
from handlers.records.readings import Clock, Origin, record
from handlers.storage.evidence import LocalEvidence, key_of
from tests.drawing import draw_hub
from tests.e2e.browsing import PHONE, READING_TAKES_AT_MOST_MS, expect, give, hub
from tests.servers import Server, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_TOKEN = "a token of sixteen"
_EVIL = "<img src=x onerror=alert(1)>"
_MARK: dict[str, Any] = {
    "text": "11",
    "polygon": [[200, 180], [260, 180], [260, 230], [200, 230]],
    "angle": 0.0,
    "confidence": 0.6,
    "alternatives": [],
    "answered": True,
    "characters": [
        {"text": "1", "confidence": 0.97, "alternatives": []},
        {"text": "1", "confidence": 0.62, "alternatives": [{"text": "7", "confidence": 0.31}]},
    ],
}


class Plant:
    """A server with readings that it was given, in a folder of its own."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.url = server.url
        self._folder = folder

    def add(self, *texts: str, name: str = "hub") -> list[int]:
        """Doubtful readings of drawn hubs, with their pictures, oldest first; their numbers."""
        database = Database(self._folder / "data" / "castmark.db")
        kept = LocalEvidence(self._folder / "data" / "evidence")
        numbers = []
        for at, text in enumerate(texts):
            task = f"{name}-{at}-{text}".encode().hex().ljust(32, "0")[:32]
            detail = self._detail(kept, f"{name}{at}.jpg", text, key_of(task, at, 1.8e9))
            origin = Origin(task, "a" * 32, "m")
            numbers += database.write(partial(record, origin=origin, details=[detail], clock=Clock()))
        database.close()
        return numbers

    def _detail(self, kept: LocalEvidence, name: str, text: str, key: str) -> dict[str, Any]:
        grey = draw_hub("11", size=640).convert("L")
        kept.put(key, "small", io.BytesIO(cutting.small(grey)), "image/jpeg")
        kept.put(key, "crop", io.BytesIO(cutting.crop(grey, [_MARK]) or b""), "image/jpeg")
        files = {"small": "image/jpeg", "crop": "image/jpeg"}
        facts = {"name": name, "sha256": "c" * 64, "confidence": 0.6, "needs_review": True}
        alternatives = [{"text": "17", "confidence": 0.31}]
        marks = [_MARK | {"text": text}]
        return {
            "text": text,
            "marks": marks,
            "alternatives": alternatives,
            "evidence": {"key": key, "files": files},
        } | facts

    def told(self, number: int) -> dict[str, Any]:
        told: dict[str, Any] = httpx2.get(f"{self.url}/reading?id={number}").json()
        return told


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Plant]]:
    with ExitStack() as held:
        yield lambda *flags, **settings: Plant(tmp_path, held.enter_context(running(tmp_path, *flags, **settings)))


@pytest.fixture
def plant(make: Callable[..., Plant]) -> Plant:
    return make()


@pytest.fixture
def context_options() -> dict[str, Any]:
    """What a test may ask of its browser by parametrizing."""
    return {}


@pytest.fixture
def open_page(browser: Browser, context_options: dict[str, Any]) -> Iterator[Callable[..., Page]]:
    """Opens a view of a plant's page. Afterwards: nothing broke and nothing was blocked."""
    context = browser.new_context(**({"locale": "en-US", "reduced_motion": "reduce"} | context_options))
    complaints: list[str] = []
    # On a machine that does other things, too, a write to disk alone may take seconds.
    expect.set_options(timeout=READING_TAKES_AT_MOST_MS / 2)

    def opened(plant: Plant, view: str) -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if _is_complaint(said) else None)
        page.goto(f"{plant.url}/#{view}")
        return page

    yield opened
    context.close()
    assert complaints == []


def _is_complaint(message: Any) -> bool:
    return message.type in ("error", "warning") and "Failed to load resource" not in message.text


def _assert_fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]  # type: ignore[index]
    for pressed in page.locator("button:visible, nav a:visible, select:visible, input:visible:not([type=file])").all():
        box = pressed.bounding_box()
        assert box is not None and min(box["width"], box["height"]) >= 44, pressed.inner_text()


def test_ten_readings_are_reviewed_by_keyboard_alone(plant: Plant, open_page: Callable[..., Page]) -> None:
    numbers = plant.add(*(f"1{at}" for at in range(10)))
    page = open_page(plant, "review")
    text, summary = page.get_by_test_id("judge-text"), page.get_by_test_id("review-summary")
    # The newest first: the last is shown before the others.
    for at, number in enumerate(reversed(numbers)):
        expect(text).to_have_value(f"1{9 - at}")
        expect(text).to_be_focused()
        expect(summary).to_have_text(f"{10 - at} to review, {at} done")
        if number % 3 == 0:
            page.keyboard.press("Enter")
        elif number % 3 == 1:
            page.keyboard.type("A27")
            page.keyboard.press("Enter")
        else:
            page.keyboard.press("Alt+n")
    expect(page.get_by_test_id("review-empty")).to_be_visible()
    told = {number: plant.told(number) for number in numbers}
    expected = {0: "confirmed", 1: "corrected", 2: "unmarked"}
    assert {number: each["state"] for number, each in told.items()} == {n: expected[n % 3] for n in numbers}
    assert {each["text"] for each in told.values() if each["state"] == "corrected"} == {"A27"}


def test_picture_is_large_and_runners_up_are_one_press_away(plant: Plant, open_page: Callable[..., Page]) -> None:
    (number,) = plant.add("11")
    page = open_page(plant, "review")
    crop = page.get_by_test_id("judge-crop").locator("img")
    expect(crop).to_have_attribute("alt", "The mark, turned upright")
    assert crop.evaluate("node => node.decode().then(() => node.naturalWidth)") > 50
    columns = page.get_by_test_id("letters").get_by_role("listitem")
    expect(columns).to_have_count(2)
    columns.nth(1).get_by_role("button", name="7 instead of 1").click()
    expect(page.get_by_test_id("judge-text")).to_have_value("17")
    page.locator("#person").fill("李")
    page.get_by_test_id("judge-save").click()
    expect(page.get_by_test_id("review-empty")).to_be_visible()
    (step,) = plant.told(number)["steps"]
    assert (step["before"], step["text"], step["who"]) == ("11", "17", "李")


def test_what_was_said_by_mistake_is_taken_back(plant: Plant, open_page: Callable[..., Page]) -> None:
    older, newer = plant.add("11", "12")
    page = open_page(plant, "review")
    page.get_by_test_id("judge-none").click()
    expect(page.get_by_test_id("judge-text")).to_have_value("11")
    page.keyboard.press("PageUp")
    expect(page.get_by_test_id("judge-said")).to_contain_text("Valid now: no mark")
    page.get_by_test_id("judge-undo").click()
    expect(page.get_by_test_id("judge-text")).to_have_value("12")
    expect(page.get_by_test_id("judge-steps").get_by_role("listitem")).to_have_count(2)
    assert (plant.told(newer)["state"], plant.told(older)["steps_taken"]) == ("open", 0)
    page.get_by_test_id("judge-right").click()
    expect(page.get_by_test_id("judge-text")).to_have_value("11")
    assert [step["kind"] for step in plant.told(newer)["steps"]] == ["correct", "undo", "confirm"]


def test_whoever_was_slower_sees_what_the_other_said(plant: Plant, open_page: Callable[..., Page]) -> None:
    (number,) = plant.add("11")
    page = open_page(plant, "review")
    expect(page.get_by_test_id("judge-text")).to_have_value("11")
    httpx2.post(f"{plant.url}/correct?id={number}&text=44&by=Wang")
    page.get_by_test_id("judge-save").click()
    expect(page.get_by_test_id("judge-text")).to_have_value("44")
    expect(page.get_by_test_id("judge-steps")).to_contain_text("Wang: 11 → 44")
    assert plant.told(number)["steps_taken"] == 1


def test_history_is_searched_and_exported_as_it_is_shown(plant: Plant, open_page: Callable[..., Page]) -> None:
    numbers = plant.add("A27", _EVIL, "=1+1", "B3")
    httpx2.post(f"{plant.url}/correct", params={"id": numbers[3], "text": "A27"})
    page = open_page(plant, "history")
    rows = page.get_by_test_id("table").locator("tbody tr")
    expect(rows).to_have_count(4)
    assert [row.get_by_role("link").inner_text() for row in rows.all()] == ["A27", "=1+1", _EVIL, "A27"]
    expect(rows.first.locator("img")).to_have_attribute("src", re.compile("^blob:"))
    expect(page.get_by_test_id("chart")).to_contain_text("4")
    expect(page.get_by_test_id("bars").locator("g")).to_have_count(30)
    page.get_by_label("Text, or a part of it").fill("a2")
    page.get_by_test_id("history").get_by_label("State").select_option("corrected")
    page.get_by_test_id("show").click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("B3 60%")
    assert _exported(page) == [(str(numbers[3]), "A27")]
    page.get_by_test_id("history").get_by_label("State").select_option("")
    page.get_by_label("Text, or a part of it").fill("")
    page.get_by_test_id("show").click()
    expect(rows).to_have_count(4)
    assert [text for _, text in _exported(page)] == ["A27", "'=1+1", _EVIL, "A27"]
    page.get_by_test_id("top-texts").get_by_role("button", name="A27").click()
    expect(rows).to_have_count(2)
    page.get_by_test_id("also").get_by_role("button").click()
    expect(rows).to_have_count(4)
    rows.first.get_by_role("link").click()
    expect(page.get_by_test_id("judge-steps")).to_contain_text("operator: B3 → A27")


def _exported(page: Page) -> list[tuple[str, str]]:
    with page.expect_download() as taken:
        page.get_by_test_id("export-csv").click()
    content = taken.value.path().read_text("utf-8-sig")
    return [(row["id"], row["text"]) for row in csv.DictReader(io.StringIO(content, newline=""))]


@pytest.mark.parametrize("context_options", [PHONE])
def test_correction_on_a_phone_is_found_in_the_history(plant: Plant, open_page: Callable[..., Page]) -> None:
    page = open_page(plant, "read")
    card = give(page, hub("one.jpg"))
    expect(card).to_have_attribute("data-state", re.compile("done|doubtful"), timeout=READING_TAKES_AT_MOST_MS)
    choices = card.get_by_test_id("choices")
    if choices.is_visible() and choices.get_attribute("open") is None:
        choices.locator("summary").click()
    card.get_by_test_id("own-text").fill("B44")
    card.get_by_test_id("own-save").click()
    expect(card.get_by_test_id("text")).to_have_text("B44")
    expect(card.get_by_test_id("stored")).to_contain_text("Stored")
    page.get_by_test_id("views").get_by_role("link", name="History").click()
    row = page.get_by_test_id("table").locator("tbody tr")
    expect(row.get_by_role("link")).to_have_text("B44")
    expect(row).to_contain_text("corrected")


def test_choice_that_cannot_be_stored_says_so(plant: Plant, open_page: Callable[..., Page]) -> None:
    page = open_page(plant, "read")
    page.route("**/correct?*", lambda route: route.fulfill(status=503, json={"error": "The database cannot be used."}))
    card = give(page, hub("one.jpg"))
    choices = card.get_by_test_id("choices")
    if choices.get_attribute("open") is None:
        choices.locator("summary").click()
    card.get_by_test_id("own-text").fill("B44")
    page.keyboard.press("Enter")
    expect(card.get_by_test_id("stored")).to_contain_text("not stored: The database cannot be used.")
    expect(card.get_by_test_id("text")).to_have_text("B44")


@pytest.mark.parametrize("flags", [(), ("--as-lambda",)], ids=["server", "functions"])
def test_operator_signs_in_where_the_server_wants_to_know_him(
    make: Callable[..., Plant], open_page: Callable[..., Page], flags: tuple[str, ...]
) -> None:
    plant = make(*flags, TOKEN=_TOKEN)
    plant.add("11")
    page = open_page(plant, "history")
    dialog = page.get_by_test_id("sign-in")
    expect(dialog).to_contain_text("log in")
    page.get_by_label("Token", exact=True).fill("a wrong token")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("not the operator token")
    page.get_by_label("Token", exact=True).fill(_TOKEN)
    page.get_by_test_id("sign-in-send").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_test_id("table").locator("tbody tr")).to_have_count(1)
    assert [text for _, text in _exported(page)] == ["11"]
    page.get_by_test_id("views").get_by_role("link", name="Review").click()
    expect(page.get_by_test_id("judge-crop").locator("img")).to_be_visible()
    page.get_by_test_id("judge-right").click()
    expect(page.get_by_test_id("review-empty")).to_be_visible()


def test_whoever_does_not_sign_in_is_told_why_nothing_is_shown(
    make: Callable[..., Plant], open_page: Callable[..., Page]
) -> None:
    page = open_page(make(TOKEN=_TOKEN), "history")
    page.get_by_test_id("sign-in-close").click()
    expect(page.get_by_test_id("history-sentence")).to_contain_text("This is for operators")


@pytest.mark.parametrize("context_options", [PHONE, PHONE | {"locale": "zh-CN", "color_scheme": "dark"}])
def test_phone_shows_the_views_without_scrolling_sideways(plant: Plant, open_page: Callable[..., Page]) -> None:
    plant.add("SER RRFASTRGV61196 0123456789", "11")
    page = open_page(plant, "review")
    expect(page.get_by_test_id("judge-crop").locator("img")).to_be_visible()
    _assert_fits(page)
    page.keyboard.press("PageDown")
    expect(page.get_by_test_id("judge-text")).to_have_value(re.compile("SER"))
    _assert_fits(page)
    page.goto(f"{plant.url}/#history")
    expect(page.get_by_test_id("table").locator("tbody tr")).to_have_count(2)
    _assert_fits(page)


def test_language_changes_all_that_is_shown(plant: Plant, open_page: Callable[..., Page]) -> None:
    plant.add("11")
    page = open_page(plant, "history")
    expect(page.get_by_test_id("table")).to_contain_text("to review")
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_test_id("table")).to_contain_text("待核对")
    page.get_by_test_id("views").get_by_role("link", name="核对").click()
    expect(page.get_by_test_id("judge-said")).to_contain_text("机器识别为 11")


def test_nothing_to_review_is_said(plant: Plant, open_page: Callable[..., Page]) -> None:
    page = open_page(plant, "review")
    expect(page.get_by_test_id("review-empty")).to_have_text("Nothing asks for a look. Well done.")
    expect(page.get_by_test_id("judge")).to_be_hidden()
