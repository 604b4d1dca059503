"""The log: one JSON object a line on standard error, the same on a laptop and in Lambda."""

import json
import logging
import sys
import time


class JsonLines(logging.Formatter):
    """A record's message, and the facts it was given as `extra={"facts": {...}}`."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
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
