"""The garbage collector, kept from looking through what stays anyway."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collecting() -> Iterator[None]:
    """For imports: they make objects by the hundred thousand, which the collector walks through again and again.

    What is there afterwards is never looked at again: whoever imports does not mean to throw it away.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()
