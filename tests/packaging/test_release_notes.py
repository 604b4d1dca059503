"""The notes of a release are the changelog's part, and a tag that is not the version makes no release."""

from pathlib import Path

import pytest

from docs.write_release_notes import notes
from handlers import __version__

_CHANGES = "# Changes\n\n## Unreleased\n\n## 1.1.0\n\n- New.\n- Better.\n\n## 1.0.0\n\n- First.\n"


def test_part_of_the_version_is_taken_and_no_other() -> None:
    assert notes("v1.1.0", _CHANGES, "1.1.0") == "- New.\n- Better.\n"
    assert notes("v1.0.0", _CHANGES, "1.0.0") == "- First.\n"


@pytest.mark.parametrize(
    ("tag", "version"), [("v1.0.0", "1.1.0"), ("1.1.0", "1.1.0"), ("v1.2.0", "1.2.0"), ("", "1.1.0")]
)
def test_other_tags_and_versions_without_a_part_are_refused(tag: str, version: str) -> None:
    with pytest.raises(ValueError, match=r"the tag is|CHANGELOG"):
        notes(tag, _CHANGES, version)


def test_this_version_has_its_part() -> None:
    assert notes(f"v{__version__}", (Path(__file__).parents[2] / "CHANGELOG.md").read_text("utf-8"))
