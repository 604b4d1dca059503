"""The page with pictures larger than a request may be: they go straight to storage, and their sender sees how far."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from handlers.aws.bucket import Bucket
from tests.buckets import ENVIRONMENT, NAME, created, s3_server
from tests.e2e.browsing import READING_TAKES_AT_MOST_MS, SETTLED, answer_start, expect, hub, made_up
from tests.servers import running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FilePayload, Page

# Half of what a drawn hub has.
_SMALL_MB = "0.02"


class Plant:
    """A server that takes small requests only, the page of it, and what is asked of anybody."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.asked.append(f"{request.method} {request.url}"))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def give(self, picture: FilePayload) -> None:
        self.page.get_by_test_id("file-input").set_input_files(picture)
        card = self.page.get_by_test_id("card").first
        expect(card).to_have_attribute("data-state", SETTLED, timeout=READING_TAKES_AT_MOST_MS)

    def paths(self) -> list[str]:
        return [line.partition("?")[0].rpartition("/")[2] for line in self.asked if line.startswith("POST")]


@pytest.fixture(scope="module")
def storage_url() -> Iterator[str]:
    with s3_server() as url, patch.dict("os.environ", ENVIRONMENT):
        created(Bucket(NAME, endpoint=url))
        yield url


@pytest.fixture
def plant(
    browser: Browser,
    storage_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Plant]:
    monkeypatch.setenv("HOME", str(_home(tmp_path)))
    places = {"BUCKET": NAME, "S3_ENDPOINT": storage_url, "LIMITS__REQUEST_MB": _SMALL_MB}
    with running(tmp_path, "--as-lambda", ACCESS="open", **places) as server:
        page = browser.new_context(locale="en-US").new_page()
        plant = Plant(page)
        page.goto(server.url)
        yield plant
        page.context.close()
    assert plant.complaints == []


def _home(folder: Path) -> Path:
    """Where AWS's tools find who they are: the environment of a server under test has nothing of AWS."""
    (folder / ".aws").mkdir()
    credentials = {name.lower(): ENVIRONMENT[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    lines = "".join(f"{name} = {value}\n" for name, value in credentials.items())
    (folder / ".aws" / "credentials").write_text(f"[default]\n{lines}")
    (folder / ".aws" / "config").write_text(f"[default]\nregion = {ENVIRONMENT['AWS_DEFAULT_REGION']}\n")
    return folder


def test_large_picture_goes_straight_to_storage_and_is_read(plant: Plant) -> None:
    plant.page.evaluate(
        """() => {
          window.heads = [];
          new MutationObserver(() => heads.push(document.querySelector('[data-testid=head]')?.textContent.trim()))
            .observe(document.body, { subtree: true, childList: true, characterData: true });
        }"""
    )
    plant.give(hub())
    expect(plant.page.get_by_test_id("card").get_by_test_id("text")).to_have_text("11")
    assert plant.paths()[0] == "presign" and "upload" not in plant.paths() and len(plant.paths()) == 2
    heads = plant.page.evaluate("heads")
    assert any("Sending…" in head and "%" in head for head in heads if head), heads


def test_large_file_that_is_no_picture_shows_a_persons_sentence(plant: Plant) -> None:
    plant.give({"name": "x.jpg", "mimeType": "image/jpeg", "buffer": b"This is text. " * 4000})
    error = plant.page.get_by_test_id("error")
    expect(error).to_contain_text("x.jpg")
    assert "presign" not in error.inner_text()


def test_picture_that_something_on_the_way_refuses_takes_the_other_road(plant: Plant) -> None:
    small = io.BytesIO()
    from PIL import Image

    Image.new("L", (32, 24), 200).save(small, "PNG")
    plant.page.route(
        "**/upload", lambda route: route.fulfill(status=413, content_type="text/html", body="<h1>413</h1>")
    )
    answer_start(plant.page, made_up("small.png", width=32, height=24))
    plant.give({"name": "small.png", "mimeType": "image/png", "buffer": small.getvalue()})
    assert plant.paths()[:2] == ["upload", "presign"]
    expect(plant.page.get_by_test_id("card")).to_have_attribute("data-state", "done")
