"""A folder that is watched: each picture is read once, however it comes, and whatever happens meanwhile."""

import csv
import io
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from handlers.cli.commands import app
from handlers.errors import ConfigurationError, DatabaseUnusable
from handlers.records.readings import all_records
from handlers.rooms import Rooms
from handlers.settings import Settings
from handlers.watching.results import Table
from handlers.watching.watch import Outcome, Watch, plan_of
from tests.drawing import draw_hub
from tests.servers import environment

_ROOT = Path(__file__).parents[2]
Encoded = Callable[..., bytes]


def _hub(text: str) -> bytes:
    file = io.BytesIO()
    draw_hub(text, seed=1).save(file, "PNG")
    return file.getvalue()


class Plant:
    """A watched folder whose clock is moved by hand."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "in"
        self.root.mkdir(exist_ok=True)
        self.rooms = Rooms(Settings(data=folder / "data", decoders=0))
        self.plan = plan_of(self.root, (None, None, None))
        self.now = 100.0

    @contextmanager
    def watching(self, results: Table | None = None) -> Iterator[Watch]:
        with Watch(self.rooms, self.plan, "a" * 32, results, clock=lambda: self.now) as watch:
            yield watch

    def look(self, watch: Watch, after: float = 2.0) -> list[Outcome]:
        """Twice: what is seen first is complete when it is the same later."""
        found = list(watch.once())
        self.now += after
        return found + list(watch.once())

    def texts(self) -> list[str]:
        with self.rooms.database.read() as connection:
            return [row[2] for row in all_records(connection)[1:]]

    def kept(self) -> list[str]:
        """The pictures that were read, whether they ask for a look or not."""
        return sorted(name for folder in ("done", "review") for name in self.files(folder))

    def files(self, name: str) -> list[str]:
        return sorted(path.relative_to(self.root / name).as_posix() for path in (self.root / name).rglob("*.*"))


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    made = Plant(tmp_path)
    yield made
    made.rooms.close()


def test_picture_is_read_recorded_and_put_away_with_its_result(plant: Plant) -> None:
    (plant.root / "day").mkdir()
    (plant.root / "day" / "轮毂.png").write_bytes(_hub("A27"))
    with plant.watching() as watch:
        (outcome,) = plant.look(watch)
    assert outcome.result["text"] == "A27"
    told = json.loads((plant.root / "done" / "day" / "轮毂.png.json").read_text("utf-8"))
    assert (told["file"], told["text"], told["id"]) == ("day/轮毂.png", "A27", 1)
    assert plant.files("done") == ["day/轮毂.png", "day/轮毂.png.json"]
    assert plant.texts() == ["A27"]
    with plant.rooms.database.read() as connection:
        from handlers.records.history import one

        assert one(connection, 1)["evidence"] == ["crop", "small"]


def test_doubtful_and_unreadable_ones_have_folders_of_their_own(plant: Plant, picture: Encoded) -> None:
    (plant.root / "empty.png").write_bytes(picture())
    (plant.root / "note.txt").write_bytes(b"no picture")
    with plant.watching() as watch:
        assert len(plant.look(watch)) == 2
    assert plant.files("review") == ["empty.png", "empty.png.json"]
    assert plant.files("failed") == ["note.txt", "note.txt.json"]
    assert "not a picture" in json.loads((plant.root / "failed" / "note.txt.json").read_text("utf-8"))["error"]


def test_growing_file_is_left_alone(plant: Plant, picture: Encoded) -> None:
    content, path = picture(size=(64, 64)), plant.root / "a.png"
    with plant.watching() as watch:
        for end in (20, 40, len(content)):
            path.write_bytes(content[:end])
            assert list(watch.once()) == []
            plant.now += 1.9
        assert list(watch.once()) == []
        plant.now += 0.2
        assert [outcome.original.name for outcome in watch.once()] == ["a.png"]


def test_half_a_picture_is_waited_for_at_its_place(plant: Plant, picture: Encoded) -> None:
    content, path = picture(size=(640, 480), mode="RGB"), plant.root / "a.png"
    path.write_bytes(content[:-200])
    with plant.watching() as watch:
        assert plant.look(watch) == []
        with path.open("ab") as file:
            file.write(content[-200:])
        (outcome,) = plant.look(watch)
    assert outcome.place == plant.root / "review" / "a.png"


def test_half_a_picture_that_stays_one_fails_in_the_end(plant: Plant, picture: Encoded) -> None:
    (plant.root / "a.png").write_bytes(picture(size=(640, 480), mode="RGB")[:-200])
    with plant.watching() as watch:
        assert plant.look(watch) == []
        plant.now += 59.0
        assert list(watch.once()) == []
        plant.now += 4.0
        (outcome,) = watch.once()
    assert outcome.place == plant.root / "failed" / "a.png"
    assert plant.texts() == []


def test_same_content_is_recorded_once_under_whatever_name(plant: Plant) -> None:
    for name in ("a.png", "b.png"):
        (plant.root / name).write_bytes(_hub("11"))
    with plant.watching() as watch:
        outcomes = plant.look(watch)
        (plant.root / "a.png").write_bytes(_hub("11"))
        outcomes += plant.look(watch)
    assert [outcome.result["id"] for outcome in outcomes] == [1, 1, 1]
    assert [outcome.known for outcome in outcomes] == [False, True, True]
    assert plant.texts() == ["11"]
    names = ("a-2.png", "a.png", "b.png")
    assert plant.kept() == sorted(f"{name}{end}" for name in names for end in ("", ".json"))


def test_camera_that_overwrites_one_name_is_read_each_time(plant: Plant) -> None:
    with plant.watching() as watch:
        for text in ("A27", "11"):
            # As cameras do: at the same place, and the same file.
            with (plant.root / "cam.png").open("wb") as file:
                file.write(_hub(text))
            assert [outcome.result["text"] for outcome in plant.look(watch)] == [text]
    assert plant.texts() == ["A27", "11"]
    assert len([name for name in plant.kept() if name.endswith(".png")]) == 2


def test_longest_names_find_room(plant: Plant, picture: Encoded) -> None:
    (plant.root / f"{'轮' * 83}.png").write_bytes(picture())
    (plant.root / f"a.{'x' * 253}").write_bytes(b"no picture")
    with plant.watching() as watch:
        outcomes = plant.look(watch)
    assert [outcome.place.parent.name for outcome in sorted(outcomes, key=str)] == ["failed", "review"]
    assert len(plant.files("review")) == 2
    assert [path.name for path in (plant.root / ".castmark").iterdir()] == ["lock"]


def test_table_has_a_line_for_each_and_is_continued(plant: Plant, tmp_path: Path, picture: Encoded) -> None:
    table = tmp_path / "results.csv"
    for number, content in enumerate((_hub("A27"), picture())):
        (plant.root / f"{number}.png").write_bytes(content)
        with plant.watching(Table(table)) as watch:
            plant.look(watch)
    with table.open("a") as file:
        file.write("half a li")
    (plant.root / "=3.png").write_bytes(b"none")
    with plant.watching(Table(table)) as watch:
        plant.look(watch)
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["text"] for row in rows if row["sha256"]] == ["A27", ""]
    assert [row["file"] for row in rows if row["file"]] == ["0.png", "1.png", "'=3.png"]
    assert plant.files("done") == ["0.png"]


def test_another_table_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ConfigurationError, match="another table"):
        Table(tmp_path / "other.csv")


def test_folder_is_watched_by_one(plant: Plant) -> None:
    with plant.watching(), pytest.raises(ConfigurationError, match="watched already"), plant.watching():
        pass


@pytest.mark.parametrize("moment", ["taken", "told", "moved"])
def test_what_was_broken_off_is_brought_to_its_end(plant: Plant, moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the process had been killed at that moment: the next one finds what it left."""
    from handlers.watching import watch as module
    from handlers.watching.results import Beside

    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    places = {"taken": (module.Watch, "_begin"), "told": (module, "give"), "moved": (Beside, "close")}
    (plant.root / "a.png").write_bytes(_hub("A27"))
    with monkeypatch.context() as patch:
        patch.setattr(*places[moment], killed)
        with pytest.raises(Killed), plant.watching() as watch:
            plant.look(watch)
    with plant.watching() as watch:
        plant.look(watch)
    assert plant.files("done") == ["a.png", "a.png.json"]
    assert json.loads((plant.root / "done" / "a.png.json").read_text("utf-8"))["text"] == "A27"
    assert plant.texts() == ["A27"]
    assert [path.name for path in (plant.root / ".castmark").iterdir()] == ["lock"]


