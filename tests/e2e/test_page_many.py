"""Many pictures on the page: a list beside one of them, true progress, and nothing lost by reloads or dead servers."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from tests.e2e.browsing import PHONE, READING_TAKES_AT_MOST_MS, answer_start, expect, hub, made_up
from tests.servers import running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, FilePayload, Locator, Page, Route


def _small(number: int) -> FilePayload:
    picture = io.BytesIO()
    Image.new("L", (64, 48), number).save(picture, "PNG")
    return {"name": f"{number:02}.png", "mimeType": "image/png", "buffer": picture.getvalue()}


def _choose(page: Page, *pictures: FilePayload) -> None:
    page.get_by_test_id("file-input").set_input_files(list(pictures))


def _never(_: Route) -> None:
    """No answer."""


def _lines(page: Page, state: str) -> Locator:
    return page.get_by_test_id("list").locator(f"li[data-state={state}]")


def _answers(page: Page, doubtful: int) -> None:
    """Answers for the server at once; every so many'th reading asks for a look."""
    names: dict[str, str] = {}

    def upload(route: Route) -> None:
        body = (route.request.post_data_buffer or b"").decode("latin-1")
        name = re.search(r'filename="(.*?)"', body)
        uuid = re.search(r'name="uuid"\r\n\r\n(\w+)', body)
        assert name and uuid
        names[uuid[1]] = name[1]
        route.fulfill(json={"message": "Done", "files": [name[1]]})

    def status(route: Route) -> None:
        uuid = re.findall(r"task=(\w+)", route.request.url)[0]
        name = names[uuid]
        review = int(name[:2]) % doubtful == 0
        reading = made_up(name, text=f"A{name[:2]}", needs_review=review, width=64, height=48, marks=[])
        told = {"status": {"status": "completed", "text": "x"}, "readings": [reading]}
        route.fulfill(json={"task_uuid": uuid, **told})

    page.route("**/upload", upload)
    page.route("**/start?*", lambda route: route.fulfill(json={"task_uuid": route.request.url.rpartition("=")[2]}))
    page.route("**/status?*", status)


@pytest.mark.parametrize("context_options", [{}, PHONE], ids=["desk", "phone"])
def test_sixty_pictures_are_a_list_and_one_that_is_looked_at(page: Page) -> None:
    _answers(page, doubtful=10)
    _choose(page, *(_small(number) for number in range(60)))
    expect(_lines(page, "done")).to_have_count(54, timeout=READING_TAKES_AT_MOST_MS)
    expect(page.get_by_test_id("summary")).to_contain_text("60 of 60 read, 6 to check")
    assert page.locator(".card:visible").count() == 1
    assert page.evaluate("document.documentElement.scrollHeight") < 2500
    width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width[0] == width[1]
    expect(page.get_by_test_id("all-progress")).to_be_hidden()
    page.get_by_test_id("only-doubts").click()
    expect(page.get_by_test_id("list").locator("li:visible")).to_have_count(6)
    page.get_by_test_id("list").get_by_role("button", name=re.compile("A20")).click()
    expect(page.locator(".card:visible").get_by_test_id("text")).to_have_text("A20")


def test_next_and_previous_are_a_key_away(page: Page) -> None:
    _answers(page, doubtful=5)
    _choose(page, *(_small(number) for number in range(12)))
    expect(_lines(page, "done")).to_have_count(9, timeout=READING_TAKES_AT_MOST_MS)
    text = page.locator(".card:visible").get_by_test_id("text")
    for key, expected in (("j", "A01"), ("PageDown", "A02"), ("k", "A01"), ("PageUp", "A00"), ("k", "A00")):
        page.keyboard.press(key)
        expect(text).to_have_text(expected)
    page.get_by_test_id("only-doubts").click()
    page.keyboard.press("j")
    expect(text).to_have_text("A05")
    page.locator(".card:visible").get_by_test_id("own-text").fill("j")
    expect(text).to_have_text("A05"), "what is typed is no key"


def test_two_are_under_way_and_progress_is_true(page: Page) -> None:
    held: list[Route] = []
    page.route("**/upload", lambda route: held.append(route))
    _choose(page, *(_small(number) for number in range(6)))
    expect(_lines(page, "sending")).to_have_count(2)
    expect(_lines(page, "waiting")).to_have_count(4)
    bar = page.get_by_test_id("all-progress")
    expect(bar).to_be_visible()
    for route in held:
        route.abort()
    page.unroute("**/upload")
    _answers(page, doubtful=99)
    # The two that were lost come again by themselves.
    expect(_lines(page, "done")).to_have_count(5, timeout=READING_TAKES_AT_MOST_MS)
    assert len(held) == 2


def test_one_is_cancelled_and_the_others_go_on(page: Page) -> None:
    answer_start(page, made_up("00.png", width=64, height=48, marks=[]))
    page.route("**/upload", _never)
    _choose(page, _small(0), _small(1), _small(2))
    cards = page.get_by_test_id("card")
    expect(cards.nth(1)).to_have_attribute("data-state", "sending")
    page.get_by_role("button", name="Remove 00.png").click()
    expect(cards).to_have_count(2)
    # Its place is the next one's.
    expect(cards.nth(1)).to_have_attribute("data-state", "sending")


