"""What the container promises, as far as its files say it; they are run where there is a Docker."""

import re
import subprocess
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_DOCKERFILE = (_ROOT / "Dockerfile").read_text("utf-8")
_COMPOSE = (_ROOT / "compose.yaml").read_text("utf-8")


def test_image_is_built_in_one_stage_and_run_in_another_by_nobody_special() -> None:
    stages = re.findall(r"^FROM (\S+)", _DOCKERFILE, re.MULTILINE)
    assert stages == ["python:3.13-slim", "python:3.13-slim"]
    last = _DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert "--platform" not in _DOCKERFILE and "amd64" not in last and "arm64" not in last
    assert re.findall(r"^VOLUME (\S+)$", last, re.MULTILINE) == ["/data"]
    assert "CASTMARK_DATA=/data" in last


def test_image_copies_what_docker_is_sent() -> None:
    sent = {line[1:] for line in (_ROOT / ".dockerignore").read_text().split() if line.startswith("!")}
    copied = {
        name
        for line in _DOCKERFILE.splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for name in line.split()[1:-1]
    }
    assert copied <= sent
    assert all((_ROOT / name).exists() for name in copied)


def test_every_server_is_read_only_and_has_no_secret_of_its_own() -> None:
    assert _COMPOSE.count("<<: *castmark") == 2 and "<<: *reader" in _COMPOSE
    assert "read_only: true" in _COMPOSE and "cap_drop: [ALL]" in _COMPOSE
    assert set(re.findall(r"(?:TOKEN|PASSWORD|SECRET_ACCESS_KEY): (.+)", _COMPOSE)) == {
        "${CASTMARK_TOKEN:-}",
        "${CASTMARK_PASSWORD:-}",
    }
    assert set(re.findall(r"profiles: \[(\w+)\]", _COMPOSE)) == {"one", "many"}


def test_compose_understands_its_file() -> None:
    try:
        subprocess.run(["docker", "compose", "version"], capture_output=True, check=True, timeout=60)
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("no docker compose is here")
    for profile in ("one", "many"):
        command = ["docker", "compose", "--profile", profile, "config", "--quiet"]
        done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
