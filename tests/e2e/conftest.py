"""A real server for all tests here that do not need one of their own, and a browser on its page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.servers import Server, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Request


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture(scope="session")
def server_url(server: Server) -> str:
    return server.url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Asked for by tests of the page alone, which are skipped where there is no browser.
    from tests.e2e.browsing import CHROMIUM, LAUNCH_ARGUMENTS, sync_api

    if CHROMIUM is None:
        pytest.skip("neither chromium nor google-chrome is installed")
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
