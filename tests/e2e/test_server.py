"""The local server as a process: start, refusals, load, HTTPS, proxies, and a clean end."""

import io
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
import trustme

from tests.drawing import draw_hub
from tests.servers import Server, command, refusal, running, started


def _hub(text: str = "A27") -> bytes:
    file = io.BytesIO()
    draw_hub(text, angle=20, seed=3).save(file, "PNG")
    return file.getvalue()


def test_start_from_nothing_answers_and_ends(tmp_path: Path) -> None:
    with started(tmp_path) as (url, _):
        assert httpx2.get(f"{url}/test").status_code == 200


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_stop_answers_what_is_in_flight_and_ends_with_0(tmp_path: Path, how: int) -> None:
    with running(tmp_path) as server, ThreadPoolExecutor(1) as thread:
        files = [("f", (f"{n}.png", _hub())) for n in range(3)]
        session = {"Cookie": "castmark_session=s"}
        httpx2.post(f"{server.url}/upload", files=files, headers=session).raise_for_status()
        sent = thread.submit(_start_by_hand, server)
        time.sleep(0.2)
        assert server.stop(how) == 0
        assert b'["A27","A27"' in sent.result()


def _start_by_hand(server: Server) -> bytes:
    """`start` of that client's pictures, read now; over a plain socket, so that no pool hides a broken answer."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(
            b"GET /start HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: castmark_session=s\r\nConnection: close\r\n\r\n"
        )
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_twenty_uploads_at_once(server: Server, picture: Callable[..., bytes]) -> None:
    def journey(number: int) -> list[str]:
        with httpx2.Client(base_url=server.url, headers={"User-Agent": f"worker {number}"}, timeout=120) as client:
            content = _hub(f"K{number}") if number < 16 else picture(size=(number, 24))
            answer = client.post("/upload", files={"photo": (f"{number}.png", content)})
            assert answer.json() == {"message": "Done", "files": [f"{number}.png"]}
            assert client.get("/test").status_code == 200
            (row,) = client.get("/info").json()["file_list"]
            assert row[1] == f"{number}.png"
            # Six of them are read: on two cores readings wait for one another, and more of them show nothing more.
            texts: list[str] = client.get("/start").json() if number < 16 else []
            return texts

    with ThreadPoolExecutor(20) as threads:
        texts = list(threads.map(journey, range(10, 30)))[:6]
    assert all(len(text) == 1 for text in texts)
    # Every reading is of that caller's own picture: a mark alike to another's would be a mixture.
    assert sum(text == [f"K{number}"] for number, text in enumerate(texts, 10)) >= 5


def test_reading_never_blocks_test(tmp_path: Path) -> None:
    with running(tmp_path) as server, ThreadPoolExecutor(1) as thread:
        files = [("f", (f"{n}.png", _hub())) for n in range(4)]
        agent = {"User-Agent": "reader"}
        httpx2.post(f"{server.url}/upload", files=files, headers=agent).raise_for_status()
        reading = thread.submit(httpx2.get, f"{server.url}/start", headers=agent, timeout=120)
        answered = 0
        while not reading.done():
            answered += httpx2.get(f"{server.url}/test").status_code == 200
            time.sleep(0.02)  # asking without a pause would take a core from the reading
        assert answered >= 10, "test was answered again and again while four pictures were read"
        assert len(reading.result().json()) == 4


def test_names_from_config_ini_and_environment(tmp_path: Path) -> None:
    (tmp_path / "config.ini").write_text("[API_Service]\nUSE_OPTIONS = true\nupload = send\ntest = ping\n")
    with running(tmp_path, ROUTES__START="go") as server:
        assert httpx2.get(f"{server.url}/ping").json() == "You already connect the server now!"
        assert httpx2.get(f"{server.url}/test").status_code == 404
        assert httpx2.post(f"{server.url}/send", files={"f": ("h.png", _hub())}).status_code == 200
        assert httpx2.get(f"{server.url}/go", timeout=60).json() == ["A27"]
        assert "&quot;upload&quot;: &quot;send&quot;" in httpx2.get(server.url).text


def test_https(tmp_path: Path) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    folder = tmp_path / "CRT"
    folder.mkdir()
    certificate.cert_chain_pems[0].write_to_path(folder / "server.crt")
    certificate.private_key_pem.write_to_path(folder / "server.key")
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with running(tmp_path, CERTIFICATES="CRT") as server:
        assert server.url.startswith("https://")
        assert httpx2.get(f"{server.url}/isHTTPS", verify=trusting).json() is True
        assert "Secure" in httpx2.get(server.url, verify=trusting).headers["set-cookie"]


def test_forwarded_headers_count_only_from_a_trusted_proxy(tmp_path: Path) -> None:
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
    with running(tmp_path) as server:
        assert httpx2.get(f"{server.url}/isHTTPS", headers=forwarded).json() is False
    with running(tmp_path, TRUSTED_PROXIES="127.0.0.1") as server:
        assert httpx2.get(f"{server.url}/isHTTPS", headers=forwarded).json() is True
        httpx2.post(f"{server.url}/upload", files={"f": ("h.png", _hub())}, headers=forwarded).raise_for_status()
        other = forwarded | {"X-Forwarded-For": "203.0.113.10"}
        assert httpx2.get(f"{server.url}/info", headers=other).json()["file_count"] == 0
        assert httpx2.get(f"{server.url}/info", headers=forwarded).json()["file_count"] == 1


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"HOST": "0.0.0.0"}, "CASTMARK_HOST is '0.0.0.0', which other machines can reach: set CASTMARK_TOKEN"),
        ({"HOST": "::"}, "or, on a network you trust, CASTMARK_ACCESS=open."),
        ({"PORT": "seven"}, "CASTMARK_PORT is 'seven' in the environment, but must be a port number"),
        ({"CERTIFICATES": "nowhere"}, "there are 0 .crt and 0 .key files; it must be a folder with one of each."),
    ],
)
def test_refusals_are_one_sentence(tmp_path: Path, settings: dict[str, str], sentence: str) -> None:
    said = refusal(tmp_path, **settings)
    assert sentence in said
    assert "\n" not in said


def test_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "where nothing can be stored (Not a directory)" in refusal(tmp_path, "--data", "file/data")


def test_certificate_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.crt").write_text("x")
    (tmp_path / "a.key").write_text("x")
    assert "whose certificate cannot be used" in refusal(tmp_path, CERTIFICATES=".")


def test_client_that_goes_away_half_way_costs_nothing(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        host, port = server.url.removeprefix("http://").split(":")
        head = "POST /upload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n"
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(f"{head}Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n".encode())
        assert httpx2.get(f"{server.url}/test").status_code == 200
        while '"route": "/upload"' not in server.log.read_text():
            time.sleep(0.05)
    log = server.log.read_text()
    assert '"status": 499' in log
    assert "Traceback" not in log


def test_port_in_use_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"CASTMARK_PORT {port} on 127.0.0.1 cannot be opened" in refusal(tmp_path, "--port", port)


@pytest.mark.parametrize("settings", [{"TOKEN": "a token of sixteen"}, {"ACCESS": "open"}])
def test_other_hosts_are_served_with_a_token_or_by_choice(tmp_path: Path, settings: dict[str, str]) -> None:
    # 127.0.0.2 would be loopback too; this is every address, asked by the one that stays here.
    with running(tmp_path, HOST="0.0.0.0", **settings) as server:
        port = server.url.rsplit(":", 1)[1]
        assert httpx2.get(f"http://127.0.0.1:{port}/test").status_code == 200
    assert ("Warning: access is open" in server.log.read_text()) is ("ACCESS" in settings)


def test_help_says_what_can_be_set() -> None:
    done = subprocess.run(command("--help"), capture_output=True, text=True, check=True, timeout=60)
    for word in ("--host", "--port", "--data", "CASTMARK_", "castmark.toml", "config.ini"):
        assert word in done.stdout


def test_nothing_secret_in_the_log(tmp_path: Path) -> None:
    with running(tmp_path, TOKEN="a token of sixteen") as server:
        httpx2.get(f"{server.url}/start?uuid=my-capability", headers={"Authorization": "Bearer a token of sixteen"})
    log = server.log.read_text()
    assert '"route": "/start"' in log
    assert "my-capability" not in log
    assert "a token of sixteen" not in log


def test_full_disk_is_507(tmp_path: Path, picture: Callable[..., bytes]) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small file system cannot be mounted by this user")
    try:
        with running(tmp_path, DATA=str(disk)) as server:
            answer = httpx2.post(f"{server.url}/upload", files={"f": ("h.bmp", picture("BMP", (900, 900)))})
            assert answer.status_code == 507
            assert "disk is full" in answer.json()["error"]
            answer = httpx2.post(f"{server.url}/upload", files={"f": ("h.png", picture())})
            assert answer.status_code == 200
    finally:
        subprocess.run(["umount", str(disk)], check=True)
