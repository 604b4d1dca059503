"""Clients of AWS's services, all of one session, and their errors by their codes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

# As for storage: 14 seconds of silence at the most, less than any function has that waits for it.
_TRIES = 3
_making = threading.Lock()
_MISSING = frozenset({"ResourceNotFoundException"})
_REFUSED = frozenset(
    {"AccessDenied", "AccessDeniedException", "ExpiredTokenException", "InvalidClientTokenId"}
    | {"InvalidSignatureException", "SignatureDoesNotMatch", "UnrecognizedClientException"}
)
_BUSY = frozenset(
    {"RequestLimitExceeded", "Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException"}
)


class Refusal(Exception):
    """AWS did not do what it was asked; `code` is AWS's, or the name of botocore's error."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def kind(self) -> str:
        """One of missing, refused, busy, silent and other."""
        if self.code in _MISSING:
            return "missing"
        if self.code in _REFUSED or "Credential" in self.code:
            return "refused"
        if self.code in _BUSY:
            return "busy"
        return "silent" if "Timeout" in self.code else "other"


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


@contextmanager
def refusals() -> Iterator[None]:
    """botocore's errors as Refusal, without their texts: those may name accounts and roles."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        raise Refusal(str(error.response.get("Error", {}).get("Code", ""))) from error
    except BotoCoreError as error:
        raise Refusal(type(error).__name__) from error
