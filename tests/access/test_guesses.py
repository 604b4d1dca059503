"""Short uuids are found by nobody who counts upwards, and go on working for those who use them."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from handlers.access.guesses import Guesses
from handlers.errors import NotFound, TooManyRequests


def _ask(guesses: Guesses, uuid: str, *, right: bool = False, address: str = "10.0.0.1") -> bool:
    """Whether it was looked at."""
    try:
        with guesses.of(address, uuid) as guess:
            guess.right = right
    except TooManyRequests:
        return False
    return True


def test_so_many_wrong_ones_in_ten_minutes() -> None:
    now = [0.0]
    guesses = Guesses(2, lambda: now[0])
    assert [_ask(guesses, uuid) for uuid in ("1", "2", "3")] == [True, True, False]
    assert _ask(guesses, "2"), "who waits for his own to be there asks for it again and again"
    assert _ask(guesses, "3", address="10.0.0.2"), "another address has its own"
    now[0] = 600.0
    assert [_ask(guesses, uuid) for uuid in ("3", "4", "5")] == [True, True, False]


def test_right_ones_are_not_counted_and_go_on() -> None:
    guesses = Guesses(2, lambda: 0.0)
    assert all(_ask(guesses, f"mine {number}", right=True) for number in range(50))
    assert [_ask(guesses, uuid) for uuid in ("1", "2", "3")] == [True, True, False]
    assert all(_ask(guesses, f"mine {number}") for number in range(50)), "also once they are cleared"
    assert not _ask(guesses, "3", right=True), "it is not looked at, so that a right one is not told from a wrong one"
    guesses.use("10.0.0.1", "3")
    assert _ask(guesses, "3", right=True)


def test_one_that_becomes_right_is_no_miss() -> None:
    guesses = Guesses(2, lambda: 0.0)
    assert _ask(guesses, "soon")
    assert _ask(guesses, "soon", right=True)
    assert [_ask(guesses, uuid) for uuid in ("1", "2", "3")] == [True, True, False]


def test_not_found_is_a_miss() -> None:
    guesses = Guesses(1, lambda: 0.0)
    with pytest.raises(NotFound), guesses.of("10.0.0.1", "1"):
        raise NotFound("File does not exist")
    assert not _ask(guesses, "2")


def test_long_ones_are_never_refused() -> None:
    guesses = Guesses(1, lambda: 0.0)
    assert all(_ask(guesses, f"{number:016}") for number in range(100))


def test_no_more_is_remembered_than_there_is_room_for() -> None:
    guesses = Guesses(1, lambda: 0.0)
    for number in range(5000):
        _ask(guesses, "1", address=str(number))
        _ask(guesses, str(number), right=True, address="10.0.0.1")
    assert len(guesses._addresses) == 4096
    assert len(guesses._addresses["10.0.0.1"].known) == 1024


_ASKING = {
    "status": "/status?uuid={}",
    "info": "/info?uuid={}",
    "getpicture": "/getpicture?uuid={}",
    "preview": "/getpicture?preview=1&uuid={}",
    "start": "/start?uuid={}",
    "clear": "/clear?uuid={}",
    "clear by name": "/clear?filename={}",
    "removeuuid": "/removeuuid?uuid={}",
}


@pytest.mark.parametrize("path", _ASKING.values(), ids=_ASKING)
def test_whoever_counts_upwards_is_sent_away(
    make_client: Callable[..., TestClient], picture: Callable[..., bytes], path: str
) -> None:
    client = make_client(limits={"unknown_uuids": 3})
    other = TestClient(client.app, client=("10.0.0.7", 1))
    assert other.post("/upload?uuid=victim", files={"f": ("1.png", picture())}).status_code == 200
    statuses = [client.get(path.format(number)).status_code for number in range(5)]
    assert 429 not in statuses[:3]
    assert statuses[3:] == [429, 429]
    refused = client.get(path.format("victim"))
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "20")
    assert other.get("/info?uuid=victim").json()["file_count"] == 1
    assert client.get(path.format("a uuid that is long enough")).status_code != 429


def test_clients_behind_the_same_address_go_on(
    make_client: Callable[..., TestClient], picture: Callable[..., bytes]
) -> None:
    """As a front end does it, with a uuid of four characters, while another guesses from the same address."""
    client = make_client(limits={"unknown_uuids": 3})
    for number in range(9):
        client.get(f"/info?uuid={number}")
    assert client.post("/upload?uuid=c-1", files={"f": ("1.png", picture())}).status_code == 200
    task = client.get("/start?uuid=c-1").json()["task_uuid"]
    assert client.get(f"/status?task={task}").status_code == 200
    assert len(client.get("/status?uuid=c-1").json()["tasks"]) == 1
    assert client.get("/clear?filename=c-1").json() == "Delete"
    assert client.get("/clear?filename=c-1").json() == "Delete"
    form = client.post("/presign?uuid=c-2&name=1.png&content_type=image/png&size=9")
    assert form.status_code == 200
    assert client.get("/info?uuid=c-2").status_code == 200
