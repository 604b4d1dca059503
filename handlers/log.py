"""The log: one JSON object a line on standard error, the same on a laptop and in Lambda.

Whatever is done for a request says so in each of its lines, by the request's id. The task that it enters keeps the id,
its messages carry it, and whoever reads the task, wherever and however late, goes on with it.
"""

import json
import logging
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

_trail: ContextVar[Mapping[str, str]] = ContextVar("trail", default=MappingProxyType({}))


def trail() -> Mapping[str, str]:
    """What every line says that is written here and now."""
    return _trail.get()


def request_id() -> str:
    """The id of the request on whose behalf this is done; empty where it is nobody's."""
    return _trail.get().get("request_id", "")


def follow(**ids: str) -> None:
    """Have every line say these ids from now on, in this thread or task; those that are empty say nothing."""
    _trail.set({**_trail.get(), **{name: value for name, value in ids.items() if value}})


@contextmanager
def following(**ids: str) -> Iterator[None]:
    """Have every line that is written inside say these ids."""
    before = _trail.get()
    follow(**ids)
    try:
        yield
    finally:
        _trail.set(before)


class JsonLines(logging.Formatter):
    """A record's message, on whose trail it is, and the facts it was given as `extra={"facts": {...}}`."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **trail(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def open_log_of_libraries() -> None:
    """Have what the server's libraries warn of in the same lines; they would print text and tracebacks beside them."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    handler.setLevel(logging.WARNING)
    for name in ("asyncio", "uvicorn"):
        logging.getLogger(name).addHandler(handler)
    # It warns of every body that it cannot read; the request's own line says so.
    logging.getLogger("python_multipart").setLevel(logging.ERROR)


def open_log(*, debug: bool = False) -> None:
    """Send Castmark's records to standard error; calling it again changes only the level."""
    log = logging.getLogger("castmark")
    log.setLevel(logging.DEBUG if debug else logging.INFO)
    if not log.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(JsonLines())
        log.addHandler(handler)
        # Lambda's root logger would print every line a second time.
        log.propagate = False
