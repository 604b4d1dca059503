"""What a server counts of its work, for Prometheus, where the extra is installed.

Counting costs a few microseconds, in uploads and refusals, which take a thousand, and in readings. What only the
database knows is asked for when somebody looks. Names and labels are promised: infra/grafana.json draws them. There are
few labels: reasons are names of our errors.
"""

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric
    from sqlalchemy import Connection

    from handlers.promise.standing import Standing, Terms
    from handlers.records.database import Database

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# Seconds of a reading, and how sure it is: where the buckets end.
_SECONDS = (0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64)
_CONFIDENCE = (0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1)


class Meters:
    """Counts of this process, in a registry of their own; those of the database are everybody's who shares it."""

    def __init__(self, database: "Callable[[], Database]", terms: "Terms | None" = None) -> None:
        """`database` is opened when somebody looks; `terms` are what is promised. Raises ImportError without the extra
        `metrics`."""
        from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector

        self.registry = CollectorRegistry()
        own = self.registry
        self._readings = Counter(
            "castmark_readings", "Pictures looked at, by what came of it.", ["result"], registry=own
        )
        self._review = Counter("castmark_readings_for_review", "Readings that ask for a person's look.", registry=own)
        self._seconds = Histogram("castmark_reading_seconds", "Of a reading.", buckets=_SECONDS, registry=own)
        self._sure = Histogram("castmark_reading_confidence", "Of what was read.", buckets=_CONFIDENCE, registry=own)
        self._refused = Counter(
            "castmark_refusals", "Requests refused or failed, by the error.", ["reason"], registry=own
        )
        self._uploads = Counter("castmark_uploads", "Pictures taken in.", registry=own)
        self._bytes = Counter("castmark_upload_bytes", "Of the pictures taken in.", registry=own)
        self._said = Counter("castmark_said", "What people said of readings.", ["kind"], registry=own)
        ProcessCollector(registry=self.registry)
        self.registry.register(_Kept(database, terms))

    def reading(self, detail: dict[str, Any], seconds: float) -> None:
        failed, text = "error" in detail, detail["text"]
        self._readings.labels("failed" if failed else "read" if text else "empty").inc()
        self._seconds.observe(seconds)
        if detail["needs_review"] and not failed:
            self._review.inc()
        if text:
            self._sure.observe(detail["confidence"])

    def refused(self, reason: str) -> None:
        self._refused.labels(reason).inc()

    def uploaded(self, pictures: int, size: int) -> None:
        self._uploads.inc(pictures)
        self._bytes.inc(size)

    def said(self, kind: str) -> None:
        self._said.labels(kind).inc()

    def text(self) -> bytes:
        """All of it in Prometheus' text format. Waits for the database, no longer than it lets itself be waited for."""
        from prometheus_client import generate_latest

        return generate_latest(self.registry)


class _Kept:
    """What the database knows: tasks, and readings to review. Where it cannot be asked, `castmark_database_up` is 0."""

    def __init__(self, database: "Callable[[], Database]", terms: "Terms | None") -> None:
        self._database = database
        self._terms = terms

    def collect(self) -> "Iterator[Metric]":
        from sqlalchemy.exc import SQLAlchemyError

        from handlers.errors import WireError

        try:
            with self._database().read() as connection:
                found = list(_asked(connection, time.time(), self._terms))
        except (WireError, SQLAlchemyError):
            found = [_gauge("castmark_database_up", "Whether the database answers.", 0)]
        yield from found

    def describe(self) -> "list[Metric]":
        """Nothing: or else the registry would ask the database when it is made."""
        return []


def _asked(connection: "Connection", now: float, terms: "Terms | None") -> "Iterator[Metric]":
    from handlers.records.history import open_count
    from handlers.tasks import table

    yield _gauge("castmark_database_up", "Whether the database answers.", 1)
    states = table.counts(connection)
    tasks = _gauge("castmark_queue_tasks", "Tasks that are not over, by their state.", None, ["state"])
    for state in ("waiting", "processing"):
        tasks.add_metric([state], states.get(state, 0))
    yield tasks
    since = table.waiting_since(connection)
    age = max(0.0, now - since) if since is not None else 0.0
    yield _gauge("castmark_queue_oldest_seconds", "For how long the oldest waiting task waits.", age)
    yield _gauge("castmark_open_reviews", "Readings that wait for a person's look.", open_count(connection))
    yield from _targets(connection, now)
    if terms and terms.wrong:
        yield from _promised(connection, terms)


def _targets(connection: "Connection", now: float) -> "Iterator[Metric]":
    """How it goes with what leaves by itself, of each target that something was ever sent to or waits for."""
    from handlers.outbox.listing import state, targets

    waiting = _gauge("castmark_outbox_waiting", "Events that wait to be sent.", None, ["target"])
    oldest = _gauge("castmark_outbox_oldest_seconds", "For how long the oldest of them waits.", None, ["target"])
    given_up = _gauge("castmark_outbox_given_up", "Events that did not arrive and are kept.", None, ["target"])
    for each in state(connection, targets(connection), now):
        waiting.add_metric([each.target], each.waiting)
        oldest.add_metric([each.target], each.oldest)
        given_up.add_metric([each.target], each.given_up)
    yield from (waiting, oldest, given_up)


def _promised(connection: "Connection", terms: "Terms") -> "Iterator[Metric]":
    """How the promise stands, of the kinds of marks that are judged together."""
    from handlers.records import promise

    yield _gauge("castmark_promise_wrong_at_most", "Share of accepted readings that may be wrong.", terms.wrong)
    facts: dict[str, tuple[str, Callable[[Standing], float]]] = {
        "kept": ("Whether the promise is kept, with a certainty of 95 %.", lambda each: float(each.kept)),
        "least_confidence": ("From which readings are accepted; above 1 none is.", lambda each: each.least),
        "accepted_share": ("Of the clear readings, those accepted.", lambda each: each.share),
        "checks": ("Accepted readings drawn by chance that people checked.", lambda each: each.drawn[0]),
        "wrong": ("Of these, those that were wrong.", lambda each: each.drawn[1]),
        "checks_needed": ("How many more must be checked; -1: it may never be kept.", _needed),
    }
    standing = promise.standing(connection, promise.newest_model(connection), terms)
    for name, (help_, fact) in facts.items():
        told = _gauge(f"castmark_promise_{name}", help_, None, ["kinds"])
        for each in standing:
            told.add_metric([",".join(each.kinds)], fact(each))
        yield told


def _needed(standing: "Standing") -> float:
    needed = standing.needed
    return -1.0 if needed is None else float(needed)


def _gauge(name: str, help: str, value: float | None, labels: list[str] | None = None) -> "Any":
    from prometheus_client.core import GaugeMetricFamily

    return GaugeMetricFamily(name, help, value=value, labels=labels)
