"""What AWS refuses, told apart by its codes, and found again behind errors of ours."""

import pytest
from botocore.exceptions import ClientError, NoCredentialsError, ReadTimeoutError

from handlers.aws.refusals import Refusal, code_of, refusals
from handlers.errors import StorageUnavailable


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("NoSuchKey", "missing"),
        ("ResourceNotFoundException", "missing"),
        ("404", "missing"),
        ("NoSuchBucket", "other"),
        ("PreconditionFailed", "changed"),
        ("AccessDenied", "refused"),
        ("AccessDeniedException", "refused"),
        ("PartialCredentialsError", "refused"),
        ("SlowDown", "busy"),
        ("TooManyRequestsException", "busy"),
        ("503", "busy"),
        ("RequestTimeout", "silent"),
        ("ConnectTimeoutError", "silent"),
        ("InternalError", "other"),
        ("", "other"),
    ],
)
def test_codes_of_all_services_are_of_one_kind_each(code: str, kind: str) -> None:
    assert Refusal(code).kind == kind


@pytest.mark.parametrize(
    ("error", "code", "kind"),
    [
        (ClientError({"Error": {"Code": "Throttling", "Message": "the secret is 1234"}}, "Ask"), "Throttling", "busy"),
        (ClientError({}, "Ask"), "", "other"),
        (NoCredentialsError(), "NoCredentialsError", "refused"),
        (ReadTimeoutError(endpoint_url="https://nowhere.example"), "ReadTimeoutError", "silent"),
    ],
)
def test_errors_of_botocore_are_refusals_without_their_texts(error: Exception, code: str, kind: str) -> None:
    with pytest.raises(Refusal) as raised, refusals():
        raise error
    assert (raised.value.code, raised.value.kind, str(raised.value)) == (code, kind, code)


def test_code_is_found_however_far_behind() -> None:
    again = StorageUnavailable("again")
    again.__cause__ = StorageUnavailable("once")
    again.__cause__.__cause__ = Refusal("SlowDown")
    assert code_of(again) == "SlowDown"
    again.__cause__.__cause__ = PermissionError()
    assert code_of(again) == "PermissionError"
    assert code_of(StorageUnavailable("alone")) == ""
