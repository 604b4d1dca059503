"""Tokens by API: made and revoked by operators, and their names in what is done by them."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from handlers.records import audit
from handlers.records.database import Database
from handlers.records.readings import insert_record

_TOKEN = "a token of sixteen"
_OPERATOR = {"Authorization": f"Bearer {_TOKEN}"}


@pytest.fixture
def client(make_client: Callable[..., TestClient]) -> TestClient:
    return make_client(host="0.0.0.0", token=_TOKEN)


def _issued(client: TestClient, name: str, role: str) -> dict[str, str]:
    """The header of a new token."""
    answer = client.post("/issue", params={"name": name, "role": role}, headers=_OPERATOR)
    assert answer.headers["cache-control"] == "no-store"
    return {"Authorization": f"Bearer {answer.json()['token']}"}


def _audited(client: TestClient) -> list[tuple[str, str]]:
    database: Database = client.app.state.rooms.database  # type: ignore[attr-defined]
    with database.read() as connection:
        return [(one["who"], one["what"]) for one in audit.newest(connection)]


def test_tokens_are_made_listed_and_revoked(client: TestClient) -> None:
    wang = _issued(client, "Wang", "operator")
    _issued(client, "Display", "reader")
    told = client.get("/tokens", headers=wang).json()["tokens"]
    assert [(one["name"], one["role"], one["made_by"]) for one in told] == [
        ("Display", "reader", "operator"),
        ("Wang", "operator", "operator"),
    ]
    assert "castmark_" not in str(told) and "hash" not in str(told)
    assert client.post("/issue?name=Wang", headers=wang).status_code == 400
    assert client.post("/issue?name=New&role=king", headers=wang).status_code == 400
    assert client.post("/revoke?name=Wang", headers=wang).json() == {"result": "Revoked."}
    assert client.get("/tokens", headers=wang).status_code == 403
    assert client.post("/revoke?name=Wang", headers=_OPERATOR).status_code == 404
    assert _audited(client)[0] == ("Wang", "token")


def test_step_bears_the_name_of_the_token_and_not_another(client: TestClient) -> None:
    rooms = client.app.state.rooms  # type: ignore[attr-defined]
    number = rooms.database.write(lambda connection: insert_record(connection, "11", "2026-03-01 08:15:00"))
    reviewer = _issued(client, "Li", "reviewer")
    told = client.post(f"/correct?id={number}&text=17&by=Somebody", headers=reviewer).json()
    assert [step["who"] for step in told["steps"]] == ["Li"]
    told = client.post(f"/confirm?id={number}&by=Somebody", headers=_OPERATOR).json()
    assert [step["who"] for step in told["steps"]] == ["Li", "Somebody"]


def test_audit_names_whoever_wrote_by_the_console_and_imported_molds(client: TestClient) -> None:
    operator = _issued(client, "Zhao", "operator")
    for line in ("sql", "INSERT INTO mold_info VALUES ('A1', 'Front')"):
        assert client.get("/command", params={"command": line}, headers=operator).status_code == 200
    assert client.post("/molds", content="B2,Rear\n", headers=operator).json()["added"] == 1
    assert {("Zhao", "molds"), ("Zhao", "written")} <= {(who, what) for who, what in _audited(client)}
