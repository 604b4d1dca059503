"""MQTT before a real broker: retained values, birth and last will, TLS, and what it refuses."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from handlers.errors import ConfigurationError, NotDelivered
from handlers.outbox.courier import Courier
from handlers.outbox.events import Event, new_event
from handlers.outbox.targets import targets_of
from handlers.outbox.targets.mqtt import Mqtt
from handlers.records.database import Database
from handlers.settings import Settings
from tests.outbox.broker import PASSWORD, Broker, broker
from tests.outbox.conftest import Records, soon

Made = Callable[..., Mqtt]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with broker(tmp_path_factory.mktemp("broker")) as started:
        yield started


def _settings(url: str, **more: Any) -> Settings:
    facts = {"mqtt": url, "mqtt_password": PASSWORD, "timeout_seconds": 2, "longest_wait_seconds": 0.2}
    return Settings.model_validate({"outbox": facts | more})


@pytest.fixture
def made() -> Iterator[Made]:
    targets: list[Mqtt] = []

    def make(url: str, **more: Any) -> Mqtt:
        (target,) = targets_of(_settings(url, **more))
        assert isinstance(target, Mqtt)
        targets.append(target)
        return target

    yield make
    for each in targets:
        each.close()


@contextmanager
def _listening(running: Broker, topic: str = "castmark/#") -> Iterator[list[tuple[str, bytes, bool]]]:
    """What a subscriber hears: topic, payload, whether it was retained."""
    heard: list[tuple[str, bytes, bool]] = []
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
    client.on_message = lambda _, __, message: heard.append((message.topic, bytes(message.payload), message.retain))
    subscribed: list[int] = []
    client.on_subscribe = lambda *_: subscribed.append(1)
    client.connect("127.0.0.1", running.port)
    client.loop_start()
    try:
        soon(client.is_connected)
        client.subscribe(topic, 1)
        soon(lambda: subscribed)
        yield heard
    finally:
        client.disconnect()
        client.loop_stop()


def _event(text: str = "A27") -> Event:
    return new_event("reading.recorded", 1, {"reading": 1, "text": text})


def test_last_value_stays_for_who_comes_later(running: Broker, made: Made) -> None:
    target, last = made(running.plain), _event("A28")
    target.deliver(_event("A27"))
    target.deliver(last)
    with _listening(running) as heard:
        soon(lambda: len(heard) >= 2)
    told = {topic: payload for topic, payload, retained in heard if retained}
    assert json.loads(told["castmark/reading/recorded"]) == last.whole()
    assert told["castmark/status"] == b"online"


def test_events_come_in_order_and_over_tls(running: Broker, made: Made) -> None:
    target = made(running.tls, mqtt_authorities=running.authorities, mqtt_topic="castmark/hall-2")
    with _listening(running, "castmark/hall-2/reading/#") as heard:
        for number in range(20):
            target.deliver(_event(str(number)))
        soon(lambda: len(heard) == 20)
    assert [json.loads(payload)["data"]["text"] for _, payload, _ in heard] == [str(number) for number in range(20)]


def test_who_ends_says_so_and_who_dies_has_a_last_will(running: Broker, made: Made) -> None:
    with _listening(running, "castmark/ends/status") as heard:
        target = made(running.plain, mqtt_topic="castmark/ends")
        assert target.open() and not target.open()
        target.close()
        target.open()
        # As a power cut: the connection ends without a word.
        client = target._client
        assert client is not None
        client.socket().close()  # type: ignore[union-attr]
        soon(lambda: len(heard) == 4)
    assert [payload for _, payload, _ in heard] == [b"online", b"offline", b"online", b"offline"]


def test_topic_that_the_broker_does_not_take_is_not_delivered(running: Broker, made: Made) -> None:
    with pytest.raises(NotDelivered, match=r"did not take the topic other/status \(Not authorized\)"):
        made(running.plain, mqtt_topic="other").deliver(_event())


@pytest.mark.parametrize(
    ("url", "more", "sentence"),
    [
        ("{plain}", {"mqtt_password": "a wrong one"}, r"refused the connection \(Not authorized\)"),
        ("{tls}", {}, "its certificate is not trusted: .*MQTT_AUTHORITIES"),
        ("mqtt://castmark@127.0.0.1:9", {}, "cannot be reached"),
    ],
)
def test_broker_that_cannot_be_used_is_told_why(
    running: Broker, made: Made, url: str, more: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(NotDelivered, match=sentence):
        made(url.format(plain=running.plain, tls=running.tls), **more).deliver(_event())


def test_wrong_authorities_stop_the_start(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    for name in ("ca.pem", "missing.pem"):
        with pytest.raises(ConfigurationError, match=r"CASTMARK_OUTBOX__MQTT_AUTHORITIES is .* which cannot be used"):
            targets_of(_settings("mqtts://castmark@x", mqtt_authorities=tmp_path / name))


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_broker_that_is_away_for_a_while_gets_everything_once_it_is_back(
    tmp_path: Path, database: Database, records: Records
) -> None:
    with broker(tmp_path) as restarted:
        settings = _settings(restarted.plain)
        courier = Courier(database, targets_of(settings), settings.outbox)
        courier.open()
        records(settings, "1")
        soon(lambda: _delivered(database) == 1)
        restarted.stop()
        records(settings, "2")
        records(settings, "3")
        soon(lambda: _error(database))
        restarted.start()
        with _listening(restarted, "castmark/reading/#") as heard:
            soon(lambda: _delivered(database) == 3)
            soon(lambda: heard)
        courier.close()
    assert json.loads(heard[-1][1])["data"]["text"] == "3"
    assert _error(database) == ""


def _state(database: Database) -> Any:
    from handlers.outbox.book import OutboxBook

    return OutboxBook(_settings("mqtt://castmark@127.0.0.1"), database).state()[0]


def _delivered(database: Database) -> int:
    return int(_state(database).delivered)


def _error(database: Database) -> str:
    return str(_state(database).error)
