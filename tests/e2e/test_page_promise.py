"""The promise in a real browser: how it stands, why a sure reading is to be checked, and a stamp that wears off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from handlers.promise.verdict import judged
from handlers.records.corrections import Word, confirm
from handlers.records.database import Database
from handlers.records.readings import Clock, Origin, record
from tests.e2e.browsing import PHONE, expect
from tests.e2e.test_page_history import Plant, _assert_fits, context_options, open_page  # noqa: F401  fixtures
from tests.outbox.conftest import detail_of
from tests.servers import running

if TYPE_CHECKING:
    from datetime import datetime

    from playwright.sync_api import Page


class _OnDay(Clock):
    """A clock that shows a day of November 2026."""

    day = 1

    def shown(self, moment: datetime) -> str:
        return f"2026-11-{self.day:02} {moment:%H:%M:%S}"


def _fill(folder: Path, confidences: list[float], lot: float) -> None:
    """A reading a day, of which people confirmed all but the last."""
    database = Database(folder / "data" / "castmark.db")
    for at, confidence in enumerate(confidences):
        marks = [{"answered": True, "pad": False, "characters": [], "alternatives": [], "text": "A27"}]
        detail = judged(detail_of(confidence=confidence, unclear=False) | {"marks": marks}, 0.7, 0.5, lot)

        def keep(connection: Any, at: int = at, detail: dict[str, Any] = detail) -> None:
            clock = _OnDay()
            object.__setattr__(clock, "day", at + 1)
            (number,) = record(connection, Origin(f"{at:032}", "", "m"), [detail], clock)
            if at + 1 < len(confidences):
                confirm(connection, number, Word("Li", 1.8e9))

        database.write(keep)
    database.close()


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    _fill(tmp_path, [0.98, 0.95, 0.9, 0.85, 0.8], 0.1)
    with running(tmp_path, WRONG_AT_MOST="10") as server:
        yield Plant(tmp_path, server)


@pytest.mark.parametrize("context_options", [{}, PHONE], ids=["laptop", "phone"])
def test_promise_is_shown_with_what_it_rests_on(
    plant: Plant,
    open_page: Callable[..., Page],  # noqa: F811
) -> None:
    page = open_page(plant, "promise")
    expect(page.get_by_test_id("promise-said")).to_contain_text("At most 10 of 1,000 accepted readings are wrong")
    expect(page.get_by_test_id("promise-waiting")).to_have_text("1 wait to be checked")
    kinds = page.get_by_test_id("promise-kinds")
    expect(kinds).to_contain_text("Single lines")
    expect(kinds).to_contain_text("more must be checked")
    expect(kinds).to_contain_text("0 of 4 checked by chance were wrong")
    expect(page.get_by_test_id("promise-chart")).to_contain_text("5 of 5; checked 4, of these wrong 0")
    expect(page.get_by_test_id("accepted-line").locator("polyline")).to_have_count(1)
    _assert_fits(page)
    page.get_by_test_id("language").click()
    expect(kinds).to_contain_text("尚未证实")


def test_sure_reading_says_why_it_is_to_be_checked(
    plant: Plant,
    open_page: Callable[..., Page],  # noqa: F811
) -> None:
    page = open_page(plant, "review")
    why = page.get_by_test_id("judge-why")
    expect(why).to_have_text("Checked at random, so that the promise can be kept. The machine was sure.")
    page.get_by_test_id("language").click()
    expect(why).to_contain_text("随机抽查")
    page.get_by_test_id("judge-right").click()
    expect(page.get_by_test_id("review-empty")).to_be_visible()
    assert plant.told(5)["state"] == "confirmed"


def test_legibility_of_one_text_is_a_line_in_its_history(
    plant: Plant,
    open_page: Callable[..., Page],  # noqa: F811
) -> None:
    page = open_page(plant, "history")
    figure = page.get_by_test_id("legibility")
    expect(page.get_by_test_id("top-texts").get_by_role("button")).to_have_count(1)
    expect(figure).to_be_hidden()
    page.get_by_test_id("top-texts").get_by_role("button", name="A27").click()
    expect(figure).to_contain_text("How sure the machine was of A27, day by day: 98% at first, 80% at last")
    points = page.get_by_test_id("legibility-line").locator("polyline").get_attribute("points") or ""
    heights = [float(point.split(",")[1]) for point in points.split()]
    assert heights == sorted(heights) and len(heights) == 5
    _assert_fits(page)


def test_without_a_promise_the_page_says_so(
    tmp_path: Path,
    open_page: Callable[..., Page],  # noqa: F811
) -> None:
    with running(tmp_path) as server:
        page = open_page(Plant(tmp_path, server), "promise")
        expect(page.get_by_test_id("promise-said")).to_contain_text("Nothing is promised")
        expect(page.get_by_test_id("promise-chart")).to_be_hidden()
