"""The `castmark` command: what it prints, what it ends with, and that it can be stopped at any time."""

import json
import os
import pty
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from handlers.access.caller import caller_with
from handlers.aws.messages import Messages
from handlers.cli.commands import app
from handlers.rooms import Rooms
from handlers.settings import read_settings
from handlers.tasks.base import State, Task
from tests.buckets import ENVIRONMENT, NAME, keys, s3, s3_server
from tests.drawing import draw_hub
from tests.queues import create
from tests.servers import environment

Encoded = Callable[..., bytes]
_ROOT = Path(__file__).parents[1]


def _run(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(app, [str(each) for each in arguments])
    assert result.exit_code == code, result.output
    return result


def _lines(result: Result) -> list[str]:
    return result.stdout.splitlines()


@contextmanager
def _rooms() -> Iterator[Rooms]:
    rooms = Rooms(read_settings())
    try:
        yield rooms
    finally:
        rooms.close()


def _tasks(uuid: str) -> list[Task]:
    with _rooms() as rooms:
        return rooms.queue.tasks_of(caller_with(uuid).owner)


@pytest.fixture
def put(tmp_path: Path, picture: Encoded) -> Callable[..., Path]:
    """Pictures by name in the folder `in`, which is answered."""

    def put(*names: str, content: bytes = picture()) -> Path:
        for name in names:
            path = tmp_path / "in" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return tmp_path / "in"

    return put


class TestRead:
    def test_prints_a_line_for_each(self, tmp_path: Path) -> None:
        for name, text in (("hub.png", "A27"), ("轮毂.png", "11")):
            draw_hub(text, seed=1).save(tmp_path / name)
        assert _run("read", "hub.png", "轮毂.png").stdout == "hub.png\tA27\n轮毂.png\t11\n"
        (line,) = _lines(_run("read", "--json", "轮毂.png"))
        assert json.loads(line).items() >= {"name": "轮毂.png", "text": "11", "width": 640}.items()
        assert "轮毂" in line
        assert not (tmp_path / "data").exists()

    def test_names_what_cannot_be_read_and_reads_the_others(
        self, put: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put("1.png", "2.png")
        monkeypatch.chdir(put("x.txt", content=b"?"))
        result = _run("read", "1.png", "x.txt", "nothing.png", "2.png", code=1)
        assert _lines(result) == ["1.png\t", "2.png\t"]
        said = result.stderr.splitlines()
        assert said[0].startswith("x.txt is not a picture")
        assert said[1] == "nothing.png cannot be read (No such file or directory)."

    def test_keeps_to_the_limits(self, put: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CASTMARK_LIMITS__MEGAPIXELS", "0.0001")
        assert "at most 0.0001 megapixels" in _run("read", put("1.png") / "1.png", code=1).stderr


class TestSubmitHere:
    def test_folder_is_submitted_and_read(self, put: Callable[..., Path]) -> None:
        folder = put("1.png", "左/轮毂.png")
        first = _run("submit", folder, "--uuid", "me").stdout
        assert "2 files in" in first and "/status?uuid=me" in first
        assert "2 submitted, 0 already known, 0 refused." in first
        with _rooms() as rooms:
            rooms.queue.open()
            while not all(task.over for task in rooms.queue.tasks_of(caller_with("me").owner)):
                time.sleep(0.02)
        assert [task.state for task in _tasks("me")] == [State.COMPLETED] * 2
        again = _run("submit", folder, "--uuid", "me").stdout
        assert "0 submitted, 2 already known, 0 refused." in again
        assert "All of it is read." in again
        assert len(_tasks("me")) == 2

    def test_says_whether_a_server_is_needed(self, put: Callable[..., Path]) -> None:
        output = _run("submit", put(*(str(number) for number in range(30))), "--uuid", "me").stdout
        left = sum(not task.over for task in _tasks("me"))
        said = f"{left} wait to be read, by the server; start it where none runs: python local_server.py"
        assert (said if left else "All of it is read.") in output

    def test_default_uuid_is_said_and_stays(self, put: Callable[..., Path]) -> None:
        folder = put("1.png")
        said = [_lines(_run("submit", folder))[0].partition("uuid=")[2] for _ in range(2)]
        assert said[0] == said[1]
        assert len(_tasks(said[0])) == 1

    def test_changed_files_and_all_again(self, put: Callable[..., Path], picture: Encoded) -> None:
        folder = put("1.png", "2.png")
        _run("submit", folder, "--uuid", "me")
        put("2.png", content=picture("PNG", (40, 40)))
        assert "1 submitted, 1 already known, 0 refused." in _run("submit", folder, "--uuid", "me").stdout
        assert "2 submitted, 0 already known, 0 refused." in _run("submit", folder, "--again", "--uuid", "me").stdout
        assert len(_tasks("me")) == 5

    def test_refused_ones_are_named_and_stop_nobody(self, put: Callable[..., Path]) -> None:
        put("1.png")
        folder = put(*(f"sub/{number:02}.txt" for number in range(23)), content=b"?")
        lines = _lines(_run("submit", folder, code=1))
        start = lines.index("1 submitted, 0 already known, 23 refused.")
        assert lines[start + 1].startswith("  sub/00.txt: 00.txt is not a picture")
        assert lines[start + 20].startswith("  sub/19.txt: ")
        assert lines[start + 21] == "  and 3 more"

    def test_lines_tell_how_far_it_is(self, put: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("handlers.cli.progress._EVERY", 0.0)
        assert "1 of 2: 1 submitted, 0 already known, 0 refused" in _lines(_run("submit", put("1.png", "2.png")))

    def test_nothing_to_submit_is_no_error(self, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        assert "0 submitted, 0 already known, 0 refused." in _run("submit", "empty").stdout

    def test_place_that_is_none_is_one_sentence(self) -> None:
        result = _run("submit", "nothing", code=2)
        assert result.stderr == "nothing is no file and no folder; s3://bucket/prefix is the other choice.\n"

    def test_disk_that_cannot_be_written_is_one_sentence(self, put: Callable[..., Path], tmp_path: Path) -> None:
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "uploads").write_bytes(b"in the way")
        result = _run("submit", put("1.png"), code=2)
        assert len(result.stderr.splitlines()) == 1 and "data/uploads" in result.stderr
        assert "Not all: the same command goes on from here." in result.stdout


class TestSubmitToTheCloud:
    @pytest.fixture
    def cloud(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
        """A bucket with pictures to come, and the settings of a stack that uses it."""
        with s3() as bucket:
            queues = create(Messages("").client)
            monkeypatch.setenv("CASTMARK_BUCKET", NAME)
            monkeypatch.setenv("CASTMARK_QUEUE_URL", queues.url)
            yield bucket, queues

    def test_pictures_of_a_bucket_go_to_the_queue_once(self, cloud: Any, picture: Encoded) -> None:
        bucket, queues = cloud
        for number in range(3):
            bucket.client.put_object(Bucket=NAME, Key=f"in/轮毂 {number}.png", Body=picture())
        bucket.client.put_object(Bucket=NAME, Key="in/notes.txt", Body=b"?")
        lines = _lines(_run("submit", f"s3://{NAME}/in/", "--uuid", "me", code=1))
        assert lines[0] == f"4 files in s3://{NAME}/in/; ask for them with /status?uuid=me"
        assert "3 submitted, 0 already known, 1 refused." in lines
        assert lines[-1] == "The cloud's functions read what was submitted."
        assert sorted(queues.texts()) == sorted(task.id for task in _tasks("me"))
        assert len(keys(bucket, "uploads/")) == 3
        assert "0 submitted, 3 already known, 1 refused." in _lines(
            _run("submit", f"s3://{NAME}", "--uuid", "me", code=1)
        )
        assert len(queues.texts()) == 3

    def test_bucket_that_is_missing_is_one_sentence(self, cloud: Any) -> None:
        assert cloud
        result = _run("submit", "s3://another-bucket/in/", code=2)
        assert result.stderr == "There is no bucket another-bucket. (NoSuchBucket)\n"

    def test_queue_that_is_missing_is_said_after_the_summary(self, cloud: Any, put: Callable[..., Path]) -> None:
        _, queues = cloud
        queues.client.delete_queue(QueueUrl=queues.url)
        result = _run("submit", put("1.png"), "--uuid", "me", code=2)
        assert "0 submitted, 0 already known, 0 refused. Not all:" in result.stdout
        assert result.stderr.startswith("The queue of readings cannot be used") and "NonExistentQueue" in result.stderr
        assert _tasks("me") == []


class TestCheck:
    def test_all_is_well(self) -> None:
        lines = _lines(_run("check"))
        parts = ("storage", "database", "queue", "models", "token", "disk", "clock")
        assert [line.split()[:2] for line in lines] == [["ok", part] for part in parts]

    def test_settings_say_where_they_came_from(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CASTMARK_WORKERS", "2")
        assert _lines(_run("check"))[-1].split() == ["CASTMARK_WORKERS", "=", "2", "(the", "environment)"]

    def test_cloud_is_tried(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with s3():
            monkeypatch.setenv("CASTMARK_BUCKET", NAME)
            monkeypatch.setenv("CASTMARK_QUEUE_URL", create(Messages("").client).url)
            assert f"bucket {NAME}" in _run("check").stdout
            monkeypatch.setenv("CASTMARK_BUCKET", "another-bucket")
            monkeypatch.setenv("CASTMARK_QUEUE_URL", "https://sqs.eu-west-1.amazonaws.com/123456789012/nothing")
            output = _run("check", code=1).stdout
        assert "wrong storage   bucket another-bucket" in output and "(NoSuchBucket) - see CASTMARK_BUCKET" in output
        assert "wrong queue" in output and "see CASTMARK_QUEUE_URL" in output
        assert "ok    database" in output

    def test_shows_no_secrets(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CASTMARK_DATABASE_URL", "postgresql://hub:hunter2@127.0.0.1:1/x")
        monkeypatch.setenv("CASTMARK_TOKEN", "a-token-nobody-knows")
        result = _run("check", code=1)
        assert "wrong database  postgresql+psycopg://hub:***@127.0.0.1:1/x" in result.stdout
        assert "see CASTMARK_DATABASE_URL" in result.stdout
        assert "ok    token     set" in result.stdout
        assert "hunter2" not in result.output and "nobody-knows" not in result.output

    def test_server_that_would_not_start_is_said(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("CASTMARK_HOST", "0.0.0.0")
        (tmp_path / "file").touch()
        monkeypatch.setenv("CASTMARK_DATA", "file/data")
        output = _run("check", code=1).stdout
        assert "wrong token" in output and "set CASTMARK_TOKEN" in output
        assert "wrong storage" in output and "see CASTMARK_DATA" in output
        monkeypatch.setenv("CASTMARK_ACCESS", "open")
        assert "ok    token     not set, and access is open" in _run("check", code=1).stdout


@pytest.mark.parametrize("command", [["read", "x"], ["submit", "x"], ["check"]])
def test_wrong_setting_is_one_sentence(command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASTMARK_WORKERS", "none")
    result = _run(*command, code=2)
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1 and result.stderr.startswith("CASTMARK_WORKERS is 'none'")


def test_database_that_does_not_open_is_one_sentence(put: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASTMARK_DATABASE_URL", "postgresql://hub:hunter2@127.0.0.1:1/x")
    result = _run("submit", put("1.png"), code=2)
    assert result.stderr.startswith("The database cannot be used (connection") and "hunter2" not in result.output
    assert len(result.stderr.splitlines()) == 1


def test_database_that_fails_later_is_one_sentence(put: Callable[..., Path], tmp_path: Path) -> None:
    folder = put("1.png")
    _run("submit", folder)
    with closing(sqlite3.connect(tmp_path / "data" / "castmark.db")) as connection:
        connection.execute("DROP TABLE castmark_reading")
    result = _run("submit", folder, code=2)
    assert result.stderr == "The database failed (no such table: castmark_reading); try again soon.\n"


def test_serving_needs_the_repository(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("handlers.cli.commands._SERVER", tmp_path / "local_server.py")
    assert "this installation is without it" in _run("serve", code=2).stderr


class TestProcess:
    """As a person starts it."""

    def _start(self, *arguments: str, env: dict[str, str] | None = None, **options: Any) -> "subprocess.Popen[str]":
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
        # Where the tests run in the background of a shell, Ctrl-C is ignored, and that is inherited.
        options["preexec_fn"] = lambda: signal.signal(signal.SIGINT, signal.default_int_handler)
        command = [sys.executable, "-W", "error", "-m", "handlers.cli", *arguments]
        return subprocess.Popen(command, env=(env or environment()) | {"PYTHONPATH": str(_ROOT)}, **options)

    def test_terminal_sees_a_bar(self, put: Callable[..., Path]) -> None:
        put("1.png", "轮毂.png")
        folder = put("x.txt", content=b"?")
        master, slave = pty.openpty()
        env = environment() | {"TERM": "xterm", "COLUMNS": "120"}
        with self._start("submit", str(folder), env=env, stdout=slave) as process:
            os.close(slave)
            shown = b"".join(iter(lambda: _available(master), b"")).decode()
            assert process.stderr and process.stderr.read() == ""
        os.close(master)
        assert process.returncode == 1
        assert "━" in shown and "3/3" in shown
        assert "2 submitted, 0 already known, 1 refused." in shown
        assert "x.txt is not a picture" in shown

    def test_stopped_by_ctrl_c_it_goes_on_where_it_was(
        self, put: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = put(*(str(number) for number in range(10)))
        with s3_server() as url:
            cloud = ENVIRONMENT | {"AWS_ENDPOINT_URL": url}
            monkeypatch.setenv("AWS_ENDPOINT_URL", url)
            queues = create(Messages("").client)

            def started(limit: str) -> "subprocess.Popen[str]":
                env = environment(QUEUE_URL=queues.url, LIMITS__QUEUE=limit) | cloud
                return self._start("submit", str(folder), "--uuid", "me", env=env)

            with started("4") as process:
                assert process.stdout
                while "waiting" not in process.stdout.readline():
                    assert process.poll() is None
                process.send_signal(signal.SIGINT)
                output, errors = process.communicate(timeout=60)
            assert (process.returncode, errors) == (130, "")
            assert "4 submitted, 0 already known, 0 refused. Not all: the same command goes on from here." in output
            with started("200") as process:
                output, errors = process.communicate(timeout=60)
            assert (process.returncode, errors) == (0, "")
            assert "6 submitted, 4 already known, 0 refused." in output
            assert len(_tasks("me")) == 10
            assert Messages(queues.url).count() == 10

    def test_failure_is_one_sentence_and_no_log(self, put: Callable[..., Path]) -> None:
        env = (
            environment(QUEUE_URL="http://127.0.0.1:1/queue") | ENVIRONMENT | {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
        )
        with self._start("submit", str(put("1.png")), env=env) as process:
            _, errors = process.communicate(timeout=60)
        assert process.returncode == 2
        assert len(errors.splitlines()) == 1 and errors.endswith("(EndpointConnectionError)\n")

    def test_serves_as_the_server_does(self) -> None:
        with self._start("serve", "--port", "0") as process:
            assert process.stdout
            assert "Castmark is at http://127.0.0.1:" in process.stdout.readline()
            process.terminate()
            _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors


def _available(master: int) -> bytes:
    try:
        return os.read(master, 65536)
    except OSError:
        # Linux says so where the other end was closed.
        return b""
