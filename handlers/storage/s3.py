"""Uploads in S3: immutable objects, and for each owner one small object naming those of its batch.

    batches/<owner>           the batch; replaced on condition that it is still the one that was read
    uploads/<owner>/<key>     a picture's bytes, written once
    incoming/<owner>/<key>    what came by a presigned form, until it is adopted
    incoming/alone/<owner>/<key>    what came by a form and is read by itself, until it is a picture of no batch

A writer that comes second reads the batch again and makes its change to what the first one wrote: no change is lost.
Replaced pictures stay for a grace time of a day, so that a task reads the pictures it was submitted for.
"""

import base64
import hashlib
import random
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import groupby
from typing import BinaryIO, cast

from handlers.aws.bucket import Bucket, Listed
from handlers.errors import NotFound, StorageBusy, StorageUnavailable, TooLarge
from handlers.log import request_id
from handlers.storage.base import Arrival, Form, Picture, Upload, too_much
from handlers.storage.batch import Batch, batch_of
from handlers.storage.containment import plain
from handlers.storage.forms import FORM_SECONDS, new_key

_PIECE = 1024 * 1024
_IN_MEMORY = 8 * 1024 * 1024
_LINK_SECONDS = 300
# Removals under way, of the sweep: a hundred thousand batches of 20 milliseconds each in two minutes.
_AT_ONCE = 16
# Below `incoming`, so that the same rights and the same expiry hold; no owner is called so.
_ALONE = "incoming/alone"
# With pauses of up to a second: half a minute.
_TRIES = 60


