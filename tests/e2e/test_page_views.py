"""Console, Events and Settings in a real browser, and what each role may do there."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.e2e.browsing import PHONE, expect
from tests.e2e.test_page_history import (  # noqa: F401  fixtures
    Plant,
    _assert_fits,
    context_options,
    make,
    open_page,
    plant,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

_TOKEN = "a token of sixteen"
_EVIL = "<img src=x onerror=alert(1)>"


def _type(page: Page, line: str) -> None:
    page.get_by_test_id("line-typed").fill(line)
    page.keyboard.press("Enter")


def _sign_in(page: Page, token: str) -> None:
    page.get_by_label("Token", exact=True).fill(token)
    page.get_by_test_id("sign-in-send").click()


def test_console_selects_refuses_and_says_in_which_terminal_it_is(
    plant: Plant,  # noqa: F811
    open_page: Callable[..., Page],  # noqa: F811
) -> None:
    plant.add("A27", _EVIL)
    page = open_page(plant, "console")
    terminal, mode = page.get_by_test_id("terminal"), page.get_by_test_id("mode")
    expect(mode).to_have_text("castmark>")
    _type(page, "sql")
    expect(mode).to_have_text("sql>")
    _type(page, "SELECT hub_id, mold_number FROM recognition_record ORDER BY hub_id")
    expect(terminal.get_by_role("columnheader")).to_have_text(["hub_id", "mold_number"])
    # What a record says is text, whatever it looks like.
    expect(terminal.get_by_role("cell")).to_have_text(["1", "A27", "2", _EVIL])
    _type(page, "DROP TABLE mold_info")
    expect(terminal).to_contain_text("'drop table' is on the blacklist")
    _type(page, "SELECT mold_name FROM mold_info")
    expect(terminal).to_contain_text("0 rows")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_test_id("line-typed")).to_have_value("DROP TABLE mold_info")
    _type(page, "exit")
    expect(mode).to_have_text("castmark>")


@pytest.mark.parametrize("context_options", [{"permissions": ["clipboard-read", "clipboard-write"]}])
def test_result_is_copied_as_a_table(plant: Plant, open_page: Callable[..., Page]) -> None:  # noqa: F811
    plant.add("A27")
    page = open_page(plant, "console")
    for line in ("sql", "SELECT hub_id, mold_number FROM recognition_record"):
        _type(page, line)
    expect(page.get_by_test_id("terminal")).to_contain_text("1 rows")
    page.get_by_test_id("console-copy").click()
    expect(page.get_by_test_id("status")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "hub_id\tmold_number\n1\tA27"


def test_events_are_the_newest_first_and_filtered(plant: Plant, open_page: Callable[..., Page]) -> None:  # noqa: F811
    page = open_page(plant, "console")
    for line in ("sql", "INSERT INTO mold_info VALUES ('A1', 'x')", "DROP TABLE mold_info"):
        _type(page, line)
    expect(page.get_by_test_id("terminal")).to_contain_text("blacklist")
    page.get_by_test_id("views").get_by_role("link", name="Events").click()
    rows = page.get_by_test_id("events-table").locator("tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text("refused")
    expect(rows.last).to_contain_text("started")
    page.get_by_test_id("events-part").fill("inserted")
    expect(rows).to_have_count(1)
    page.get_by_test_id("events-part").fill("")
    page.get_by_test_id("events-kind").select_option("server")
    expect(rows).to_have_count(1)
    expect(page.get_by_test_id("events-summary")).to_have_text("1 of 3, newest first")


def test_operator_makes_a_token_that_opens_what_its_role_may(
    make: Callable[..., Plant],  # noqa: F811
    open_page: Callable[..., Page],  # noqa: F811
) -> None:
    plant = make(TOKEN=_TOKEN)  # noqa: F811
    (number,) = plant.add("11")
    page = open_page(plant, "settings")
    expect(page.get_by_test_id("who")).to_contain_text("not signed in")
    page.get_by_test_id("enter").click()
    _sign_in(page, _TOKEN)
    expect(page.get_by_test_id("who")).to_contain_text("operator")
    page.get_by_test_id("token-name").fill("Li")
    page.get_by_test_id("token-role").select_option("reviewer")
    page.get_by_test_id("make-token").click()
    token = page.get_by_test_id("secret").locator("code").inner_text()
    expect(page.get_by_test_id("tokens")).to_contain_text("Li reviewer")
    page.get_by_test_id("leave").click()
    expect(page.get_by_test_id("who")).to_contain_text("not signed in")
    page.get_by_test_id("enter").click()
    _sign_in(page, token)
    expect(page.get_by_test_id("who")).to_have_text("You are Li, a reviewer.")
    expect(page.locator("#tokens-plate")).to_be_hidden()
    page.goto(f"{plant.url}/#review")
    expect(page.locator("#person")).to_have_value("Li")
    expect(page.locator("#person")).to_be_disabled()
    page.get_by_test_id("judge-right").click()
    expect(page.get_by_test_id("review-empty")).to_be_visible()
    page.goto(f"{plant.url}/#console")
    _type(page, "help")
    expect(page.get_by_test_id("sign-in")).to_contain_text("the token of Li is a reviewer's")
    page.get_by_test_id("sign-in-close").click()
    expect(page.get_by_test_id("terminal")).to_contain_text("This is for operators")
    _assert_said_by(page, plant, number, "Li")


def _assert_said_by(page: Page, plant: Plant, number: int, name: str) -> None:  # noqa: F811
    steps = page.request.get(f"{plant.url}/reading?id={number}", headers={"Authorization": f"Bearer {_TOKEN}"}).json()
    assert [step["who"] for step in steps["steps"]] == [name]


def test_token_is_revoked_after_a_question(plant: Plant, open_page: Callable[..., Page]) -> None:  # noqa: F811
    page = open_page(plant, "settings")
    page.get_by_test_id("token-name").fill("Display")
    page.get_by_test_id("make-token").click()
    expect(page.get_by_test_id("tokens")).to_contain_text("Display")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Revoke: Display").click()
    expect(page.get_by_test_id("tokens").get_by_role("listitem")).to_have_count(0)


def test_molds_are_pasted_or_a_file_and_the_server_is_checked(
    plant: Plant,  # noqa: F811
    open_page: Callable[..., Page],  # noqa: F811
) -> None:
    page = open_page(plant, "settings")
    page.get_by_test_id("molds").fill("A1,Front\nB2,Rear\n")
    page.get_by_test_id("import-molds").click()
    expect(page.get_by_test_id("molds-told")).to_have_text("2 added, 0 changed, 0 as they were.")
    content = "模具编号,名称\nB2,后轮\nC3,前轮\n,无号\n".encode("gb18030")
    page.get_by_test_id("molds-file").set_input_files({"name": "m.csv", "mimeType": "text/csv", "buffer": content})
    expect(page.get_by_test_id("molds-told")).to_contain_text("1 added, 1 changed")
    expect(page.get_by_test_id("molds-told")).to_contain_text("Line 4: There is no mold number")
    page.get_by_test_id("check").click()
    expect(page.get_by_test_id("findings")).to_contain_text("database")
    expect(page.get_by_test_id("routes")).to_contain_text("/upload")


@pytest.mark.parametrize("context_options", [PHONE, PHONE | {"locale": "zh-CN", "color_scheme": "dark"}])
def test_phone_shows_these_views_without_scrolling_sideways(
    plant: Plant,  # noqa: F811
    open_page: Callable[..., Page],  # noqa: F811
) -> None:
    page = open_page(plant, "settings")
    page.get_by_test_id("check").click()
    expect(page.get_by_test_id("findings")).to_be_visible()
    _assert_fits(page)
    for view, shown in (("console", "line-typed"), ("events", "events-part")):
        page.goto(f"{plant.url}/#{view}")
        expect(page.get_by_test_id(shown)).to_be_visible()
        _assert_fits(page)


def test_page_is_small_and_served_by_name_only(plant: Plant, open_page: Callable[..., Page]) -> None:  # noqa: F811
    page = open_page(plant, "read")
    html = page.request.get(plant.url).text()
    names = set(re.findall(r'(?:src|href)="(web/[^"]+)"', html)) | {f"web/{view}.js" for view in _LATER}
    sizes = [len(html), *(len(page.request.get(f"{plant.url}/{name}").body()) for name in names)]
    assert len(sizes) > 10 and sum(sizes) < 150_000


_LATER = ("review", "history", "console", "events", "settings")
