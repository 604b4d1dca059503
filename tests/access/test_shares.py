"""Rates of an address, on a clock of the test's own."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from handlers.access.shares import Rate, Shares
from handlers.errors import TooManyRequests


def _allowed(rate: Rate, address: str) -> bool:
    try:
        rate.check(address)
    except TooManyRequests:
        return False
    rate.count(address)
    return True


def test_so_many_a_minute_and_then_again() -> None:
    now = [0.0]
    rate = Rate(2, "Too many.", lambda: now[0])
    assert [_allowed(rate, "10.0.0.1") for _ in range(3)] == [True, True, False]
    assert _allowed(rate, "10.0.0.2"), "another address has its own"
    now[0] = 59.0
    assert not _allowed(rate, "10.0.0.1")
    now[0] = 60.0
    assert [_allowed(rate, "10.0.0.1") for _ in range(3)] == [True, True, False]


def test_network_of_an_ipv6_address_is_one_caller() -> None:
    rate = Rate(1, "Too many.", lambda: 0.0)
    assert [_allowed(rate, f"2001:db8::{number}") for number in range(2)] == [True, False]
    assert _allowed(rate, "2001:db8:1::1")


def test_no_more_addresses_are_remembered_than_there_is_room_for() -> None:
    rate = Rate(1, "Too many.", lambda: 0.0)
    for number in range(5000):
        rate.count(str(number))
    assert len(rate._times) == 4096


def test_refusals_end_uploads() -> None:
    shares = Shares(uploads=99, refusals=2, clock=lambda: 0.0)
    shares.upload("a")
    for _ in range(2):
        shares.refused("a")
    with pytest.raises(TooManyRequests, match="was refused"):
        shares.upload("a")
    shares.upload("b")


def test_uploads_beyond_a_share_are_not_listened_to(
    make_client: Callable[..., TestClient], picture: Callable[..., bytes]
) -> None:
    client = make_client(limits={"uploads_minute": 3, "refusals_minute": 2})
    for _ in range(2):
        assert client.post("/upload", files={"f": ("x.png", b"no picture")}).status_code == 415
    answer = client.post("/upload", files={"f": ("x.png", picture())})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "20")
    assert client.post("/presign?name=x&content_type=image/png&size=1").status_code == 429
    assert client.get("/info").status_code == 200


def test_uploads_and_forms_are_counted_together(
    make_client: Callable[..., TestClient], picture: Callable[..., bytes]
) -> None:
    client = make_client(limits={"uploads_minute": 2})
    assert client.post("/upload", files={"f": ("x.png", picture())}).status_code == 200
    assert client.post("/presign?name=x&content_type=image/png&size=1").status_code == 200
    assert client.post("/upload", files={"f": ("x.png", picture())}).status_code == 429


def test_pictures_of_one_caller_have_a_room_of_their_own(
    make_client: Callable[..., TestClient], picture: Callable[..., bytes]
) -> None:
    client = make_client(limits={"stored_mb": 0.3})
    large = {"f": ("x.bmp", picture("BMP", (400, 400)))}
    assert client.post("/upload?uuid=a", files=large).status_code == 200
    refused = client.post("/upload?uuid=a", files=large)
    assert (refused.status_code, "more than 0.3 MB" in refused.json()["error"]) == (413, True)
    assert client.post("/upload?uuid=b", files=large).status_code == 200
    client.get("/clear?uuid=a")
    assert client.post("/upload?uuid=a", files=large).status_code == 200
