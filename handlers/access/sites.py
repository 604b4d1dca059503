"""Which requests no browser may make for a page that is not ours: by a foreign name, or to change what is here.

A page on the web can have a browser send requests to a laptop's own server. By a name of its own that resolves to this
machine (DNS rebinding) it could even read the answers. Pages that front ends are served from read by CORS, which
`CASTMARK_CORS_ORIGINS` says; a link, a form or an image of another page changes nothing here, whatever CORS says.
"""

from starlette.requests import HTTPConnection

from handlers.access.caller import address_of
from handlers.access.origin import asks_from_elsewhere, is_loopback, is_loopback_name, named_host
from handlers.settings import Settings

# Keys of the route settings: what these do is seen by others, or cannot be taken back.
_CHANGING = (
    *("upload", "start", "clear", "command", "adduuid", "removeuuid", "presign"),
    *("correct", "confirm", "molds", "issue", "revoke", "resend", "teach"),
)
_OTHER_NAME = (
    "This server does not answer to that name; ask for it by its own address, such as http://127.0.0.1:5000, or list "
    "the name in CASTMARK_HOSTS."
)
_OTHER_SITE = (
    "This was asked by a page of another site, which may not change anything here; an operator can list its origin in "
    "CASTMARK_CORS_ORIGINS."
)


class Sites:
    """The rule for the routes of one app."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._changing = {f"{settings.base_path}/{getattr(settings.routes, name)}" for name in _CHANGING}
        anyone = settings.on_loopback and not settings.cors_origins
        self._anyone = anyone or "*" in settings.cors_origins

    def objection(self, connection: HTTPConnection) -> str | None:
        """Why the request is refused, in a sentence; None where it is not."""
        if not self._is_named(connection):
            return _OTHER_NAME
        if self._settings.access == "open" or connection.scope["path"] not in self._changing:
            return None
        elsewhere = asks_from_elsewhere(connection, self._settings.cors_origins, anyone=self._anyone)
        return _OTHER_SITE if elsewhere else None

    def _is_named(self, connection: HTTPConnection) -> bool:
        host = named_host(connection)
        if host in self._settings.hosts:
            return True
        if self._settings.hosts:
            return is_loopback_name(host) and is_loopback(address_of(connection))
        # In Lambda a host of 127.0.0.1 is merely the default; behind a proxy the name is the proxy's.
        here = self._settings.on_loopback and "aws.event" not in connection.scope
        if not here or self._settings.trusted_proxies or not is_loopback(address_of(connection)):
            return True
        return is_loopback_name(host)
