"""The one place that says which names may become a part of a path, and turns them into paths."""

import os
from pathlib import Path

from handlers.errors import NotFound

# The longest file name of the common file systems (ext4, NTFS, APFS), in bytes.
_LONGEST = 255


def contained(root: Path, *names: str) -> Path:
    """The path of `names` below `root`, each name one plain path component.

    Raises NotFound for every name that is not, and where a symbolic link leads out of `root`.
    """
    path = root.joinpath(*map(plain, names))
    real_root = os.path.realpath(root)
    if os.path.commonpath([real_root, os.path.realpath(path)]) != real_root:
        raise NotFound("There is nothing stored under that name.")
    return path


def plain(name: str) -> str:
    """`name` itself, one plain component of a path or a key. Raises NotFound for every other one."""
    if not _is_plain(name):
        raise NotFound("There is nothing stored under that name.")
    return name


def _is_plain(name: str) -> bool:
    return (
        name not in ("", ".", "..")
        and not set(name) & set("/\\\0:")
        and name.isprintable()
        and len(os.fsencode(name) if name.isascii() else name.encode(errors="replace")) <= _LONGEST
    )
