"""Learning from checked readings, on the whole way: the command, the reader, the record, and undoing it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select
from typer.testing import CliRunner, Result

from drawing.crops import draw
from handlers.backup.restoring import restore
from handlers.backup.saving import save
from handlers.cli.commands import app
from handlers.errors import ConfigurationError
from handlers.recognition.identity import identity
from handlers.records import audit
from handlers.records.tables import said
from handlers.rooms import Rooms
from handlers.settings import Settings, read_settings
from handlers.teaching.examples import counted, examples, lines_of
from handlers.teaching.standard import pictures
from handlers.teaching.teaching import teach
from tests.teaching.conftest import Plant
from tests.teaching.test_files import TEACHING

MOLDS = ("A27-27", "B38-38", "C09-09", "D51-51")
# As many as are needed to show anything: seven of these marks are read right, and eleven once they are taught.
SHOWN = range(25, 37)


def mark(number: int) -> Image.Image:
    return Image.fromarray(draw(MOLDS[number % 4], np.random.default_rng([5, number])))


def run(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == code, result.output
    return result


@contextmanager
def rooms() -> Iterator[Rooms]:
    opened = Rooms(read_settings())
    try:
        yield opened
    finally:
        opened.close()


def test_a_plant_teaches_its_reader_and_takes_it_back(
    plant: Plant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A tenth of the standard set: tests/api/test_teaching.py has all of it read.
    monkeypatch.setattr("handlers.teaching.teaching.pictures", lambda: pictures()[::10])
    for number in SHOWN:
        plant.check(MOLDS[number % 4], mark(number))
    taught = run("teach").stdout
    assert "Learned from 12 checked readings: 4 texts." in taught
    assert "Used from now on as" in taught
    name, stands, _, readings, before, after = run("teach", "--list").stdout.rstrip("\n").split("\t")
    assert (stands, readings) == ("used", "12 readings")
    assert int(before.partition(" of ")[0]) < int(after.partition(" of ")[0])

    mark(24).save(tmp_path / "a27.png")
    assert run("read", "--record", "a27.png").stdout == "a27.png\tA27-27\n"
    with plant.rooms.database.read() as connection:
        models = list(connection.scalars(select(said.c.model).order_by(said.c.hub_id.desc()).limit(2)))
        assert models == [f"{identity()}+{name}", "m"]
        assert [entry["what"] for entry in audit.newest(connection, 1)] == ["teach"]

    assert f"{name} is not used any more; pictures are read without a teaching." in run("teach", "--undo").stdout
    assert run("teach", "--list").stdout == ""
    with rooms() as opened:
        assert opened.reader.read(mark(24)).taught == ""
    assert "there is nothing to take back" in run("teach", "--undo", code=1).stdout


def test_what_does_not_help_is_refused_and_not_used(plant: Plant) -> None:
    for number in range(12):
        plant.check(MOLDS[number % 4])
    refused = run("teach", code=1).stdout
    assert "Refused. There are 0 checked readings with a kept picture; at least 12 are needed" in refused
    assert run("teach", "--list").stdout == ""


def test_nothing_to_learn_from_is_a_sentence(plant: Plant) -> None:
    with pytest.raises(ConfigurationError, match="no reading was confirmed or corrected"):
        teach(plant.rooms)


def test_options_do_not_go_together() -> None:
    assert "do not go together" in run("teach", "--list", "--undo", code=2).output


class TestExamples:
    def test_are_what_people_said_in_the_order_of_reading(self, plant: Plant) -> None:
        first = plant.check("A27", said=["A21"])
        plant.check("B3 2024", said=["83", "2024"])
        plant.check("")
        with plant.rooms.database.read() as connection:
            found = examples(connection)
            assert [example.number for example in found] == [first, first + 1]
            assert examples(connection, 1) == found[1:]
        assert [example.texts for example in found] == [("A27",), ("B3", "2024")]
        assert counted(found) == {"A27": 1, "B3": 1, "2024": 1}

    @pytest.mark.parametrize(
        ("text", "read", "expected"),
        [
            ("A27", [], ("A27",)),
            ("A27", ["A 21"], ("A27",)),
            ("A 27", ["A27"], ("A 27",)),
            ("A27\n2024", ["A27"], ("A27", "2024")),
            ("A 27 2024", ["A 27", "2O24"], ("A 27", "2024")),
            ("A27", ["A27", "2024"], ()),
            ("", ["A27"], ()),
        ],
    )
    def test_lines_are_told_apart_where_they_can_be(
        self, text: str, read: list[str], expected: tuple[str, ...]
    ) -> None:
        assert lines_of(text, read) == expected

    def test_texts_that_no_mark_can_say_are_left_out(self, plant: Plant) -> None:
        plant.check("轮毂")
        plant.check("a27")
        with plant.rooms.database.read() as connection:
            assert counted(examples(connection)) == {"A27": 1}


def test_a_backup_has_what_was_taught(make_plant: Callable[..., Plant], tmp_path: Path) -> None:
    plant, other = make_plant("one"), make_plant("other")
    plant.check("A27")
    plant.rooms.shelf.use(TEACHING)
    save(plant.rooms, tmp_path / "all.zip")
    restore(other.rooms, tmp_path / "all.zip")
    taught = other.rooms.shelf.current()
    assert taught is not None
    assert taught.name == TEACHING.name
    assert other.rooms.shelf.teaching(TEACHING.name) == TEACHING


def test_a_running_reader_takes_up_what_another_process_taught(tmp_path: Path) -> None:
    server, command = (Rooms(Settings(data=tmp_path)) for _ in range(2))
    assert server.reader.taught() is None
    command.shelf.use(TEACHING)
    taught = server.reader.taught()
    assert taught is not None
    assert taught.texts["A27"] == 31
    command.shelf.undo()
    assert server.reader.taught() is None
