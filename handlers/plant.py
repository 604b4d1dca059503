"""Settings of what a plant hears by itself: where events go, and what raises an alarm. All of it is off by default."""

import base64
import binascii
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

TARGETS = ("webhook", "folder", "mqtt", "sns", "event_bus")
"""Names of targets, which are the settings that switch them on."""
_SECRET_BYTES = range(24, 65)
_SECRET = "whsec_ and 24 to 64 bytes in base64, as `castmark outbox secret` makes them"  # noqa: S105  how one looks


class Outbox(BaseModel):
    """Where events go, and for how long that is tried; what did not arrive is shown, and may be sent again."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    webhook: str = Field(
        "", pattern=r"^(https?://[^\s/?#@]+(/[^\s#]*)?)?$", description="an http or https URL, or empty"
    )
    webhook_secret: SecretStr | None = Field(None, description=_SECRET)
    folder: Path | None = Field(None, description="a folder for one file a day, or empty")
    folder_format: Literal["csv", "json"] = Field("csv", description="'csv' or 'json'")
    mqtt: str = Field(
        "",
        pattern=r"^(mqtts?://([^\s:@/]+@)?([\w.-]+|\[[0-9A-Fa-f:]+\])(:[0-9]{1,5})?)?$",
        description="a broker's URL such as mqtts://user@broker.example:8883, without the password, or empty",
    )
    mqtt_topic: str = Field(
        "castmark", pattern=r"^[^+#/\s\x00][^+#\s\x00]{0,200}$", description="a topic without wildcards"
    )
    mqtt_password: SecretStr | None = Field(None, description="the password of the broker's user")
    mqtt_authorities: Path | None = Field(None, description="a PEM file of the broker's authorities, or empty")
    sns: str = Field(
        "", pattern=r"^(arn:aws[\w-]*:sns:[\w-]+:\d{12}:[\w.-]+)?$", description="an SNS topic's ARN, or empty"
    )
    event_bus: str = Field(
        "", pattern=r"^[A-Za-z0-9_.:/-]{0,256}$", description="an EventBridge bus's name or ARN, or empty"
    )
    timeout_seconds: float = Field(10, ge=0.2, le=60, description="a number of seconds from 0.2 to 60")
    longest_wait_seconds: float = Field(300, ge=0.2, le=86_400, description="a number of seconds from 0.2 to 86400")
    days: float = Field(7, gt=0, le=365, description="a number of days above 0, at most 365")
    kept_days: float = Field(30, gt=0, le=3650, description="a number of days above 0, at most 3650")
    most: int = Field(100_000, ge=1, le=10_000_000, description="a whole number from 1 to 10000000")

    @field_validator("webhook_secret")
    @classmethod
    def _is_a_secret(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None:
            text = secret.get_secret_value()
            try:
                key = base64.b64decode(text.removeprefix("whsec_"), validate=True)
            except binascii.Error:
                key = b""
            if not text.startswith("whsec_") or len(key) not in _SECRET_BYTES:
                raise ValueError(_SECRET)
        return secret

    @field_validator("mqtt", "webhook")
    @classmethod
    def _has_a_port(cls, url: str) -> str:
        # Raises ValueError beyond 65535.
        _ = urlsplit(url).port
        return url

    @model_validator(mode="after")
    def _can_be_used(self) -> Self:
        if self.webhook and self.webhook_secret is None:
            raise ValueError(f"complete: webhook needs webhook_secret, which is {_SECRET}")
        if self.mqtt_password and "@" not in self.mqtt:
            raise ValueError("complete: mqtt_password needs a user in mqtt, such as mqtts://user@broker.example")
        if self.mqtt_password and self.mqtt.startswith("mqtt:") and not _is_here(self.mqtt):
            raise ValueError("safe: a password goes to another machine by mqtts:// only")
        return self

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of those that are switched on."""
        return tuple(name for name in TARGETS if getattr(self, name))


class Rules(BaseModel):
    """What raises an alarm. A rule about texts passes over a reading that has none; `empty_share` is for these."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    known: bool = Field(False, description="true or false: the text is no known mold")
    pattern: str = Field("", max_length=200, description="a regular expression that every text matches, or empty")
    check: Literal["", "vin", "iso6346", "gs1"] = Field("", description="'vin', 'iso6346', 'gs1', or empty")
    unique: bool = Field(False, description="true or false: a text comes twice")
    sequence: bool = Field(False, description="true or false: the text is not the one before it plus one")
    review_share: float = Field(0, ge=0, lt=1, description="a share from 0 (off) to below 1")
    empty_share: float = Field(0, ge=0, lt=1, description="a share from 0 (off) to below 1")
    drift: bool = Field(False, description="true or false: shares or texts move beyond chance")
    last: int = Field(50, ge=5, le=1000, description="how many readings shares are of, from 5 to 1000")

    @field_validator("pattern")
    @classmethod
    def _is_a_pattern(cls, pattern: str) -> str:
        return checked_pattern(pattern)

    @property
    def on(self) -> tuple[str, ...]:
        """Names of the rules that are switched on."""
        return tuple(name for name in type(self).model_fields if name != "last" and getattr(self, name))


def checked_pattern(pattern: str) -> str:
    """`pattern`, where it can be used. Raises ValueError for what RE2 does not understand."""
    # Only functions that read have the engine; the others never use the pattern.
    if pattern and find_spec("re2") is not None:
        import re2

        options = re2.Options()
        options.log_errors = False
        try:
            re2.compile(pattern, options)
        except re2.error as error:
            raise ValueError(f"{pattern!r} is no regular expression of RE2's: {error}") from None
    return pattern


def _is_here(url: str) -> bool:
    return bool(re.fullmatch(r"localhost|127(\.\d+){3}|::1", urlsplit(url).hostname or ""))
