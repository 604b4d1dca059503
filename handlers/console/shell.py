"""The command line behind `command`: two terminals, default and sql, for each session."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from handlers.console import texts
from handlers.console.edits import Edits
from handlers.console.server import Server
from handlers.console.sessions import Sessions
from handlers.console.shortcuts import Shortcuts
from handlers.console.terminal import Answer, answer
from handlers.errors import ConfigurationError

if TYPE_CHECKING:
    from handlers.console.sql import Guarded
    from handlers.records.database import Database
    from handlers.settings import Settings

_HELP = ("help", "-h", "--help")


class Shell:
    """Runs command lines.

    `guard` makes the guarded engine when the first statement needs it; `refused` hears why one was refused.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        guard: Callable[[], Guarded],
        server: Server,
        refused: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.edits = Edits(database)
        self._database = database
        self._guard = guard
        self._refused = refused
        self._server = server
        self._sessions = Sessions(database, settings.expiry.console_minutes)
        self._shortcuts = Shortcuts(settings, database)

    def run(self, line: str, session: str) -> Answer:
        """The terminal's answer: a sentence, or rows with a header. Wrong commands are sentences too."""
        line, now = line.replace("\0", "").strip(), time.time()
        if self._sessions.mode(session, now) == "sql":
            return self._in_sql(line, session, now)
        word, _, rest = line.partition(" ")
        if word.lower() == "sql" and not rest:
            self._sessions.enter(session, "sql", now)
            return texts.ENTERED
        return self._in_default(word.lower(), rest.strip(), line)

    def _in_sql(self, line: str, session: str, now: float) -> Answer:
        if line.lower() in ("exit", "quit"):
            self._sessions.enter(session, "default", now)
            return texts.LEFT
        self._sessions.enter(session, "sql", now)
        if line.lower() in (*_HELP, "sql", ""):
            return texts.SQL_HELP
        shortcut = self._shortcuts.run(line)
        if shortcut is not None:
            return shortcut
        try:
            guard = self._guard()
        except ConfigurationError as error:
            return str(error)
        return answer(line, guard, self._database.dialect, self.edits.phrases(), self._refused)

    def _in_default(self, word: str, rest: str, line: str) -> Answer:
        if word in (*_HELP, ""):
            return texts.HELP
        if word == "exit":
            return texts.LEFT
        if word == "server":
            return self._server.run(rest)
        if word == "blacklist":
            return self._blacklist(rest)
        return texts.UNKNOWN.format(command=line[:60])

    def _blacklist(self, rest: str) -> Answer:
        option, _, phrase = rest.partition(" ")
        if not rest:
            return "; ".join(self.edits.phrases()) or "The blacklist is empty. / 黑名单为空。"
        if option == "--add" and phrase.strip():
            return self._said(self.edits.add(phrase), phrase, "is refused from now on", "is on the blacklist already")
        if option == "--remove" and phrase.strip():
            return self._said(self.edits.remove(phrase), phrase, "is no longer refused", "is not on the blacklist")
        return texts.BLACKLIST_HELP

    def _said(self, changed: bool, phrase: str, done: str, vain: str) -> str:
        return f"{phrase.strip()[:60]!r} {done if changed else vain}."
