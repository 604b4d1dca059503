"""Settings, read once and passed in: environment, then castmark.toml, then a CCRS config.ini, then defaults.

Each field's description says what is allowed; it is both the documentation and the end of the
sentence that a wrong value stops the start with.
"""

import ipaddress
import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from handlers.environment import environment
from handlers.errors import ConfigurationError
from handlers.plant import Outbox, Rules, checked_pattern

_PREFIX = "CASTMARK_"
_TAKEN = frozenset(
    {"web", "docs", "openapi.json", "swagger", "login", "logout", "whoami", "incoming", "castmark"}
    | {"health", "ready", "metrics"}
)
_GROUPS = ("routes", "limits", "expiry", "outbox", "rules")
_HIDDEN = ("token", "database_url", "webhook_secret", "mqtt_password")
_SECRETS = {"token": "token_secret", "database_url": "database_secret"}
_SEGMENT = re.compile(r"[\w~-][\w.~-]{0,63}")

Megabytes = Annotated[float, Field(gt=0, le=100_000, description="a number of megabytes above 0")]
Count = Annotated[int, Field(ge=1, le=100_000, description="a whole number from 1 to 100000")]
Names = tuple[str, ...]


class Routes(BaseModel):
    """The name on the wire of every API: one path segment each, no two alike."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    test: str = "test"
    upload: str = "upload"
    start: str = "start"
    status: str = "status"
    clear: str = "clear"
    getpicture: str = "getpicture"
    info: str = "info"
    ishttps: str = "isHTTPS"
    command: str = "command"
    getdatabase: str = "getdatabase"
    getlogs: str = "getlogs"
    adduuid: str = "adduuid"
    removeuuid: str = "removeuuid"
    presign: str = "presign"
    readings: str = "readings"
    reading: str = "reading"
    evidence: str = "evidence"
    correct: str = "correct"
    confirm: str = "confirm"
    export: str = "export"
    molds: str = "molds"
    tokens: str = "tokens"
    issue: str = "issue"
    revoke: str = "revoke"
    check: str = "check"
    outbox: str = "outbox"
    resend: str = "resend"
    promise: str = "promise"
    teaching: str = "teaching"
    teach: str = "teach"

    @field_validator("*", mode="after")
    @classmethod
    def _is_one_segment(cls, name: str) -> str:
        if not _SEGMENT.fullmatch(name):
            raise ValueError("one path segment: letters, digits, '-', '_', '~' and inner '.', at most 64")
        if name in _TAKEN:
            raise ValueError(f"a name that the server itself does not use ({', '.join(sorted(_TAKEN))})")
        return name

    @model_validator(mode="after")
    def _are_all_different(self) -> Self:
        owners: dict[str, str] = {}
        for api, name in self:
            if name in owners:
                raise ValueError(f"a name of its own for each API, but {owners[name]} and {api} share {name!r}")
            owners[name] = api
        return self


class Limits(BaseModel):
    """What one request, and one client, may ask for. Sizes in megabytes of 1,048,576 bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file_mb: Megabytes = 25
    request_mb: Megabytes = 512
    megapixels: float = Field(64, gt=0, le=500, description="a number of megapixels above 0, at most 500")
    files: Count = 20
    batch: Count = 200
    start_pictures: Count = 20
    queue: Count = 200
    tasks: Count = 50
    connections: Count = 128
    uploads_minute: Count = 600
    refusals_minute: Count = 120
    unknown_uuids: Count = 60
    stored_mb: Megabytes = 4096

    @property
    def file_bytes(self) -> int:
        return int(self.file_mb * 1024 * 1024)

    @property
    def request_bytes(self) -> int:
        return int(self.request_mb * 1024 * 1024)

    @property
    def stored_bytes(self) -> int:
        return int(self.stored_mb * 1024 * 1024)

    @property
    def pixels(self) -> int:
        return int(self.megapixels * 1_000_000)


