"""Which settings are not the defaults, and where each was said."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr

from handlers.settings import Settings, sources_of


@dataclass(frozen=True, slots=True)
class Origin:
    """`value` as it may be shown: secrets are hidden."""

    name: str
    value: str
    source: str


def origins(settings: Settings, folder: Path | None = None) -> Iterator[Origin]:
    """Those that were set, each with the strongest source that says it, in the order of the documentation."""
    sources = sources_of(folder or Path.cwd())
    for path, value in _all(settings):
        for source, said in sources.items():
            if _says(said, path):
                yield Origin("CASTMARK_" + "__".join(path).upper(), _shown(value), source)
                break


def _all(settings: Settings) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in settings:
        if isinstance(value, BaseModel):
            yield from (((name, inner), each) for inner, each in value)
        else:
            yield (name,), value


def _says(said: Any, path: tuple[str, ...]) -> bool:
    for part in path:
        if not isinstance(said, dict) or part not in said:
            return False
        said = said[part]
    return said is not None


def _shown(value: Any) -> str:
    if isinstance(value, SecretStr):
        return "(hidden)"
    return ",".join(value) if isinstance(value, tuple) else str(value)
