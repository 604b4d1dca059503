"""Whom a connection to PostgreSQL believes, where its URL asks for a checked certificate and names no file.

`sslrootcert=system` is what AWS recommends, and finds nothing: psycopg's wheel carries an OpenSSL that looks in the
folder where it was built. So the file is named: certifi's, or the one that OpenSSL's own `SSL_CERT_FILE` names. Amazon
RDS signs with authorities of its own, which are in neither, and come along in `rds.pem`.
"""

import os
import ssl
from pathlib import Path

from sqlalchemy.engine import URL

RDS = Path(__file__).with_name("rds.pem")
# What libpq itself looks for where a URL names nothing.
_USERS_OWN = "~/.postgresql/root.crt"


def trusting(url: URL) -> URL:
    """`url` with the file of authorities that it means; as it is where it names one, or has nothing checked."""
    if not _means_the_systems(url):
        return url
    # As libpq has it: who asks for the system's authorities gets the name checked too.
    mode = url.query.get("sslmode", "verify-full")
    return url.update_query_dict({"sslmode": mode, "sslrootcert": _file(url.host or "")})


def _means_the_systems(url: URL) -> bool:
    if url.get_backend_name() not in ("postgresql", "auroradsql"):
        return False
    file, mode = url.query.get("sslrootcert"), url.query.get("sslmode")
    if url.get_backend_name() == "auroradsql":
        return file in (None, "system")
    if file is None:
        return mode in ("verify-ca", "verify-full") and not os.path.exists(os.path.expanduser(_USERS_OWN))
    # libpq refuses `system` with a mode that does not check, and says why.
    return file == "system" and mode in (None, "verify-full")


def _file(host: str) -> str:
    # Amazon signs for its proxies as it does for web servers.
    if host.endswith(".rds.amazonaws.com") and ".proxy-" not in host:
        return str(RDS)
    paths = ssl.get_default_verify_paths()
    if paths.cafile and paths.cafile != paths.openssl_cafile:
        return paths.cafile
    import certifi

    return certifi.where()
