"""`make deploy` and `make smoke`, as an operator types them, with the programs that are there and no others."""

import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.infra.conftest import ROOT

RUNS = "#!/bin/sh\nexit 0\n"
FAILS = "#!/bin/sh\nexit 1\n"
# Says where it runs and what it is told.
SAM = '#!/bin/sh\necho "sam $* in ${PWD##*/}"\n'


def make(folder: Path, *arguments: str, **programs: str) -> tuple[int, str]:
    """The exit code, and all that was said; `programs` are those that can be found."""
    for name, text in programs.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    found = shutil.which("make")
    assert found
    # No more: not what a make around this test has to say to those below it.
    environment = {"PATH": str(folder), "CASTMARK_TOKEN": "a token of sixteen"}
    command = [found, "--no-print-directory", "-C", str(ROOT), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


def test_deploy_builds_and_then_asks_and_deploys(tmp_path: Path) -> None:
    code, said = make(tmp_path, "deploy", sam=SAM, docker=RUNS)
    assert (code, said.splitlines()) == (0, ["sam build in infra", "sam deploy --guided in infra"])


def test_deploy_says_that_sam_is_missing_and_where_it_is_to_be_had(tmp_path: Path) -> None:
    code, said = make(tmp_path, "deploy", docker=RUNS)
    assert code != 0 and "needs the AWS SAM CLI" in said and "pip install aws-sam-cli" in said


@pytest.mark.parametrize("docker", [None, FAILS], ids=["missing", "stopped"])
def test_deploy_says_that_docker_does_not_run(docker: str | None, tmp_path: Path) -> None:
    code, said = make(tmp_path, "deploy", sam=SAM, **({"docker": docker} if docker else {}))
    assert code != 0 and "needs a running Docker" in said and "sam build" not in said


def test_what_was_not_built_is_not_deployed(tmp_path: Path) -> None:
    code, said = make(tmp_path, "deploy", sam=SAM + '[ "$1" != build ]\n', docker=RUNS)
    assert code != 0 and "sam build in infra" in said and "sam deploy" not in said


def test_smoke_wants_to_know_where(tmp_path: Path) -> None:
    code, said = make(tmp_path, "smoke")
    assert code != 0 and "make smoke URL=https://" in said


def test_smoke_tries_the_server_that_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    code, said = make(tmp_path, "smoke", f"URL=http://127.0.0.1:{port}", f"PYTHON={sys.executable}")
    assert code != 0 and said.startswith("info ") and "no answer" in said.splitlines()[0]
