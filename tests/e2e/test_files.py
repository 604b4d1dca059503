"""What a real server leaves on its disk, and what it says when that is full."""

import io
import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest
from PIL import Image

from tests.servers import Server, running


def test_files_are_their_users_alone(tmp_path: Path, server_with_open_umask: Server) -> None:
    url = server_with_open_umask.url
    httpx2.post(f"{url}/upload", files={"f": ("x.png", b"no picture")})
    httpx2.get(f"{url}/start", timeout=60)
    modes = {path: path.stat().st_mode & 0o777 for path in [tmp_path / "data", *(tmp_path / "data").rglob("*")]}
    assert len(modes) > 3
    assert {path: oct(mode) for path, mode in modes.items() if mode & 0o077} == {}


@pytest.fixture
def server_with_open_umask(tmp_path: Path) -> Iterator[Server]:
    before = os.umask(0)
    try:
        (tmp_path / "data").mkdir()
        with running(tmp_path) as server:
            yield server
    finally:
        os.umask(before)


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, of a megabyte that `_fill` fills."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def test_full_disk_is_507_on_every_route_that_writes(full_disk: Path, tmp_path: Path) -> None:
    with running(tmp_path, DATA=str(full_disk / "data")) as server:
        httpx2.get(f"{server.url}/command?command=help").raise_for_status()
        _fill(full_disk)
        answers = {
            "upload": httpx2.post(f"{server.url}/upload", files={"f": ("x.bmp", _bmp())}),
            "presign": httpx2.post(f"{server.url}/presign?name=x&content_type=image/png&size=1"),
            "command": httpx2.get(f"{server.url}/command?command=blacklist --add union"),
        }
        assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 507)
        assert all("disk is full" in answer.json()["error"] for answer in answers.values())
        assert httpx2.get(f"{server.url}/test").status_code == 200


def _fill(disk: Path) -> None:
    with (disk / "fill").open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(512)):
            continue


def _bmp() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (200, 200)).save(file, "BMP")
    return file.getvalue()
