"""What works on a desk and must not face the world. One rule, one line that says what to do.

Errors hold for an installation whose public address is not this machine itself.
"""

import ipaddress
import stat
from collections.abc import Callable, Iterator
from urllib.parse import SplitResult, urlsplit

from fhirbridge.cli.demo.clinic import CREDENTIALS
from fhirbridge.settings import Configuration, Settings, SettingsError, secret_value

# A random key of 32 bytes has fewer different ones than this once in 10^20 times.
LEAST_VARIED = 12
PLAIN_WORDS = (b"secret", b"password", b"changeme", b"change-me", b"example", b"fhirbridge")
DEFAULT_PASSWORDS = frozenset({None, "", "postgres", "password", "fhirbridge", "changeme"})
OPEN_TO_OTHERS = stat.S_IRWXG | stat.S_IRWXO
ENCRYPTED = ("sslmode=require", "sslmode=verify-ca", "sslmode=verify-full")

Rule = Callable[[Settings], str | None]


def errors(settings: Settings) -> Iterator[str]:
    """Yield what an installation that others reach must not have."""
    yield from _told(ALWAYS, settings)
    if settings.base_url and not _is_here(urlsplit(settings.base_url)):
        yield from _told(IN_PUBLIC, settings)


def warnings(settings: Settings) -> Iterator[str]:
    """Yield what is allowed and worth a second thought."""
    yield from _told(DOUBTFUL, settings)
    public = settings.base_url and not _is_here(urlsplit(settings.base_url))
    if public and settings.database_url.startswith("sqlite"):
        yield (
            "FHIRBRIDGE_DATABASE_URL: SQLite has no row-level security and serves one host only;"
            " PostgreSQL has one more net"
        )
    if public and settings.configuration().system_base == Configuration().system_base:
        yield "system_base: identifiers get an example's address; give the clinic's own"


def _told(rules: tuple[Rule, ...], settings: Settings) -> Iterator[str]:
    yield from (line for rule in rules if (line := rule(settings)) is not None)


def _weak_key(settings: Settings) -> str | None:
    key = settings.secret()
    told = any(word in key.lower() for word in PLAIN_WORDS)
    if told or len(set(key)) < LEAST_VARIED:
        return "FHIRBRIDGE_SECRET_KEY: is guessable: take 32 random bytes (openssl rand -base64 32)"
    return None


def _open_secret(settings: Settings) -> str | None:
    path = settings.var / "secret"
    if settings.secret_key is None and path.stat().st_mode & OPEN_TO_OTHERS:
        return f"{path}: others can read it: chmod 600 {path}"
    return None


def _shared_file(settings: Settings) -> str | None:
    """Return what is wrong with workers elsewhere that cannot see the file of the database."""
    redis = urlsplit(settings.redis_url)
    elsewhere = bool(redis.hostname) and not _is_here(redis)
    if elsewhere and settings.database_url.startswith("sqlite"):
        return (
            "FHIRBRIDGE_DATABASE_URL: SQLite is for one host, and FHIRBRIDGE_REDIS_URL is on"
            " another: use PostgreSQL"
        )
    return None


def _plain_http(settings: Settings) -> str | None:
    if urlsplit(settings.base_url).scheme != "https":
        return "FHIRBRIDGE_BASE_URL: tokens and passwords need https"
    return None


def _key_in_a_file(settings: Settings) -> str | None:
    if settings.secret_key is None:
        return "FHIRBRIDGE_SECRET_KEY: set it: ids and tokens must outlive the folder var/"
    return None


def _no_audit(settings: Settings) -> str | None:
    """Return what is wrong wherever the address does not say that only this machine is served."""
    if settings.audit == "off" and not _is_here(urlsplit(settings.base_url)):
        return "FHIRBRIDGE_AUDIT: off is for benchmarks: nobody could say who saw what"
    return None


def _sandbox_credentials(settings: Settings) -> str | None:
    if not settings.configuration().sources:
        return None
    for name, value in CREDENTIALS.items():
        try:
            if secret_value(name) == value:
                return f"{name}: is the stand-in's, which everybody knows"
        except SettingsError:
            continue
    return None


def _default_password(settings: Settings) -> str | None:
    url = urlsplit(settings.database_url)
    remote = bool(url.hostname) and not _is_here(url)
    if remote and url.password in DEFAULT_PASSWORDS and "passfile" not in url.query:
        return "FHIRBRIDGE_DATABASE_URL: the database is on another host and has no real password"
    return None


def _no_address(settings: Settings) -> str | None:
    if not settings.base_url:
        return "FHIRBRIDGE_BASE_URL is not set: serve takes its own address, else nobody can log in"
    return None


def _plain_database(settings: Settings) -> str | None:
    url = urlsplit(settings.database_url)
    remote = bool(url.hostname) and not _is_here(url)
    if remote and not any(word in url.query for word in ENCRYPTED):
        return "FHIRBRIDGE_DATABASE_URL: records cross the network unprotected: sslmode=verify-full"
    return None


def _plain_redis(settings: Settings) -> str | None:
    url = urlsplit(settings.redis_url)
    if url.hostname and not _is_here(url) and url.scheme != "rediss":
        return "FHIRBRIDGE_REDIS_URL: jobs cross the network unprotected: rediss://"
    return None


def _plain_sources(settings: Settings) -> str | None:
    for name, source in settings.configuration().sources.items():
        url = urlsplit(source.base_url or "")
        if url.scheme == "http" and not _is_here(url):
            return f"sources.{name}.base_url: its password crosses the network unprotected: https"
    return None


def _is_here(url: SplitResult) -> bool:
    """Return whether the URL leads to this machine itself."""
    try:
        return ipaddress.ip_address(url.hostname or "").is_loopback
    except ValueError:
        return url.hostname == "localhost"


ALWAYS: tuple[Rule, ...] = (_open_secret, _shared_file, _no_audit)
IN_PUBLIC: tuple[Rule, ...] = (
    _plain_http,
    _key_in_a_file,
    _weak_key,
    _sandbox_credentials,
    _default_password,
)
DOUBTFUL: tuple[Rule, ...] = (_no_address, _plain_database, _plain_redis, _plain_sources)
