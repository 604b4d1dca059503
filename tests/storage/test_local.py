"""Storage in a folder: the disk's own ways to fail, and what is left behind."""

import errno
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers.errors import NotFound, StorageFull
from handlers.storage.base import Upload
from handlers.storage.local import LocalStorage

_ROOT = Path(__file__).parents[2]


def _upload(name: str, size: int = 1) -> Upload:
    return Upload(name, "image/png", io.BytesIO(b"x" * size))


def _files(root: Path, owner: str = "a") -> set[str]:
    return set(os.listdir(root / owner))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True, check=False)
    if mount.returncode:
        pytest.skip("a small file system cannot be mounted by this user")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_full_disk_is_said_and_what_was_there_stays_whole(small_disk: Path) -> None:
    storage = LocalStorage(small_disk / "uploads")
    (old,) = storage.put("a", [_upload("old", 400_000)])
    for keep in (False, True):
        with pytest.raises(StorageFull, match="disk is full"):
            storage.put("a", [_upload("fits", 10_000), _upload("does not", 900_000)], keep=keep)
    assert storage.batch("a") == [old]
    with storage.open(old) as file:
        assert len(file.read()) == 400_000
    assert _files(small_disk / "uploads") == {"batch.json", old.key}


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("call", [1, 2])
def test_disk_that_turns_out_full_when_synced_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, call: int
) -> None:
    storage = LocalStorage(tmp_path)
    (old,) = storage.put("a", [_upload("old")])
    calls = iter(range(1, 99))
    sync = os.fsync

    def full(handle: int) -> None:
        if next(calls) == call:
            raise OSError(code, os.strerror(code))
        sync(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFull):
        storage.put("a", [_upload("new")])
    assert storage.batch("a") == [old]
    assert _files(tmp_path) == {"batch.json", old.key}


def test_other_disk_errors_are_not_called_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="Input/output error") as error:
        LocalStorage(tmp_path).put("a", [_upload("new")])
    assert not isinstance(error.value, StorageFull)


def test_replaced_pictures_go_once_nobody_can_be_reading_them(tmp_path: Path) -> None:
    patient, hasty = LocalStorage(tmp_path, grace=60), LocalStorage(tmp_path, grace=0)
    (old,) = patient.put("a", [_upload("old")])
    hour_ago = time.time() - 3600
    os.utime(tmp_path / "a" / old.key, (hour_ago, hour_ago))
    patient.put("a", [_upload("new")])
    assert old.key in _files(tmp_path), "it was written long ago, but replaced just now"
    (newest,) = hasty.put("a", [_upload("newest")])
    assert _files(tmp_path) == {"batch.json", newest.key}


def test_what_file_browsers_leave_does_not_stop_expiry(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    storage.put("z", [_upload("old")])
    (tmp_path / ".DS_Store").write_text("")
    assert storage.expire(time.time() + 1) == 1
    assert (tmp_path / ".DS_Store").exists()


def test_picture_removed_by_hand_does_not_spoil_the_next_upload(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    (old,) = storage.put("a", [_upload("old")])
    (tmp_path / "a" / old.key).unlink()
    assert [picture.name for picture in storage.put("a", [_upload("new")])] == ["new"]


def test_kept_pictures_are_not_swept(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path, grace=0)
    storage.put("a", [_upload("1")])
    storage.put("a", [_upload("2")], keep=True)
    assert len(_files(tmp_path)) == 3


def test_clear_leaves_nothing_behind_not_even_replaced_pictures(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    storage.put("a", [_upload("old")])
    storage.put("a", [_upload("new")])
    storage.clear("a")
    assert not (tmp_path / "a").exists()


def test_process_killed_while_writing_leaves_the_old_batch(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    (old,) = storage.put("a", [_upload("old")])
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from handlers.storage.base import Upload\n"
        "from handlers.storage.local import LocalStorage\n"
        "class Deadly:\n"
        "    pieces = [b'x' * 1000]\n"
        "    def seek(self, *_): return 0\n"
        "    def read(self, *_):\n"
        "        return self.pieces.pop() if self.pieces else os.kill(os.getpid(), signal.SIGKILL)\n"
        "LocalStorage(Path(sys.argv[1])).put('a', [Upload('new', 'image/png', Deadly())])\n"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], cwd=_ROOT, check=False, timeout=60)
    assert done.returncode == -9
    assert storage.batch("a") == [old]
    (new,) = storage.put("a", [_upload("newer")])
    assert storage.batch("a") == [new], "the lock of the dead process holds nobody up"


def test_key_from_elsewhere_does_not_lead_out(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "uploads")
    (picture,) = storage.put("a", [_upload("x")])
    batch = tmp_path / "uploads" / "a" / "batch.json"
    rows = json.loads(batch.read_text())
    rows[0]["key"] = "../../secret"
    batch.write_text(json.dumps(rows))
    (tmp_path / "secret").write_text("secret")
    with pytest.raises(NotFound), storage.open(storage.batch("a")[0]):
        pass
    assert picture.key not in rows[0]["key"]
