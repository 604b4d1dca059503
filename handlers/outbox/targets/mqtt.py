"""An MQTT 5 broker: each event under the topic of its type, where the last one of each stays (retained).

`castmark/reading/recorded`, `castmark/alarm/raised` and so on have events as JSON; `castmark/status` says online or
offline, by a birth message and a last will. Events are sent with QoS 1.

paho itself and not aiomqtt, which wraps it: that hides the reason code of a PUBACK, by which a broker says that it did
not take a message. It would count as delivered, and be lost.
"""

import ssl
import threading
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from handlers.errors import ConfigurationError, NotDelivered
from handlers.outbox.events import Event
from handlers.outbox.targets.base import part
from handlers.plant import Outbox
from handlers.settings import Settings

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessageInfo

_PORTS = {"mqtt": 1883, "mqtts": 8883}
_KEEPALIVE_SECONDS = 30
_QOS = 1


class Mqtt:
    """Stays connected while nothing is due, so that the broker knows whether the server is there."""

    name = "mqtt"

    def __init__(self, settings: Outbox, context: ssl.SSLContext | None) -> None:
        url = urlsplit(settings.mqtt)
        self._place = (url.hostname or "", url.port or _PORTS[url.scheme])
        self._user = url.username
        self._password = settings.mqtt_password
        self._topic = settings.mqtt_topic
        self._seconds = settings.timeout_seconds
        self._context = context
        self._paho = part("paho.mqtt.client", "OUTBOX__MQTT", "outbox")
        self._client: Client | None = None
        self._answered = threading.Event()
        self._refusal = ""
        self._refused: dict[int, str] = {}

    def open(self) -> bool:
        if self._client is not None and self._client.is_connected():
            return False
        self._end()
        self._client = self._connected()
        self._publish(f"{self._topic}/status", b"online")
        return True

    def deliver(self, event: Event) -> None:
        self.open()
        self._publish(f"{self._topic}/{event.type.replace('.', '/')}", event.body(), event.id)

    def close(self) -> None:
        if self._client is not None and self._client.is_connected():
            # A last will is for who ends without a word; where the connection is lost, it speaks.
            with suppress(NotDelivered):
                self._publish(f"{self._topic}/status", b"offline")
        self._end()

    def _connected(self) -> "Client":
        """Raises NotDelivered where the broker is not there, or refuses."""
        client = self._new_client()
        self._answered.clear()
        self._refusal = ""
        try:
            client.connect(*self._place, keepalive=_KEEPALIVE_SECONDS)
        except (OSError, ValueError) as error:
            raise NotDelivered(f"The broker {self._broker} cannot be reached ({_reason(error)}).") from None
        client.loop_start()
        if not self._answered.wait(self._seconds):
            self._refusal = f"it did not answer within {self._seconds:g} seconds"
        if self._refusal:
            _stop(client)
            raise NotDelivered(f"The broker {self._broker} refused the connection ({self._refusal}).")
        return client

    def _new_client(self) -> "Client":
        version, name = self._paho.CallbackAPIVersion.VERSION2, f"castmark-{uuid.uuid4().hex[:12]}"
        client: Client = self._paho.Client(version, name, protocol=self._paho.MQTTv5, reconnect_on_failure=False)
        client.connect_timeout = self._seconds
        if self._context is not None:
            client.tls_set_context(self._context)
        if self._user:
            client.username_pw_set(self._user, self._password.get_secret_value() if self._password else None)
        client.will_set(f"{self._topic}/status", b"offline", _QOS, retain=True)
        client.on_connect = self._on_connect
        client.on_publish = self._on_publish
        return client

    def _on_connect(self, _: Any, __: Any, ___: Any, reason: Any, ____: Any) -> None:
        self._refusal = str(reason) if reason.is_failure else ""
        self._answered.set()

    def _on_publish(self, _: Any, __: Any, message: int, reason: Any, ___: Any) -> None:
        """Called before whoever waits for the message goes on."""
        if reason.is_failure:
            self._refused[message] = str(reason)

    def _publish(self, topic: str, payload: bytes, event_id: str = "") -> None:
        assert self._client is not None  # noqa: S101  `open` came before
        sent: MQTTMessageInfo = self._client.publish(topic, payload, _QOS, retain=True, properties=_facts(event_id))
        # Raised where the connection is lost meanwhile, which shows below.
        with suppress(RuntimeError, ValueError):
            sent.wait_for_publish(self._seconds)
        refusal = self._refused.pop(sent.mid, "")
        if refusal:
            raise NotDelivered(f"The broker {self._broker} did not take the topic {topic} ({refusal}).")
        if sent.rc != self._paho.MQTT_ERR_SUCCESS or not sent.is_published():
            # What it may still have in hand would come later, and out of order.
            self._end()
            raise NotDelivered(f"The broker {self._broker} did not confirm within {self._seconds:g} seconds.")

    def _end(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            _stop(client)

    @property
    def _broker(self) -> str:
        return f"{self._place[0]}:{self._place[1]}"


class _Closing(ssl.SSLSocket):
    """Closed where its handshake fails: paho leaves that to whoever collects garbage."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise


def _stop(client: "Client") -> None:
    client.disconnect()
    client.loop_stop()


def _facts(event_id: str) -> Any:
    if not event_id:
        return None
    from paho.mqtt.packettypes import PacketTypes
    from paho.mqtt.properties import Properties

    facts: Any = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    facts.ContentType = "application/json"
    facts.PayloadFormatIndicator = 1
    facts.UserProperty = ("id", event_id)
    return facts


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}; see CASTMARK_OUTBOX__MQTT_AUTHORITIES"
    return getattr(error, "strerror", None) or str(error)


def target(_: str, settings: Settings) -> Mqtt:
    """Raises ConfigurationError for authorities that cannot be used."""
    outbox, context = settings.outbox, None
    if outbox.mqtt.startswith("mqtts:"):
        try:
            context = ssl.create_default_context(cafile=outbox.mqtt_authorities)
            context.sslsocket_class = _Closing
        except OSError as error:
            raise ConfigurationError(
                f"CASTMARK_OUTBOX__MQTT_AUTHORITIES is {str(outbox.mqtt_authorities)!r}, which cannot be used "
                f"({error.strerror or error}); it must be a file of certificates (PEM)."
            ) from None
    return Mqtt(outbox, context)
