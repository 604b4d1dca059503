"""A webhook: each event is a POST, signed as Standard Webhooks says (https://www.standardwebhooks.com).

Any answer from 200 to 299 has it; everything else is tried again with the same id. Redirects are not followed.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from handlers.errors import NotDelivered
from handlers.outbox.events import Event
from handlers.outbox.targets.background import Background
from handlers.outbox.targets.base import part
from handlers.plant import Outbox
from handlers.settings import Settings

if TYPE_CHECKING:
    import httpx2

# Of an answer only its beginning is looked at, for the operator.
_MOST_BYTES = 2000
_SHOWN = 100
# What is wrong with this one event, rather than with where it goes.
_REFUSED = (400, 413, 415, 422)


class Webhook:
    """Signs by `webhook_secret`: a receiver verifies with any library of Standard Webhooks."""

    name = "webhook"

    def __init__(self, settings: Outbox) -> None:
        self._url = settings.webhook
        self._seconds = settings.timeout_seconds
        self._secret = settings.webhook_secret
        self._http = part("httpx2", "OUTBOX__WEBHOOK", "outbox")
        self._signing = part("standardwebhooks", "OUTBOX__WEBHOOK", "outbox")
        self._background = Background()
        self._client: httpx2.AsyncClient | None = None

    def open(self) -> bool:
        return False

    def deliver(self, event: Event) -> None:
        try:
            status, said = self._background.run(self._post(event), self._seconds)
        except TimeoutError:
            raise NotDelivered(f"{self._host} did not answer within {self._seconds:g} seconds.") from None
        except self._http.HTTPError as error:
            raise NotDelivered(f"{self._host} cannot be reached: {str(error) or type(error).__name__}.") from None
        if not 200 <= status < 300:
            heard = f": {said}" if said else ""
            raise NotDelivered(f"{self._host} answered {status}{heard}", refused=status in _REFUSED)

    def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            self._background.run(client.aclose(), self._seconds)
        self._background.stop()

    async def _post(self, event: Event) -> tuple[int, str]:
        """The status, and the beginning of what was said."""
        if self._client is None:
            self._client = self._http.AsyncClient(timeout=self._seconds, follow_redirects=False, trust_env=False)
        body = event.body()
        headers = {"Content-Type": "application/json", "User-Agent": "Castmark"} | self._signature(event.id, body)
        async with self._client.stream("POST", self._url, content=body, headers=headers) as answer:
            said = bytearray()
            if not 200 <= answer.status_code < 300:
                async for piece in answer.aiter_raw(_MOST_BYTES):
                    said += piece
                    if len(said) >= _MOST_BYTES:
                        break
            return answer.status_code, _shown(bytes(said))

    def _signature(self, event_id: str, body: bytes) -> dict[str, str]:
        now = datetime.now(UTC)
        assert self._secret is not None  # noqa: S101  the settings see to it
        signer: Any = self._signing.Webhook(self._secret.get_secret_value())
        signature = signer.sign(event_id, now, body.decode())
        stamp = str(int(now.timestamp()))
        return {"Webhook-Id": event_id, "Webhook-Timestamp": stamp, "Webhook-Signature": signature}

    @property
    def _host(self) -> str:
        """The rest of the URL may be a secret."""
        return urlsplit(self._url).netloc


def _shown(said: bytes) -> str:
    text = said.decode("utf-8", "replace")
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())[:_SHOWN]


def target(_: str, settings: Settings) -> Webhook:
    return Webhook(settings.outbox)
