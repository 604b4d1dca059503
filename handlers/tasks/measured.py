"""What a reading cost and came to, in a line of the log; in a cloud as metrics, too, which CloudWatch takes from there.

Both say the ids of the request and of its task. (docs.aws.amazon.com, "CloudWatch embedded metric format")
"""

import logging

from handlers.log import trail
from handlers.tasks.base import Detail

_log = logging.getLogger("castmark.reading")
NAMESPACE = "Castmark"


def measure(stack: str, position: int, detail: Detail, seconds: float) -> None:
    """Say what the picture at that position of the task came to; `stack` is the log group of a cloud, or empty."""
    facts = {"position": position, "ms": round(seconds * 1000, 1)}
    counts = {
        "Readings": 1,
        "ForReview": int(detail["needs_review"]),
        "Empty": int(not detail["text"]),
        "Failed": int("error" in detail),
    }
    _log.info("reading", extra={"facts": facts | {name.lower(): bool(count) for name, count in counts.items()}})
    if stack:
        _send(stack, counts, facts["ms"])


def _send(stack: str, counts: dict[str, int], milliseconds: object) -> None:
    from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

    metrics = EphemeralMetrics(namespace=NAMESPACE, service=stack)
    for name, count in counts.items():
        metrics.add_metric(name, MetricUnit.Count, count)
    metrics.add_metric("Milliseconds", MetricUnit.Milliseconds, float(str(milliseconds)))
    # Found in the line, and no dimension: each would be a metric of its own, to be paid for.
    for name, value in trail().items():
        metrics.add_metadata(name, value)
    metrics.flush_metrics()
