"""What AWS refuses, told apart in one place by its codes: for buckets, queues, secrets, logs and functions alike."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

Kind = Literal["missing", "changed", "refused", "busy", "silent", "other"]

# A request whose answer has no body, such as HEAD, is refused with a status only.
_CODES: dict[Kind, frozenset[str]] = {
    "missing": frozenset({"NoSuchKey", "NotFound", "ResourceNotFoundException", "404"}),
    # It is another one by now, or is being changed.
    "changed": frozenset({"PreconditionFailed", "ConditionalRequestConflict", "409", "412"}),
    "refused": frozenset(
        {"AccessDenied", "AccessDeniedException", "AllAccessDisabled", "ExpiredToken", "ExpiredTokenException"}
        | {"InvalidAccessKeyId", "InvalidClientTokenId", "InvalidSignatureException", "InvalidToken"}
        | {"SignatureDoesNotMatch", "UnrecognizedClientException", "401", "403"}
    ),
    "busy": frozenset(
        {"RequestLimitExceeded", "ServiceUnavailable", "SlowDown", "Throttling", "ThrottledException"}
        | {"ThrottlingException", "TooManyRequests", "TooManyRequestsException", "429", "503"}
    ),
    "silent": frozenset({"RequestTimeout", "RequestTimeoutException", "504"}),
}


class Refusal(Exception):
    """AWS did not do what it was asked; `code` is AWS's, or the name of botocore's error."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def kind(self) -> Kind:
        for kind, codes in _CODES.items():
            if self.code in codes:
                return kind
        if "Credential" in self.code:
            return "refused"
        return "silent" if "Timeout" in self.code else "other"


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


def code_of(error: BaseException) -> str:
    """The code of the Refusal behind an error, else the name of whatever is behind it; empty where nothing is."""
    cause, name = error.__cause__, ""
    while cause is not None:
        if isinstance(cause, Refusal):
            return cause.code
        cause, name = cause.__cause__, type(cause).__name__
    return name