class S3Storage:
    """Storage in `bucket`; replaced pictures stay for `grace` seconds.

    One owner's pictures, those replaced included, take at most `most` bytes, whoever of many writes them: the batch
    says how many there are.
    """

    def __init__(self, bucket: Bucket, *, grace: float = 86_400.0, most: int = 2**63) -> None:
        self.bucket = bucket
        self._grace = grace
        self._most = most

    def prepare(self) -> None:
        """Make the client. Credentials that have ended by the time of a request are fetched again for it."""
        _ = self.bucket.client

    def put(self, owner: str, uploads: Sequence[Upload], *, keep: bool = False) -> list[Picture]:
        arrived = self.bucket.list(f"incoming/{plain(owner)}/")
        earlier = [] if keep else [_last(row.key) for row in arrived]
        written: list[Picture] = []
        try:
            for upload in uploads:
                written.append(self._write(owner, upload))
        except BaseException:
            self._tidy([_at(picture) for picture in written])
            raise

        def change(batch: Batch) -> Batch:
            now = time.time()
            return batch.with_(written, now, keep=keep).having_taken(earlier, now)

        with self._removed_where_too_much(written):
            old, new = self._change(owner, change)
        self._tidy(_dropped(owner, old, new))
        self._tidy([f"incoming/{owner}/{key}" for key in earlier])
        return written

    def batch(self, owner: str) -> list[Picture]:
        return list(self._read(owner)[0].pictures)

    @contextmanager
    def open(self, picture: Picture | Arrival) -> Iterator[BinaryIO]:
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as spool:
            file = cast("BinaryIO", spool)
            if not self.bucket.fetch(_at(picture), file):
                raise NotFound(f"{picture.name} has been cleared.")
            file.seek(0)
            yield file

    def clear(self, owner: str, name: str | None = None) -> int:
        arrived = [arrival for arrival in self.arrivals(owner) if name in (None, arrival.name)]
        # First, so that none is adopted any more once the batch has changed.
        self.bucket.delete([_at(arrival) for arrival in arrived])
        old, new = self._change(owner, lambda batch: batch.without(name))
        self.bucket.delete(_dropped(owner, old, new))
        return len(old.pictures) - len(new.pictures) + len(arrived)

    def expire(self, before: float) -> int:
        # One by one, since another may have taken its place meanwhile, but many at once. S3 tells whole seconds.
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            count = sum(threads.map(self._expire, self._old("batches/", before - 1)))
            self._sweep(before, threads)
        self.bucket.delete([row.key for row in self._old("incoming/", before)])
        return count

    def presign(
        self, owner: str, name: str, content_type: str, size: int, *, keep: bool = False, alone: bool = False
    ) -> Form:
        fields = {
            "Content-Type": content_type,
            "success_action_status": "204",
            # Headers hold ASCII only, and 2 KB: percent signs would be too many.
            "x-amz-meta-name": base64.urlsafe_b64encode(name.encode(errors="replace")).decode(),
            "x-amz-meta-keep": "1" if keep else "0",
        } | ({"x-amz-meta-request": request_id()} if request_id() else {})
        key = f"{_ALONE if alone else 'incoming'}/{plain(owner)}/{new_key()}"
        return Form(*self.bucket.form(key, fields, size, FORM_SECONDS), FORM_SECONDS)

    def admit(self, fields: Mapping[str, str]) -> None:  # noqa: ARG002  the bucket's own business
        raise NotFound("Forms go straight to the picture storage here; ask for one and post it to its url.")

    def accept(self, fields: Mapping[str, str], file: BinaryIO) -> None:  # noqa: ARG002
        self.admit(fields)

    def arrivals(self, owner: str) -> list[Arrival]:
        found = (self._arrival(owner, row.key) for row in self.bucket.list(f"incoming/{plain(owner)}/"))
        return [arrival for arrival in found if arrival]

    def adopt(self, arrival: Arrival, content_type: str, file: BinaryIO) -> Picture | None:
        picture = self._write(arrival.owner, Upload(arrival.name, content_type, file))

        def take(batch: Batch) -> Batch:
            # Asked after the batch was read: whoever clears removes arrivals first and changes the batch then.
            if arrival.key in batch.taken or not self.bucket.head(_at(arrival)):
                return batch
            now = time.time()
            return batch.with_([picture], now, keep=arrival.keep).having_taken([arrival.key], now)

        with self._removed_where_too_much([picture]):
            old, new = self._change(arrival.owner, take)
        taken = picture.key in new.keys
        self._tidy([_at(arrival), *_dropped(arrival.owner, old, new), *([] if taken else [_at(picture)])])
        return picture if taken else None

    def alone(self, owner: str, key: str) -> Arrival | None:
        return self._arrival(owner, f"{_ALONE}/{plain(owner)}/{plain(key)}")

    def settle(self, arrival: Arrival, content_type: str, file: BinaryIO) -> Picture:
        return self._write(arrival.owner, Upload(arrival.name, content_type, file, arrival.key))

    def discard(self, arrival: Arrival) -> None:
        self.bucket.delete([_at(arrival)])

    def link(self, picture: Picture) -> str | None:
        answering = {"ResponseContentType": picture.content_type, "ResponseCacheControl": "no-store"}
        return self.bucket.link(_at(picture), answering, _LINK_SECONDS)

    def _read(self, owner: str) -> tuple[Batch, str | None]:
        found = self.bucket.get(f"batches/{plain(owner)}")
        return (batch_of(found[0]), found[1]) if found else (Batch(), None)

    def _change(self, owner: str, change: Callable[[Batch], Batch]) -> tuple[Batch, Batch]:
        """The batch before and after."""
        for tries in range(_TRIES):
            old, tag = self._read(owner)
            new = change(old)
            if new == old:
                return old, new
            new = new.forgetting(time.time(), self._grace)
            if new.weight > max(self._most, old.weight):
                raise too_much(self._most)
            if self.bucket.replace(f"batches/{owner}", new.to_json(), tag):
                return old, new
            time.sleep(random.uniform(0, min(1.0, 0.01 * 2**tries)))  # noqa: S311  spreads writers, hides nothing
        raise StorageBusy("Too many uploads of yours are stored at the same time; try again soon.")

    def _write(self, owner: str, upload: Upload) -> Picture:
        upload.file.seek(0)
        size, digest = _measured(upload.file)
        facts = (upload.name, upload.content_type, size, digest.hex(), datetime.now(UTC))
        picture = Picture(owner, plain(upload.key) if upload.key else uuid.uuid4().hex, *facts)
        upload.file.seek(0)
        self.bucket.put(_at(picture), upload.file, size=size, sha256=digest, content_type=upload.content_type)
        return picture

    @contextmanager
    def _removed_where_too_much(self, written: Sequence[Picture]) -> Iterator[None]:
        """After any other failure nobody knows whether the batch names them."""
        try:
            yield
        except TooLarge:
            self._tidy([_at(picture) for picture in written])
            raise

    def _tidy(self, keys: Sequence[str]) -> None:
        """Remove what nobody needs any more; what cannot be removed now, `expire` finds."""
        with suppress(StorageUnavailable):
            self.bucket.delete(keys)

    def _arrival(self, owner: str, key: str) -> Arrival | None:
        """None where it is not there (any more)."""
        facts = self.bucket.head(key)
        if facts is None:
            return None
        said = facts["Metadata"]
        name = base64.urlsafe_b64decode(said.get("name", "")).decode(errors="replace") or "picture"
        keep, alone = said.get("keep") == "1", key.startswith(f"{_ALONE}/")
        return Arrival(owner, _last(key), name, facts["ContentLength"], keep, alone, said.get("request", ""))

    def _old(self, prefix: str, before: float) -> Iterator[Listed]:
        return (row for row in self.bucket.list(prefix) if row.changed.timestamp() < before)

    def _expire(self, row: Listed) -> bool:
        """A batch that nobody came back for; its pictures are then of no batch."""
        return self.bucket.delete_unchanged(row.key, row.tag)

    def _sweep(self, before: float, threads: ThreadPoolExecutor) -> None:
        """Remove what no batch names any more, and what was written for one that never came to be.

        Two listings and removals by the thousand; only the batches of those who have old pictures are read.
        """
        living = {_last(row.key) for row in self.bucket.list("batches/")}
        named: list[list[Listed]] = []
        nobodys: list[str] = []
        for owner, rows in groupby(self._old("uploads/", before), lambda row: row.key.split("/")[1]):
            if owner in living:
                named.append(list(rows))
            else:
                nobodys += [row.key for row in rows]
        self.bucket.delete(nobodys + [key for keys in threads.map(self._unnamed, named) for key in keys])

    def _unnamed(self, rows: Sequence[Listed]) -> list[str]:
        owner = rows[0].key.split("/")[1]
        keys = {f"uploads/{owner}/{key}" for key in self._read(owner)[0].keys}
        oldest = time.time() - self._grace
        return [row.key for row in rows if row.key not in keys and row.changed.timestamp() < oldest]


def _at(stored: Picture | Arrival) -> str:
    if isinstance(stored, Picture):
        return f"uploads/{stored.owner}/{stored.key}"
    return f"{_ALONE if stored.alone else 'incoming'}/{stored.owner}/{stored.key}"


def _dropped(owner: str, old: Batch, new: Batch) -> list[str]:
    """The objects that `old` names and `new` does not."""
    return [f"uploads/{owner}/{key}" for key in sorted(old.keys - new.keys)]


def _last(key: str) -> str:
    return key.rsplit("/", 1)[-1]


def _measured(file: BinaryIO) -> tuple[int, bytes]:
    """The size and the SHA-256 of what follows in `file`."""
    digest = hashlib.sha256()
    size = 0
    while piece := file.read(_PIECE):
        digest.update(piece)
        size += len(piece)
    return size, digest.digest()