def test_database_that_is_away_is_told_and_its_picture_waits(plant: Plant, tmp_path: Path) -> None:
    (plant.root / "a.png").write_bytes(_hub("A27"))
    broken = Rooms(Settings.model_validate({"data": tmp_path / "data", "database_url": f"sqlite:///{tmp_path}"}))
    stop, told = threading.Event(), []

    def trouble(error: Exception) -> None:
        told.append(error)
        stop.set()

    plan = replace(plant.plan, settle=0.0, poll=0.05)
    with Watch(broken, plan, "a" * 32, trouble=trouble) as watch:
        assert list(watch.run(stop)) == []
    broken.close()
    assert [type(error) for error in told] == [DatabaseUnusable]
    with plant.watching() as watch:
        assert [outcome.result["text"] for outcome in plant.look(watch)] == ["A27"]


def test_command_reads_what_is_there_and_ends(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "hub.png").write_bytes(_hub("A27"))
    result = CliRunner().invoke(app, ["watch", "in", "--once", "--settle", "0.1"])
    assert (result.exit_code, result.stdout) == (0, "hub.png\tA27\tdone/hub.png\n"), result.output
    result = CliRunner().invoke(app, ["watch", "nowhere"])
    assert (result.exit_code, "is no folder" in result.output) == (2, True)