class Expiry(BaseModel):
    """How long things last when nobody comes back for them; the records of readings stay."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tasks_days: float = Field(30, gt=0, le=3650, description="a number of days above 0, at most 3650")
    uploads_days: float = Field(7, gt=0, le=3650, description="a number of days above 0, at most 3650")
    evidence_days: float = Field(365, gt=0, le=36_500, description="a number of days above 0, at most 36500")
    console_minutes: float = Field(60, gt=0, le=10_080, description="a number of minutes above 0, at most 10080")
    lease_seconds: float = Field(10, ge=0.2, le=3600, description="a number of seconds from 0.2 to 3600")


class Settings(BaseModel):
    """All that can be set. Build one from code in tests; `read_settings` is for the outside world."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    host: str = Field("127.0.0.1", min_length=1, description="an address or host name to listen on")
    port: int = Field(5000, ge=0, le=65535, description="a port number from 0 to 65535 (0: any free one)")
    data: Path = Field(Path("data"), description="a folder for uploads and records")
    access: Literal["guarded", "open"] = Field("guarded", description="'guarded' or 'open'")
    token: SecretStr | None = Field(None, min_length=16, description="an operator token of at least 16 characters")
    routes: Routes = Field(Routes(), description="a group of route names by API")
    limits: Limits = Field(Limits(), description="a group of limits by name")
    expiry: Expiry = Field(Expiry(), description="a group of times by name")
    outbox: Outbox = Field(Outbox(), description="a group of targets by name")
    rules: Rules = Field(Rules(), description="a group of rules by name")
    database_url: SecretStr | None = Field(None, description="a database's URL, such as postgresql://user@host/name")
    bucket: str = Field(
        "", pattern=r"^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?$", description="an S3 bucket's name, or empty"
    )
    s3_endpoint: str = Field("", pattern=r"^(https?://[^\s?#]+)?$", description="an S3 server's URL, or empty")
    s3_encryption: Literal["", "AES256", "aws:kms"] = Field("", description="'AES256', 'aws:kms', or empty")
    queue_url: str = Field("", pattern=r"^(https?://[^\s?#]+)?$", description="an SQS queue's URL, or empty")
    read_arrivals: bool = Field(False, description="true or false")
    start_for_strangers: Literal["readings", "tasks"] = Field("readings", description="'readings' or 'tasks'")
    log_group: str = Field(
        "", pattern=r"^[A-Za-z0-9_./#-]{0,512}$", description="a CloudWatch log group's name, or empty"
    )
    functions: Names = Field((), description="names of cloud functions, comma-separated")
    token_secret: str = Field("", description="a Secrets Manager secret's ARN or name, or empty")
    database_secret: str = Field("", description="a Secrets Manager secret's ARN or name, or empty")
    timezone: str = Field("", description="a time zone's name such as Asia/Shanghai, or empty for the system's own")
    evidence: Literal["crop", "whole", "none"] = Field("crop", description="'crop', 'whole' or 'none'")
    prefer_known_molds: bool = Field(True, description="true or false")
    reading: Literal["auto", "hub", "line"] = Field("auto", description="'auto', 'hub' or 'line'")
    alphabet: str = Field("", pattern=r"^[0-9A-Z]{0,36}$", description="digits and capital letters, or empty for all")
    pattern: str = Field("", max_length=200, description="a regular expression, or empty")
    review_below: float = Field(0.7, ge=0, le=1, description="a number from 0 to 1")
    wrong_at_most: float = Field(0, ge=0, le=200, description="a number from 0 (off) to 200, of 1,000")
    checked_share: float = Field(0.05, gt=0, le=1, description="a share above 0, at most 1")
    front_end: Path | None = Field(None, description="a folder with a built front end")
    cors_origins: Names = Field((), description="origins such as https://foundry.example, comma-separated, or *")
    hosts: Names = Field((), description="names that this server is asked for by, comma-separated")
    trusted_proxies: Names = Field((), description="addresses or networks of reverse proxies, comma-separated")
    certificates: Path | None = Field(None, description="a folder with one .crt and one .key file, for HTTPS")
    base_path: str = Field("", pattern=r"^(/[\w.~-]+)*$", description="a path before every route, such as /v1")
    decoders: int = Field(2, ge=0, le=16, description="how many processes decode pictures, from 0 to 16")
    workers: int = Field(1, ge=1, le=64, description="how many pictures are read at once, from 1 to 64")
    metrics: str = Field(
        "", pattern=r"^((\[[0-9A-Fa-f:.]+\]|[\w.-]+):[0-9]{1,5})?$", description="an address and a port, or empty"
    )
    log_switch: bool = Field(True, description="true or false")
    debug: bool = Field(False, description="true or false")

    @field_validator("cors_origins", "hosts", "trusted_proxies", "functions", mode="before")
    @classmethod
    def _from_commas(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if origin != "*" and not re.fullmatch(r"https?://[^/\s]+", origin):
                raise ValueError(f"{origin!r} is no origin")
        return tuple(_as_browsers_say(origin) for origin in origins)

    @field_validator("hosts")
    @classmethod
    def _are_names(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            if not re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[\w.-]+)(:[0-9]{1,5})?", host):
                raise ValueError(f"{host!r} is no name")
        return tuple(host.lower() for host in hosts)

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for proxy in proxies:
            ipaddress.ip_network(proxy)
        return proxies

    @field_validator("pattern")
    @classmethod
    def _is_a_pattern(cls, pattern: str) -> str:
        return checked_pattern(pattern)

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        if name and name not in available_timezones():
            raise ValueError(f"{name!r} is no time zone")
        return name

    @property
    def database(self) -> str | Path:
        """The database's URL, or by default SQLite's file in the data folder."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return self.data.absolute() / "castmark.db"

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def _as_browsers_say(origin: str) -> str:
    """In lower case and without the port that goes without saying."""
    lower = origin.lower()
    port = ":443" if lower.startswith("https://") else ":80"
    return lower.removesuffix(port)


def read_settings(folder: Path | None = None, **flags: Any) -> Settings:
    """The settings of this process, with castmark.toml and config.ini looked for in `folder`.

    `flags` are settings given on the command line; they win, unless they are None. Raises
    ConfigurationError with one sentence for a person.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    sources = {"the command line": given} | sources_of(folder or Path.cwd())
    settings = _checked(sources)
    secrets = _secrets(settings)
    return _checked(secrets | sources) if secrets else settings


def _checked(sources: dict[str, dict[str, Any]]) -> Settings:
    merged: dict[str, Any] = {}
    for source in reversed(sources.values()):
        merged = _merge(merged, source)
    try:
        return Settings(**merged)
    except ValidationError as error:
        raise ConfigurationError(_sentence(error, sources)) from None


def _secrets(settings: Settings) -> dict[str, dict[str, Any]]:
    """What AWS Secrets Manager says, by the setting that names the secret; what is set itself is not asked for."""
    kept = {field: setting for field, setting in _SECRETS.items() if getattr(settings, setting)}
    kept = {field: setting for field, setting in kept.items() if getattr(settings, field) is None}
    if not kept:
        return {}
    from handlers.aws.secrets import fetch

    texts = fetch({f"{_PREFIX}{setting.upper()}": getattr(settings, setting) for setting in kept.values()})
    return {f"the secret of {name}": {field: text} for field, (name, text) in zip(kept, texts.items(), strict=True)}


def sources_of(folder: Path) -> dict[str, dict[str, Any]]:
    """What each source says, by its name, the strongest first."""
    toml = folder / "castmark.toml"
    try:
        return {
            "the environment": _environment(),
            str(toml): _from_toml(toml),
            str(folder / "config.ini"): _existing(folder / "config.ini"),
        }
    except ConfigurationError:
        raise
    except (ValueError, OSError) as error:
        raise ConfigurationError(f"{toml} cannot be read: {error}.") from None


def _from_toml(file: Path) -> dict[str, Any]:
    if not file.exists():
        return {}
    import tomllib

    return tomllib.loads(file.read_text("utf-8"))


def _existing(file: Path) -> dict[str, Any]:
    if not file.exists():
        return {}
    from handlers.existing import existing_settings

    return existing_settings(file)


def _environment() -> dict[str, Any]:
    known = {name.upper() for name in Settings.model_fields}
    for variable in sorted(os.environ):
        name = variable.upper().removeprefix(_PREFIX).partition("__")[0]
        if variable.upper().startswith(_PREFIX) and name not in known:
            raise ConfigurationError(f"{variable} in the environment is no setting{_meant(name, known)}.")
    try:
        return environment(_PREFIX, Settings.model_fields, _GROUPS)
    except ValueError as error:
        raise ConfigurationError(f"The environment cannot be read: {error}; groups take JSON.") from None


def _meant(name: str, known: set[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, known, 1)
    return f"; {_PREFIX}{close[0]} is" if close else ""


def _merge(weak: dict[str, Any], strong: dict[str, Any]) -> dict[str, Any]:
    merged = weak | strong
    for name in _GROUPS:
        if isinstance(weak.get(name), dict) and isinstance(strong.get(name), dict):
            merged[name] = weak[name] | strong[name]
    return merged


def _sentence(error: ValidationError, sources: dict[str, dict[str, Any]]) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    path = [str(part) for part in first["loc"]]
    origin, value = _origin(path, sources)
    name = _PREFIX + "__".join(path[:2]).upper()
    reason = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        return f"{'.'.join(path)} in {origin} is no setting."
    # A whole group of targets may have a password in it.
    shown = "(hidden)" if path == ["outbox"] or path[-1] in _HIDDEN else repr(value)
    says_more = path[0] == "routes" or path == ["outbox"]
    allowed = reason if first["type"] == "value_error" and says_more else _allowed(path) or reason
    return f"{name} is {shown} in {origin}, but must be {allowed}."


def _origin(path: list[str], sources: dict[str, dict[str, Any]]) -> tuple[str, object]:
    for name, source in sources.items():
        value: Any = source
        for part in path[:2]:
            value = value.get(part) if isinstance(value, dict) else None
        if value is not None:
            return name, value
    return "the defaults", None


def _allowed(path: list[str]) -> str | None:
    groups: dict[str, type[BaseModel]] = {"limits": Limits, "expiry": Expiry, "outbox": Outbox, "rules": Rules}
    group = groups.get(path[0]) if len(path) > 1 else None
    field = group.model_fields.get(path[1]) if group else Settings.model_fields.get(path[0])
    return field.description if field else None
