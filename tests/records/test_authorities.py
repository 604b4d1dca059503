"""Databases reached by TLS, where nothing but our own packages says whom to believe: as in Lambda."""

import datetime
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
import trustme
from sqlalchemy import text
from sqlalchemy.engine import make_url

from handlers.errors import DatabaseUnusable
from handlers.records import authorities
from handlers.records.authorities import trusting
from handlers.records.database import Database
from tests.buckets import ENVIRONMENT
from tests.clouds import answer_of, event
from tests.databases import postgresql
from tests.e2e.runtime import Function
from tests.tls import bundle, tls_front

_ROOT = Path(__file__).parents[2]
_DSQL = "abc.dsql.eu-west-1.on.aws"
_OWN = "db.foundry.example"
_CHECKED = "sslmode=verify-full&sslrootcert=system"


class Place(NamedTuple):
    """Where a server behind TLS is, and the environment of a process that believes its authority by its packages."""

    port: int
    environment: dict[str, str]

    def url(self, query: str = _CHECKED, host: str = _OWN) -> str:
        return f"postgresql://postgres@{host}:{self.port}/postgres?hostaddr=127.0.0.1&{query}"

    @property
    def as_dsql(self) -> dict[str, str]:
        """What leads a client that knows the cluster's name only to the server."""
        return {"PGHOSTADDR": "127.0.0.1", "PGPORT": str(self.port)}


@pytest.fixture(scope="module")
def behind() -> Iterator[Path]:
    """The socket of a PostgreSQL with our tables, in which `admin` may sign in with any password."""
    with postgresql() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE ROLE admin LOGIN SUPERUSER")
        # What makes tables on a cluster only the cluster understands.
        database = Database(url)
        with database.read():
            pass
        database.close()
        yield Path(str(make_url(url).query["host"])) / ".s.PGSQL.5432"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def packages(tmp_path: Path, authority: trustme.CA) -> Path:
    """The folder of a certifi in whose bundle our authority is."""
    bundle(tmp_path, authority)
    return tmp_path


@pytest.fixture
def place(request: pytest.FixtureRequest, behind: Path, authority: trustme.CA, packages: Path) -> Iterator[Place]:
    name = getattr(request, "param", _OWN)
    with tls_front(authority, name, behind) as port:
        yield Place(port, ENVIRONMENT | {"PYTHONPATH": f"{packages}{os.pathsep}{_ROOT}"})


