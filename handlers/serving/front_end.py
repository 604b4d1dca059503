"""A front end that somebody has built already, served from its folder at `/`, as the existing system serves it.

Its own addresses (`/history`, say) are views of one page: a browser that opens or reloads one gets `index.html`.
Programs that ask for what is not there get 404 as ever. APIs come first, whatever the folder holds.
"""

import os
import re
from pathlib import Path

import anyio.to_thread
from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from handlers.access.caller import SESSION_COOKIE
from handlers.api.page import give_session
from handlers.errors import ConfigurationError

# Bundlers put what they name by its content into these folders: it never changes, and need not be asked for again.
_NAMED_BY_CONTENT = re.compile(
    r"(?:^|/)(?:static|assets|_next/static|_app/immutable)/(?:.+/)?[^/]*(?=[\w-]*[0-9])(?=[\w-]*[A-Za-z])[\w-]{8,}"
    r"(?:\.chunk)?\.\w+(?:\.map)?$",
    re.ASCII,
)
_YEAR = "public, max-age=31536000, immutable"
# What a system's own table of types may lack, or have wrong (Windows' registry).
_TYPES = {
    **dict.fromkeys((".js", ".mjs"), "text/javascript"),
    ".css": "text/css",
    ".html": "text/html",
    ".json": "application/json",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}


def serve_front_end(app: FastAPI, folder: Path) -> None:
    """Have `app` answer from `folder` what no API does. Raises ConfigurationError where no front end is there."""
    if not (folder / "index.html").is_file():
        raise ConfigurationError(
            f"CASTMARK_FRONT_END is {str(folder)!r}, where there is no index.html; it must be the folder that the "
            "front end's build made (build, dist or out)."
        )
    app.router.routes[:] = [route for route in app.router.routes if getattr(route, "path", "") != "/"]
    app.router.default = FrontEnd(folder)


class FrontEnd(StaticFiles):
    """The files of a folder, nothing hidden and nothing by links to elsewhere, and its page for every view."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder)

    async def get_response(self, path: str, scope: Scope) -> Response:
        if scope["method"] != "GET" or any(part.startswith(".") for part in path.split("/") if part != "."):
            raise HTTPException(404)
        for name in (path, f"{path}.html", f"{path}/index.html"):
            if found := await self._file(name, scope):
                return found
        if not _opens_a_view(path, scope):
            raise HTTPException(404)
        return await self._file("index.html", scope) or Response(status_code=404)

    async def _file(self, name: str, scope: Scope) -> Response | None:
        """The answer with that file, or that the browser has it; None where it is none of the folder's."""
        try:
            full, facts = await anyio.to_thread.run_sync(self.lookup_path, name)
        except (OSError, ValueError):
            # A name that no system takes, or a file that may not be read.
            return None
        if facts is None or not os.path.isfile(full):
            return None
        response = self.file_response(full, facts, scope)
        ending = os.path.splitext(full)[1].lower()
        if ending in _TYPES and response.status_code == 200:
            charset = "; charset=utf-8" if _TYPES[ending].startswith("text/") else ""
            response.headers["Content-Type"] = _TYPES[ending] + charset
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = _YEAR if _NAMED_BY_CONTENT.search(name) else "private, no-cache"
        if ending == ".html":
            _know(response, scope)
        return response


def _opens_a_view(path: str, scope: Scope) -> bool:
    """Whether a person's browser opens an address of the front end's, and asks for no file or data."""
    wants_page = "text/html" in Headers(scope=scope).get("accept", "")
    return wants_page and "." not in path.rsplit("/", 1)[-1].removeprefix(".")


def _know(response: Response, scope: Scope) -> None:
    """Two behind one router are two callers, where their browsers send what they were given."""
    connection = HTTPConnection(scope)
    if SESSION_COOKIE not in connection.cookies:
        give_session(response, secure=connection.url.scheme == "https")
