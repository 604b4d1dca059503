"""Whether an S3 server keeps the promises that batches rest on: tried, since servers answer 200 and do otherwise.

Each owner's batch is replaced on condition that it is still the one that was read. A server that does not know such
conditions takes every write, and of two uploads at the same time one is lost without a word.
"""

import uuid

from handlers.aws.bucket import Bucket

# Where the server may write, and where no owner is called so.
_PLACE = "batches/check-"


def broken(bucket: Bucket) -> str:
    """The first condition that the server does not honour, as a sentence; empty where it honours all.

    Leaves nothing behind. Raises StorageUnavailable.
    """
    key = f"{_PLACE}{uuid.uuid4().hex}"
    try:
        return _tried(bucket, key)
    finally:
        bucket.delete([key])


def _tried(bucket: Bucket, key: str) -> str:
    bucket.replace(key, b"1", None)
    if bucket.replace(key, b"2", None):
        return "It writes an object that is there already although it is told not to (If-None-Match)."
    first = _tag(bucket, key)
    if not bucket.replace(key, b"3", first):
        return "It refuses to replace an object that has not changed (If-Match)."
    if bucket.replace(key, b"4", first):
        return "It replaces an object that has changed meanwhile although it is told not to (If-Match)."
    if bucket.delete_unchanged(key, first):
        return "It removes an object that has changed meanwhile although it is told not to (If-Match)."
    return ""


def _tag(bucket: Bucket, key: str) -> str:
    found = bucket.get(key)
    return found[1] if found else ""
