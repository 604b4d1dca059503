"""The rooms an app uses, each opened when it is first needed and kept for the next request."""

from functools import cached_property
from typing import TYPE_CHECKING

from handlers.settings import Settings

if TYPE_CHECKING:
    from handlers.recognition.pipeline import Reader
    from handlers.storage.base import Storage
    from handlers.tasks.local import LocalQueue


class Rooms:
    """One for each app. Imports happen inside: a function that never reads never pays for OpenCV."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def storage(self) -> "Storage":
        from handlers.storage.local import LocalStorage

        return LocalStorage(self.settings.data / "uploads")

    @cached_property
    def reader(self) -> "Reader":
        from handlers.recognition.pipeline import Reader

        return Reader()

    @cached_property
    def queue(self) -> "LocalQueue":
        from handlers.tasks.local import LocalQueue

        return LocalQueue(self.settings, self.storage, self.reader)

    def close(self) -> None:
        if "queue" in self.__dict__:
            self.queue.close()