def test_all_that_failed_is_tried_again_at_once(page: Page) -> None:
    page.route("**/upload", lambda route: route.fulfill(status=500, json={"error": "Something went wrong."}))
    _choose(page, *(_small(number) for number in range(1, 4)))
    expect(page.locator(".card[data-state=error]")).to_have_count(3)
    page.unroute("**/upload")
    _answers(page, doubtful=99)
    page.get_by_test_id("retry-all").click()
    expect(page.locator(".card[data-state=done]")).to_have_count(3)


def test_server_that_asks_for_patience_gets_it(page: Page) -> None:
    asked: list[str] = []

    def busy(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) == 1:
            route.fulfill(status=429, headers={"Retry-After": "1"}, json={"error": "Too many."})
        else:
            route.fallback()

    _answers(page, doubtful=99)
    page.route("**/start?*", busy)
    _choose(page, _small(1))
    expect(page.get_by_test_id("card")).to_have_attribute("data-state", "done", timeout=READING_TAKES_AT_MOST_MS)
    assert len(asked) == 2


def test_leaving_with_unsent_pictures_is_asked_about(page: Page) -> None:
    page.route("**/upload", _never)
    _choose(page, _small(1))
    expect(page.get_by_test_id("card")).to_have_attribute("data-state", "sending")
    asked: list[str] = []

    def hear(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", hear)
    page.reload()
    assert asked == ["beforeunload"]
    expect(page.get_by_test_id("card")).to_have_count(0)


def test_reload_finds_readings_and_choices_again(page: Page) -> None:
    _choose(page, hub("one.jpg"), hub("two.jpg", "A27"))
    cards = page.get_by_test_id("card")
    expect(cards.nth(1).get_by_test_id("text")).to_have_text("A27", timeout=READING_TAKES_AT_MOST_MS)
    expect(cards.nth(0).get_by_test_id("text")).to_have_text("11", timeout=READING_TAKES_AT_MOST_MS)
    page.reload()
    expect(cards).to_have_count(2)
    assert [card.get_by_role("heading").inner_text() for card in cards.all()] == ["one.jpg", "two.jpg"]
    expect(cards.nth(1).get_by_test_id("text")).to_have_text("A27")
    image = cards.nth(1).get_by_test_id("picture").locator("img")
    expect(image).to_have_attribute("src", re.compile("^blob:"))
    assert image.evaluate("node => node.decode().then(() => node.naturalWidth)") > 100
    page.get_by_test_id("clear").click()
    page.reload()
    expect(cards).to_have_count(0)


@pytest.fixture
def quiet_page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="en-US", reduced_motion="reduce")
    yield context.new_page()
    context.close()


def test_server_killed_in_the_middle_loses_nothing(quiet_page: Page, tmp_path: Path) -> None:
    shown: Any = quiet_page
    with running(tmp_path, EXPIRY__LEASE_SECONDS="1") as server:
        port = server.url.rpartition(":")[2]
        shown.goto(server.url)
        _choose(shown, *(hub(f"{number}.jpg", "11", seed=number) for number in range(4)))
        expect(shown.get_by_test_id("summary")).to_contain_text("1 of 4", timeout=READING_TAKES_AT_MOST_MS)
        server.kill()
    expect(_lines(shown, "offline").first).to_be_attached(timeout=READING_TAKES_AT_MOST_MS)
    with running(tmp_path, "--port", port, EXPIRY__LEASE_SECONDS="1"):
        # Whatever state each was in: they end as readings, by themselves.
        expect(shown.get_by_test_id("summary")).to_contain_text("4 of 4", timeout=READING_TAKES_AT_MOST_MS)
        assert {text.split()[0] for text in _lines(shown, "done").all_inner_texts()} <= {"11"}


def test_slow_network_shows_how_much_is_sent(browser: Browser, tmp_path: Path) -> None:
    with running(tmp_path) as server:
        context = browser.new_context(locale="en-US", reduced_motion="reduce")
        page = context.new_page()
        page.goto(server.url)
        slow = {"offline": False, "latency": 100, "downloadThroughput": 200_000, "uploadThroughput": 40_000}
        context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
        big: FilePayload = hub("big.jpg")
        _choose(page, big)
        expect(page.get_by_test_id("head")).to_contain_text(re.compile(r"Sending… \d+%"))
        done = re.compile("done|doubtful")
        expect(page.get_by_test_id("card")).to_have_attribute("data-state", done, timeout=READING_TAKES_AT_MOST_MS)
        context.close()


@pytest.mark.parametrize("size", [(1920, 1080), (3840, 2160), (360, 740)])
def test_every_screen_is_used_and_none_scrolls_sideways(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    _answers(page, doubtful=10)
    _choose(page, *(_small(number) for number in range(6)))
    expect(_lines(page, "done")).to_have_count(5, timeout=READING_TAKES_AT_MOST_MS)
    box = page.locator(".desk").bounding_box()
    assert box is not None and box["width"] > size[0] * 0.65
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]
