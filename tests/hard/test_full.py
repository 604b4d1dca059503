"""A disk that is full: said as such on every route that writes, and all is as it was once there is room again.

The server may write no file beyond a size (RLIMIT_FSIZE), which the system says with EFBIG, as a full disk with ENOSPC.
"""

import io
import random
import resource
import sys
from pathlib import Path

import httpx2
import pytest
from PIL import Image

from tests.hard.invariants import every_reading_is_one_record, every_task_ends, every_upload_is_whole
from tests.hard.lasting import TIMES
from tests.servers import running

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits another process (prlimit)")
_UNLIMITED = resource.RLIM_INFINITY
_ROUTES = [
    ("POST", "/presign?name=1.png&content_type=image/png&size=9"),
    ("GET", "/start"),
    ("GET", "/start?uuid=a-client-before-it"),
    ("GET", "/status?uuid=a-client-before-it"),
    ("GET", "/clear"),
    ("GET", "/info"),
    ("GET", "/command?command=sql"),
    ("GET", "/getdatabase"),
    ("GET", "/getlogs"),
    ("GET", "/adduuid?uuid=a-client-before-it"),
    ("GET", "/test"),
    ("GET", "/"),
]


def _picture(chance: random.Random) -> bytes:
    file = io.BytesIO()
    Image.frombytes("L", (300, 200), chance.randbytes(300 * 200)).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("most", [0, 4096, 20_000])
def test_full_disk(tmp_path: Path, most: int) -> None:
    chance = random.Random(most)
    before = {"a-client-before-it": _picture(chance)}
    with running(tmp_path) as server, httpx2.Client(base_url=server.url, timeout=60) as client:
        client.post("/upload?uuid=a-client-before-it", files={"f": ("1.png", before["a-client-before-it"])})
        for _ in range(TIMES):
            resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (most, _UNLIMITED))
            refused = client.post("/upload?uuid=another-client-now", files={"f": ("1.png", _picture(chance))})
            assert (refused.status_code, "disk is full" in refused.json()["error"]) == (507, True)
            for method, path in _ROUTES:
                answer = client.request(method, path)
                assert answer.status_code in (200, 404, 503, 507), f"{path}: {answer.status_code} {answer.text}"
            resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (_UNLIMITED, _UNLIMITED))
            every_upload_is_whole(server.url, before)
            assert client.get("/info?uuid=another-client-now").json()["file_count"] == 0
            uploaded = client.post("/upload?uuid=another-client-now", files={"f": ("1.png", _picture(chance))})
            assert uploaded.status_code == 200
            client.get("/clear?uuid=another-client-now")
        task = client.get("/start?uuid=a-client-before-it").raise_for_status().json()["task_uuid"]
        every_task_ends(server.url, [task])
    every_reading_is_one_record(tmp_path / "data")
