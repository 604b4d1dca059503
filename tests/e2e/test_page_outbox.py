"""The outbox in a real browser: what is wrong with a target, alarms, and sending again what was given up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from handlers.outbox.courier import tend
from handlers.outbox.telling import Teller
from handlers.records.database import Database
from handlers.records.readings import Clock, Origin, record
from handlers.settings import Settings
from tests.e2e.browsing import PHONE, expect
from tests.e2e.test_page_history import Plant, _assert_fits, context_options, open_page  # noqa: F401  fixtures
from tests.outbox.conftest import SECRET, detail_of, soon
from tests.outbox.receiver import receiver
from tests.servers import running

if TYPE_CHECKING:
    from playwright.sync_api import Page

_EVIL = "<img src=x onerror=alert(1)>"


def _record(folder: Path, settings: Settings, *texts: str) -> None:
    database = Database(folder / "data" / "castmark.db")
    teller = Teller(settings)
    for at, text in enumerate(texts):
        origin, detail = Origin(f"{at:032}"), detail_of(text)

        def keep(connection: Any, origin: Origin = origin, detail: dict[str, Any] = detail) -> None:
            (number,) = record(connection, origin, [detail], Clock())
            teller.reading(connection, number, origin, detail)

        database.write(keep)
    # As after a week in which nothing arrived.
    tend(database, settings.outbox, 4e9)
    database.close()


@pytest.fixture
def told(tmp_path: Path) -> Iterator[tuple[Plant, list[str]]]:
    """A server with two events that were given up and an alarm, and what its receiver hears."""
    with ExitStack() as held:
        hook = held.enter_context(receiver())
        outbox = {"webhook": hook.url, "webhook_secret": SECRET}
        _record(tmp_path, Settings.model_validate({"outbox": outbox, "rules": {"known": True}}), _EVIL)
        names = {f"OUTBOX__{name.upper()}": value for name, value in outbox.items()}
        server = held.enter_context(running(tmp_path, **names, RULES__KNOWN="true", OUTBOX__MQTT="mqtt://127.0.0.1:9"))
        yield Plant(tmp_path, server), hook.tried


@pytest.mark.parametrize("context_options", [{}, PHONE], ids=["laptop", "phone"])
def test_what_was_given_up_is_seen_and_sent_again(
    told: tuple[Plant, list[str]],
    open_page: Callable[..., Page],  # noqa: F811
) -> None:
    plant, tried = told
    page = open_page(plant, "outbox")
    targets = page.get_by_test_id("targets")
    expect(targets).to_contain_text("0 waiting, 0 delivered, 2 given up")
    expect(targets).to_contain_text("127.0.0.1:9 cannot be reached")
    expect(page.get_by_test_id("rules")).to_contain_text("known")
    rows = page.locator("#outbox-events tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("Alarm")
    expect(rows.first).to_contain_text("is no known mold.")
    expect(rows.first.locator("img")).to_have_count(0)
    _assert_fits(page)
    rows.first.get_by_role("button").click()
    soon(lambda: len(tried) == 1)
    page.get_by_test_id("resend-all").click()
    soon(lambda: len(tried) == 2)
    assert len(set(tried)) == 2
    page.get_by_role("button", name="Show").click()
    expect(targets).to_contain_text("0 given up")
    page.get_by_test_id("language").click()
    expect(targets).to_contain_text("已送达")


def test_without_targets_the_page_says_so(
    tmp_path: Path,
    open_page: Callable[..., Page],  # noqa: F811
) -> None:
    with running(tmp_path) as server:
        page = open_page(Plant(tmp_path, server), "outbox")
        expect(page.get_by_test_id("no-targets")).to_be_visible()
        expect(page.get_by_test_id("rules")).to_have_text("No rule is on.")
