"""The rooms an app uses, each opened when it is first needed and kept for the next request."""

from functools import cache, cached_property, partial
from typing import TYPE_CHECKING, cast

from handlers.console.terminal.server_commands import ServerCommands
from handlers.console.terminal.stack import Stack
from handlers.counts import Counts, Silent
from handlers.health.meters import Meters
from handlers.pictures.previews import Previews
from handlers.pictures.turns import Turns
from handlers.settings import Settings

# Requests that wait for their picture to be decoded; a quarter of them may be one address's.
_MOST_WAITING = 64
_MANY = 10**9
# Bytes of the disk that no picture takes.
_RESERVE = 64 * 1024 * 1024

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL.Image import Image

    from handlers.console.terminal.shell import Shell
    from handlers.health.readiness import Readiness
    from handlers.logbook.base import Events
    from handlers.outbox.book import OutboxBook
    from handlers.outbox.courier import Courier
    from handlers.pictures.decoder import Decoder
    from handlers.recognition.reader import Reader
    from handlers.recognition.reading import Reading
    from handlers.recognition.together import Shot, Together
    from handlers.records.database import Database
    from handlers.records.tokens import Tokens
    from handlers.storage.base import Storage
    from handlers.storage.evidence import Evidence
    from handlers.tasks.base import Queue, Task
    from handlers.tasks.book import Book
    from handlers.teaching.shelf import Shelf
    from handlers.teaching.teacher import Teacher


