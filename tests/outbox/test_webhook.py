"""The webhook, before a real HTTP receiver that fails, is slow, redirects and talks too much."""

import json
from collections.abc import Iterator

import pytest
from standardwebhooks import Webhook as Verifier

from handlers.errors import ConfigurationError, NotDelivered
from handlers.outbox.events import Event, new_event
from handlers.outbox.targets import targets_of
from handlers.outbox.targets.webhook import Webhook
from handlers.settings import Settings, read_settings
from tests.outbox.conftest import SECRET
from tests.outbox.receiver import Receiver


def _settings(url: str, **more: object) -> Settings:
    return Settings.model_validate({"outbox": {"webhook": url, "webhook_secret": SECRET, **more}})


@pytest.fixture
def webhook(hook: Receiver) -> Iterator[Webhook]:
    (target,) = targets_of(_settings(hook.url, timeout_seconds=2))
    assert isinstance(target, Webhook)
    yield target
    target.close()


def _event(text: str = "李 A27") -> Event:
    return new_event("reading.recorded", 1, {"reading": 1, "text": text})


def test_receiver_verifies_what_it_gets_with_the_library(webhook: Webhook, hook: Receiver) -> None:
    event = _event()
    webhook.deliver(event)
    ((headers, body),) = hook.received
    assert Verifier(SECRET).verify(body, headers) == json.loads(body) == event.whole()
    assert (headers["webhook-id"], headers["content-type"]) == (event.id, "application/json")


def test_body_is_the_same_at_every_try(webhook: Webhook, hook: Receiver) -> None:
    event = _event()
    webhook.deliver(event)
    webhook.deliver(event)
    (_, one), (_, other) = hook.received
    assert one == other


@pytest.mark.parametrize(("status", "refused"), [(500, False), (429, False), (404, False), (401, False), (422, True)])
def test_refusal_is_a_sentence_with_the_beginning_of_what_was_said(
    webhook: Webhook, hook: Receiver, status: int, refused: bool
) -> None:
    hook.answers = [status]
    with pytest.raises(NotDelivered) as error:
        webhook.deliver(_event())
    assert error.value.refused is refused
    assert f"answered {status}: no" in str(error.value) and len(str(error.value)) < 200
    assert "\x1b" not in str(error.value)
    webhook.deliver(_event())


def test_redirect_is_not_followed(webhook: Webhook, hook: Receiver) -> None:
    hook.answers = [302]
    with pytest.raises(NotDelivered, match="answered 302"):
        webhook.deliver(_event())
    assert len(hook.tried) == 1


def test_silence_ends(hook: Receiver) -> None:
    # A second is more than an answer takes on a machine where much else runs.
    (target,) = targets_of(_settings(hook.url, timeout_seconds=1))
    hook.answers = [2500]
    with pytest.raises(NotDelivered, match="did not answer within 1 seconds"):
        target.deliver(_event())
    (again,) = targets_of(_settings(hook.url))
    again.deliver(_event())
    for each in (target, again):
        each.close()
    assert len(hook.received) == 1


def test_receiver_that_is_not_there_is_named_without_its_path() -> None:
    (target,) = targets_of(_settings("http://127.0.0.1:9/a-secret-path"))
    with pytest.raises(NotDelivered, match=r"127\.0\.0\.1:9 cannot be reached") as error:
        target.deliver(_event())
    target.close()
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"WEBHOOK": "ftp://x"}, "CASTMARK_OUTBOX__WEBHOOK is 'ftp://x' in the environment, but must be an http or"),
        ({"WEBHOOK": "http://x:99999/"}, "CASTMARK_OUTBOX__WEBHOOK is 'http://x:99999/' in the environment, but must"),
        (
            {"WEBHOOK": "https://x/y"},
            r"CASTMARK_OUTBOX is \(hidden\) in the environment, but must be complete: webhook",
        ),
        (
            {"WEBHOOK": "https://x/y", "WEBHOOK_SECRET": "whsec_c2hvcnQ="},
            r"CASTMARK_OUTBOX__WEBHOOK_SECRET is \(hidden\) in the environment, but must be whsec_ and 24",
        ),
        (
            {"MQTT": "mqtt://li@broker.example", "MQTT_PASSWORD": "a password"},
            r"CASTMARK_OUTBOX is \(hidden\) .* safe: a password goes to another machine by mqtts",
        ),
        ({"MQTT": "mqtts://li:pw@broker.example"}, "CASTMARK_OUTBOX__MQTT is"),
        ({"DAYS": "0"}, "CASTMARK_OUTBOX__DAYS is '0' in the environment, but must be a number of days"),
        ({"WEBHOK": "https://x"}, "outbox.webhok in the environment is no setting"),
    ],
)
def test_wrong_target_stops_the_start_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], sentence: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"CASTMARK_OUTBOX__{name}", value)
    with pytest.raises(ConfigurationError, match=sentence):
        read_settings()


def test_secrets_are_shown_nowhere() -> None:
    settings = _settings("https://x/y", mqtt="mqtts://li@x", mqtt_password="a password")
    shown = repr(settings) + str(settings) + settings.model_dump_json()
    assert SECRET not in shown and "a password" not in shown
