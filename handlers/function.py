"""The one wrapper: APIs are declared once, and apps are built from the declarations.

    api = Api()

    @api.route("test", summary="Is the server there?")
    async def test() -> ...

The first argument is the API's key in `settings.routes`; what it is called on the wire is a setting.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.types import Scope

from handlers import __version__
from handlers.access.caller import Caller, address_of, caller_of
from handlers.access.guard import REFUSALS, only
from handlers.access.guesses import Guesses
from handlers.access.patience import Patience
from handlers.access.roles import GUARDED, ROLE_OF
from handlers.access.shares import Shares
from handlers.access.sites import Sites
from handlers.errors import DISK_FULL, FULL, DatabaseUnusable, StorageFull, WireError
from handlers.middleware import BasePath, BodyLimit, Cors, OwnSites, RequestLog, Unforeseen
from handlers.notes import NotedRoute
from handlers.paths import Paths
from handlers.rooms import Rooms
from handlers.settings import Settings

_log = logging.getLogger("castmark.function")
_ABOUT = "Reads the characters cast into metal: photo of a casting in, mold number out."
_Endpoint = TypeVar("_Endpoint", bound=Callable[..., Any])


@dataclass(frozen=True)
class Route:
    """One route of an API. `name` is a key of the route settings or, with a slash, a fixed path."""

    name: str
    endpoint: Callable[..., Any]
    methods: tuple[str, ...]
    docs: dict[str, Any]

    def path(self, settings: Settings) -> str:
        return self.name if self.name.startswith("/") else f"/{getattr(settings.routes, self.name)}"


@dataclass(frozen=True)
class Api:
    """The routes of one API module.

    `prepared` are the rooms that every request needs: those that are made ready before a snapshot of its function.
    """

    prepared: tuple[str, ...] = ()
    routes: list[Route] = field(default_factory=list)

    def route(
        self, name: str, *, methods: tuple[str, ...] = ("GET", "POST"), **docs: Any
    ) -> Callable[[_Endpoint], _Endpoint]:
        """Declare a route; `docs` go to FastAPI's `add_api_route` and so to OpenAPI."""

        def declare(endpoint: _Endpoint) -> _Endpoint:
            self.routes.append(Route(name, endpoint, methods, docs))
            return endpoint

        return declare


def build_app(settings: Settings, apis: Iterable[Api]) -> FastAPI:
    """An app of these APIs, with rooms of its own in `app.state.rooms`."""
    app = FastAPI(
        title="Castmark",
        version=__version__,
        description=_ABOUT,
        docs_url=None,
        swagger_ui_oauth2_redirect_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.rooms = Rooms(settings)
    app.state.patience = Patience()
    app.state.guesses = Guesses(settings.limits.unknown_uuids)
    app.state.shares = Shares(settings.limits.uploads_minute, settings.limits.refusals_minute)
    app.router.route_class = NotedRoute
    _add_middleware(app, settings)
    _add_error_answers(app)
    for api in apis:
        for route in api.routes:
            _add_route(app, route, settings)
    return app


async def _rooms(request: Request) -> Rooms:
    rooms: Rooms = request.app.state.rooms
    return rooms


async def _caller(request: Request) -> Caller:
    return caller_of(request)


RoomsOf = Annotated[Rooms, Depends(_rooms)]
CallerOf = Annotated[Caller, Depends(_caller)]


def _add_route(app: FastAPI, route: Route, settings: Settings) -> None:
    options = {"name": route.name, **(_guarded(route) if route.name in GUARDED else route.docs)}
    # One route a method: FastAPI gives a route of two methods one operation id, which OpenAPI forbids.
    for method in route.methods:
        operation = f"{route.endpoint.__name__}_{method.lower()}"
        app.add_api_route(route.path(settings), route.endpoint, methods=[method], operation_id=operation, **options)


def _guarded(route: Route) -> dict[str, Any]:
    """The same route behind the door of its role, which opens before a parameter is looked at."""
    docs = route.docs
    dependencies = [Depends(only(ROLE_OF[route.name])), *docs.get("dependencies", ())]
    return docs | {"dependencies": dependencies, "responses": docs.get("responses", {}) | REFUSALS}


def _add_middleware(app: FastAPI, settings: Settings) -> None:
    # Starlette puts the one added last outermost.
    app.add_middleware(BodyLimit, limit=settings.limits.request_bytes)
    app.add_middleware(OwnSites, sites=Sites(settings))
    app.add_middleware(Paths)
    app.add_middleware(Unforeseen, answer=_unforeseen)
    app.add_middleware(Cors, settings=settings)
    app.add_middleware(RequestLog)
    if settings.base_path:
        app.add_middleware(BasePath, path=settings.base_path)


def _add_error_answers(app: FastAPI) -> None:
    @app.exception_handler(WireError)
    async def foreseen(request: Request, error: WireError) -> Response:
        if isinstance(error, DatabaseUnusable):
            # Callers are not told why. Storage and queue log their own troubles.
            _log.error("The database cannot be used: %s", error.reason)
            error = StorageFull(DISK_FULL) if "disk is full" in error.reason else error
        rooms: Rooms = request.app.state.rooms
        rooms.meters.refused(type(error).__name__)
        if 400 <= error.status < 429 and getattr(request.scope.get("route"), "name", "") in _UPLOADING:
            request.app.state.shares.refused(address_of(request))
        return _answer(request.scope, error.status, str(error), error.headers, error.extra)

    @app.exception_handler(OSError)
    async def of_the_system(request: Request, error: OSError) -> Response:
        if error.errno not in FULL:
            raise error
        request.app.state.rooms.meters.refused(StorageFull.__name__)
        return _answer(request.scope, StorageFull.status, DISK_FULL)

    @app.exception_handler(HTTPException)
    async def of_the_framework(request: Request, error: HTTPException) -> Response:
        sentence = _SENTENCES.get(error.status_code, error.detail)
        return _answer(request.scope, error.status_code, sentence, error.headers)

    @app.exception_handler(RequestValidationError)
    async def of_a_parameter(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        return _answer(request.scope, 400, f"The parameter {first['loc'][-1]} is wrong: {first['msg']}.")


# Routes whose refusals count against an address: what is refused there was read first.
_UPLOADING = ("upload", "presign", "/incoming")
_SENTENCES = {
    404: "There is nothing at this address; see the list of APIs in the documentation.",
    405: "This address does not answer that method.",
}


def _unforeseen(scope: Scope, incident: str) -> Response:
    return _answer(scope, 500, f"Something went wrong on our side; the log names the cause as {incident}.")


def _answer(
    scope: Scope, status: int, sentence: str, headers: Mapping[str, str] | None = None, extra: Any = None
) -> Response:
    body = {**(extra or {}), "error": sentence}
    if _shows_info(scope):
        body["info"] = sentence
    return JSONResponse(body, status, headers=headers)


def _shows_info(scope: Scope) -> bool:
    """Clients of `start` and `status` show the field `info`."""
    routes = scope["app"].state.rooms.settings.routes
    path = getattr(scope.get("route"), "path", "")
    return path in (f"/{routes.start}", f"/{routes.status}")
