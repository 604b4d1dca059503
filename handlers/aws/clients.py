"""Clients of AWS's services, all of one session."""

import threading
from functools import cache
from typing import Any

from handlers.aws.refusals import refusals

# As for storage: 14 seconds of silence at the most, less than any function has that waits for it.
_TRIES = 3
_making = threading.Lock()


def client(service: str, **options: Any) -> Any:
    """A client, as `options` say, that tries again by botocore's `standard` mode, where that can help."""
    from botocore.config import Config

    retries = {"mode": "standard", "total_max_attempts": _TRIES}
    config = Config(retries=retries, connect_timeout=3.5, read_timeout=3.5)
    with refusals():
        return made(service, config=config, **options)


def made(service: str, **options: Any) -> Any:
    """A client as `options` say, for who has settings of his own. The first costs 100 ms more than the others.

    Raises botocore's errors. One is made at a time: sessions are not safe among threads, clients are.
    """
    with _making:
        return _session().create_client(service, **options)


@cache
def _session() -> Any:
    from botocore.session import Session

    return Session()
