"""Making the role that the console logs in with: it may use the two tables and nothing else."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from handlers.console.policy.grammar import TABLES
from handlers.errors import ConfigurationError

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.sql import Composed

_ATTEMPTS = 10

_SAFE = """
    SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls
        OR rolname = current_user OR rolname = session_user
        OR EXISTS (SELECT FROM pg_auth_members WHERE member = pg_roles.oid)
        OR EXISTS (SELECT FROM pg_shdepend WHERE refobjid = pg_roles.oid AND deptype = 'o')
    FROM pg_roles WHERE rolname = %s
"""
"""Whether a role has rights of its own; no row when there is no such role."""

_TABLE = """
    SELECT 1 FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relname = %s AND nspname = %s AND relkind IN ('r', 'p')
"""

_REACHABLE = """
    SELECT format('%%I.%%I', nspname, relname)
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relkind IN ('r', 'p', 'v', 'm', 'f')
        AND nspname NOT IN ('pg_catalog', 'information_schema') AND nspname NOT LIKE 'pg\\_t%%'
        AND NOT (nspname = %(schema)s AND relname = ANY(%(tables)s))
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
        AND (has_table_privilege(%(role)s, pg_class.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
            OR has_any_column_privilege(%(role)s, pg_class.oid, 'SELECT, INSERT, UPDATE'))
    LIMIT 1
"""

_OTHERS = r"""
    SELECT 1 FROM pg_roles
    WHERE rolcanlogin AND NOT rolsuper AND rolname <> current_user AND rolname NOT LIKE 'castmark\_console%'
    LIMIT 1
"""
"""Whether anybody else works on this server."""

_LARGE_OBJECTS_AND_EXPORTS = """
    SELECT oid::regprocedure::text FROM pg_proc
    WHERE pronamespace = 'pg_catalog'::regnamespace
        AND proname ~ '^(lo_.*|lo(read|write)|(query|table|schema|database|cursor)_to_xml.*)$'
"""
"""Functions that write outside tables, or run a query given as text."""


def restrict_role(admin_url: str, role: str, password: str, schema: str = "public") -> str:
    """Create or update the login role `role` with rights on the two tables only; its URL.

    The role that `admin_url` logs in as must own the tables and be allowed to create roles; what only a
    superuser can take from everybody is taken where it is one. Raises ConfigurationError for a role that has
    other rights already, and where the tables are not there.
    """
    import psycopg

    plain = admin_url.replace("postgresql+psycopg://", "postgresql://", 1)
    with psycopg.connect(plain, autocommit=True) as connection:
        _check_role(connection, role)
        _check_tables(connection, schema)
        for statement in _required(connection, role, password, schema):
            _execute(connection, statement)
        for statement in _wished(connection, role, schema):
            _try(connection, statement)
        _check_reach(connection, role, schema)
    return _url_of(plain, role, password)


def _check_role(connection: Connection[Any], role: str) -> None:
    found = connection.execute(_SAFE, (role,)).fetchone()
    if found and found[0]:
        raise ConfigurationError(f"The role {role} has rights of its own; name a role that is for the console only.")


def _check_tables(connection: Connection[Any], schema: str) -> None:
    for table in TABLES:
        if not connection.execute(_TABLE, (table, schema)).fetchone():
            raise ConfigurationError(f"There is no table {schema}.{table} for the console to use.")


def _check_reach(connection: Connection[Any], role: str, schema: str) -> None:
    values = {"role": role, "schema": schema, "tables": list(TABLES)}
    found = connection.execute(_REACHABLE, values).fetchone()
    if found:
        raise ConfigurationError(f"Every role may use {found[0]}, and so may the console; revoke that from PUBLIC.")


def _required(connection: Connection[Any], role: str, password: str, schema: str) -> list[Composed]:
    from psycopg.sql import SQL, Identifier, Literal

    # The server's log may show statements, so it gets the password as a SCRAM verifier.
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
    name, place, secret = Identifier(role), Identifier(schema), Literal(verifier)
    tables = SQL(", ").join(Identifier(schema, table) for table in TABLES)
    return [
        SQL("{} ROLE {} LOGIN NOINHERIT CONNECTION LIMIT 20 PASSWORD {}").format(
            SQL("ALTER" if known else "CREATE"), name, secret
        ),
        SQL("GRANT CONNECT ON DATABASE {} TO {}").format(Identifier(connection.info.dbname), name),
        SQL("REVOKE ALL ON SCHEMA {} FROM {}").format(place, name),
        SQL("GRANT USAGE ON SCHEMA {} TO {}").format(place, name),
        SQL("REVOKE ALL ON ALL TABLES IN SCHEMA {} FROM {}").format(place, name),
        SQL("REVOKE ALL ON ALL SEQUENCES IN SCHEMA {} FROM {}").format(place, name),
        SQL("REVOKE ALL ON {} FROM PUBLIC").format(tables),
        SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO {}").format(tables, name),
    ]


def _wished(connection: Connection[Any], role: str, schema: str) -> list[Composed]:
    from psycopg.sql import SQL, Identifier

    name = Identifier(role)
    shared = connection.execute(_OTHERS).fetchone() is not None
    return [
        *([] if shared else _from_everybody(connection, schema)),
        SQL("ALTER ROLE {} SET search_path = {}").format(name, Identifier(schema)),
        SQL("ALTER ROLE {} SET statement_timeout = '10s'").format(name),
        SQL("ALTER ROLE {} SET idle_in_transaction_session_timeout = '10s'").format(name),
        SQL("ALTER ROLE {} SET temp_file_limit = '256MB'").format(name),
    ]


def _from_everybody(connection: Connection[Any], schema: str) -> list[Composed]:
    """What nobody misses on a server that is Castmark's alone; where others work too, it is theirs as well."""
    from psycopg.sql import SQL, Identifier

    functions = [SQL(row[0]) for row in connection.execute(_LARGE_OBJECTS_AND_EXPORTS)]
    return [
        SQL("REVOKE CREATE ON SCHEMA {} FROM PUBLIC").format(Identifier(schema)),
        SQL("REVOKE CREATE, TEMPORARY ON DATABASE {} FROM PUBLIC").format(Identifier(connection.info.dbname)),
        *(SQL("REVOKE EXECUTE ON FUNCTION {} FROM PUBLIC").format(function) for function in functions),
    ]


def _execute(connection: Connection[Any], statement: Composed) -> None:
    """Run a change of rights, again when another process makes one at the same moment."""
    import psycopg

    for attempt in range(_ATTEMPTS):
        try:
            connection.execute(statement)
            return
        except (psycopg.errors.InternalError_, psycopg.errors.UniqueViolation, psycopg.errors.DuplicateObject) as error:
            if isinstance(error, psycopg.errors.DuplicateObject):
                return
            if attempt == _ATTEMPTS - 1:
                raise
            time.sleep(0.05 * (attempt + 1))


def _try(connection: Connection[Any], statement: Composed) -> None:
    import psycopg

    try:
        _execute(connection, statement)
    except psycopg.Error:
        return


def _url_of(admin_url: str, role: str, password: str) -> str:
    parts = urlsplit(admin_url)
    place = parts.netloc.rpartition("@")[2]
    query = urlencode([(key, value) for key, value in parse_qsl(parts.query) if key not in ("user", "password")])
    login = f"{quote(role, safe='')}:{quote(password, safe='')}"
    return urlunsplit((parts.scheme, f"{login}@{place}", parts.path, query, ""))
