"""A real browser on the page, with what tests of it do there."""

from __future__ import annotations

import io
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.drawing import draw_hub

if TYPE_CHECKING:
    from playwright.sync_api import FilePayload, Locator, Page, Response

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")

READING_TAKES_AT_MOST_MS = 60_000
LAUNCH_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
# One process for what is drawn and one for all pages: a context then costs two thirds of what it did.
LAUNCH_ARGUMENTS += ["--in-process-gpu", "--renderer-process-limit=1", "--disable-site-isolation-trials"]
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
