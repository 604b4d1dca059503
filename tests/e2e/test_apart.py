"""A real server whose pictures are decoded apart: what takes long there keeps nobody else waiting."""

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from PIL import Image

from handlers.pictures.pool import memory_for
from tests.servers import Server, running


def _large() -> bytes:
    """64 megapixels of one colour."""
    file = io.BytesIO()
    Image.new("RGB", (8000, 8000)).save(file, "WEBP", quality=1, method=0)
    return file.getvalue()


def _memory(pid: int, what: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(what))


def _decoders(server: Server) -> list[int]:
    found = set()
    for task in Path(f"/proc/{server.pid}/task").iterdir():
        found |= {int(pid) for pid in (task / "children").read_text().split()}
    return sorted(found)


def _lives(pid: int) -> bool:
    try:
        return "(zombie)" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_many_large_previews_at_once_keep_nobody_waiting_and_are_bounded(tmp_path: Path) -> None:
    with running(tmp_path, LIMITS__CONNECTIONS="200") as server, ThreadPoolExecutor(100) as threads:
        files = {"f": ("large.webp", _large())}
        for number in range(4):
            httpx2.post(f"{server.url}/upload?uuid={number}", files=files, timeout=120).raise_for_status()
        busy = [
            threads.submit(httpx2.get, f"{server.url}/getpicture?uuid={number % 4}&preview=1", timeout=120)
            for number in range(90)
        ]
        answers = [httpx2.get(f"{server.url}/{path}", timeout=10) for path in ("test", "status?uuid=x", "getlogs")]
        assert [answer.status_code for answer in answers] == [200, 200, 200]
        statuses = [each.result().status_code for each in busy]
        assert set(statuses) <= {200, 503} and statuses.count(200) >= 16
        assert all(each.result().headers["retry-after"] for each in busy if each.result().status_code == 503)
        for pid in _decoders(server):
            assert _memory(pid, "VmHWM") < memory_for(64_000_000)
            assert _memory(pid, "VmRSS") < 250_000_000, "it is given back"
        again = httpx2.get(f"{server.url}/getpicture?uuid=0&preview=1")
        assert (again.status_code, again.headers["content-type"]) == (200, "image/jpeg")


@pytest.mark.parametrize("decoders", ["0", "1"])
def test_server_reads_with_and_without_processes_apart(decoders: str, tmp_path: Path, hub_png: bytes) -> None:
    with running(tmp_path, DECODERS=decoders) as server:
        httpx2.post(f"{server.url}/upload", files={"f": ("hub.png", hub_png)}).raise_for_status()
        assert httpx2.get(f"{server.url}/start", timeout=120).json() == ["A27"]
        assert len(_decoders(server)) == int(decoders)
        if decoders == "1":
            (pid,) = _decoders(server)
            server.kill()
            while _lives(pid):
                continue


@pytest.fixture(scope="module")
def hub_png() -> bytes:
    from tests.drawing import draw_hub

    file = io.BytesIO()
    draw_hub("A27", angle=20, seed=3).save(file, "PNG")
    return file.getvalue()
