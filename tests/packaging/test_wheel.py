"""The wheel, built and put into an environment of its own: it has all that it needs, and nothing of the checkout.

Its dependencies are lent from the environment of the tests: to download them would need a network, and minutes.
"""

import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from urllib.request import urlopen
from zipfile import ZipFile

import pytest

from handlers import __version__
from tests.drawing import draw_hub
from tests.servers import environment

_ROOT = Path(__file__).parents[2]
_PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
_BUILT_OF = ("pyproject.toml", "README.md", "LICENSE", "local_server.py")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in _BUILT_OF:
        shutil.copy(_ROOT / name, source)
    shutil.copytree(_ROOT / "handlers", source / "handlers", ignore=shutil.ignore_patterns("__pycache__"))
    offline = ["--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*_PIP, "wheel", *offline, "--wheel-dir", str(target), str(source)], check=True, timeout=300)
    (made,) = target.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def castmark(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command, in an environment that has nothing but the wheel."""
    folder = tmp_path_factory.mktemp("empty") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=120)
    into = [*_PIP, "--python", str(folder / "bin" / "python"), "install", "--no-deps", "--no-index", "--no-compile"]
    subprocess.run([*into, str(wheel)], check=True, timeout=120)
    return folder / "bin" / "castmark"


@pytest.fixture
def complete(castmark: Path, tmp_path: Path) -> Path:
    """The same with its dependencies."""
    folder = tmp_path / "venv"
    shutil.copytree(castmark.parents[1], folder, symlinks=True)
    (site,) = folder.glob("lib/python*/site-packages")
    # A line of a .pth adds the folder, and not what its own .pth files would: the checkout is not found by it.
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    script = folder / "bin" / "castmark"
    first, _, rest = script.read_text().partition("\n")
    assert first.startswith("#!")
    script.write_text(f"#!{folder / 'bin' / 'python'}\n{rest}")
    return script


def test_wheel_has_the_page_the_weights_and_the_server(wheel: Path) -> None:
    assert wheel.name == f"castmark-{__version__}-py3-none-any.whl"
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
    wanted = {path.relative_to(_ROOT).as_posix() for path in (_ROOT / "handlers").rglob("*") if path.is_file()}
    wanted = {name for name in wanted if "__pycache__" not in name} | {"local_server.py"}
    assert {name for name in names if ".dist-info/" not in name} == wanted
    assert {"handlers/web/index.html", "handlers/recognition/weights/marks.onnx"} <= wanted
    assert {"handlers/records/migrations.py", "handlers/py.typed"} <= wanted


def test_version_is_said_in_one_place() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)
    assert f"\n## {__version__}" in (_ROOT / "CHANGELOG.md").read_text("utf-8")
    project = (_ROOT / "pyproject.toml").read_text("utf-8")
    assert 'dynamic = ["version"]' in project and __version__ not in project.partition("[tool")[0]


def test_command_says_its_version_before_anything_else_is_needed(castmark: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [str(castmark), "--version"], cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (0, f"castmark {__version__}\n")


def test_installed_command_reads_and_serves_outside_of_the_checkout(complete: Path, tmp_path: Path) -> None:
    draw_hub("A27", seed=1).save(tmp_path / "hub.png")
    settings = {name: value for name, value in environment(DECODERS="0").items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(complete), "read", "hub.png"], cwd=tmp_path, env=settings, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stdout) == (0, "hub.png\tA27\n"), done.stderr
    command = [str(complete), "serve", "--port", "0"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=settings, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout
        address = server.stdout.readline().split(" at ")[1].split()[0]
        try:
            with urlopen(address, timeout=30) as page:
                assert b"<title>" in page.read()
            with urlopen(f"{address}web/page.js", timeout=30) as script:
                assert script.status == 200
        finally:
            server.terminate()
        assert server.wait(60) == 0
