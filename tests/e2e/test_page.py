"""The page in a real browser: what a person does there, on a desktop and on a phone, in two languages.

What the recogniser makes of a drawn hub is its own tests' affair: here the page must show what the server
answered. Where a state depends on the recogniser (doubtful, nothing legible), the test answers for `start`.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.drawing import draw_hub
from tests.e2e.browsing import (
    PHONE,
    READING_TAKES_AT_MOST_MS,
    answer_start,
    drop,
    expect,
    focus_by_tab,
    give,
    has_read,
    hub,
    made_up,
)

if TYPE_CHECKING:
    from playwright.sync_api import FilePayload, Locator, Page, Request


def test_a_chosen_picture_shows_its_text_large_and_its_marks_inside_the_picture(page: Page) -> None:
    with page.expect_response(has_read, timeout=READING_TAKES_AT_MOST_MS) as answered:
        page.get_by_test_id("file-input").set_input_files(hub())
    reading = answered.value.json()["readings"][0]
    card = page.get_by_test_id("card")
    expect(card.get_by_test_id("text")).to_have_text(reading["text"])
    expect(card.get_by_test_id("mark")).to_have_count(len(reading["marks"]))
    expect(card.get_by_test_id("confidence")).to_contain_text("%")
    expect(page.get_by_test_id("status")).to_contain_text(reading["text"])
    size = card.get_by_test_id("text").evaluate("node => parseFloat(getComputedStyle(node).fontSize)")
    assert reading["text"] and size >= 36
    assert_marks_lie_inside(card)


def assert_marks_lie_inside(card: Locator) -> None:
    frame = card.get_by_test_id("picture").bounding_box()
    image = card.get_by_test_id("picture").locator("img").bounding_box()
    assert frame is not None and image == frame == card.get_by_test_id("overlay").bounding_box()
    marks = card.get_by_test_id(re.compile("^mark")).all()  # outlines and labels
    assert marks
    for mark in marks:
        box = mark.bounding_box()
        assert box is not None
        assert frame["x"] - 1 <= box["x"] and box["x"] + box["width"] <= frame["x"] + frame["width"] + 1
        assert frame["y"] - 1 <= box["y"] and box["y"] + box["height"] <= frame["y"] + frame["height"] + 1


def test_marks_lie_where_the_reading_says_at_any_size(page: Page) -> None:
    answer_start(page, made_up())
    card = give(page, hub())
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        frame = card.get_by_test_id("picture").bounding_box()
        # The outline itself, without its stroke.
        corners = card.get_by_test_id("mark").evaluate(
            """node => [[200, 180], [260, 230]].map(([x, y]) => {
              const point = new DOMPoint(x, y).matrixTransform(node.getScreenCTM());
              return [point.x, point.y + scrollY];
            })"""
        )
        assert frame is not None
        scroll = page.evaluate("scrollY")
        scale = frame["width"] / 640
        for (x, y), (shown_x, shown_y) in zip([(200, 180), (260, 230)], corners, strict=True):
            assert shown_x == pytest.approx(frame["x"] + x * scale, abs=1)
            assert shown_y == pytest.approx(frame["y"] + scroll + y * scale, abs=1)


def test_a_picture_held_sideways_is_shown_upright_under_its_marks(page: Page) -> None:
    picture = io.BytesIO()
    image = draw_hub("11").crop((0, 0, 640, 480))
    exif = image.getexif()
    exif[0x0112] = 6  # the camera was turned: rotate by 90 degrees to see it upright
    image.save(picture, "JPEG", exif=exif)
    answer_start(page, made_up("turned.jpg", width=480, height=640))
    card = give(page, {"name": "turned.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()})
    frame = card.get_by_test_id("picture").bounding_box()
    assert frame is not None and frame["width"] / frame["height"] == pytest.approx(480 / 640, rel=0.02)
    expect(card.get_by_test_id("overlay")).to_have_attribute("viewBox", "0 0 480 640")


def test_a_picture_the_browser_cannot_decode_is_previewed_by_the_server(page: Page) -> None:
    picture = io.BytesIO()
    draw_hub("11").save(picture, "TIFF")
    answer_start(page, made_up("scan.tif"))
    with page.expect_response("**/getpicture?*") as previewed:
        card = give(page, {"name": "scan.tif", "mimeType": "image/tiff", "buffer": picture.getvalue()})
    assert "preview=1" in previewed.value.url and previewed.value.headers["content-type"] == "image/jpeg"
    assert card.get_by_test_id("picture").locator("img").evaluate("node => node.naturalWidth") > 0
    assert_marks_lie_inside(card)


def test_an_ordinary_picture_is_not_fetched_back(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    answer_start(page, made_up())
    expect(give(page, hub())).to_have_attribute("data-state", "done")
    assert "/getpicture" not in asked


def test_a_dropped_picture_is_read(page: Page) -> None:
    answer_start(page, made_up("dropped.jpg"))
    drop(page, hub("dropped.jpg"), "dragover")
    expect(page.locator("body")).to_have_class(re.compile("dropping"))
    drop(page, hub("dropped.jpg"))
    expect(page.locator("body")).not_to_have_class(re.compile("dropping"))
    expect(page.get_by_test_id("card").get_by_test_id("text")).to_have_text("11")


def test_several_pictures_are_sent_and_read_in_their_order(page: Page) -> None:
    sent: list[str] = []

    def note(request: Request) -> None:
        if urlsplit(request.url).path in ("/upload", "/start"):
            sent.append(urlsplit(request.url).path)

    page.on("request", note)
    cards = give(page, *(hub(f"{number}.jpg", seed=number) for number in range(3)))
    assert [card.get_by_role("heading").inner_text() for card in cards.all()] == ["0.jpg", "1.jpg", "2.jpg"]
    # Two are under way at a time.
    assert sorted(sent) == ["/start"] * 3 + ["/upload"] * 3 and sent[0] == "/upload"
    expect(page.get_by_test_id("summary")).to_contain_text("of 3 read")


def test_a_file_that_is_no_picture_shows_the_servers_sentence_and_stops_nobody(page: Page) -> None:
    text: FilePayload = {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": b"This is text."}
    # Both are under way at once: either may be answered first.
    refusal = lambda response: response.url.endswith("/upload") and not response.ok  # noqa: E731
    with page.expect_response(refusal) as refused:
        page.get_by_test_id("file-input").set_input_files([text, hub()])
    assert refused.value.status in (400, 415, 422)
    wrong, right = page.get_by_test_id("card").all()
    expect(wrong).to_have_attribute("data-state", "error")
    expect(wrong.get_by_test_id("error")).to_have_text(refused.value.json()["error"])
    expect(wrong.get_by_test_id("retry")).to_be_hidden()
    read = re.compile("done|doubtful|empty")
    expect(right).to_have_attribute("data-state", read, timeout=READING_TAKES_AT_MOST_MS)


def test_a_doubtful_reading_asks_to_be_checked_and_takes_a_choice(page: Page) -> None:
    other = [{"text": "22", "confidence": 0.41}]
    answer_start(page, made_up(confidence=0.5, needs_review=True, alternatives=other))
    card = give(page, hub())
    expect(card).to_have_attribute("data-state", "doubtful")
    expect(card.get_by_test_id("head")).to_have_text("Please check")
    expect(page.get_by_test_id("summary")).to_contain_text("1 to check")
    card.get_by_role("button", name=re.compile("22")).click()
    expect(card.get_by_test_id("text")).to_have_text("22")
    expect(card.get_by_test_id("mark-label")).to_have_text("22")
    expect(card.get_by_role("button", name=re.compile("22"), pressed=True)).to_be_focused()
    expect(page.get_by_test_id("summary")).not_to_contain_text("to check")


def test_what_is_only_suspected_is_asked_once(page: Page) -> None:
    corners = [[300, 400], [360, 400], [360, 450], [300, 450]]
    suspected = {
        "text": "4",
        "polygon": corners,
        "angle": 0.0,
        "confidence": 0.1,
        "alternatives": [],
        "answered": False,
    }
    whole = made_up(needs_review=True)
    answer_start(page, whole | {"marks": [*whole["marks"], suspected]})
    labels = give(page, hub()).get_by_test_id("mark-label")
    expect(labels).to_have_text(["11", "4"])
    behind = labels.evaluate_all("nodes => nodes.map((node) => getComputedStyle(node, '::after').content)")
    assert behind == ['"?"', '"?"']


def test_nothing_legible_is_said_kindly_with_advice(page: Page) -> None:
    answer_start(page, made_up(text="", confidence=0.0, needs_review=True, marks=[]))
    card = give(page, hub())
    expect(card.get_by_test_id("head")).to_have_text("Nothing legible")
    expect(card.get_by_role("listitem")).to_have_count(3)
    expect(card.get_by_test_id("text")).to_have_count(0)


def test_without_a_network_a_picture_waits_and_goes_on_by_itself(page: Page) -> None:
    for pattern in ("**/upload", "**/test"):
        page.route(pattern, lambda route: route.abort())
    answer_start(page, made_up())
    card = give(page, hub())
    expect(card).to_have_attribute("data-state", "offline")
    expect(card.get_by_test_id("error")).to_contain_text("network")
    for pattern in ("**/upload", "**/test"):
        page.unroute(pattern)
    expect(card.get_by_test_id("text")).to_have_text("11", timeout=READING_TAKES_AT_MOST_MS)


def test_two_tabs_of_one_browser_mix_nothing(page: Page, server_url: str) -> None:
    other = page.context.new_page()
    other.goto(server_url)
    for tab, text in ((page, "11"), (other, "A27")):
        tab.get_by_test_id("file-input").set_input_files(hub("hub.jpg", text))
    for tab, text in ((page, "11"), (other, "A27")):
        expect(tab.get_by_test_id("card").get_by_test_id("text")).to_have_text(text, timeout=READING_TAKES_AT_MOST_MS)
    other.close()


def test_an_answer_that_makes_no_sense_does_not_hold_up_the_next_picture(page: Page) -> None:
    answer_start(page, {"name": "hub.jpg", "text": "11"})
    expect(give(page, hub())).to_have_attribute("data-state", "error")
    for pattern in ("**/start?*", "**/status?*"):
        page.unroute(pattern)
    answer_start(page, made_up("next.jpg"))
    expect(give(page, hub("next.jpg")).first.get_by_test_id("text")).to_have_text("11")


def test_chinese_is_one_press_away_and_remembered(page: Page) -> None:
    answer_start(page, made_up())
    card = give(page, hub())
    page.get_by_role("button", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(card.get_by_test_id("head")).to_have_text("已识别")
    expect(card.get_by_test_id("text")).to_have_text("11")
    page.reload()
    expect(page.get_by_role("button", name="English")).to_be_visible()
    expect(page.get_by_role("button", name="选择照片")).to_be_visible()


@pytest.mark.parametrize("context_options", [{"locale": "zh-CN"}])
def test_a_chinese_browser_is_greeted_in_chinese(page: Page) -> None:
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.get_by_label("选择照片")).to_be_attached()


@pytest.mark.parametrize("context_options", [{"permissions": ["clipboard-read", "clipboard-write"]}])
def test_the_text_is_copied(page: Page) -> None:
    answer_start(page, made_up(text="A27"))
    card = give(page, hub())
    card.get_by_role("button", name="Copy").click()
    expect(card.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "A27"


def test_the_text_is_copied_where_the_origin_is_insecure(page: Page) -> None:
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    answer_start(page, made_up(text="A27"))
    card = give(page, hub())
    card.get_by_role("button", name="Copy").click()
    expect(card.get_by_role("button", name="Copied")).to_be_visible()


def test_clear_empties_the_page_and_the_server(page: Page) -> None:
    answer_start(page, made_up())
    give(page, hub())
    with page.expect_response("**/clear?*") as cleared:
        page.get_by_role("button", name="Clear all").click()
    assert cleared.value.ok
    expect(page.get_by_test_id("card")).to_have_count(0)
    expect(page.get_by_test_id("clear")).to_be_hidden()
    expect(page.get_by_test_id("file-input")).to_be_focused()


def test_a_picture_opens_large_with_its_marks_and_closes(page: Page) -> None:
    answer_start(page, made_up())
    card = give(page, hub())
    card.get_by_role("button", name="Enlarge hub.jpg").click()
    large = page.get_by_role("dialog", name="hub.jpg")
    expect(large.get_by_test_id("mark")).to_have_count(1)
    large.get_by_role("button", name="Close").click()
    expect(large).to_be_hidden()


def test_everything_is_done_by_keyboard_alone(page: Page) -> None:
    answer_start(page, made_up(needs_review=True, alternatives=[{"text": "22", "confidence": 0.4}]))
    # Listening early: `expect_file_chooser` begins to intercept too late for a key pressed at once.
    page.on("filechooser", lambda chooser: chooser.set_files(hub()))
    focus_by_tab(page, page.get_by_test_id("file-input"))
    page.keyboard.press("Enter")
    card = page.get_by_test_id("card")
    expect(card).to_have_attribute("data-state", "doubtful")
    focus_by_tab(page, card.get_by_test_id("picture"))
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("large")).to_be_visible()
    page.keyboard.press("Escape")
    expect(card.get_by_test_id("picture")).to_be_focused()
    focus_by_tab(page, card.get_by_test_id("alternative").last)
    page.keyboard.press("Space")
    expect(card.get_by_test_id("text")).to_have_text("22")
    focus_by_tab(page, card.get_by_test_id("copy"))
    focus_by_tab(page, page.get_by_test_id("clear"))
    page.keyboard.press("Enter")
    expect(card).to_have_count(0)


@pytest.mark.parametrize("context_options", [PHONE, PHONE | {"locale": "zh-CN", "color_scheme": "dark"}])
def test_a_phone_shows_everything_without_scrolling_sideways(page: Page) -> None:
    alternatives = [{"text": "SER RRFASTRGV61198", "confidence": 0.4}]
    long = made_up(text="SER RRFASTRGV61196", needs_review=True, alternatives=alternatives)
    long["marks"][0]["polygon"] = [[590, 10], [630, 10], [630, 630], [590, 630]]  # no room for a label
    answer_start(page, long)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    card = give(page, hub())
    expect(page.get_by_test_id("camera-input")).to_be_attached()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    # A label stands for its file input, which is there for keyboards and screen readers only.
    for button in page.locator("button:visible, label:visible, summary:visible").all():
        box = button.bounding_box()
        assert box is not None and min(box["width"], box["height"]) >= 44
    box = card.get_by_test_id("text").bounding_box()
    assert box is not None and box["x"] + box["width"] <= 360
    assert_marks_lie_inside(card)


def test_the_policy_forbids_what_the_page_does_not_need(page: Page, server_url: str) -> None:
    policy = page.request.get(f"{server_url}/").headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy


def test_why_a_reading_is_doubtful_is_said_in_words_and_on_the_picture(page: Page) -> None:
    corners = made_up()["marks"][0]["polygon"]
    small = {"code": "small", "text": "", "polygon": corners, "facts": {"pixels": 9, "needed": 20}}
    words = "<b>A cause that only the server knows.</b>"
    unknown = {"code": "of_tomorrow", "text": words, "polygon": None}
    answer_start(page, made_up(confidence=0.5, needs_review=True) | {"why": [small, unknown]})
    card = give(page, hub())
    reasons = card.get_by_test_id("reasons").get_by_role("listitem")
    expect(reasons).to_have_text(
        ["The characters are 9 pixels high, and 20 are needed: go nearer.", words], timeout=10_000
    )
    expect(card.get_by_test_id("badge")).to_have_text("9 px")
    box, place = card.get_by_test_id("badge").bounding_box(), card.get_by_test_id("picture").bounding_box()
    assert box is not None
    assert place is not None
    assert place["x"] <= box["x"] and box["x"] + box["width"] <= place["x"] + place["width"]
    page.get_by_test_id("language").click()
    expect(reasons.first).to_contain_text("9 像素")


def test_an_empty_reading_says_why_too(page: Page) -> None:
    dark = {"code": "dark", "text": "The picture is too dark.", "polygon": None}
    answer_start(page, made_up(text="", confidence=0.0, needs_review=True, marks=[]) | {"why": [dark]})
    card = give(page, hub())
    expect(card).to_have_attribute("data-state", "empty")
    expect(card.get_by_test_id("reasons").get_by_role("listitem")).to_have_text("The picture is too dark.")
