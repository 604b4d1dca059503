"""Edits of the blacklist. In the database, so that all processes know them; gone when a server starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.console.policy.blacklist import DEFAULT_PHRASES, normalised

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from handlers.records.database import Database

# The column's width; no phrase that a person would add comes near it.
_LONGEST = 200


class Edits:
    """The phrases in force: the default ones, with what operators added and without what they removed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def phrases(self) -> tuple[str, ...]:
        from sqlalchemy import select

        from handlers.records.tables import blacklist_edit as table

        with self._database.read() as connection:
            edits = {row.phrase: row.listed for row in connection.execute(select(table).order_by(table.c.phrase))}
        kept = [phrase for phrase in DEFAULT_PHRASES if edits.get(phrase, True)]
        return (*kept, *(phrase for phrase, listed in edits.items() if listed and phrase not in DEFAULT_PHRASES))

    def add(self, phrase: str) -> bool:
        """Whether the phrase was new."""
        return self._edit(phrase, listed=True)

    def remove(self, phrase: str) -> bool:
        """Whether the phrase was there."""
        return self._edit(phrase, listed=False)

    def forget(self) -> None:
        """Back to the default phrases."""
        from handlers.records.tables import blacklist_edit as table

        self._database.write(lambda connection: connection.execute(table.delete()))

    def _edit(self, phrase: str, *, listed: bool) -> bool:
        from sqlalchemy.exc import IntegrityError

        from handlers.records.tables import blacklist_edit as table

        wanted = normalised(phrase)
        if not wanted or len(wanted) > _LONGEST or (wanted in self.phrases()) is listed:
            return False

        def replace(connection: Connection) -> None:
            connection.execute(table.delete().where(table.c.phrase == wanted))
            if listed is not (wanted in DEFAULT_PHRASES):
                connection.execute(table.insert().values(phrase=wanted, listed=listed))

        try:
            self._database.write(replace)
        except IntegrityError:
            return False  # another operator made the same edit at the same moment
        return True