@pytest.mark.parametrize("flags", [(), ("--poll", "0.1")])
def test_killed_watcher_loses_nothing_and_doubles_nothing(tmp_path: Path, flags: tuple[str, ...]) -> None:
    (tmp_path / "in").mkdir()
    command = [sys.executable, "-W", "error", "-m", "handlers.cli", "watch", "in", "--settle", "0.1", *flags]
    settings = environment(DECODERS="0", EXPIRY__LEASE_SECONDS="0.5") | {"PYTHONPATH": str(_ROOT)}

    def start() -> "subprocess.Popen[str]":
        return subprocess.Popen(command, cwd=tmp_path, env=settings, stdout=subprocess.PIPE, text=True)

    with start() as first:
        (tmp_path / "in" / "a.png").write_bytes(_hub("A27"))
        assert first.stdout and first.stdout.readline().startswith("a.png\tA27")
        (tmp_path / "in" / "b.png").write_bytes(_hub("11"))
        while not list((tmp_path / "in" / ".castmark").glob("*/b.png")):
            time.sleep(0.005)  # a reading takes a hundred times as long
        first.kill()
    with start() as second:
        assert second.stdout and second.stdout.readline().startswith("b.png\t11")
        second.terminate()
        assert second.wait(60) == 0
    kept = sorted(path.name for name in ("done", "review") for path in (tmp_path / "in" / name).iterdir())
    assert kept == ["a.png", "a.png.json", "b.png", "b.png.json"]
    rooms = Rooms(Settings(data=tmp_path / "data"))
    with rooms.database.read() as connection:
        assert [row[2] for row in all_records(connection)[1:]] == ["A27", "11"]
    rooms.close()
