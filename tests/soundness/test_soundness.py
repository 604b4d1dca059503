"""Clock, disk and certificate, and where each setting came from."""

import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trustme

from handlers.health.parts import Finding
from handlers.rooms import Rooms
from handlers.settings import Settings, read_settings
from handlers.soundness import findings as finding_out
from handlers.soundness.certificate import certificate
from handlers.soundness.findings import findings
from handlers.soundness.origins import origins


class _Usage(NamedTuple):
    free: int


def _found(settings: Settings) -> dict[str, Finding]:
    rooms = Rooms(settings)
    try:
        return {finding.part: finding for finding in findings(rooms)}
    finally:
        rooms.close()


def test_all_is_sound_here(make_settings: Callable[..., Settings]) -> None:
    found = _found(make_settings())
    assert {"storage", "database", "queue", "models", "token", "disk", "clock"} == set(found)
    assert not any(finding.problem for finding in found.values())


def test_disk_that_is_nearly_full_and_clock_that_is_wrong_are_said(
    make_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: _Usage(5_000_000))
    monkeypatch.setattr(time, "time", lambda: 86_400.0)
    rooms = Rooms(make_settings())
    assert finding_out._disk(Path("/")).problem.startswith("less than 1 GB")
    assert "before this version was made" in finding_out._clock(rooms).problem


def test_clock_is_compared_with_the_databases(
    make_settings: Callable[..., Settings], postgresql_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.databases import fresh_database

    rooms = Rooms(make_settings(database_url=fresh_database(postgresql_server)))
    assert finding_out._clock(rooms).problem == ""
    there = time.time() + 3600
    monkeypatch.setattr(time, "time", lambda: there)
    assert "the database's clock is -3600 seconds from this one" in finding_out._clock(rooms).problem
    rooms.close()


def _certificate(folder: Path, days: int) -> Path:
    now = datetime.now(UTC)
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", not_before=now - timedelta(days=9), not_after=now + timedelta(days=days))
    folder.mkdir()
    issued.private_key_pem.write_to_path(str(folder / "a.key"))
    issued.cert_chain_pems[0].write_to_path(str(folder / "a.crt"))
    return folder


@pytest.mark.parametrize(
    ("days", "problem"), [(100, ""), (5, "ends in less than two weeks"), (-1, "certificate has expired")]
)
def test_certificate_is_valid_for_long_enough(tmp_path: Path, days: int, problem: str) -> None:
    found = certificate(_certificate(tmp_path / "tls", days))
    assert problem in found.problem and bool(found.problem) is bool(problem)
    assert days < 0 or "a.crt, valid until 20" in found.used


def test_folder_without_a_certificate_or_with_a_broken_one_is_said(tmp_path: Path) -> None:
    assert "there are 0 .crt and 0 .key files" in certificate(tmp_path).problem
    folder = _certificate(tmp_path / "tls", 100)
    (folder / "a.crt").write_text("broken")
    assert "cannot be used" in certificate(folder).problem


def test_each_setting_says_where_it_came_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "castmark.toml").write_text('port = 5002\nworkers = 3\n[routes]\nupload = "send"\n')
    monkeypatch.setenv("CASTMARK_WORKERS", "4")
    monkeypatch.setenv("CASTMARK_TOKEN", "a token of sixteen")
    monkeypatch.setenv("CASTMARK_CORS_ORIGINS", "https://a.example,https://b.example")
    toml = str(tmp_path / "castmark.toml")
    found: list[Any] = [(each.name, each.value, each.source) for each in origins(read_settings(tmp_path), tmp_path)]
    assert found == [
        ("CASTMARK_PORT", "5002", toml),
        ("CASTMARK_TOKEN", "(hidden)", "the environment"),
        ("CASTMARK_ROUTES__UPLOAD", "send", toml),
        ("CASTMARK_CORS_ORIGINS", "https://a.example,https://b.example", "the environment"),
        ("CASTMARK_WORKERS", "4", "the environment"),
    ]
