"""Write build/notes.md: what CHANGELOG.md says of a tag's version. `python -m docs.write_release_notes v0.2.0`"""

import sys
from pathlib import Path

from handlers import __version__

_ROOT = Path(__file__).parents[1]
FILE = _ROOT / "build" / "notes.md"


def notes(tag: str, changes: str, version: str = __version__) -> str:
    """The part of `changes` under the version. Raises ValueError where the tag is another, or the part is missing."""
    if tag != f"v{version}":
        raise ValueError(f"the tag is {tag}, and the version in handlers/__init__.py is {version}")
    _, found, rest = f"\n{changes}".partition(f"\n## {version}\n")
    part = rest.partition("\n## ")[0].strip()
    if not found or not part:
        raise ValueError(f"CHANGELOG.md says nothing under '## {version}'")
    return f"{part}\n"


if __name__ == "__main__":
    try:
        text = notes(sys.argv[1], (_ROOT / "CHANGELOG.md").read_text("utf-8"))
    except (IndexError, ValueError) as error:
        sys.exit(f"no release notes: {error}")
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(text, "utf-8")
