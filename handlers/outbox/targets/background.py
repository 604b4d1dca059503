"""An event loop on a thread of its own, for clients that must answer pings while nothing is sent."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import TimeoutError as Late
from typing import Any, TypeVar

_Result = TypeVar("_Result")
_END_SECONDS = 5.0


class Background:
    """Runs coroutines from threads. Started by the first; `stop` ends it, and the next starts it again."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def run(self, work: Coroutine[Any, Any, _Result], seconds: float) -> _Result:
        """What `work` returns. Raises TimeoutError after so many seconds, and then it is cancelled."""
        loop = self._started()
        future = asyncio.run_coroutine_threadsafe(asyncio.wait_for(work, seconds), loop)
        try:
            # The loop's own time-out comes first, unless the loop is stuck.
            return future.result(seconds + _END_SECONDS)
        except Late:
            future.cancel()
            raise TimeoutError(f"no answer within {seconds:g} seconds") from None

    def stop(self) -> None:
        loop, self._loop = self._loop, None
        if loop is None or self._thread is None:
            return
        loop.call_soon_threadsafe(loop.stop)
        self._thread.join(_END_SECONDS)
        if not self._thread.is_alive():
            loop.close()

    def _started(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._loop.run_forever, name="targets", daemon=True)
            self._thread.start()
        return self._loop
