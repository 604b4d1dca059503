"""Write docs/configuration.md: every setting, as `Settings` has it. `python -m docs.write_configuration`

What a setting may be is said there; what it is for, in MEANINGS. A setting without a meaning is an error here, and so a
failed test.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from docs.meanings import MEANINGS
from handlers.settings import Settings

_ROUTES = "routes__*"
FILE = Path(__file__).with_name("configuration.md")
_HEAD = """# Configuration

Written from the code by `python -m docs.write_configuration`; a test fails where it no longer says what the code does.

Settings come from the command line (`castmark serve --help`), then `CASTMARK_*` variables, then `castmark.toml`,
then an existing `config.ini` of the system that Castmark replaces, then the defaults. A wrong value stops the start
with one sentence that names it. In `castmark.toml` the same names are written small, without `CASTMARK_`, and groups
(what stands before `__`) are tables. Those marked as secret are never shown, logged or saved by `castmark backup`.

| variable | default | allowed | meaning |
|---|---|---|---|
"""


def document() -> str:
    """The page. Raises KeyError for a setting that has no meaning, and ValueError for a meaning without a setting."""
    rows = list(_rows(Settings))
    if left := set(MEANINGS) - {name for name, _ in rows} - {_ROUTES}:
        raise ValueError(f"docs/meanings.py has what is no setting: {', '.join(sorted(left))}")
    return _HEAD + "".join(f"{row}\n" for _, row in rows)


def _rows(model: type[BaseModel], before: str = "") -> Iterator[tuple[str, str]]:
    for name, field in model.model_fields.items():
        if isinstance(field.default, BaseModel):
            yield from _rows(type(field.default), f"{name}__")
        else:
            key = f"{before}{name}"
            cells = (f"`CASTMARK_{key.upper()}`", _default(field), _allowed(field, before), _meaning(key))
            yield key, f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _meaning(key: str) -> str:
    group, _, name = key.partition("__")
    return MEANINGS[_ROUTES].format(name) if name and group == "routes" else MEANINGS[key]


def _default(field: FieldInfo) -> str:
    value: Any = field.default
    if value in (None, "", ()):
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _allowed(field: FieldInfo, before: str) -> str:
    secret = "; secret" if SecretStr in getattr(field.annotation, "__args__", ()) else ""
    told = field.description or ("one path segment" if before == "routes__" else "")
    return told + secret


if __name__ == "__main__":
    FILE.write_text(document(), "utf-8")
    sys.stdout.write(f"{FILE.name}: {FILE.stat().st_size:,} bytes\n")