class Rooms:
    """One for each app. Imports happen inside: a function that never reads never pays for OpenCV."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        stack = Stack(settings.functions, partial(self.note, "server")) if settings.functions else None
        self.server_commands = ServerCommands(stack=stack)
        self.turns = Turns(places=_MANY, waiting=0, each=0)
        self.meters: Counts = Silent()

    @cached_property
    def storage(self) -> "Storage":
        if self.settings.bucket:
            from handlers.aws.bucket import Bucket
            from handlers.storage.s3 import S3Storage

            settings = self.settings
            bucket = Bucket(settings.bucket, endpoint=settings.s3_endpoint, encryption=settings.s3_encryption)
            return S3Storage(bucket, most=settings.limits.stored_bytes)
        from handlers.storage.local import LocalStorage

        most = self.settings.limits.stored_bytes
        return LocalStorage(self.settings.data / "uploads", most=most, reserve=_RESERVE)

    @cached_property
    def evidence(self) -> "Evidence":
        from handlers.storage import evidence

        if self.settings.bucket:
            from handlers.storage.s3 import S3Storage

            return evidence.BucketEvidence(cast("S3Storage", self.storage).bucket)
        return evidence.LocalEvidence(self.settings.data / "evidence", reserve=_RESERVE)

    @cached_property
    def database(self) -> "Database":
        from handlers.records.database import Database

        return Database(self.settings.database)

    @cached_property
    def tokens(self) -> "Tokens":
        from handlers.records.tokens import Tokens

        return Tokens(self.database)

    @cached_property
    def events(self) -> "Events":
        if self.settings.log_group:
            from handlers.logbook.cloud import CloudEvents

            return CloudEvents(self.settings.log_group, timezone=self.settings.timezone)
        from handlers.logbook.files import EventLog, TwoLogs

        names = ("events.jsonl", "callers.jsonl")
        return TwoLogs(*(EventLog(self.settings.data / name, timezone=self.settings.timezone) for name in names))

    @cached_property
    def decoder(self) -> "Decoder":
        """This process, unless `decode_apart` was called."""
        from handlers.pictures import decoding

        return decoding

    @cached_property
    def previews(self) -> Previews:
        return Previews()

    def decode_apart(self) -> None:
        """Have pictures decoded in processes of their own, as a server for many callers must."""
        from handlers.pictures.pool import Pool

        places = self.settings.decoders
        self.decoder = Pool(places, self.settings.limits.pixels)
        self.turns = Turns(places, _MOST_WAITING, _MOST_WAITING // 4)

    def count(self) -> None:
        """Have what is done here counted from now on, for Prometheus. Raises ImportError without the extra."""
        from handlers.promise.standing import Terms

        terms = Terms(self.settings.wrong_at_most / 1000, self.settings.review_below)
        self.meters = Meters(lambda: self.database, terms)

    @cached_property
    def readiness(self) -> "Readiness":
        from handlers.health.readiness import Readiness

        return Readiness(self)

    @cached_property
    def reader(self) -> "Reader":
        from handlers.recognition.reader import Reader
        from handlers.recognition.weigh.priors import Expected

        settings = self.settings
        expected = Expected(settings.reading, settings.alphabet, settings.pattern)
        return Reader(review_below=settings.review_below, expected=expected, taught=self.shelf.current)

    @cached_property
    def teacher(self) -> "Teacher":
        from handlers.teaching.teacher import Teacher

        return Teacher(self)

    @cached_property
    def shelf(self) -> "Shelf":
        """What this plant has taught its reader."""
        from handlers.teaching.shelf import BucketPlace, Folder, Shelf

        if self.settings.bucket:
            from handlers.storage.s3 import S3Storage

            return Shelf(BucketPlace(cast("S3Storage", self.storage).bucket))
        return Shelf(Folder(self.settings.data / "teaching"))

    @cached_property
    def queue(self) -> "Queue":
        if self.settings.queue_url:
            from handlers.aws.messages import Messages
            from handlers.tasks.sqs import SqsQueue

            messages = Messages(self.settings.queue_url)
            kept = (self.settings, self.database, self.storage)
            return SqsQueue(*kept, _Later(self), messages, self._read, self.decoder, self.evidence)
        from handlers.tasks.local import LocalQueue

        kept = (self.settings, self.database, self.storage)
        return LocalQueue(*kept, self.reader, self._read, self.decoder, self.evidence, self.meters)

    @cached_property
    def book(self) -> "Book":
        from handlers.tasks.book import Book

        return Book(self.database)

    @cached_property
    def outbox(self) -> "OutboxBook":
        from handlers.outbox.book import OutboxBook

        return OutboxBook(self.settings, self.database)

    def prepare_rules(self) -> None:
        """Raises ConfigurationError where a rule cannot work here."""
        if self.settings.rules.on:
            from handlers.outbox.rules import prepare

            prepare(self.settings.rules)

    @cached_property
    def courier(self) -> "Courier":
        """What sends events. Raises ConfigurationError for a target that can never work."""
        from handlers.outbox.courier import Courier
        from handlers.outbox.targets import targets_of

        return Courier(self.database, targets_of(self.settings), self.settings.outbox)

    @cached_property
    def console(self) -> "Shell":
        from handlers.console.engines.choosing import guarded
        from handlers.console.terminal.shell import Shell

        return Shell(
            self.settings, self.database, cache(lambda: guarded(self.database)), self.server_commands, self._typed
        )

    def _typed(self, result: str, remark: str, who: str = "") -> None:
        """What the console accepted is kept where it cannot be changed by it; what it refused is an event only."""
        from handlers.records import audit

        self.note("console", result, f"{who}: {remark}" if who else remark)
        if result != "refused":
            self.database.write(lambda connection: audit.note(connection, who or "console", result, remark))

    def note(self, event: str, result: str, remark: str = "") -> None:
        """Keep an event for `getlogs`, unless that is switched off."""
        if self.settings.log_switch:
            self.events.note(event, result, remark)

    def _read(self, task: "Task") -> None:
        """A task was read that nobody waited for."""
        result = "failed" if task.error else "ok"
        self.note("reading", result, f"caller {task.owner[:12]}: {task.text}")

    def renew(self) -> None:
        """Give up what a restored snapshot must not go on with; it is opened again when it is next needed."""
        if "database" in self.__dict__:
            self.database.close()
        for name in ("console", "tokens"):
            self.__dict__.pop(name, None)

    def close(self) -> None:
        if "queue" in self.__dict__:
            self.queue.close()
        if "courier" in self.__dict__:
            self.courier.close()
        if close := getattr(self.__dict__.get("decoder"), "close", None):
            close()
        if "database" in self.__dict__:
            self.database.close()


class _Later:
    """The reader of `rooms`, opened by the first reading: `status` asks the same queue, and its function has none."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    def read(self, image: "Image", colours: "Image | None" = None) -> "Reading":
        return self._rooms.reader.read(image, colours)

    def together(self, shots: "Sequence[Shot]") -> "Together":
        return self._rooms.reader.together(shots)
