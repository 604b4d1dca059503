"""The page in a real browser: what a person does there, on a desktop and on a phone, in two languages.

What the recogniser makes of a drawn hub is its own tests' affair: here the page must show what the server
answered. Where a state depends on the recogniser (doubtful, nothing legible), the test answers for `start`.
"""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.drawing import draw_hub

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, FilePayload, Locator, Page, Request, Response

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="neither chromium nor google-chrome is installed")

READING_TAKES_AT_MOST_MS = 60_000
LAUNCH_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
SETTLED = re.compile("done|doubtful|empty|error|offline")


def hub(name: str = "hub.jpg", text: str = "11", **drawing: Any) -> FilePayload:
    picture = io.BytesIO()
    draw_hub(text, **drawing).save(picture, "JPEG", quality=92)
    return {"name": name, "mimeType": "image/jpeg", "buffer": picture.getvalue()}


def made_up(name: str = "hub.jpg", **changes: Any) -> dict[str, Any]:
    """A reading as `status?detail=1` answers it, of a 640 x 640 picture."""
    corners = [[200, 180], [260, 180], [260, 230], [200, 230]]
    mark = {"text": "11", "polygon": corners, "angle": 0.0, "confidence": 0.93, "alternatives": []}
    return {
        "name": name,
        "text": "11",
        "confidence": 0.93,
        "needs_review": False,
        "alternatives": [],
        "marks": [mark],
        "width": 640,
        "height": 640,
    } | changes


def answer_start(page: Page, reading: dict[str, Any]) -> None:
    """Whatever is submitted is a task that has come to `reading`."""
    task = {"task_uuid": "0" * 32}
    told = {"status": {"status": "completed", "text": reading["text"]}, "readings": [reading]}
    page.route("**/start?*", lambda route: route.fulfill(status=200, json=task))
    page.route("**/status?*", lambda route: route.fulfill(status=200, json=task | told))


def has_read(response: Response) -> bool:
    """Whether it is a task's last answer, with its readings."""
    return "/status?" in response.url and "readings" in response.json()


def give(page: Page, *pictures: FilePayload) -> Locator:
    """Chooses pictures; their cards, once the last of them has been dealt with."""
    page.get_by_test_id("file-input").set_input_files(list(pictures))
    cards = page.get_by_test_id("card")
    for card in cards.all():
        expect(card).to_have_attribute("data-state", SETTLED, timeout=READING_TAKES_AT_MOST_MS)
    return cards


def drop(page: Page, picture: FilePayload, event: str = "drop") -> None:
    """Lets a picture fall on the page, as a file manager would."""
    transfer = page.evaluate_handle(
        """([name, bytes]) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([new Uint8Array(bytes)], name, { type: "image/jpeg" }));
          return transfer;
        }""",
        [picture["name"], list(picture["buffer"])],
    )
    page.dispatch_event("body", event, {"dataTransfer": transfer})


def focus_by_tab(page: Page, target: Locator) -> None:
    for _ in range(30):
        page.keyboard.press("Tab")
        if target.evaluate("node => node === document.activeElement"):
            return
    raise AssertionError("the Tab key does not lead there")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=LAUNCH_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def context_options() -> dict[str, Any]:
    """What a test may ask of its browser by parametrizing."""
    return {}


@pytest.fixture
def page(browser: Browser, server_url: str, context_options: dict[str, Any]) -> Iterator[Page]:
    """The page, open. Afterwards: nothing broke, nothing was blocked, and nothing left the origin."""
    # Without motion, so that what is measured does not move.
    context = browser.new_context(**({"locale": "en-US", "reduced_motion": "reduce"} | context_options))
    page = context.new_page()
    complaints: list[str] = []
    strangers: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def hear(message: ConsoleMessage) -> None:
        # A refused upload is reported as a failed resource; the page shows it, so it is no fault.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    def watch(request: Request) -> None:
        if not request.url.startswith((f"{server_url}/", f"blob:{server_url}/")):
            strangers.append(request.url)

    page.on("console", hear)
    page.on("request", watch)
    page.goto(f"{server_url}/")
    yield page
    context.close()
    assert complaints == []
    assert strangers == []


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
    with page.expect_response("**/upload") as refused:
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
