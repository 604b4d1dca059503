"""A real server that tells a real receiver: killed between the record and the delivery it loses nothing."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from tests.outbox.conftest import SECRET, soon
from tests.outbox.receiver import Receiver, receiver
from tests.servers import environment, refusal, running

_SETTINGS = {"OUTBOX__WEBHOOK_SECRET": SECRET, "OUTBOX__TIMEOUT_SECONDS": "0.5", "OUTBOX__LONGEST_WAIT_SECONDS": "0.3"}
_SETTINGS |= {"EVIDENCE": "none", "RULES__KNOWN": "true"}


def _settings(hook: Receiver) -> dict[str, str]:
    return _SETTINGS | {"OUTBOX__WEBHOOK": hook.url}


def _read(url: str, picture: bytes, times: int) -> None:
    for number in range(times):
        sent = httpx2.post(f"{url}/upload?uuid={number}", files={"f": ("1.png", picture)}, timeout=30)
        assert sent.status_code == 200
        assert httpx2.get(f"{url}/start?uuid={number}&wait=1", timeout=60).status_code == 200


def _events(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "data" / "castmark.db")) as database:
        return [row[0] for row in database.execute("SELECT id FROM castmark_event ORDER BY id")]


def _soon_recorded(folder: Path, least: int) -> None:
    soon(lambda: len(_events(folder)) >= least)


def test_killed_between_record_and_delivery_it_loses_nothing(tmp_path: Path, picture: Callable[..., bytes]) -> None:
    with receiver() as hook:
        hook.always = 503
        for times in (1, 2, 3):
            with running(tmp_path, **_settings(hook)) as server:
                _read(server.url, picture(), 2)
                _soon_recorded(tmp_path, times)
                soon(lambda: hook.tried)
                server.kill()
        assert hook.received == []
        hook.always = 204
        with running(tmp_path, **_settings(hook)) as server:
            soon(lambda: _all_arrived(server.url))
    recorded = _events(tmp_path)
    assert len(recorded) >= 3
    assert hook.ids == recorded, "in order, each with the id that it was recorded with"


def _all_arrived(url: str) -> bool:
    (target,) = httpx2.get(f"{url}/outbox", timeout=30).json()["targets"]
    return bool(target["delivered"] and not target["waiting"])


def test_answer_that_got_lost_brings_the_same_id_again(tmp_path: Path, picture: Callable[..., bytes]) -> None:
    with receiver() as hook:
        # It takes the first one, and the server never hears of that.
        hook.answers = [1200]
        with running(tmp_path, **_settings(hook)) as server:
            _read(server.url, picture(), 1)
            soon(lambda: _all_arrived(server.url))
            target = httpx2.get(f"{server.url}/outbox").json()["targets"][0]
    assert len(hook.tried) > 1 and set(hook.tried) == {hook.ids[0]}
    assert target["error"] == ""


def test_what_was_given_up_is_shown_and_sent_again_by_command(tmp_path: Path, picture: Callable[..., bytes]) -> None:
    with receiver() as hook:
        with running(tmp_path, **_settings(hook)) as server:
            _read(server.url, picture(), 1)
            soon(lambda: _all_arrived(server.url))
            (id_,) = hook.ids
            done = _castmark(tmp_path, hook, "resend", id_)
            assert (done.returncode, done.stdout) == (0, "1 delivery is sent again by the server.\n")
            soon(lambda: hook.ids == [id_, id_])
            soon(lambda: _all_arrived(server.url))
        listed = _castmark(tmp_path, hook, "list", "--state", "delivered")
    first, event = listed.stdout.splitlines()
    assert first == "webhook\t0 waiting\t2 delivered\t0 given up\tok"
    assert event.startswith(id_) and event.endswith("webhook delivered")
    assert _castmark(tmp_path, hook, "resend", "--target", "fax").returncode == 2


def _castmark(folder: Path, hook: Receiver, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "handlers.cli", "outbox", *words],
        cwd=folder,
        env=environment(**_settings(hook)) | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("OUTBOX__MQTT_AUTHORITIES", "missing.pem", "CASTMARK_OUTBOX__MQTT_AUTHORITIES is 'missing.pem', which cannot"),
        ("OUTBOX__FOLDER", "/proc/nowhere", "CASTMARK_OUTBOX__FOLDER is '/proc/nowhere', where nothing can be written"),
    ],
)
def test_wrong_target_stops_the_start_with_one_sentence(tmp_path: Path, name: str, value: str, sentence: str) -> None:
    settings = {"OUTBOX__MQTT": "mqtts://broker.example", name: value}
    said = refusal(tmp_path, **settings)
    assert said.startswith(sentence) and len(said.splitlines()) == 1
