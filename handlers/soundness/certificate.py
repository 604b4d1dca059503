"""Whether the server's certificate can be used, and for how long: tried in a handshake with ourselves, in memory."""

import ssl
import time
from pathlib import Path

from handlers.health.parts import Finding

_SOON = 14 * 86_400


def certificate(folder: Path) -> Finding:
    """Of the one .crt and the one .key in `folder`."""
    certificates, keys = sorted(folder.glob("*.crt")), sorted(folder.glob("*.key"))
    used = f"folder {folder}"
    if len(certificates) != 1 or len(keys) != 1:
        problem = f"there are {len(certificates)} .crt and {len(keys)} .key files; one of each is needed"
        return Finding("https", used, f"{problem} - see CASTMARK_CERTIFICATES")
    try:
        ends = _ends(certificates[0], keys[0])
    except (OSError, ValueError) as error:
        reason = getattr(error, "verify_message", None) or getattr(error, "reason", None) or str(error)
        return Finding("https", used, f"it cannot be used ({reason}) - see CASTMARK_CERTIFICATES")
    used = f"{certificates[0].name}, valid until {time.strftime('%Y-%m-%d', time.gmtime(ends))}"
    soon = ends - time.time() < _SOON
    return Finding("https", used, "it ends in less than two weeks - have it renewed" if soon else "")


def _ends(certificate: Path, key: Path) -> float:
    """When it ends, in seconds since 1970. Raises OSError (ssl.SSLError) where it cannot be used, or has ended."""
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificate, key)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Whoever signed it is the clients' affair: here it is believed as it is, unless it has ended.
    client.check_hostname = False
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    client.load_verify_locations(certificate)
    one, other = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = (client.wrap_bio(one, other), server.wrap_bio(other, one, server_side=True))
    for _ in range(4):
        for side in sides:
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    found = sides[0].getpeercert() or {}
    return float(ssl.cert_time_to_seconds(str(found["notAfter"])))
