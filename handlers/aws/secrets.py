"""Secrets that AWS Secrets Manager keeps: a setting names one, its text is fetched once when a process starts."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from handlers.aws.clients import client
from handlers.aws.refusals import Refusal, refusals
from handlers.errors import ConfigurationError

_REASONS = {
    "missing": "there is no such secret",
    "refused": "this process may not read it (secretsmanager:GetSecretValue)",
    "busy": "Secrets Manager is too busy",
    "silent": "Secrets Manager did not answer in time",
}


def fetch(secrets: Mapping[str, str]) -> dict[str, str]:
    """The texts of secrets, without white space around them; `secrets` gives a name or ARN for each setting.

    Raises ConfigurationError, which names the setting and the secret and never a value.
    """
    texts: dict[str, str] = {}
    manager = cache(lambda: client("secretsmanager"))
    for setting, name in secrets.items():
        try:
            texts[setting] = _text(manager(), name)
        except Refusal as error:
            reason = _REASONS.get(error.kind) or f"Secrets Manager says {error.code}"
            raise ConfigurationError(f"{setting} is {name!r}, which cannot be fetched: {reason}.") from None
        if not texts[setting]:
            raise ConfigurationError(f"{setting} is {name!r}, but that secret holds no text.")
    return texts


def _text(manager: Any, name: str) -> str:
    with refusals():
        answer = manager.get_secret_value(SecretId=name)
    # One made in a script may end with a newline.
    return str(answer.get("SecretString", "")).strip()
