"""A reader whose networks remember what they answered: numbers behind them are changed and measured in little time."""

from collections.abc import Callable, Sequence
from typing import Any

from handlers.recognition.find.finder import Finder
from handlers.recognition.look import Eyes
from handlers.recognition.models import Floats, Grey
from handlers.recognition.read.marks import Marks
from handlers.recognition.read.recogniser import Recogniser
from handlers.recognition.reader import Reader, Seen

Ask = Callable[[Sequence[Grey]], list[Floats]]
Key = tuple[tuple[int, ...], int]


class RememberingReader(Reader):
    """Reads as `Reader`. `shown`: crops that its networks were shown, whether they remembered them or not; `looks`:
    whether pictures are looked at, or only decided anew of what was seen when they last were."""

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        self.shown = 0
        self.looks = True
        self._seen: dict[Key, tuple[Seen, int]] = {}
        self._answers: dict[tuple[str, Key], Floats] = {}
        self._eyes = Eyes(_Finder(threads), _Recogniser(threads, self), _Marks(self))

    def remembered(
        self, crops: Sequence[Grey], by: str, read: Callable[[Sequence[Grey]], list[Floats]]
    ) -> list[Floats]:
        """What a network says of each crop; it is asked for those that it has not seen."""
        self.shown += len(crops)
        keys = [(by, _key(crop)) for crop in crops]
        unseen = {key: crop for key, crop in zip(keys, crops, strict=True) if key not in self._answers}
        self._answers.update(zip(unseen, read(list(unseen.values())), strict=True))
        return [self._answers[key] for key in keys]


class _Recogniser(Recogniser):
    def __init__(self, threads: int, memory: RememberingReader) -> None:
        super().__init__(threads)
        self._memory = memory

    def read(self, crops: Sequence[Grey]) -> list[Floats]:
        return self._memory.remembered(crops, "print", super().read)


class _Marks(Marks):
    def __init__(self, memory: RememberingReader) -> None:
        super().__init__()
        self._memory = memory

    def read(self, crops: Sequence[Grey]) -> list[Floats]:
        return self._memory.remembered(crops, "marks", super().read)


class _Finder(Finder):
    """Its session is what remembers, so that the numbers of the search can be changed."""

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        self._session = _Session(self._session)


class _Session:
    def __init__(self, session: Any) -> None:
        self._session = session
        self._answers: dict[Key, list[Any]] = {}

    def run(self, names: Any, feeds: dict[str, Floats], options: Any = None) -> list[Any]:
        """What the session answers to one input."""
        (given,) = feeds.values()
        key = _key(given)
        if key not in self._answers:
            # Rounded to half precision they would take half of the memory, and two photos would be read otherwise.
            self._answers[key] = self._session.run(names, feeds, options)
        return self._answers[key]


def _key(pixels: Any) -> Key:
    return pixels.shape, hash(pixels.tobytes())
