"""What a task is, and what a queue of tasks does."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from handlers.log import request_id

if TYPE_CHECKING:
    from handlers.storage.base import Picture


class State(StrEnum):
    """A task's state. It moves forwards only; a task whose process died waits again."""

    WAITING = "waiting"
    PROCESSING = "processing"
    COMPLETED = "completed"
    ERROR = "error"


# A client shows a task's text as it is, and one of the public front ends fails on an empty one.
NOTHING_LEGIBLE = "(nothing legible)"

# Photos of one mark that are read together: four lights, and as many again for those that failed.
MOST_TOGETHER = 8

# How often SQS delivers a message before it goes to the dead-letter queue: the template's maxReceiveCount.
DELIVERIES = 3

# A full reading as JSON types, with the `name` and `sha256` of its picture; with an `error`, why it could not be read.
Detail = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Task:
    """One batch of one owner to be read. `details` match `pictures`, once it is completed; of pictures `together`,
    which show one mark, there is one.

    `worker` names the claim under which it is being read: whoever claims it anew, after a crash, has another.
    `request` is the id of the request that entered it: each line of the log about it says both.
    """

    id: str
    owner: str
    pictures: "tuple[Picture, ...]"
    state: State = State.WAITING
    details: tuple[Detail, ...] = ()
    error: str = ""
    worker: str = ""
    together: bool = False
    request: str = field(default_factory=request_id)

    @property
    def trail(self) -> dict[str, str]:
        return {"request_id": self.request, "task": self.id}

    @property
    def expected(self) -> int:
        """How many readings it comes to."""
        return 1 if self.together else len(self.pictures)

    @property
    def over(self) -> bool:
        return self.state in (State.COMPLETED, State.ERROR)

    @property
    def texts(self) -> list[str]:
        return [detail["text"] for detail in self.details]

    @property
    def failure(self) -> str:
        """Why it, or one of its pictures, could not be read; empty where nothing failed."""
        return self.error or next((detail["error"] for detail in self.details if "error" in detail), "")

    @property
    def text(self) -> str:
        """One line for each picture, or the reason why there is none. Never empty once over."""
        if self.state is State.COMPLETED:
            return "\n".join(detail.get("error") or detail["text"] or NOTHING_LEGIBLE for detail in self.details)
        return self.error


class Queue(Protocol):
    def prepare(self) -> None:
        """Make ready what the first task would wait for."""

    def open(self) -> None:
        """Begin what a queue of this kind does by itself."""

    def close(self) -> None:
        """Finish what runs; what waits is kept."""

    def submit(self, owner: str, key: str = "", address: str = "", *, together: bool = False) -> Task:
        """Queue the owner's batch, unless it has a task already, or a client's `key` has one; a failed one waits again.

        `together`: its pictures show one mark, and become one reading.
        Raises NotFound where the batch is empty, QueueFull where there is no room, or none for that `address`.
        Raises TooManyPictures where more show one mark than are read together.

        Raises UploadRefused where something was put straight into storage that cannot be read, and QueueUnavailable.
        """

    def add(self, tasks: Sequence[Task]) -> list[Task]:
        """Queue tasks that wait, all in one step; those that were new. Raises QueueFull, QueueUnavailable."""

    def read_now(self, owner: str, key: str = "", address: str = "", *, together: bool = False) -> Future[Task]:
        """Read the owner's batch here and now; the future has the completed task, or ReadingFailed or StillReading.

        Where it has a task already, as for `submit`, that one is waited for.
        Raises NotFound, TooManyPictures, QueueFull and UploadRefused.
        """

    def task(self, task_id: str) -> Task:
        """Raises NotFound."""

    def tasks_of(self, owner: str, limit: int = 1000, after: str = "") -> list[Task]:
        """The owner's tasks, newest first, after the task `after`: at most `limit`, fewer where they are long."""
