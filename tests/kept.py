"""What libraries make anew for each test, and is the same for all of them: made once in a process, and kept.

None of it is ours, and none of it knows anything of a test: descriptions that are read, and what is worked out of them.
"""

import os
import ssl
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import fastapi.dependencies.utils
import fastapi.routing
from fastapi.dependencies.models import Dependant


def keep() -> None:
    """From now on."""
    import botocore.session
    from botocore.loaders import create_loader

    from handlers.recognition import models

    # botocore's descriptions of the services stay in memory for all sessions: each test has a session of its own, and
    # reading them anew takes most of the time of a client's making.
    vars(botocore.session)["create_loader"] = cache(create_loader)
    # So do the networks: they are the same for every reader, and safe among threads.
    vars(models)["open_model"] = cache(models.open_model)
    keep_dependants()
    _keep_authorities()


def _keep_authorities() -> None:
    """The certificates that httpx reads for each client: 40 ms, most of a request to a server of the tests.

    Where the environment names others, those are read.
    """
    import httpcore2

    read = httpcore2.default_ssl_context
    kept = cache(read)

    def context(**options: Any) -> ssl.SSLContext:
        named = os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")
        return read(**options) if named else kept(**options)

    vars(httpcore2)["default_ssl_context"] = context


def keep_dependants() -> None:
    """What FastAPI finds out of the endpoints' signatures: a tenth of a second of each app's making, for 500 tests."""
    dependants = _kept_dependants(fastapi.dependencies.utils.get_dependant)
    # It is called by its name in either module.
    for module in (fastapi.dependencies.utils, fastapi.routing):
        vars(module)["get_dependant"] = dependants


def _kept_dependants(make: Callable[..., Dependant]) -> Callable[..., Dependant]:
    made: dict[Any, Dependant] = {}

    def get(**asked: Any) -> Dependant:
        key = tuple((name, tuple(value) if isinstance(value, list) else value) for name, value in asked.items())
        if key not in made:
            made[key] = make(**asked)
        # A route puts the dependencies that it names itself before these.
        return replace(made[key], dependencies=[*made[key].dependencies])

    return get
