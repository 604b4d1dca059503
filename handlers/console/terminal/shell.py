"""The command line behind `command`: two terminals, default and sql, for each session."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from handlers.console.policy.edits import Edits
from handlers.console.terminal import texts
from handlers.console.terminal.answers import Answer, answer
from handlers.console.terminal.server_commands import ServerCommands
from handlers.console.terminal.sessions import Sessions
from handlers.console.terminal.shortcuts import Shortcuts
from handlers.errors import ConfigurationError

if TYPE_CHECKING:
    from handlers.console.engines.base import Guarded
    from handlers.records.database import Database
    from handlers.settings import Settings

_HELP = ("help", "-h", "--help")
_QUOTES = ('""', "''", "``", "“”", "‘’", "「」")
_OUTCOMES = {
    "--add": ("is refused from now on", "is on the blacklist already"),
    "--remove": ("is no longer refused", "is not on the blacklist"),
}


class Shell:
    """Runs command lines.

    `guard` makes the guarded engine when the first statement needs it; `note` hears of what was written, of changes of
    the blacklist, and why a statement was refused; as a third argument by whom, where it is known.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        guard: Callable[[], Guarded],
        server: ServerCommands,
        note: Callable[..., None] = lambda *_: None,
    ) -> None:
        self.edits = Edits(database)
        self._database = database
        self._guard = guard
        self._note = note
        self._server = server
        self._sessions = Sessions(database, settings.expiry.console_minutes)
        self._shortcuts = Shortcuts(settings, database)

    def run(self, line: str, session: str, who: str = "") -> Answer:
        """The terminal's answer: a sentence, or rows with a header. Wrong commands are sentences too.

        `who` is the name of whoever typed the line, where he has one.
        """
        line, now = line.replace("\0", "").strip(), time.time()
        if self._sessions.mode(session, now) == "sql":
            return self._in_sql(line, session, now, who)
        word, _, rest = line.partition(" ")
        if word.lower() == "sql" and not rest:
            self._sessions.enter(session, "sql", now)
            return texts.ENTERED
        return self._in_default(word.lower(), rest.strip(), line, (session, who))

    def _in_sql(self, line: str, session: str, now: float, who: str) -> Answer:
        note = partial(self._said_by, (session, who))
        if line.lower() in ("exit", "quit"):
            self._sessions.enter(session, "default", now)
            return texts.LEFT
        self._sessions.enter(session, "sql", now)
        if line.lower() in (*_HELP, "sql", ""):
            return texts.SQL_HELP
        shortcut = self._shortcuts.run(line, note)
        if shortcut is not None:
            return shortcut
        try:
            guard = self._guard()
        except ConfigurationError as error:
            return str(error)
        return answer(line, guard, self._database.dialect, self.edits.phrases(), note)

    def _in_default(self, word: str, rest: str, line: str, by: tuple[str, str]) -> Answer:
        if word in (*_HELP, ""):
            return texts.HELP
        if word == "exit":
            return texts.LEFT
        if word == "server":
            return self._server.run(rest)
        if word == "blacklist":
            return self._blacklist(rest, by)
        return texts.UNKNOWN.format(command=line[:60])

    def _blacklist(self, rest: str, by: tuple[str, str]) -> Answer:
        option, _, written = rest.partition(" ")
        phrase = unquoted(written.strip())
        if not rest:
            return "; ".join(self.edits.phrases()) or "The blacklist is empty. / 黑名单为空。"
        if option not in ("--add", "--remove") or not phrase:
            return texts.BLACKLIST_HELP
        changed = self.edits.add(phrase) if option == "--add" else self.edits.remove(phrase)
        if changed:
            self._said_by(by, "blacklist", f"{option.strip('-')}: {phrase}")
        done, vain = _OUTCOMES[option]
        return f"{phrase[:60]!r} {done if changed else vain}."

    def _said_by(self, by: tuple[str, str], result: str, remark: str) -> None:
        session, *who = filter(None, by)
        self._note(result, f"session {session[:12]}: {remark}", *who)


def unquoted(phrase: str) -> str:
    """A phrase without the quotes around it, which a person writes as in a shell, and a Chinese keyboard in its way."""
    if len(phrase) > 1 and f"{phrase[0]}{phrase[-1]}" in _QUOTES:
        return phrase[1:-1].strip()
    return phrase
