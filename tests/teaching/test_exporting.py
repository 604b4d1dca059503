"""What people checked, read back as Label Studio and PaddleOCR read it."""

import io
import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from PIL import Image
from typer.testing import CliRunner

from handlers.cli.commands import app
from handlers.errors import ConfigurationError
from handlers.pictures.evidence import crop
from handlers.teaching.exporting import write_training
from tests.drawing import draw_plate
from tests.teaching.conftest import MARK, Plant

KEY = "2026-11-28/{:032x}-0"


@pytest.fixture
def exported(plant: Plant, tmp_path: Path) -> Path:
    """A reading of one line with its crop, one without a mark that was seen, one that nobody kept a picture of."""
    plate = draw_plate("KD2041", size=(400, 200))
    marked = MARK | {"text": "KD2041", "polygon": [[60, 60], [340, 60], [340, 140], [60, 140]]}
    plant.check("KD2041", plate)
    plant.check("B7", plate)
    plant.check("C9")
    cut = crop(plate, [marked])
    assert cut
    plant.rooms.evidence.put(KEY.format(1), "crop", io.BytesIO(cut), "image/jpeg")
    plant.keep(1, crop="image/jpeg", whole="image/png")
    folder = tmp_path / "training"
    result = CliRunner().invoke(app, ["export", "--training", str(folder)])
    assert result.exit_code == 0, result.output
    assert "2 checked readings" in result.output
    return folder


def test_paddleocr_reads_crops_and_texts(exported: Path) -> None:
    """As its SimpleDataSet does: a line is split at the tab, and the path is one in the data's folder."""
    lines = (exported / "rec_gt.txt").read_bytes().decode("utf-8").strip("\n").split("\n")
    (pair,) = (line.split("\t") for line in lines)
    path, label = pair
    assert label == "KD2041"
    with Image.open(exported / path) as image:
        # 80 rows of the mark, and a fifth of that above and below.
        assert image.height == pytest.approx(112, abs=4)
        assert image.width == pytest.approx(312, abs=4)


def test_label_studio_reads_tasks_with_pictures_and_texts(exported: Path) -> None:
    """As its import does: `data` has what the interface shows, each result names a control of it and its object."""
    config = ElementTree.fromstring((exported / "label-config.xml").read_text())  # noqa: S314  our own file
    controls = {node.get("name"): node for node in config.iter() if node.get("toName")}
    image = config.find("Image")
    assert image is not None
    tasks = json.loads((exported / "label-studio.json").read_text("utf-8"))
    assert [_texts(task) for task in tasks] == [["KD2041"], ["B7"]]
    for task in tasks:
        shown = task["data"][str(image.get("value")).removeprefix("$")]
        # Local files are named from the folder that Label Studio's server is told of.
        (path,) = parse_qs(urlsplit(shown).query)["d"]
        with Image.open(exported.parent / path) as picture:
            size = picture.size
        for result in task["annotations"][0]["result"]:
            assert controls[result["from_name"]].get("toName") == result["to_name"] == image.get("name")
            assert controls[result["from_name"]].tag.lower() == result["type"]
            assert (result["original_width"], result["original_height"]) == size
            value = result["value"]
            assert 0 <= value["x"] <= value["x"] + value["width"] <= 100
            assert 0 <= value["y"] <= value["y"] + value["height"] <= 100


def _texts(task: dict[str, object]) -> list[str]:
    annotations = task["annotations"]
    assert isinstance(annotations, list)
    (text,) = (result["value"]["text"] for result in annotations[0]["result"] if result["type"] == "textarea")
    return list(text)


def test_nothing_is_written_over(plant: Plant, exported: Path) -> None:
    with pytest.raises(ConfigurationError, match="exists already; name a new folder"):
        write_training(plant.rooms, exported)
