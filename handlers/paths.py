"""The targets that clients write, brought to the one that routes know: `//test`, `/test/`, a whole URL, and HEAD."""

import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SLASHES = re.compile("/{2,}")
_ABSOLUTE = re.compile(r"https?://[^/]*", re.IGNORECASE)


class Paths:
    """Sees that `x` is reached as `//x` and `/x/` too, and that HEAD is answered wherever GET is, without a body.

    A whole URL in place of a path (RFC 9112, 3.2.2) counts as its path; what it names as host is not believed.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["path"] = plain(scope["path"], scope.get("root_path", ""))
        if scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        scope["method"] = "GET"
        try:
            await self._app(scope, receive, _headers_only(send))
        finally:
            scope["method"] = "HEAD"


def plain(path: str, root: str) -> str:
    """`path` with one slash where there are several, and none at its end but for the page at `root`."""
    if not path.startswith("/"):
        path = _ABSOLUTE.sub("", path, count=1) or "/"
    if "//" in path:
        path = _SLASHES.sub("/", path)
    if path.endswith("/") and path not in ("/", f"{root}/"):
        path = path[:-1]
    return path


def _headers_only(send: Send) -> Send:
    """The answer's length stays that of its body, as RFC 9110 has it."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return sending
