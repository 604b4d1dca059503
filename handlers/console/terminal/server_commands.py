"""The console's `server` commands. What stopping means is for whoever runs the server to say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from handlers.console.terminal import texts

if TYPE_CHECKING:
    from handlers.console.terminal.stack import Stack


@dataclass
class ServerCommands:
    """`stop` ends the server once this answer is sent; None where it cannot be stopped from here.

    With a `stack` the commands are about the functions in the cloud instead.
    """

    stop: Callable[[], None] | None = None
    stack: Stack | None = None

    def run(self, option: str) -> str:
        if option == "-s":
            return self.stack.stop() if self.stack else self._stop()
        if option == "-r" and self.stack:
            return self.stack.lift()
        if option == "-r":
            return "Nothing is stopped; -r is for a stack in the cloud. / 当前没有被停止的云端服务。"
        return texts.SERVER_HELP

    def _stop(self) -> str:
        if self.stop is None:
            return "This server cannot be stopped from here. / 此处无法关闭服务器。"
        self.stop()
        return "The server stops once what runs is answered. / 服务器将在处理完当前请求后关闭。"
