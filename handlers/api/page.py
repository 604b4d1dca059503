"""The web page at `/` and, whatever front end may be served there, at `/castmark/`; and its files."""

import html
import json
from functools import cache, lru_cache
from hashlib import sha256
from importlib.resources import files

from fastapi import Request
from fastapi.responses import Response

from handlers.access.caller import SESSION_COOKIE, new_session
from handlers.errors import NotFound
from handlers.function import Api, RoomsOf
from handlers.settings import Settings

_SCRIPTS = (
    *("page.js", "common.js", "texts.js", "read.js", "card.js", "why.js", "sending.js", "charts.js"),
    *("review.js", "history.js", "promise.js", "outbox.js", "console.js", "events.js", "settings.js", "teaching.js"),
)
_TYPES = {
    **dict.fromkeys(_SCRIPTS, "text/javascript"),
    **dict.fromkeys(("page.css", "read.css", "views.css"), "text/css"),
    "icon.svg": "image/svg+xml",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'{elsewhere}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # Browsers keep it, and ask each time whether it is still the same; nobody else keeps a page with a cookie.
    "Cache-Control": "private, no-cache",
}
_MONTH = 30 * 24 * 3600
api = Api()


@api.route("/", methods=("GET",), include_in_schema=False)
async def page(request: Request, rooms: RoomsOf) -> Response:
    return _answered(request, rooms.settings, "./")


@api.route("/castmark", methods=("GET",), include_in_schema=False)
async def own_page(request: Request, rooms: RoomsOf) -> Response:
    # Files and APIs are named as seen from the page; without the slash it stands beside them.
    return _answered(request, rooms.settings, "../" if _asked_path(request).endswith("/") else "./")


def _asked_path(request: Request) -> str:
    """As the browser shows it; `paths` has made all spellings of it one."""
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    return raw.decode("latin-1").partition("?")[0]


def _answered(request: Request, settings: Settings, base: str) -> Response:
    """The page, whose APIs are at `base` from it; with a session, where the browser has none."""
    response = _sent(request, _page(settings, base), "text/html", _policy(_elsewhere(settings)))
    if SESSION_COOKIE not in request.cookies:
        give_session(response, secure=request.url.scheme == "https")
    return response


def give_session(response: Response, *, secure: bool) -> None:
    """By its cookie a browser is a caller of its own."""
    response.set_cookie(SESSION_COOKIE, new_session(), max_age=_MONTH, httponly=True, samesite="lax", secure=secure)


@api.route("/web/{name}", methods=("GET",), include_in_schema=False)
@api.route("/castmark/web/{name}", methods=("GET",), include_in_schema=False)
async def web(request: Request, name: str) -> Response:
    if name not in _TYPES:
        raise NotFound("The page has no such file.")
    return _sent(request, _file(name), _TYPES[name], _policy(""))


def _sent(request: Request, content: bytes, kind: str, headers: dict[str, str]) -> Response:
    """The content, or that it is still the one that the browser has (RFC 9110, 13.1.2)."""
    tag = _tag(content)
    headers = _HEADERS | headers | {"ETag": tag}
    known = [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=kind, headers=headers)


@lru_cache(maxsize=16)
def _tag(content: bytes) -> str:
    return f'"{sha256(content).hexdigest()[:16]}"'


def _page(settings: Settings, base: str) -> bytes:
    told = {
        "base": base,
        "routes": json.dumps(settings.routes.model_dump()),
        "request-bytes": str(settings.limits.request_bytes),
    }
    text = _file("index.html").decode()
    for name, value in told.items():
        text = text.replace("{{" + name + "}}", html.escape(value))
    return text.encode()


def _policy(elsewhere: str) -> dict[str, str]:
    return {"Content-Security-Policy": _POLICY.format(elsewhere=elsewhere)}


def _elsewhere(settings: Settings) -> str:
    """Where else the page may send: pictures that are too large for a request go straight to their bucket."""
    if not settings.bucket:
        return ""
    if settings.s3_endpoint:
        return f" {'/'.join(settings.s3_endpoint.split('/')[:3])}"
    # Its host has the region in it, which only AWS's own tools know.
    return " https://*.amazonaws.com https://*.amazonaws.com.cn"


@cache
def _file(name: str) -> bytes:
    return files("handlers.web").joinpath(name).read_bytes()
