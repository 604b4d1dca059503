"""What is counted, and that the dashboard draws nothing else."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from handlers.errors import ConfigurationError
from handlers.health.meters import Meters
from handlers.rooms import Rooms
from handlers.serving.metrics import serve_metrics
from handlers.settings import Settings

_ROOT = Path(__file__).parents[2]
Encoded = Callable[..., bytes]


@pytest.fixture
def counted(make_app: Callable[..., FastAPI]) -> TestClient:
    app = make_app()
    app.state.rooms.count()
    return TestClient(app, "http://127.0.0.1:5000", client=("127.0.0.1", 1))


def _values(client: TestClient) -> dict[str, float]:
    """By name and labels, as they are written."""
    answer = client.get("/metrics")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    families = text_string_to_metric_families(answer.text)
    samples = [sample for family in families for sample in family.samples]
    return {each.name + "".join(f" {value}" for value in each.labels.values()): each.value for each in samples}


def test_work_is_counted(counted: TestClient, picture: Encoded) -> None:
    content = picture()
    assert counted.post("/upload", files={"a": ("a.png", content)}).status_code == 200
    assert counted.post("/upload", files={"a": ("a.png", b"no picture")}).status_code == 415
    assert counted.post("/upload", files={"a": ("a.png", content)}).status_code == 200
    (reading,) = counted.get("/start", params={"detail": "1"}).json()
    assert counted.post("/correct", params={"id": reading["id"], "text": "11"}).status_code == 200
    values = _values(counted)
    assert values["castmark_uploads_total"] == 2
    assert values["castmark_upload_bytes_total"] == 2 * len(content)
    assert values["castmark_readings_total empty"] == 1
    assert values["castmark_readings_for_review_total"] == 1
    assert values["castmark_reading_seconds_count"] == 1
    assert values["castmark_said_total corrected"] == 1
    assert values["castmark_refusals_total UploadRefused"] == 1
    assert (values["castmark_queue_tasks waiting"], values["castmark_queue_oldest_seconds"]) == (0, 0)
    assert (values["castmark_open_reviews"], values["castmark_database_up"]) == (0, 1)
    assert values["process_resident_memory_bytes"] > 1_000_000


def test_database_that_is_lost_is_a_number_and_no_failure(tmp_path: Path) -> None:
    rooms = Rooms(Settings.model_validate({"database_url": f"sqlite:///{tmp_path}"}))
    rooms.count()
    assert isinstance(rooms.meters, Meters)
    assert b"castmark_database_up 0.0" in rooms.meters.text()
    assert b"castmark_queue_tasks" not in rooms.meters.text()


def test_server_that_counts_nothing_says_what_to_install(make_client: Callable[..., TestClient]) -> None:
    answer = make_client(access="open").get("/metrics")
    assert (answer.status_code, "castmark[metrics]" in answer.json()["error"]) == (404, True)


def test_dashboard_draws_what_is_exported(counted: TestClient) -> None:
    exported = {name.partition(" ")[0] for name in _values(counted)}
    # Those with labels are there once something was counted.
    exported |= {"castmark_readings_total", "castmark_refusals_total", "castmark_said_total"}
    # And these where something is promised, as the test of the promise's metrics has it.
    exported |= {"castmark_promise_kept", "castmark_promise_accepted_share"}
    dashboard = json.loads((_ROOT / "infra" / "grafana.json").read_text("utf-8"))
    drawn = " ".join(target["expr"] for panel in dashboard["panels"] for target in panel["targets"])
    names = set(re.findall(r"\b(?:castmark|process)_\w+", drawn))
    assert len(names) > 10
    assert names - exported - {"castmark_reading_confidence_bucket", "castmark_reading_seconds_bucket"} == set()
    assert {"castmark_reading_confidence_bucket", "castmark_reading_seconds_bucket"} <= exported


def test_port_of_its_own_answers_without_a_token(make_app: Callable[..., FastAPI]) -> None:
    import socket
    from urllib.request import urlopen

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    app = make_app(metrics=f"127.0.0.1:{port}")
    with pytest.raises(ConfigurationError, match=r"needs castmark\[metrics\]"):
        serve_metrics(app.state.rooms)
    app.state.rooms.count()
    stop = serve_metrics(app.state.rooms)
    try:
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            assert b"castmark_database_up 1.0" in answer.read()
        with pytest.raises(ConfigurationError, match="cannot be opened"):
            serve_metrics(app.state.rooms)
    finally:
        stop()
