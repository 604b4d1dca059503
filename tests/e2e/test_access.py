"""Who may call an operator's routes, asked of real servers over real connections."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from tests.servers import Server, running

TOKEN = "a token of sixteen"
_BEARER = {"Authorization": f"Bearer {TOKEN}"}
_FRONT = "https://front.example"
_EVIL = "https://evil.example"


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("laptop"), CORS_ORIGINS=f"{_FRONT},*") as server:
        yield server


def _status(server: Server, **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.get(f"{server.url}/getlogs", headers=named, timeout=30).status_code


def _raw(server: Server, head: str) -> str:
    """The first line of the answer to exactly these bytes."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n")
        return connection.recv(65536).split(b"\r\n")[0].decode()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec_Fetch_Site": "same-origin"}, 200),
        ({"Origin": _FRONT, "Sec_Fetch_Site": "cross-site"}, 200),
        ({"Origin": _EVIL, "Sec_Fetch_Site": "cross-site"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"X_Forwarded_For": "203.0.113.9"}, 401),
        ({"X_Forwarded_For": "127.0.0.1"}, 401),
        ({"X_Forwarded_Host": "127.0.0.1"}, 401),
        ({"X_Forwarded_Proto": "https"}, 401),
        ({"X_Real_IP": "127.0.0.1"}, 401),
        ({"Forwarded": "for=127.0.0.1"}, 401),
        ({"Via": "1.1 proxy"}, 401),
        ({"Authorization": "Bearer no", "Via": "1.1 proxy"}, 403),
    ],
)
def test_laptop(laptop: Server, headers: dict[str, str], status: int) -> None:
    assert _status(laptop, **headers) == status


@pytest.mark.parametrize(
    ("head", "answer"),
    [
        ("GET /getlogs HTTP/1.1\nHost: localhost", "HTTP/1.1 200"),
        ("GET /getlogs HTTP/1.0\nHost: localhost", "HTTP/1.1 401"),
        ("GET /getlogs HTTP/1.1\nHost: user:pass@127.0.0.1", "HTTP/1.1 40"),
        ("GET /getlogs HTTP/1.1\nHost: localhost\nHost: evil.example", "HTTP/1.1 40"),
        ("GET /getlogs HTTP/1.1\nHost: evil.example\nHost: localhost", "HTTP/1.1 40"),
        ("GET http://localhost/getlogs HTTP/1.1\nHost: evil.example", "HTTP/1.1 40"),
        (
            "GET /getlogs HTTP/1.1\nHost: localhost\nOrigin: http://localhost\nOrigin: https://evil.example",
            "HTTP/1.1 403",
        ),
        ("GET /getlogs HTTP/1.1\nHost: localhost\nx-FORWARDED-for : 1.2.3.4", "HTTP/1.1 40"),
    ],
)
def test_laptop_asked_by_hand(laptop: Server, head: str, answer: str) -> None:
    assert _raw(laptop, head).startswith(answer)


def test_its_own_page_on_its_own_port(laptop: Server) -> None:
    assert _status(laptop, Origin=laptop.url, Sec_Fetch_Site="same-origin") == 200
    assert _status(laptop, Origin=laptop.url + "1") == 403


def test_listed_origin_reads_the_answer_and_others_do_not(laptop: Server) -> None:
    listed = httpx2.get(f"{laptop.url}/getlogs", headers={"Origin": _FRONT})
    assert listed.headers["access-control-allow-origin"] == _FRONT
    assert isinstance(listed.json(), list)
    other = httpx2.get(f"{laptop.url}/getlogs", headers={"Origin": _EVIL})
    assert (other.status_code, list(other.json())) == (403, ["error"])


def test_refusals_are_in_the_log(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        _status(server, Origin=_EVIL)
        events = httpx2.get(f"{server.url}/getlogs").json()
        assert ("getlogs", "refused") in [(event["event"], event["result"]) for event in events]


def test_server_for_all_wants_the_token_from_this_machine_too(tmp_path: Path) -> None:
    with running(tmp_path, HOST="0.0.0.0", TOKEN=TOKEN) as everywhere:
        server = Server(f"http://127.0.0.1:{everywhere.url.rsplit(':', 1)[1]}", everywhere.process, everywhere.log)
        answer = httpx2.get(f"{server.url}/getlogs")
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert _status(server, **_BEARER) == 200
        assert httpx2.get(f"{server.url}/test").status_code == 200
        with httpx2.Client(base_url=server.url) as browser:
            assert browser.post("/login", data={"token": TOKEN}).status_code == 200
            assert browser.get("/getlogs", headers={"Referer": f"{server.url}/"}).status_code == 200
            assert browser.get("/getlogs").status_code == 403, "an image on another page looks like this"
            assert browser.get("/getlogs", headers={"Origin": _EVIL}).status_code == 403
            assert browser.post("/logout").status_code == 200
            assert browser.get("/getlogs").status_code == 401
    log = server.log.read_text() + "".join(file.read_text() for file in (tmp_path / "data").glob("events*.jsonl"))
    assert TOKEN not in log


def test_guesses_at_once_are_slowed_down_and_lock_nobody_out(tmp_path: Path) -> None:
    """Two dozen guesses at once from one address: most are sent away, and the right token from there is answered."""
    with running(tmp_path, HOST="0.0.0.0", TOKEN=TOKEN) as everywhere, ThreadPoolExecutor(24) as threads:
        server = Server(f"http://127.0.0.1:{everywhere.url.rsplit(':', 1)[1]}", everywhere.process, everywhere.log)
        url, wrong = f"{server.url}/getlogs", {"Authorization": "Bearer no"}
        asked = [threads.submit(_until_answered, url, wrong) for _ in range(24)]
        assert httpx2.get(f"{server.url}/test").status_code == 200
        assert _status(server, **_BEARER) == 200
        statuses = [one.result() for one in asked]
        assert set(statuses) <= {0, 403, 429}
        assert statuses.count(429) >= 12
        # In the three seconds that each was given: the answers after 0.5 and 1.5 seconds, and no more.
        assert statuses.count(403) <= 3
        assert _status(server, **_BEARER) == 200


def _until_answered(url: str, headers: dict[str, str]) -> int:
    """The status, or 0 where three seconds were not enough."""
    try:
        return httpx2.get(url, headers=headers, timeout=3).status_code
    except httpx2.TimeoutException:
        return 0


def test_person_behind_a_trusted_proxy_of_this_machine(tmp_path: Path) -> None:
    with running(tmp_path, TRUSTED_PROXIES="127.0.0.1") as server:
        assert _status(server) == 200
        assert _status(server, X_Forwarded_For="127.0.0.1", X_Forwarded_Proto="http") == 200
        assert _status(server, X_Forwarded_For="203.0.113.9") == 401
        assert _status(server, X_Forwarded_For="127.0.0.1, 203.0.113.9") == 401
        assert _status(server, X_Forwarded_For="203.0.113.9, 127.0.0.1") == 401
        assert _status(server, X_Real_IP="203.0.113.9") == 401
        assert _status(server, X_Forwarded_For="127.0.0.1", X_Forwarded_Host="evil.example") == 403


def test_open_server_asks_nobody(tmp_path: Path) -> None:
    with running(tmp_path, HOST="0.0.0.0", ACCESS="open") as everywhere:
        url = f"http://127.0.0.1:{everywhere.url.rsplit(':', 1)[1]}/getlogs"
        answer = httpx2.get(url, headers={"Origin": _EVIL, "Host": "castmark.example", "Via": "1.1 proxy"})
        assert answer.status_code == 200
