"""Clients of AWS's services other than S3 and SQS, and their errors by their codes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_TRIES = 3
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


def client(service: str) -> Any:
    """A client that tries again by botocore's `standard` mode, where that can help. Making one costs tens of ms."""
    from botocore.config import Config
    from botocore.session import Session

    retries = {"mode": "standard", "total_max_attempts": _TRIES}
    config = Config(retries=retries, connect_timeout=3, read_timeout=10)
    with refusals():
        return Session().create_client(service, config=config)


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
