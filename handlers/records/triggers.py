"""Triggers on `recognition_record`: whoever changes it by SQL, the console or another program, leaves a step too.

In the database, and so in the same transaction as the change itself, whichever program makes it. What Castmark's own
code changes has its step already by then: the trigger adds none where the last step says what the record says now.
Aurora DSQL has no triggers; its console takes no statements either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

CORRECTED, MOVED, REMOVED = "castmark_corrected", "castmark_moved", "castmark_removed"
# Who, where no more is known than that it was SQL.
BY_SQL = "SQL"

_NEW_TEXT = "coalesce(NEW.mold_number, '')"
_NEW_STATE = f"CASE WHEN {_NEW_TEXT} = '' THEN 'unmarked' ELSE 'corrected' END"
_CHANGED = (
    "NEW.mold_number {is_not} OLD.mold_number AND NEW.mold_number {is_not} "
    "(SELECT text FROM castmark_correction WHERE hub_id = NEW.hub_id ORDER BY number DESC LIMIT 1)"
)
_STEP = (
    "INSERT INTO castmark_correction (hub_id, number, kind, text, before, state, who, at, why) "  # noqa: S608  our own
    "SELECT {row}.hub_id, coalesce(max(number), 0) + 1, '{kind}', {text}, coalesce(OLD.mold_number, ''), {state}, "
    f"'{BY_SQL}', {{now}}, '' FROM castmark_correction WHERE hub_id = {{row}}.hub_id;"
)
_REVIEWED = (
    "INSERT INTO castmark_review (hub_id, recognition_time, owner, machine_text, confidence, state, steps) "  # noqa: S608
    f"VALUES (NEW.hub_id, coalesce(NEW.recognition_time, ''), '', NULL, NULL, {_NEW_STATE}, 1) "
    "ON CONFLICT (hub_id) DO UPDATE SET state = excluded.state, steps = castmark_review.steps + 1;"
)
_MOVED = "UPDATE castmark_review SET recognition_time = coalesce(NEW.recognition_time, '') WHERE hub_id = NEW.hub_id;"
_FORGOTTEN = "DELETE FROM castmark_review WHERE hub_id = OLD.hub_id;"


def create_triggers(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        for statement in _for_sqlite():
            connection.exec_driver_sql(statement)
    elif connection.dialect.name == "postgresql":
        _create_for_postgresql(connection)


def _for_sqlite() -> list[str]:
    now, changed = "(julianday('now') - 2440587.5) * 86400.0", _CHANGED.format(is_not="IS NOT")
    return [
        # One of that name that an existing database has is not ours.
        *(f"DROP TRIGGER IF EXISTS {name}" for name in (CORRECTED, MOVED, REMOVED)),
        f"CREATE TRIGGER {CORRECTED} AFTER UPDATE OF mold_number ON recognition_record "
        f"WHEN {changed} BEGIN {_corrected(now)} {_REVIEWED} END",
        f"CREATE TRIGGER {MOVED} AFTER UPDATE OF recognition_time ON recognition_record BEGIN {_MOVED} END",
        f"CREATE TRIGGER {REMOVED} AFTER DELETE ON recognition_record BEGIN {_removed(now)} {_FORGOTTEN} END",
    ]


def _create_for_postgresql(connection: Connection) -> None:
    """One function for the three, run with the rights of whoever owns the tables: the console's role has none there."""
    schema = connection.exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
    now, changed = "extract(epoch FROM clock_timestamp())", _CHANGED.format(is_not="IS DISTINCT FROM")
    connection.exec_driver_sql(
        "CREATE OR REPLACE FUNCTION castmark_follow() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER "
        f"SET search_path = {schema}, pg_temp AS $$ BEGIN "
        f"IF TG_NAME = '{REMOVED}' THEN {_removed(now)} {_FORGOTTEN} "
        f"ELSIF TG_NAME = '{MOVED}' THEN {_MOVED} "
        f"ELSIF {changed} THEN {_corrected(now)} {_REVIEWED} END IF; RETURN NULL; END $$"
    )
    occasions = {CORRECTED: "UPDATE OF mold_number", MOVED: "UPDATE OF recognition_time", REMOVED: "DELETE"}
    for name, occasion in occasions.items():
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name} ON recognition_record")
        connection.exec_driver_sql(
            f"CREATE TRIGGER {name} AFTER {occasion} ON recognition_record "
            "FOR EACH ROW EXECUTE FUNCTION castmark_follow()"
        )


def _corrected(now: str) -> str:
    return _STEP.format(row="NEW", kind="sql", text=_NEW_TEXT, state=_NEW_STATE, now=now)


def _removed(now: str) -> str:
    return _STEP.format(row="OLD", kind="removed", text="''", state="'removed'", now=now)
