"""The config.ini of the existing system (CCRS), as settings of Castmark.

Read so that a foundry's server can be replaced without touching its configuration. Sections and
options as that system writes them: [Settings], [SSH_Service], [API_Service], [Model].
"""

import configparser
import logging
from pathlib import Path
from typing import Any

from handlers.errors import ConfigurationError

_log = logging.getLogger("castmark.settings")
_ROUTES = ("ishttps", "clear", "getpicture", "start", "upload", "test", "info")
_OPTIONS = {"host": "host", "port": "port", "debug": "debug", "logswitch": "log_switch"}


def existing_settings(file: Path) -> dict[str, Any]:
    """The settings that `file` holds; none where there is no such file.

    Raises ConfigurationError where it cannot be understood.
    """
    parser = configparser.ConfigParser(interpolation=None, inline_comment_prefixes=("#", ";"))
    try:
        if not parser.read(file, encoding="utf-8-sig"):
            return {}
        if parser.has_section("Model"):
            _log.warning("[Model] in %s is ignored: Castmark brings its own models.", file)
        return _settings(parser) | _certificates(parser, file) | _routes(parser)
    except (configparser.Error, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file} cannot be read: {error}.") from None
    except ValueError as error:
        raise ConfigurationError(f"{file} has a switch that is neither true nor false: {error}.") from None


def _settings(parser: configparser.ConfigParser) -> dict[str, Any]:
    section = parser["Settings"] if parser.has_section("Settings") else {}
    return {ours: section[theirs] for theirs, ours in _OPTIONS.items() if section.get(theirs)}


def _certificates(parser: configparser.ConfigParser, file: Path) -> dict[str, Any]:
    if not parser.getboolean("SSH_Service", "use_https", fallback=False):
        return {}
    # Relative to the file, as that system's own start-up folder was.
    return {"certificates": str(file.parent / parser.get("SSH_Service", "ssh_path", fallback="CRT"))}


def _routes(parser: configparser.ConfigParser) -> dict[str, Any]:
    if not parser.getboolean("API_Service", "USE_OPTIONS", fallback=False):
        return {}
    section = parser["API_Service"]
    return {"routes": {name: section[name] for name in _ROUTES if section.get(name)}}
