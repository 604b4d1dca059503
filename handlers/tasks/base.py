"""What a task is, and what a queue of tasks does."""

from concurrent.futures import Future
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, Self

if TYPE_CHECKING:
    from handlers.recognition.reading import Reading
    from handlers.storage.base import Picture


class State(StrEnum):
    """A task's state; it only moves forwards."""

    WAITING = "waiting"
    PROCESSING = "processing"
    COMPLETED = "completed"
    ERROR = "error"


# A client shows a task's text as it is, and one of the public front ends fails on an empty one.
NOTHING_LEGIBLE = "(nothing legible)"


@dataclass(frozen=True, slots=True)
class Task:
    """One batch of one owner to be read. `readings` match `pictures`, once it is completed."""

    id: str
    owner: str
    pictures: "tuple[Picture, ...]"
    state: State = State.WAITING
    readings: "tuple[Reading, ...]" = ()
    error: str = ""

    @property
    def over(self) -> bool:
        return self.state in (State.COMPLETED, State.ERROR)

    @property
    def text(self) -> str:
        """One line for each picture, or the reason why there is none. Never empty once over."""
        if self.state is State.COMPLETED:
            return "\n".join(reading.text or NOTHING_LEGIBLE for reading in self.readings)
        return self.error

    @property
    def details(self) -> list[dict[str, Any]]:
        """The full readings with the names of their pictures, as JSON types."""
        pairs = zip(self.pictures, self.readings, strict=True) if self.readings else ()
        return [{"name": picture.name, **reading.to_json()} for picture, reading in pairs]

    def become(self, state: State, **changes: object) -> Self:
        return replace(self, state=state, **changes)  # type: ignore[arg-type]


class Queue(Protocol):
    def submit(self, owner: str) -> Task:
        """Queue the owner's batch. Raises NotFound where it is empty, QueueFull where there is no room."""

    def read_now(self, owner: str) -> Future[Task]:
        """Read the owner's batch here and now; the future has the completed task, or ReadingFailed.

        Raises NotFound, TooManyPictures and QueueFull.
        """

    def task(self, task_id: str) -> Task:
        """Raises NotFound."""

    def tasks_of(self, owner: str) -> list[Task]:
        """The owner's tasks, oldest first."""
