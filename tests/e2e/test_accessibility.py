"""Every view by axe-core, in light and dark, in both languages, on a phone and at a desk; and the way of the focus."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.browsing import PHONE, answer_start, expect, hub, made_up
from tests.e2e.test_page_history import (  # noqa: F401  fixtures
    Plant,
    context_options,
    make,
    open_page,
    plant,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
_VIEWS = ("review", "history", "promise", "console", "events", "settings")
_LEGAL = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Every pair of a scheme, a language and a size once: whatever two of them do to each other is seen.
_COMBINATIONS: list[dict[str, Any]] = [
    {"color_scheme": "light", "locale": "en-US"},
    {"color_scheme": "light", "locale": "zh-CN", **PHONE},
    {"color_scheme": "dark", "locale": "en-US", **PHONE},
    {"color_scheme": "dark", "locale": "zh-CN"},
]


def _assert_sound(page: Page, what: str) -> None:
    options = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": _LEGAL}}
    found = axe.Axe().run(page, options=options).response["violations"]
    told = [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found]
    assert told == [], what


@pytest.mark.parametrize("context_options", _COMBINATIONS)
def test_every_view_is_sound(plant: Plant, open_page: Callable[..., Page]) -> None:  # noqa: F811
    plant.add("11", "A27")
    page = open_page(plant, "read")
    _assert_sound(page, "read, before a picture")
    alternatives = [{"text": "22", "confidence": 0.41}]
    answer_start(page, made_up(confidence=0.5, needs_review=True, alternatives=alternatives))
    page.get_by_test_id("file-input").set_input_files([hub(f"{at}.jpg") for at in range(5)])
    expect(page.locator(".card[data-state=doubtful]")).to_have_count(5)
    _assert_sound(page, "read, with many")
    for view in _VIEWS:
        page.goto(f"{plant.url}/#{view}")
        expect(page.get_by_test_id(view)).to_be_visible()
        if view == "review":
            expect(page.get_by_test_id("judge-crop").locator("img")).to_be_visible()
        if view == "history":
            expect(page.get_by_test_id("table").locator("tbody tr")).to_have_count(2)
        _assert_sound(page, view)


@pytest.mark.parametrize("view", _VIEWS)
def test_view_is_sound_before_its_script_has_come(plant: Plant, open_page: Callable[..., Page], view: str) -> None:  # noqa: F811
    page = open_page(plant, "read")
    page.route(f"**/web/{view}.js", lambda _: None)
    page.goto(f"{plant.url}/#{view}")
    expect(page.get_by_test_id(view)).to_be_visible()
    _assert_sound(page, view)


def test_keyboard_comes_past_the_bar_at_once_and_in_order(plant: Plant, open_page: Callable[..., Page]) -> None:  # noqa: F811
    # An address with a view in it would have the focus begin there.
    page = open_page(plant, "")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_test_id("file-input")).to_be_focused()


def test_name_of_a_picture_holds_what_is_written_on_it(plant: Plant, open_page: Callable[..., Page]) -> None:  # noqa: F811
    page = open_page(plant, "read")
    answer_start(page, made_up())
    page.get_by_test_id("file-input").set_input_files(hub())
    expect(page.get_by_role("button", name="Enlarge hub.jpg: 11")).to_be_visible()
