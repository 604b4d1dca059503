"""The existing system's config.ini, read as it stands on a foundry's server."""

import logging
from pathlib import Path

import pytest

from handlers.errors import ConfigurationError
from handlers.existing import existing_settings
from handlers.settings import read_settings

_FILE = """# This is a server configuration file.
[Settings]
host = 127.0.0.1
port = 5050
debug = false
logSwitch = false

[SSH_Service]
use_https = {https}
ssh_path = ./CRT

[API_Service]
USE_OPTIONS = {options}
isHTTPS = secure
clear = clean
getpicture = show
start = go
upload = send
test = ping
info = about
"""


def _write(folder: Path, text: str) -> Path:
    file = folder / "config.ini"
    file.write_text(text, "utf-8")
    return file


def test_all_that_it_says_is_taken_over(tmp_path: Path) -> None:
    _write(tmp_path, _FILE.format(https="true", options="true"))
    settings = read_settings(tmp_path)
    assert (settings.host, settings.port, settings.debug, settings.log_switch) == ("127.0.0.1", 5050, False, False)
    assert settings.certificates == tmp_path / "CRT"
    routes = settings.routes
    assert (routes.ishttps, routes.clear, routes.getpicture) == ("secure", "clean", "show")
    assert (routes.start, routes.upload, routes.test, routes.info) == ("go", "send", "ping", "about")
    assert routes.command == "command"


def test_switches_that_are_off_leave_the_rest_out(tmp_path: Path) -> None:
    _write(tmp_path, _FILE.format(https="false", options="false"))
    settings = read_settings(tmp_path)
    assert settings.certificates is None
    assert settings.routes.upload == "upload"


def test_no_file_says_nothing(tmp_path: Path) -> None:
    assert existing_settings(tmp_path / "config.ini") == {}


def test_byte_order_mark_of_windows_editors_is_no_obstacle(tmp_path: Path) -> None:
    assert existing_settings(_write(tmp_path, "\ufeff[Settings]\nport = 1\n")) == {"port": "1"}


def test_model_section_is_ignored_with_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "castmark.settings"):
        assert existing_settings(_write(tmp_path, "[Model]\npath = yolo.pt\n")) == {}
    assert "[Model]" in caplog.text


@pytest.mark.parametrize(
    "text",
    ["port = 1", "[Settings\nport = 1", "[Settings]\nport = 1\nport = 2", "[API_Service]\nUSE_OPTIONS = perhaps"],
)
def test_file_that_cannot_be_understood_is_one_sentence(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"config\.ini"):
        existing_settings(_write(tmp_path, text))


def test_wrong_value_is_laid_at_its_door(tmp_path: Path) -> None:
    _write(tmp_path, "[Settings]\nport = 99999\n")
    with pytest.raises(ConfigurationError, match=r"CASTMARK_PORT is '99999' in .*config\.ini, but must be"):
        read_settings(tmp_path)
