"""What an operator types is kept: statements that wrote, and changes of the blacklist, and not what was refused."""

from collections.abc import Callable

from starlette.testclient import TestClient

from handlers.records import audit


def test_what_the_console_accepted_is_in_the_trail(make_client: Callable[..., TestClient]) -> None:
    client = make_client(access="open")
    rooms = client.app.state.rooms  # type: ignore[attr-defined]
    lines = ["sql", "--insert 11", "DELETE FROM castmark_audit", "SELECT * FROM castmark_audit", "SELECT 1", "exit"]
    for line in [*lines, "blacklist --add union"]:
        assert client.get("/command", params={"command": line}).status_code == 200
    with rooms.database.read() as connection:
        entries = [(entry["who"], entry["what"]) for entry in audit.newest(connection)]
        remarks = [entry["remark"] for entry in audit.newest(connection)]
    assert entries == [("console", "blacklist"), ("console", "written")]
    assert "add: union" in remarks[0] and "reading 1 was added: 11" in remarks[1]


def test_trail_goes_on_where_events_are_switched_off(make_client: Callable[..., TestClient]) -> None:
    client = make_client(access="open", log_switch=False)
    client.get("/command", params={"command": "blacklist --add union"})
    with client.app.state.rooms.database.read() as connection:  # type: ignore[attr-defined]
        assert len(audit.newest(connection)) == 1
