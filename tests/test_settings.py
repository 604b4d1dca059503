"""Settings: where they come from, which wins, and what a wrong one is told."""

from pathlib import Path

import pytest

from handlers.errors import ConfigurationError
from handlers.settings import Settings, read_settings


def test_defaults_are_a_guarded_server_on_loopback() -> None:
    settings = read_settings()
    assert (settings.host, settings.port, settings.access, settings.token) == ("127.0.0.1", 5000, "guarded", None)
    assert settings.on_loopback
    assert settings.routes.ishttps == "isHTTPS"
    assert (settings.limits.file_bytes, settings.limits.pixels, settings.limits.files) == (26_214_400, 64_000_000, 20)


def test_environment_beats_toml_beats_ini_beats_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "config.ini").write_text("[Settings]\nhost = ::1\nport = 5001\ndebug = true\n")
    (tmp_path / "castmark.toml").write_text('port = 5002\nworkers = 3\n[routes]\nupload = "send"\ntest = "ping"\n')
    monkeypatch.setenv("CASTMARK_WORKERS", "4")
    monkeypatch.setenv("CASTMARK_ROUTES__TEST", "alive")
    settings = read_settings(tmp_path)
    assert (settings.host, settings.port, settings.workers, settings.debug) == ("::1", 5002, 4, True)
    assert (settings.routes.upload, settings.routes.test) == ("send", "alive")


def test_command_line_beats_all_and_says_nothing_where_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASTMARK_PORT", "1")
    assert read_settings(port="2", host=None).port == 2
    assert read_settings(port=None).port == 1


def test_empty_variable_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASTMARK_TOKEN", "")
    assert read_settings().token is None


def test_group_is_json_and_a_variable_of_its_own_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("castmark_limits", '{"files": 3, "batch": 4}')
    monkeypatch.setenv("CASTMARK_Limits__Batch", "5")
    monkeypatch.setenv("CASTMARK_LIMITS__TASKS", "")
    limits = read_settings().limits
    assert (limits.files, limits.batch, limits.tasks) == (3, 5, 50)


def test_lists_are_comma_separated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASTMARK_CORS_ORIGINS", "https://a.example, http://b.example:3000")
    monkeypatch.setenv("CASTMARK_TRUSTED_PROXIES", "10.0.0.0/8,::1")
    settings = read_settings()
    assert settings.cors_origins == ("https://a.example", "http://b.example:3000")
    assert settings.trusted_proxies == ("10.0.0.0/8", "::1")


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("PORT", "70000", "CASTMARK_PORT is '70000' in the environment, but must be a port number from 0 to 65535"),
        ("PORT", "http", "must be a port number"),
        ("ACCESS", "everyone", "CASTMARK_ACCESS is 'everyone' in the environment, but must be 'guarded' or 'open'"),
        (
            "TOKEN",
            "short",
            "CASTMARK_TOKEN is (hidden) in the environment, but must be an operator token of at least 16",
        ),
        ("LIMITS__FILE_MB", "-1", "CASTMARK_LIMITS__FILE_MB is '-1' in the environment, but must be a number of mega"),
        ("LIMITS__FILES", "0", "must be a whole number from 1 to 100000"),
        ("CORS_ORIGINS", "a.example", "CASTMARK_CORS_ORIGINS is 'a.example' in the environment, but must be origins"),
        ("TRUSTED_PROXIES", "10.0.0.0/33", "CASTMARK_TRUSTED_PROXIES is '10.0.0.0/33'"),
        ("ROUTES__UPLOAD", "a/b", "CASTMARK_ROUTES__UPLOAD is 'a/b' in the environment, but must be one path segment"),
        ("ROUTES__UPLOAD", "..", "must be one path segment"),
        ("ROUTES__UPLOAD", "up load", "must be one path segment"),
        ("ROUTES__UPLOAD", "docs", "must be a name that the server itself does not use"),
        ("ROUTES__UPLOAD", "start", "but upload and start share 'start'"),
        ("ROUTES__UPLAOD", "send", "routes.uplaod in the environment is no setting"),
        ("ROUTES", "{broken", "The environment cannot be read"),
        ("ROUTES", "[]", "what it says of routes is no JSON object; groups take JSON"),
        ("LIMITS__FILES__MORE", "1", "limits.files__more in the environment is no setting"),
        ("BASE_PATH", "v1", "must be a path before every route, such as /v1"),
        ("WORKERS", "0", "must be how many pictures are read at once, from 1 to 64"),
        (
            "BUCKET",
            "s3://photos",
            "CASTMARK_BUCKET is 's3://photos' in the environment, but must be an S3 bucket's name",
        ),
        ("S3_ENDPOINT", "minio:9000", "must be an S3 server's URL, or empty"),
        ("S3_ENCRYPTION", "none", "must be 'AES256', 'aws:kms', or empty"),
        ("ROUTES__UPLOAD", "incoming", "must be a name that the server itself does not use"),
        ("QUEUE_URL", "readings", "must be an SQS queue's URL, or empty"),
        ("LOG_GROUP", "a log", "must be a CloudWatch log group's name, or empty"),
        ("READING", "rim", "CASTMARK_READING is 'rim' in the environment, but must be 'auto', 'hub' or 'line'"),
        ("ALPHABET", "abc", "must be digits and capital letters, or empty for all"),
        ("PATTERN", "[A-Z", "CASTMARK_PATTERN is '[A-Z' in the environment, but must be a regular expression"),
        ("REVIEW_BELOW", "90", "must be a number from 0 to 1"),
        ("PROT", "5000", "CASTMARK_PROT in the environment is no setting; CASTMARK_PORT is."),
    ],
)
def test_wrong_value_is_one_sentence(monkeypatch: pytest.MonkeyPatch, variable: str, value: str, sentence: str) -> None:
    monkeypatch.setenv(f"CASTMARK_{variable}", value)
    with pytest.raises(ConfigurationError) as error:
        read_settings()
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


def test_wrong_value_names_the_file_it_came_from(tmp_path: Path) -> None:
    (tmp_path / "castmark.toml").write_text("port = 70000")
    with pytest.raises(ConfigurationError, match=r"CASTMARK_PORT is 70000 in .*castmark\.toml, but must be"):
        read_settings(tmp_path)


def test_broken_toml_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "castmark.toml").write_text("port =")
    with pytest.raises(ConfigurationError, match=r"castmark\.toml cannot be read"):
        read_settings(tmp_path)


def test_unknown_name_in_toml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "castmark.toml").write_text("colour = 1")
    with pytest.raises(ConfigurationError, match=r"colour in .*castmark\.toml is no setting"):
        read_settings(tmp_path)


def test_token_is_hidden_wherever_settings_are_shown() -> None:
    settings = Settings.model_validate({"token": "a-very-secret-token"})
    assert "very-secret" not in repr(settings) + str(settings) + settings.model_dump_json()


@pytest.mark.parametrize(
    ("host", "on_loopback"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False)]
    + [("192.168.1.5", False), ("foundry.example", False)],
)
def test_loopback(host: str, on_loopback: bool) -> None:
    assert Settings(host=host).on_loopback is on_loopback
