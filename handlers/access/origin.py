"""Where a request comes from, by its address and headers: this machine, this server's own page, or elsewhere.

What is not understood counts as elsewhere. Three ways in are closed here: a proxy whose address is this machine's
stands for strangers; a foreign name that resolves to this machine (DNS rebinding) makes a foreign page look like
our own; and a foreign page can send requests with the cookies of whoever looks at it (CSRF).
"""

import ipaddress
import re

from starlette.requests import HTTPConnection

# What proxies add, besides all that begins with `x-forwarded`.
_OF_PROXIES = frozenset(
    {
        "forwarded",
        "via",
        "x-real-ip",
        "x-client-ip",
        "x-original-host",
        "true-client-ip",
        "cf-connecting-ip",
        "cdn-loop",
    }
)
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::([0-9]{1,5}))?")
_ORIGIN = re.compile(rf"(https?)://{_HOST.pattern}")
_DEFAULT_PORTS = {"http": "80", "https": "443"}


def is_local(connection: HTTPConnection, *, trusts_proxies: bool) -> bool:
    """Whether a program of this machine asks, and no proxy for somebody else."""
    peers = [connection.client.host if connection.client else ""]
    if trusts_proxies and "x-forwarded-for" in connection.headers:
        # uvicorn has put a forwarded address in the proxy's place. A caller can write the beginning of the list
        # himself, and with a wide network of trusted proxies it is what was taken: all of it must be here.
        peers += _listed(connection, "x-forwarded-for")
    elif _came_through_a_proxy(connection):
        return False
    return all(map(is_loopback, peers))


def is_loopback(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    # ::ffff:127.0.0.1, as a socket for both families names an IPv4 caller.
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return (mapped or found).is_loopback


def names_this_machine(connection: HTTPConnection) -> bool:
    """Whether the name that was asked for, by the caller and by a proxy's, can be nothing but this machine."""
    hosts = connection.headers.getlist("host")
    return len(hosts) == 1 and all(map(is_loopback_name, hosts + _listed(connection, "x-forwarded-host")))


def is_loopback_name(host: str) -> bool:
    """`host` as in the header of that name: localhost, *.localhost, 127.x.x.x, [::1], with any port."""
    found = _HOST.fullmatch(host.lower())
    name = found[1] if found else ""
    if name in ("localhost", "[::1]") or name.endswith(".localhost"):
        return True
    return bool(re.fullmatch(r"127(\.[0-9]{1,3}){3}", name)) and is_loopback(name)


def is_own_page(connection: HTTPConnection, listed: tuple[str, ...]) -> bool:
    """Whether no page asks, or this server's own, or one of an origin that the operator listed by name."""
    origins = connection.headers.getlist("origin")
    if _is_listed(origins, listed):
        return True
    sites = connection.headers.getlist("sec-fetch-site")
    own = _own_origin(connection)
    if not sites and not origins and _refers_elsewhere(connection):
        return False
    return all(site in ("same-origin", "none") for site in sites) and all(
        own is not None and _normal(origin) == own for origin in origins
    )


def shows_own_page(connection: HTTPConnection, listed: tuple[str, ...]) -> bool:
    """Whether the request itself shows that this server's own page asks, or a listed one.

    For what a browser sends by itself, such as a cookie: over plain HTTP it says nothing of where an image's or a
    link's request comes from, so that silence is no evidence.
    """
    if not is_own_page(connection, listed):
        return False
    headers = connection.headers
    own = _own_origin(connection)
    referrer = _normal("/".join(headers.get("referer", "").split("/")[:3]))
    return "sec-fetch-site" in headers or "origin" in headers or (own is not None and referrer == own)


def named_host(connection: HTTPConnection) -> str:
    """The name that was asked for, with its port where it says one; empty where there is none, or more than one."""
    hosts = connection.headers.getlist("host")
    return hosts[0].lower() if len(hosts) == 1 else ""


def asks_from_elsewhere(connection: HTTPConnection, listed: tuple[str, ...], *, anyone: bool) -> bool:
    """Whether a browser says that a page of another site has it ask, and not by what CORS lets that page do.

    With `anyone`, CORS lets every page ask by `fetch`; a link, a form and an image are asked without it.
    """
    headers = connection.headers
    origins = headers.getlist("origin")
    if _is_listed(origins, listed):
        return False
    if "sec-fetch-site" not in headers:
        own = _own_origin(connection)
        if origins:
            return not anyone and any(own is None or _normal(origin) != own for origin in origins)
        return _refers_elsewhere(connection)
    if headers["sec-fetch-site"] in ("same-origin", "none"):
        return False
    return not (anyone and headers.get("sec-fetch-mode") == "cors")


def _is_listed(origins: list[str], listed: tuple[str, ...]) -> bool:
    return len(origins) == 1 and _normal(origins[0]) in {_normal(each) for each in listed} - {None}


def _refers_elsewhere(connection: HTTPConnection) -> bool:
    """Whether all that an old browser says is that a page of another origin has it ask."""
    referrer = connection.headers.get("referer")
    if not referrer:
        return False
    own = _own_origin(connection)
    return own is None or _normal("/".join(referrer.split("/")[:3])) != own


def _came_through_a_proxy(connection: HTTPConnection) -> bool:
    # nginx says nothing of itself unless told to, but until 1.29.7 it asks in HTTP/1.0 unless told to;
    # browsers, curl and the libraries of this century do not.
    if connection.scope.get("http_version") == "1.0":
        return True
    return any(name in _OF_PROXIES or name.startswith("x-forwarded") for name in connection.headers)


def _own_origin(connection: HTTPConnection) -> str | None:
    hosts = connection.headers.getlist("host")
    return _normal(f"{connection.scope['scheme']}://{hosts[0]}") if len(hosts) == 1 else None


def _normal(origin: str) -> str | None:
    """An origin with its port written out; None where it is none that a web page has."""
    found = _ORIGIN.fullmatch(origin.lower())
    return f"{found[1]}://{found[2]}:{found[3] or _DEFAULT_PORTS[found[1]]}" if found else None


def _listed(connection: HTTPConnection, header: str) -> list[str]:
    return [value.strip() for line in connection.headers.getlist(header) for value in line.split(",")]
