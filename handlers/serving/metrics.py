"""The numbers of a server on a port of their own, which Prometheus may ask without a token."""

from collections.abc import Callable

from handlers.errors import ConfigurationError
from handlers.health.meters import Meters
from handlers.rooms import Rooms


def serve_metrics(rooms: Rooms) -> Callable[[], None]:
    """Answer them at `settings.metrics`, where that is set, until what is answered here is called.

    Raises ConfigurationError where the port cannot be opened, or the extra `metrics` is not installed.
    """
    place = rooms.settings.metrics
    if not place:
        return lambda: None
    if not isinstance(rooms.meters, Meters):
        raise ConfigurationError(f"CASTMARK_METRICS is {place!r}, which needs castmark[metrics]: install it.")
    from prometheus_client import start_http_server

    host, _, port = place.rpartition(":")
    try:
        server, thread = start_http_server(int(port), host.strip("[]"), rooms.meters.registry)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigurationError(f"CASTMARK_METRICS is {place!r}, which cannot be opened ({reason}).") from None

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop
