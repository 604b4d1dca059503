"""What functions consist of: the small ones by build.py, those that read by the Dockerfile."""

import ast
import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from types import ModuleType

import pytest

from tests.infra.conftest import ROOT, Check
from tests.infra.test_template import CLOUD, IMAGES

DOCKERFILE = (ROOT / "infra" / "Dockerfile").read_text()
LINES = [line for line in DOCKERFILE.replace("\\\n", " ").splitlines() if line and not line.startswith("#")]


def copied(lines: list[str] = LINES) -> set[str]:
    """What is copied from the checkout, and not from another stage."""
    copies = [line.split()[1:-1] for line in lines if line.startswith("COPY ") and "--from" not in line]
    return {source for each in copies for source in each}


def test_every_small_function_is_built_and_nothing_else(build: ModuleType, check: Check) -> None:
    assert set(build.EXTRAS) == {name.title() for name in CLOUD} - IMAGES
    for name, each in check("template")["Resources"].items():
        if each["Type"] == "AWS::Serverless::Function":
            expected = (
                {"DockerContext": "..", "Dockerfile": "infra/Dockerfile", "DockerTag": "reading"}
                if name in IMAGES
                else {"BuildMethod": "makefile", "ContextPath": ".", "WorkingDirectory": "."}
            )
            assert each["Metadata"] == expected


def test_makefile_builds_whatever_sam_asks_for(tmp_path: Path) -> None:
    dry = ["make", "--dry-run", "-C", str(ROOT / "infra"), "build-Upload", f"ARTIFACTS_DIR={tmp_path}", "PYTHON=python"]
    done = subprocess.run(dry, capture_output=True, text=True, check=True)
    assert f'python build.py Upload "{tmp_path}"' in done.stdout


def test_requirements_are_those_of_the_project_with_extras_of_extras(build: ModuleType) -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert build.requirements(()) == extras["function"]
    parts = [extras[name] for name in ("images", "recognition", "records", "aurora", "aws", "rules", "worker")]
    others = {each for part in parts for each in part if not each.startswith("castmark[")}
    assert set(build.requirements(("worker",))) == {*extras["function"], *others}


def test_whoever_installs_the_package_has_all_that_a_server_is_made_of(build: ModuleType) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert sorted(set(build.requirements(("local",)))) == sorted(project["dependencies"])


def test_requirements_are_told_to_whoever_installs_them(build: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    build.main("requirements", "worker")
    assert capsys.readouterr().out.splitlines() == build.requirements(("worker",))


def test_code_goes_along_without_what_python_left_beside_it(build: ModuleType, tmp_path: Path) -> None:
    build.add_code(tmp_path)
    names = {str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*") if file.is_file()}
    assert {"handlers/__init__.py", "handlers/web/index.html", "handlers/api/test.py"} <= names
    assert not any("__pycache__" in name for name in names)


def test_no_build_is_like_the_one_before(build: ModuleType, tmp_path: Path) -> None:
    build.stamp(tmp_path)
    first = (tmp_path / "built").read_text()
    build.stamp(tmp_path)
    assert (tmp_path / "built").read_text() != first


def test_image_is_lambdas_for_the_templates_python_and_processor() -> None:
    assert LINES[0] == "FROM public.ecr.aws/lambda/python:3.13-arm64"
    assert sum(line.startswith("FROM ") for line in LINES) == 1
    # The base image starts Lambda's runtime client; the template says with which handler.
    assert not any(line.startswith(("CMD", "ENTRYPOINT")) for line in LINES)


def test_image_does_not_run_as_root() -> None:
    users = [line.split()[1] for line in LINES if line.startswith("USER ")]
    assert users and users[-1] not in ("root", "0") and LINES[-1].startswith("USER ")


def test_image_has_the_code_that_handlers_import_and_what_pip_needs_of_the_rest() -> None:
    here = {path.stem if path.suffix == ".py" else path.name for path in ROOT.iterdir()}
    imported = {name for file in (ROOT / "handlers").rglob("*.py") for name in roots(file)} & here
    assert imported == {"handlers"}
    assert copied() == imported | {"pyproject.toml", "constraints.txt", "LICENSE", "infra/build.py", "infra/built*"}


def roots(file: Path) -> set[str]:
    """The first parts of everything that a module imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found - sys.stdlib_module_names


def test_image_installs_the_worker_extra_in_the_versions_that_were_tested() -> None:
    [install] = [line for line in LINES if "pip install" in line]
    assert re.search(
        r"build\.py requirements worker >(\S+) .*--constraint \S*/constraints\.txt --requirement \1", install
    )


def test_docker_is_sent_what_is_copied_and_nothing_else() -> None:
    first, *others = (ROOT / ".dockerignore").read_text().split()
    assert first == "*"
    server = (ROOT / "Dockerfile").read_text().splitlines()
    assert {other.removeprefix("!") for other in others if other.startswith("!")} == copied() | copied(server)
    assert [other for other in others if not other.startswith("!")] == ["**/__pycache__"]


def test_every_wheel_of_the_image_and_the_zips_has_a_version_to_be_held_to(build: ModuleType) -> None:
    pinned = {line.partition("==")[0].lower().replace("_", "-") for line in constraints()}
    asked = {re.split(r"[\[>=<]", each)[0].lower() for each in build.requirements(("worker",))}
    assert asked <= pinned
    assert all(fnmatch(line, "*==*") for line in constraints())


def constraints() -> list[str]:
    return [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and line[0] != "#"]


def test_tools_are_held_to_their_versions() -> None:
    lines = (ROOT / "infra" / "requirements.txt").read_text().splitlines()
    tools = [line for line in lines if line and line[0] != "#"]
    assert {"cfn-lint", "aws-sam-translator", "moto", "pyyaml"} <= {line.partition("==")[0].lower() for line in tools}
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in tools)
