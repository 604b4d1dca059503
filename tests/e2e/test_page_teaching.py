"""Teaching in a real browser: before and after, a refusal, and taking back what is used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from handlers.rooms import Rooms
from handlers.settings import Settings
from tests.e2e.browsing import expect
from tests.e2e.test_page_history import (  # noqa: F401  fixtures
    Plant,
    context_options,
    make,
    open_page,
    plant,
)
from tests.teaching.test_files import TEACHING

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_settings_teach_and_take_back(
    plant: Plant,  # noqa: F811
    open_page: Callable[..., Page],  # noqa: F811
    tmp_path: Path,
) -> None:
    rooms = Rooms(Settings(data=tmp_path / "data"))
    rooms.shelf.use(TEACHING)
    page = open_page(plant, "settings")
    used = page.get_by_test_id("teachings").get_by_role("listitem")
    expect(used).to_contain_text(TEACHING.name)
    expect(used).to_contain_text("33 readings, 5 → 7 of 8 right")
    page.get_by_test_id("teach").click()
    expect(page.get_by_test_id("teaching-told")).to_contain_text("no reading was confirmed or corrected")
    expect(page.get_by_test_id("teaching-use")).to_be_hidden()
    page.get_by_test_id("teaching-undo").click()
    expect(used).to_have_count(0)
    expect(page.get_by_test_id("teaching-undo")).to_be_hidden()
    assert rooms.shelf.names() == []
    rooms.close()
