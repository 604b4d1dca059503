"""An owner's batch as one value, and every change to it as a pure function that may be applied twice.

It must: a change whose answer got lost on the way is tried again, and may have been made already.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime

from handlers.storage.base import Picture

# Longer than a form lives and than anybody takes to adopt an arrival.
_REMEMBERED = 3600.0
_Times = dict[str, float]


@dataclass(frozen=True, slots=True)
class Batch:
    """`pictures` in upload order; `replaced` and `taken`: keys of pictures and arrivals, with the time (seconds).

    `sizes` are the bytes of those that were replaced, as far as they are known.
    """

    pictures: tuple[Picture, ...] = ()
    replaced: _Times = field(default_factory=dict)
    taken: _Times = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)

    @property
    def weight(self) -> int:
        """The bytes of all pictures that are kept."""
        return sum(picture.size for picture in self.pictures) + sum(self.sizes.values())

    @property
    def keys(self) -> set[str]:
        """Of all pictures whose bytes are kept."""
        return {picture.key for picture in self.pictures} | self.replaced.keys()

    def with_(self, pictures: Sequence[Picture], now: float, *, keep: bool) -> "Batch":
        """Added to with `pictures`, or replaced by them."""
        new = {picture.key for picture in pictures}
        others = tuple(picture for picture in self.pictures if picture.key not in new)
        if keep:
            return replace(self, pictures=others + tuple(pictures))
        replaced = self.replaced | {one.key: now for one in others}
        sizes = self.sizes | {one.key: one.size for one in others}
        return replace(self, pictures=tuple(pictures), replaced=replaced, sizes=sizes)

    def without(self, name: str | None) -> "Batch":
        """Without the pictures called `name`; with None, without any, those that were replaced included."""
        if name is None:
            return Batch(taken=self.taken)
        return replace(self, pictures=tuple(picture for picture in self.pictures if picture.name != name))

    def having_taken(self, arrivals: Iterable[str], now: float) -> "Batch":
        return replace(self, taken=self.taken | dict.fromkeys(arrivals, now))

    def forgetting(self, now: float, grace: float) -> "Batch":
        """Without what was replaced longer than `grace` seconds ago."""
        replaced = {key: when for key, when in self.replaced.items() if when > now - grace}
        taken = {key: when for key, when in self.taken.items() if when > now - _REMEMBERED}
        sizes = {key: size for key, size in self.sizes.items() if key in replaced}
        return replace(self, replaced=replaced, taken=taken, sizes=sizes)

    def to_json(self) -> bytes:
        rows = [asdict(picture) | {"stored": picture.stored.isoformat()} for picture in self.pictures]
        whole = {"pictures": rows, "replaced": self.replaced, "taken": self.taken, "sizes": self.sizes}
        return json.dumps(whole).encode()


def batch_of(written: bytes) -> Batch:
    whole = json.loads(written)
    rows = whole["pictures"]
    pictures = tuple(Picture(**row | {"stored": datetime.fromisoformat(row["stored"])}) for row in rows)
    # Batches that were written before sizes were have none.
    return Batch(pictures, whole["replaced"], whole["taken"], whole.get("sizes", {}))
