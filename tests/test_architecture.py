"""The drawing of the house is what the imports say, and documents name only what is there."""

import re
from pathlib import Path

import typer

from docs.write_architecture import FILE, circles, document, imports
from handlers.api import all_apis
from handlers.cli.commands import app
from handlers.settings import Settings

_ROOT = Path(__file__).parents[1]
_WORKFLOWS = "\n".join(path.read_text("utf-8") for path in _ROOT.glob(".github/workflows/*.yml"))
_TEXT = "\n".join(path.read_text("utf-8") for path in (*_ROOT.glob("*.md"), *_ROOT.glob("docs/*.md")))
# What stands in code: a line of a block, or a span.
_CODE = [*re.findall(r"`([^`\n]+)`", _TEXT), *re.findall(r"^(?:castmark|make) .*", _TEXT, re.MULTILINE)]


def _named(program: str) -> set[str]:
    """What follows the program's name in code, as far as it is one word."""
    return {word for each in _CODE for word in re.findall(rf"\b{program} ([a-z][a-z-]*)(?![\w.:/*])", each)}


def test_drawing_in_the_repository_is_what_the_imports_say() -> None:
    """After an import that is new: `python -m docs.write_architecture`."""
    assert FILE.read_text("utf-8") == document()


def test_imports_go_down() -> None:
    """A circle is an import that belongs elsewhere."""
    assert circles() == set()
    assert {room for room, uses in imports().items() if "api" in uses} <= {"lambda_", "local_server", "serving"}


def test_lambda_is_above_everything_and_aws_below() -> None:
    uses = imports()
    assert {room for room in uses if "lambda_" in uses[room]} == {"local_server"}
    assert uses["aws"] == {"errors"}


def test_every_route_is_documented_in_writing() -> None:
    routes = {route.path(Settings()) for api in all_apis() for route in api.routes if "schema" not in str(route.docs)}
    documented = set(re.findall(r"`/?([\w/{}.-]+)`", _TEXT))
    assert {path for path in routes if path.strip("/") and path.strip("/") not in documented} == set()


def test_commands_in_the_documents_are_there() -> None:
    commands = typer.main.get_command(app)
    assert _named("castmark") <= set(getattr(commands, "commands", {}))
    assert len(_named("castmark")) >= 8


def test_targets_in_documents_and_workflows_can_be_made() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*(?: [a-z-]+)*):", (_ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    run = {name for names in re.findall(r"run: make ([a-z -]*[a-z])\b", _WORKFLOWS) for name in names.split()}
    assert len(_named("make")) >= 5 and len(run) >= 5
    assert _named("make") | run <= {target for line in targets for target in line.split()}


def test_files_that_the_guide_and_the_house_name_are_there() -> None:
    for document_ in (FILE, _ROOT / "CONTRIBUTING.md"):
        for name in re.findall(
            r"`((?:handlers|tests|docs|infra|benchmarks|training)/[\w/.-]+)`", document_.read_text()
        ):
            assert (_ROOT / name).exists(), f"{document_.name} names {name}"
