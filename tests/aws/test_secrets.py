"""Settings kept in AWS Secrets Manager: fetched when a process starts, and never shown."""

import logging
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from botocore.exceptions import ConnectTimeoutError
from botocore.session import Session
from moto import mock_aws

from handlers.errors import ConfigurationError
from handlers.settings import Settings, read_settings
from tests.buckets import ENVIRONMENT
from tests.refusing import SECRET, refuse

TOKEN = "a token of sixteen"
URL = "postgresql://castmark:1234@db.example/castmark"


@pytest.fixture
def secrets() -> Iterator[Any]:
    """botocore's client of an empty Secrets Manager."""
    with mock_aws(), patch.dict("os.environ", ENVIRONMENT):
        yield Session().create_client("secretsmanager")


def _named(monkeypatch: pytest.MonkeyPatch, **settings: str) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(f"CASTMARK_{name}", value)


def test_token_and_database_are_fetched_by_name_and_by_arn(secrets: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    arn = secrets.create_secret(Name="castmark/token", SecretString=f"{TOKEN}\n")["ARN"]
    secrets.create_secret(Name="castmark/database", SecretString=URL)
    _named(monkeypatch, TOKEN_SECRET=arn, DATABASE_SECRET="castmark/database")
    settings = read_settings()
    assert settings.token is not None
    assert settings.token.get_secret_value() == TOKEN
    assert settings.database == URL


def test_value_that_is_set_itself_wins_and_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = refuse(monkeypatch, "secrets-manager", "AccessDeniedException")
    _named(monkeypatch, TOKEN=TOKEN, TOKEN_SECRET="a", DATABASE_URL=URL, DATABASE_SECRET="b")
    assert read_settings().database == URL
    assert asked == []


def test_each_secret_is_asked_for_once(secrets: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets.create_secret(Name="t", SecretString=TOKEN)
    secrets.create_secret(Name="d", SecretString=URL)
    clients: list[str] = []
    asked: list[str] = []
    make = Session.create_client

    def made(self: Session, *args: Any, **named: Any) -> Any:
        client = make(self, *args, **named)
        clients.append(args[0])
        client.meta.events.register("before-call", lambda model, **_: asked.append(model.name))
        return client

    monkeypatch.setattr(Session, "create_client", made)
    _named(monkeypatch, TOKEN_SECRET="t", DATABASE_SECRET="d")
    read_settings()
    assert (clients, asked) == (["secretsmanager"], ["GetSecretValue", "GetSecretValue"])


@pytest.mark.parametrize(
    ("failure", "reason", "tries"),
    [
        ("ResourceNotFoundException", "there is no such secret", 1),
        ("AccessDeniedException", "this process may not read it (secretsmanager:GetSecretValue)", 1),
        ("ExpiredTokenException", "this process may not read it", 1),
        ("ThrottlingException", "Secrets Manager is too busy", 3),
        ("DecryptionFailure", "Secrets Manager says DecryptionFailure", 1),
        (ConnectTimeoutError(endpoint_url="https://x.example"), "Secrets Manager did not answer in time", 3),
    ],
)
@pytest.mark.parametrize("setting", ["TOKEN_SECRET", "DATABASE_SECRET"])
@pytest.mark.usefixtures("secrets")
def test_failure_names_the_setting_and_the_reason(
    monkeypatch: pytest.MonkeyPatch, setting: str, failure: Exception | str, reason: str, tries: int
) -> None:
    asked = refuse(monkeypatch, "secrets-manager", failure)
    _named(monkeypatch, **{setting: "castmark/x"})
    with pytest.raises(ConfigurationError) as error:
        read_settings()
    assert str(error.value).startswith(f"CASTMARK_{setting} is 'castmark/x', which cannot be fetched: {reason}")
    assert SECRET not in str(error.value)
    assert asked == ["GetSecretValue"] * tries


def test_region_or_credentials_that_are_missing_are_a_sentence(secrets: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets.create_secret(Name="t", SecretString=TOKEN)
    _named(monkeypatch, TOKEN_SECRET="t")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(ConfigurationError, match=r"CASTMARK_TOKEN_SECRET is 't'.*NoRegionError"):
        read_settings()


@pytest.mark.parametrize("content", [{"SecretString": " \n"}, {"SecretBinary": b"\0\1"}])
def test_secret_without_text_is_a_sentence(
    secrets: Any, monkeypatch: pytest.MonkeyPatch, content: dict[str, Any]
) -> None:
    secrets.create_secret(Name="t", **content)
    _named(monkeypatch, TOKEN_SECRET="t")
    with pytest.raises(ConfigurationError, match="CASTMARK_TOKEN_SECRET is 't', but that secret holds no text"):
        read_settings()


def test_short_token_is_refused_without_being_shown(secrets: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets.create_secret(Name="t", SecretString="too short 1234")
    _named(monkeypatch, TOKEN_SECRET="t")
    with pytest.raises(ConfigurationError) as error:
        read_settings()
    assert str(error.value) == (
        "CASTMARK_TOKEN is (hidden) in the secret of CASTMARK_TOKEN_SECRET, "
        "but must be an operator token of at least 16 characters."
    )


def test_fetched_values_are_hidden_wherever_settings_are_shown(
    secrets: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    secrets.create_secret(Name="t", SecretString=TOKEN)
    secrets.create_secret(Name="d", SecretString=URL)
    _named(monkeypatch, TOKEN_SECRET="t", DATABASE_SECRET="d")
    with caplog.at_level(logging.DEBUG, "castmark"):
        settings = read_settings()
    shown = repr(settings) + str(settings) + settings.model_dump_json() + caplog.text
    assert TOKEN not in shown and "1234" not in shown


def test_settings_made_in_code_fetch_nothing() -> None:
    assert Settings(token_secret="t").token is None
