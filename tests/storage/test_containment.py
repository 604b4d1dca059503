"""No name leads out of its folder."""

from pathlib import Path

import pytest

from handlers.errors import NotFound
from handlers.storage.containment import contained


@pytest.mark.parametrize("name", ["a", "a.b", "..a", "a..", "-", " a", "图片", "é" * 100, "a" * 255, "CON"])
def test_plain_names_are_below_the_root(tmp_path: Path, name: str) -> None:
    assert contained(tmp_path, name) == tmp_path / name
    assert contained(tmp_path, "b", name) == tmp_path / "b" / name


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../x", "a/b", "/etc/passwd", "a\\b", "..\\x", "C:", "C:\\x", "\0", "a\0b", "a\nb", "a" * 256]
    + ["é" * 128, "\u202ea", "\ud800"],
)
def test_every_other_name_is_not_found(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFound):
        contained(tmp_path, name)
    with pytest.raises(NotFound):
        contained(tmp_path, "b", name)


def test_look_alike_prefix_is_outside(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "rooted").mkdir()
    (tmp_path / "root" / "link").symlink_to(tmp_path / "rooted")
    with pytest.raises(NotFound):
        contained(tmp_path / "root", "link")


def test_symlink_out_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "etc").symlink_to("/etc")
    with pytest.raises(NotFound):
        contained(tmp_path / "root", "etc", "passwd")


def test_symlink_within_and_a_linked_root_are_fine(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "root").symlink_to(tmp_path / "real")
    assert contained(tmp_path / "root", "a") == tmp_path / "root" / "a"
