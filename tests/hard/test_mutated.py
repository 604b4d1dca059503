"""Pictures of every format with bytes changed, cut and doubled, sent to a real server: answered, and it goes on."""

import io
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pillow_heif
import pytest
from PIL import Image

from tests.hard.lasting import TIMES
from tests.servers import Server, running

_KINDS = ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "AVIF", "HEIF"]
_EACH = 20


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    shares = {"LIMITS__UPLOADS_MINUTE": "100000", "LIMITS__REFUSALS_MINUTE": "100000"}
    with running(tmp_path_factory.mktemp("mutated"), **shares) as server:
        yield server


def _changed(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.randint(1, 12)):
        place = chance.randrange(len(changed))
        how = chance.randrange(5)
        if how == 0:
            changed[place] = chance.randrange(256)
        elif how == 1:
            changed[place : place + 4] = chance.choice([b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff"])
        elif how == 2:
            del changed[place : place + chance.randint(1, 30)]
        elif how == 3:
            changed[place:place] = changed[place : place + chance.randint(1, 60)]
        else:
            # Most of what decides is at the beginning.
            changed[min(len(changed) - 1, chance.randrange(64))] = chance.randrange(256)
        if not changed:
            return b"\0"
    return bytes(changed)


@pytest.mark.parametrize("kind", _KINDS)
def test_mutated_files_are_answered(server: Server, kind: str) -> None:
    pillow_heif.register_heif_opener()
    file = io.BytesIO()
    chance = random.Random(kind)
    noise = Image.frombytes("L", (64, 48), chance.randbytes(64 * 48))
    noise.convert("RGB").save(file, kind)
    with httpx2.Client(base_url=server.url, timeout=120) as client:
        for number in range(_EACH * TIMES):
            content = _changed(file.getvalue(), chance)
            uuid = f"{kind}-{number:016}"
            answer = client.post(f"/upload?uuid={uuid}", files={"f": (f"1.{kind.lower()}", content)})
            assert answer.status_code in (200, 413, 415, 422), f"{number}: {answer.status_code} {answer.text}"
            there = client.get(f"/info?uuid={uuid}").json()["file_count"]
            assert there == (answer.status_code == 200)
            if there:
                preview = client.get(f"/getpicture?uuid={uuid}&preview=1")
                assert preview.status_code == 200, f"{number} was taken and cannot be shown: {preview.text}"
        whole = client.post("/upload?uuid=somebody-else-here", files={"f": ("1", file.getvalue())})
        assert whole.status_code == 200


def test_server_has_seen_no_fault_of_its_own(server: Server, picture: Callable[..., bytes]) -> None:
    """The last of this module: whatever came before, nothing in the log is ours."""
    httpx2.post(f"{server.url}/upload?uuid=the-last-of-them", files={"f": ("1.png", picture())}).raise_for_status()
    log = Path(server.log).read_text()
    assert "Traceback" not in log
    assert '"status": 500' not in log
