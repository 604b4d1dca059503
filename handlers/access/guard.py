"""The door before the guarded routes, as FastAPI dependencies: asks `operator`, and lets `patience` have its time."""

import time
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager
from functools import cache
from typing import Annotated, Any

from fastapi import Request, Security
from fastapi.security import APIKeyCookie, HTTPBearer
from starlette.concurrency import run_in_threadpool

from handlers.access.caller import Caller, address_of
from handlers.access.guesses import Guess, Guesses
from handlers.access.operator import OPERATOR_COOKIE, OTHER_PAGE, Admission, Shown, judge, shown
from handlers.access.origin import is_own_page
from handlers.access.patience import Patience
from handlers.access.roles import Holder, Role
from handlers.access.shares import Shares
from handlers.errors import LoginNeeded, NotAllowed
from handlers.openapi import failures
from handlers.settings import Settings

REFUSALS = failures(401, 403, 429)
_BEARER = HTTPBearer(
    auto_error=False, scheme_name="token", description="The operator token (CASTMARK_TOKEN), or a named one."
)
_COOKIE = APIKeyCookie(
    name=OPERATOR_COOKIE, auto_error=False, scheme_name="login", description="The cookie that `/login` gives."
)


@cache
def only(needed: Role) -> Callable[..., Coroutine[Any, Any, None]]:
    """A door that opens for `needed` and whoever may more; it raises LoginNeeded or NotAllowed for the others."""

    async def door(
        request: Request,
        token: Annotated[object, Security(_BEARER)],  # noqa: ARG001  read by `judge`; named for the documentation
        login: Annotated[object, Security(_COOKIE)],  # noqa: ARG001
    ) -> None:
        admission = await judged(request)
        if not admission.allowed:
            raise (LoginNeeded if admission.status == LoginNeeded.status else NotAllowed)(admission.reason)
        if not admission.role.may(needed):
            raise NotAllowed(f"This is for {needed}s, and the token of {admission.who} is a {admission.role}'s.")
        request.state.who = admission.who

    return door


async def judged(request: Request) -> Admission:
    """What the caller may do, once a guess has had its time. Raises TooManyGuesses."""
    found = shown(request, _settings(request))
    holder = await run_in_threadpool(_looked_up, request, found) if found else None
    admission = judge(request, _settings(request), time.time(), holder)
    if admission.guess:
        await settle(request, right=admission.allowed)
    return admission


def _looked_up(request: Request, found: Shown) -> Holder | None:
    tokens = request.app.state.rooms.tokens
    holder: Holder | None = tokens.logged_in(found.text) if found.is_login else tokens.holder_of(found.text)
    return holder


async def is_operator(request: Request) -> bool:
    """Whether an operator calls, for a route that answers others less. A guess of the token waits as anywhere."""
    admission = judge(request, _settings(request), time.time())
    if admission.guess:
        await settle(request, right=admission.allowed)
    return admission.allowed


async def may_wait(request: Request) -> bool:
    """Whether pictures are read while this caller waits. A guess of a token waits as anywhere."""
    return _settings(request).start_for_strangers == "readings" or (await judged(request)).allowed


async def only_own_pages(request: Request) -> None:
    """Raises NotAllowed where a page asks that is neither ours nor listed."""
    if not is_own_page(request, _settings(request).cors_origins):
        raise NotAllowed(OTHER_PAGE.reason)


async def within_share(request: Request) -> None:
    """Raises TooManyRequests where this address has uploaded, or was refused, more than its share."""
    shares: Shares = request.app.state.shares
    shares.upload(address_of(request))


def guessing(request: Request, uuid: str | None) -> AbstractContextManager[Guess]:
    """A block that finds out whether somebody has `uuid`. Raises TooManyRequests where this address guesses."""
    guesses: Guesses = request.app.state.guesses
    return guesses.of(address_of(request), uuid or "")


def uses(request: Request, caller: Caller) -> None:
    """Whatever this address guessed, the uuid that it uploads with is one that it uses."""
    guesses: Guesses = request.app.state.guesses
    guesses.use(address_of(request), caller.uuid or "")


async def settle(request: Request, *, right: bool) -> None:
    """Hold the answer to a guess of the token until it may be given."""
    patience: Patience = request.app.state.patience
    await patience.settle(address_of(request), right=right)


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.rooms.settings
    return settings
