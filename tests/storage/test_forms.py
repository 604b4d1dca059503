"""Forms of a folder: what they allow is allowed, and nothing else, once, and not for long."""

import base64
import io
import json
import stat
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from handlers.errors import NotAllowed, TooLarge
from handlers.storage.forms import FORM_SECONDS, Policy, checked, fields_of, new_key
from handlers.storage.local import LocalStorage

_SECRET = b"s" * 32
_NOW = 1_000_000.0
_POLICY = Policy("a", "k", "轮毂.png", "image/png", 10, False, int(_NOW) + FORM_SECONDS)
_Fields = dict[str, str]


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "uploads")


def test_form_that_comes_back_as_it_was_is_its_policy() -> None:
    assert checked(fields_of(_POLICY, _SECRET), _SECRET, _NOW) == _POLICY


def _policy_with(fields: _Fields, **changes: object) -> str:
    policy = json.loads(base64.b64decode(fields["policy"])) | changes
    return base64.b64encode(json.dumps(policy).encode()).decode()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda _: {"policy": ""}, "not one that this server gave out"),
        (lambda _: {"policy": "é"}, "not one that this server gave out"),
        (lambda _: {"signature": ""}, "not one that this server gave out"),
        (lambda _: {"signature": "é\ud800"}, "not one that this server gave out"),
        (lambda fields: {"signature": fields["signature"].upper()}, "not one that this server gave out"),
        (lambda _: {"signature": fields_of(_POLICY, b"another")["signature"]}, "not one that this server"),
        (lambda fields: {"policy": _policy_with(fields, owner="b")}, "not one that this server gave out"),
        (lambda fields: {"policy": _policy_with(fields, size=10**9)}, "not one that this server gave out"),
        (lambda fields: {"policy": _policy_with(fields, ends=10**12)}, "not one that this server gave out"),
        (lambda _: {"key": "incoming/b/k"}, "fields of this form were changed"),
        (lambda _: {"key": "incoming/a/other"}, "fields of this form were changed"),
        (lambda _: {"Content-Type": "text/html"}, "fields of this form were changed"),
        (lambda _: {"acl": "public-read"}, "fields of this form were changed"),
    ],
)
def test_tampering_is_refused(change: Callable[[_Fields], _Fields], reason: str) -> None:
    fields = fields_of(_POLICY, _SECRET)
    with pytest.raises(NotAllowed, match=reason):
        checked(fields | change(fields), _SECRET, _NOW)


@pytest.mark.parametrize("name", ["key", "Content-Type", "policy", "signature"])
def test_no_field_may_be_left_out(name: str) -> None:
    fields = fields_of(_POLICY, _SECRET)
    del fields[name]
    with pytest.raises(NotAllowed):
        checked(fields, _SECRET, _NOW)


def test_form_ends() -> None:
    fields = fields_of(_POLICY, _SECRET)
    assert checked(fields, _SECRET, _NOW + FORM_SECONDS - 1)
    with pytest.raises(NotAllowed, match="has expired"):
        checked(fields, _SECRET, _NOW + FORM_SECONDS)


def test_keys_tell_their_order_and_nothing_else() -> None:
    keys = [new_key() for _ in range(100)]
    assert keys == sorted(keys)
    assert len({key[16:] for key in keys}) == 100
    assert {len(key) for key in keys} == {32}


@pytest.mark.parametrize("size", [0, 11])
def test_size_is_what_the_form_allows(storage: LocalStorage, size: int) -> None:
    form = storage.presign("a", "x", "image/png", 10)
    with pytest.raises(TooLarge):
        storage.accept(form.fields, io.BytesIO(b"x" * size))
    assert storage.arrivals("a") == []
    storage.accept(form.fields, io.BytesIO(b"x" * 10))
    assert [arrival.size for arrival in storage.arrivals("a")] == [10]


def test_form_is_used_once_whoever_tries(storage: LocalStorage, tmp_path: Path) -> None:
    form = storage.presign("a", "x", "image/png", 10)
    others = [LocalStorage(tmp_path / "uploads") for _ in range(8)]

    def send(other: LocalStorage) -> bool:
        try:
            other.accept(form.fields, io.BytesIO(b"x"))
            return True
        except NotAllowed:
            return False

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(send, others)) == 1
    storage.clear("a")
    with pytest.raises(NotAllowed, match="used already"):
        storage.accept(form.fields, io.BytesIO(b"x"))
    assert storage.arrivals("a") == []


def test_form_whose_file_did_not_arrive_may_be_used_again(storage: LocalStorage) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:  # noqa: ARG002
            raise ConnectionResetError("the client went away")

    form = storage.presign("a", "x", "image/png", 10)
    with pytest.raises(ConnectionResetError):
        storage.accept(form.fields, Broken(b"x"))
    assert storage.arrivals("a") == []
    storage.accept(form.fields, io.BytesIO(b"x"))
    assert len(storage.arrivals("a")) == 1


def test_marks_of_ended_forms_are_forgotten(
    storage: LocalStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        storage.accept(storage.presign("a", "x", "image/png", 1).fields, io.BytesIO(b"x"))
    used = tmp_path / "uploads" / ".used"
    assert len(list(used.iterdir())) == 3
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + 3 * FORM_SECONDS)
    storage.accept(storage.presign("a", "x", "image/png", 1).fields, io.BytesIO(b"x"))
    assert len(list(used.iterdir())) == 1


def test_secret_is_its_owners_alone_and_lasts(storage: LocalStorage, tmp_path: Path) -> None:
    form = storage.presign("a", "x", "image/png", 1)
    secret = tmp_path / "uploads" / ".secret"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert len(secret.read_bytes()) == 32
    LocalStorage(tmp_path / "uploads").accept(form.fields, io.BytesIO(b"x"))
    foreign = LocalStorage(tmp_path / "others").presign("a", "x", "image/png", 1)
    with pytest.raises(NotAllowed):
        storage.accept(foreign.fields, io.BytesIO(b"x"))


def test_folders_of_forms_are_no_owners(storage: LocalStorage) -> None:
    storage.accept(storage.presign("a", "x", "image/png", 1).fields, io.BytesIO(b"x"))
    assert storage.expire(time.time() - 60) == 0
    assert len(storage.arrivals("a")) == 1
    assert storage.expire(time.time() + 60) == 0
    form = storage.presign("a", "x", "image/png", 1)
    storage.accept(form.fields, io.BytesIO(b"x"))
