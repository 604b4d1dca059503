"""Fill a folder with what one of the small functions consists of: this package, and the wheels of its extras.

    build.py FUNCTION FOLDER
    build.py requirements EXTRA ...     what pip installs for these, a line each

Works on any machine with Python 3.11: the wheels are those of Lambda's platform, and nothing is compiled. SAM runs it
for each function of the template, by the Makefile beside it.
"""

import shutil
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
# What pyproject.toml calls what each function needs; functions are called like their module in handlers/api.
EXTRAS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("Page", "Test", "Ishttps"), ()),
    **dict.fromkeys(("Presign", "Clear", "Clients"), ("aws",)),
    **dict.fromkeys(("Upload", "Getpicture", "Info"), ("images", "aws")),
    **dict.fromkeys(("Status", "Records", "Command", "Login", "Logs", "Tokens"), ("aurora", "aws")),
    **dict.fromkeys(("Readings", "Detail", "Evidence", "Correct", "Confirm"), ("aurora", "aws")),
    **dict.fromkeys(("Export", "Molds", "Outbox", "Promise"), ("aurora", "aws")),
}
# Amazon Linux 2023 has glibc 2.34; pip takes each name for itself, and none for the older ones.
_PLATFORMS = ("manylinux_2_34_aarch64", "manylinux_2_28_aarch64", "manylinux2014_aarch64")
# Lambda's limit for a function that is no image.
_MOST_BYTES = 250 * 1024 * 1024


def requirements(extras: tuple[str, ...]) -> list[str]:
    """What pip is asked for: what every function has, and what the extras name, with those of other extras of ours."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    found: list[str] = []
    waiting = ["function", *extras]
    while waiting:
        for requirement in project["optional-dependencies"][waiting.pop(0)]:
            if requirement.startswith("castmark["):
                waiting += requirement.removeprefix("castmark[").removesuffix("]").split(",")
            else:
                found.append(requirement)
    return found


def build(function: str, folder: Path) -> int:
    """The bytes that it takes. Raises CalledProcessError where pip finds no wheel, and SystemExit for too many."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    # What else is installed on this machine is nobody's business: none of it goes along.
    into = ["--target", str(folder), "--no-warn-conflicts"]
    wheels = ["--only-binary=:all:", "--implementation=cp", "--python-version=3.13"]
    wheels += [f"--platform={name}" for name in _PLATFORMS]
    # A snapshot is taken after the imports: no start would profit from bytecode, which another Python would make.
    exact = ["--no-compile", "--constraint", str(ROOT / "constraints.txt")]
    subprocess.run([*pip, *into, *wheels, *exact, *requirements(EXTRAS[function])], check=True)  # noqa: S603
    shutil.rmtree(folder / "bin", ignore_errors=True)
    add_code(folder)
    stamp(folder, ROOT / "infra")
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    if size > _MOST_BYTES:
        raise SystemExit(f"{function} has {size} bytes; Lambda takes {_MOST_BYTES}.")
    return size


def add_code(folder: Path) -> None:
    shutil.copytree(ROOT / "handlers", folder / "handlers", ignore=shutil.ignore_patterns("__pycache__"))


def stamp(*folders: Path) -> None:
    """Make this build another one than the last, in its own folder and, for the image, in this one.

    SAM publishes a new version only of what has changed: callers would keep the old one, and with it the old settings,
    where only a parameter or a secret is another.
    """
    for folder in folders:
        (folder / "built").write_text(f"{datetime.now(UTC).isoformat()}\n")


def main(first: str, *others: str) -> None:
    if first == "requirements":
        sys.stdout.write("".join(f"{each}\n" for each in requirements(others)))
    else:
        sys.stdout.write(f"{first}: {build(first, Path(*others)) / 1024 / 1024:.1f} MB\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
