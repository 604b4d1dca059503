"""Many pictures on all cores, in the order in which they were named: by processes, each with networks of its own."""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path

from handlers.cli.common import set_up_log
from handlers.cli.one import Detail, Wishes, read_one
from handlers.errors import ConfigurationError
from handlers.log import follow, request_id
from handlers.rooms import Rooms
from handlers.settings import Settings

# Pictures for each process below which another one would cost more than it reads.
_WORTH_A_PROCESS = 4
# Pictures that wait for each process, so that none is idle, and as few as possible are read in vain when stopped.
_AHEAD = 3
_mine: list[Rooms] = []


def cores() -> int:
    """Those that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def details(rooms: Rooms, pictures: Sequence[Path], wishes: Wishes, jobs: int) -> Iterator[Detail]:
    """What `read_one` says of each, in their order. Raises ConfigurationError where the system ended a process."""
    jobs = min(jobs, -(-len(pictures) // _WORTH_A_PROCESS))
    if jobs <= 1:
        yield from (read_one(rooms, path, wishes) for path in pictures)
        return
    with ProcessPoolExecutor(jobs, get_context("spawn"), _begin, (rooms.settings, request_id())) as pool:
        try:
            yield from _in_order(lambda path: pool.submit(_read, path, wishes), pictures, jobs * _AHEAD)
        except BrokenProcessPool:
            raise ConfigurationError(
                f"The system ended a process that reads, mostly for want of memory: try --jobs {max(1, jobs // 2)}."
            ) from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _in_order(submit: Callable[[Path], "Future[Detail]"], pictures: Sequence[Path], most: int) -> Iterator[Detail]:
    waiting: deque[Future[Detail]] = deque()
    for path in pictures:
        waiting.append(submit(path))
        if len(waiting) >= most:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _begin(settings: Settings, request: str) -> None:
    """In a process of its own: one thread, since every core has a process."""
    import signal

    set_up_log(debug=settings.debug)
    follow(request_id=request)
    # Ctrl-C reaches all processes; who waits for these ends them.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    rooms = Rooms(settings)
    rooms.reader.threads = 1
    _mine.append(rooms)


def _read(path: Path, wishes: Wishes) -> Detail:
    return read_one(_mine[0], path, wishes)