@pytest.fixture
def believing(packages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process has that certifi."""
    monkeypatch.setattr("certifi.where", lambda: str(packages / "cacert.pem"))


def _is_secured(database: Database) -> bool:
    """Whether a connection is made, by which everything is read; the certificate was checked then."""
    try:
        with database.read() as connection:
            return bool(connection.scalar(text("SELECT 1")) == 1)
    finally:
        database.close()


def _ask_status(place: Place, **settings: str) -> tuple[Any, str]:
    """What `status` answers in Lambda's runtime client, and what it prints."""
    function = Function("handlers.lambda_.functions.status", sys.executable, place.environment | settings)
    try:
        return answer_of(function.invoke(event("http_api_v2", "GET", "/status", "uuid=nobody"))), function.printed
    finally:
        function.close()


@pytest.mark.usefixtures("believing")
@pytest.mark.parametrize("query", [_CHECKED, "sslrootcert=system", "sslmode=verify-full", "sslmode=verify-ca"])
def test_postgresql_is_believed_by_the_authorities_that_come_along(
    place: Place, query: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert _is_secured(Database(place.url(query)))


@pytest.mark.parametrize("place", [_DSQL], indirect=True)
@pytest.mark.usefixtures("believing")
def test_cluster_is_believed_by_the_authorities_that_come_along(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (ENVIRONMENT | place.as_dsql).items():
        monkeypatch.setenv(name, value)
    assert _is_secured(Database(f"auroradsql://admin@{_DSQL}/postgres"))


@pytest.mark.parametrize("place", ["x.abc.eu-west-1.rds.amazonaws.com"], indirect=True)
def test_rds_is_believed_by_its_own_authorities(
    place: Place, packages: Path, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    (packages / "rds.pem").write_bytes(authorities.RDS.read_bytes() + authority.cert_pem.bytes())
    monkeypatch.setattr(authorities, "RDS", packages / "rds.pem")
    assert _is_secured(Database(place.url(host="x.abc.eu-west-1.rds.amazonaws.com")))


@pytest.mark.usefixtures("believing")
def test_server_of_another_name_is_not_believed(place: Place) -> None:
    with pytest.raises(DatabaseUnusable) as refusal:
        _is_secured(Database(place.url(host="db.elsewhere.example")))
    assert "does not match host name" in refusal.value.reason


def test_server_of_an_authority_that_nobody_knows_is_not_believed(place: Place) -> None:
    with pytest.raises(DatabaseUnusable) as refusal:
        _is_secured(Database(place.url()))
    assert "certificate verify failed" in refusal.value.reason


def test_function_in_lambda_reaches_a_postgresql_by_tls(place: Place) -> None:
    answer, printed = _ask_status(place, CASTMARK_DATABASE_URL=place.url())
    assert (answer.status, answer.json()) == (200, {"client_uuid": "nobody", "tasks": []}), printed


@pytest.mark.parametrize("place", [_DSQL], indirect=True)
def test_function_in_lambda_reaches_its_cluster_by_tls(place: Place) -> None:
    url = f"auroradsql://admin@{_DSQL}/postgres"
    answer, printed = _ask_status(place, CASTMARK_DATABASE_URL=url, **place.as_dsql)
    assert (answer.status, answer.json()) == (200, {"client_uuid": "nobody", "tasks": []}), printed


def test_command_reaches_a_postgresql_by_tls(place: Place, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from handlers.cli.commands import app; app()", "check"],
        env=place.environment | {"PATH": "/usr/bin:/bin", "CASTMARK_DATABASE_URL": place.url()},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    (line,) = (line for line in done.stdout.splitlines() if "database" in line)
    assert done.returncode == 0 and "failed" not in line, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("postgresql://u@h/d", {}),
        ("postgresql://u@h/d?sslmode=require", {"sslmode": "require"}),
        ("postgresql://u@h/d?sslmode=prefer&sslrootcert=system", {"sslmode": "prefer", "sslrootcert": "system"}),
        ("postgresql://u@h/d?sslmode=verify-ca&sslrootcert=/a.crt", {"sslmode": "verify-ca", "sslrootcert": "/a.crt"}),
        ("auroradsql://admin@h/postgres?sslrootcert=/a.crt", {"sslrootcert": "/a.crt"}),
        ("sqlite:////a.db", {}),
    ],
)
def test_url_that_says_whom_to_believe_is_left_alone(url: str, named: dict[str, str]) -> None:
    assert dict(trusting(make_url(url)).query) == named


def test_file_that_openssl_is_told_of_is_used(place: Place, packages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(packages / "cacert.pem"))
    assert _is_secured(Database(place.url()))


def test_proxy_of_rds_has_no_certificate_of_rds() -> None:
    proxy = trusting(make_url(f"postgresql://u@a.proxy-abc.eu-west-1.rds.amazonaws.com/d?{_CHECKED}"))
    assert proxy.query["sslrootcert"] != str(authorities.RDS)


def test_authorities_of_rds_are_roots_that_hold() -> None:
    from cryptography.x509 import load_pem_x509_certificates

    roots = load_pem_x509_certificates(authorities.RDS.read_bytes())
    now = datetime.datetime.now(datetime.UTC)
    for root in roots:
        root.verify_directly_issued_by(root)
        assert root.not_valid_after_utc > now
    assert any("eu-central-1" in root.subject.rfc4514_string() for root in roots)
