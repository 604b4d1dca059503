"""What a reading cost and came to, in a line of the log; in a cloud as metrics, too, which CloudWatch takes from there.

The line has the task's id, which is what its message says, and `start` and `status` answer: whoever looks for it finds
the task's delivery and each of its readings. (docs.aws.amazon.com, "CloudWatch embedded metric format")
"""

import logging

from handlers.tasks.base import Detail

_log = logging.getLogger("castmark.reading")
NAMESPACE = "Castmark"


def measure(stack: str, task_id: str, position: int, detail: Detail, seconds: float) -> None:
    """Say what the picture at that position of a task came to; `stack` is the log group of a cloud, or empty."""
    facts = {"task": task_id, "position": position, "ms": round(seconds * 1000, 1)}
    counts = {
        "Readings": 1,
        "ForReview": int(detail["needs_review"]),
        "Empty": int(not detail["text"]),
        "Failed": int("error" in detail),
    }
    _log.info("reading", extra={"facts": facts | {name.lower(): bool(count) for name, count in counts.items()}})
    if stack:
        _send(stack, task_id, counts, facts["ms"])


def _send(stack: str, task_id: str, counts: dict[str, int], milliseconds: object) -> None:
    from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

    metrics = EphemeralMetrics(namespace=NAMESPACE, service=stack)
    for name, count in counts.items():
        metrics.add_metric(name, MetricUnit.Count, count)
    metrics.add_metric("Milliseconds", MetricUnit.Milliseconds, float(str(milliseconds)))
    # Found in the line, and no dimension: each would be a metric of its own, to be paid for.
    metrics.add_metadata("task", task_id)
    metrics.flush_metrics()
