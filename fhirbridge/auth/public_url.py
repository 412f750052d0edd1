"""URLs that lead to the public internet and can be read in one way only.

An address passes only if the IPv4 address it may stand for passes too: `is_global` alone says yes
to NAT64, 6to4 and compatible forms of private ones.
https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
"""

import ipaddress
import re
import socket
from collections.abc import Iterable, Sequence
from urllib.parse import SplitResult, urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

PORTS = frozenset({443, 8443})
# One text whatever was wrong: the reason would tell a stranger what listens where.
REFUSED = "The URL is not one this server fetches from"
NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))+", re.ASCII)
ASCII_URL = re.compile(r"https://[\x21-\x7e]+", re.ASCII | re.IGNORECASE)
NAT64 = ipaddress.ip_network("64:ff9b::/96")
COMPATIBLE = ipaddress.ip_network("::/96")


class RefusedURL(Exception):  # noqa: N818
    """The URL will not be fetched. The text is the same for every cause."""


def is_global(address: Address) -> bool:
    """Return whether an address is on the public internet, and so is the IPv4 one inside it."""
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return all(is_global(inner) for inner in embedded(address))


def embedded(address: Address) -> Iterable[ipaddress.IPv4Address]:
    """Yield the IPv4 addresses that an IPv6 address stands for or tunnels to."""
    if isinstance(address, ipaddress.IPv4Address):
        return
    found = (address.ipv4_mapped, address.sixtofour, *(address.teredo or ()))
    yield from (inner for inner in found if inner is not None)
    if address in NAT64 or address in COMPATIBLE:
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def checked(url: str, ports: frozenset[int] = PORTS) -> SplitResult:
    """Return the parts of a URL that may be fetched; raises RefusedURL without any look-up."""
    if ASCII_URL.fullmatch(url) is None or "\\" in url:
        raise RefusedURL(REFUSED)
    try:
        parts = urlsplit(url)
        port = parts.port or 443
        host = parts.hostname or ""
    except ValueError:
        raise RefusedURL(REFUSED) from None
    if "@" in parts.netloc or "%" in parts.netloc or parts.fragment or port not in ports:
        raise RefusedURL(REFUSED)
    if NAME.fullmatch(host) is None or host.rpartition(".")[2][0].isdigit():
        _check_literal(host)
    return parts


def _check_literal(host: str) -> None:
    """Raise RefusedURL unless `host` is a global address in its one canonical spelling."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        raise RefusedURL(REFUSED) from None
    if not is_global(address):
        raise RefusedURL(REFUSED)


def addresses(host: str, port: int) -> Sequence[str]:
    """Return what the system's resolver says; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
