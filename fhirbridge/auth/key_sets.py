"""JSON Web Key Sets behind URLs, kept as long as their owners allow.

https://www.rfc-editor.org/rfc/rfc7517#section-5
"""

import logging
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from fhirbridge.auth.jwt import Key, Token, UnknownKey, Untrusted, verify
from fhirbridge.auth.keys import Fetched, NotFetched
from fhirbridge.auth.public_url import RefusedURL
from fhirbridge.fhir.errors import FhirError
from fhirbridge.fhir.json import parse

log = logging.getLogger(__name__)

SECOND = 1_000_000
MAX_AGE = re.compile(r"(?:^|[,\s])max-age=([0-9]{1,9})(?:[,\s]|$)", re.IGNORECASE)
UNCACHED = re.compile(r"(?:^|[,\s])no-(?:store|cache)(?:[,\s]|$)", re.IGNORECASE)
MOST_KEYS = 100


class Fetcher(Protocol):
    """What gets a URL: `fhirbridge.auth.keys.SafeFetcher`."""

    def fetch(self, url: str) -> Fetched:
        """Return the answer to a GET; raises RefusedURL or NotFetched."""

    def post(self, url: str, form: str, headers: Sequence[tuple[str, str]] = ()) -> Fetched:
        """Return the answer to a form; raises RefusedURL or NotFetched."""


@dataclass
class Kept:
    """A key set as it was last fetched. Times are microseconds."""

    keys: tuple[Key, ...] = ()
    good: int = 0
    fresh_until: int = 0
    tried: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True)
class KeySets:
    """Key sets by URL. `stale` (µs): how long a set outlives its freshness when its owner is away.

    An unknown kid makes at most one fetch per `pause`; so does an owner that does not answer.
    """

    fetcher: Fetcher
    clock: Callable[[], int]
    stale: int = 0
    pause: int = 30 * SECOND
    default_age: int = 300 * SECOND
    longest_age: int = 3600 * SECOND
    _kept: dict[str, Kept] = field(default_factory=dict)

    def verify(self, token: Token, url: str, *, needs_kid: bool = True) -> None:
        """Raise Untrusted unless a key of the set at `url` signed the token."""
        try:
            verify(token, self.keys(url), needs_kid=needs_kid)
        except UnknownKey:
            verify(token, self.keys(url, newer=True), needs_kid=needs_kid)

    def keys(self, url: str, *, newer: bool = False) -> Sequence[Key]:
        """Return the keys at `url`, fetched again when out of date or, if it is time, on request.

        Raises Untrusted when there are none that may still be used.
        """
        kept = self._kept.setdefault(url, Kept())
        with kept.lock:
            now = self.clock()
            waited = now >= kept.tried + self.pause
            if waited if newer else self._is_due(kept, now, waited=waited):
                self._refresh(kept, url, now)
            if not kept.keys or now >= kept.fresh_until + self.stale:
                raise Untrusted("no key set")
            return kept.keys

    def _is_due(self, kept: Kept, now: int, *, waited: bool) -> bool:
        """Return whether the set is out of date and its owner was not asked in vain just now."""
        in_vain = kept.tried > kept.good
        return now >= kept.fresh_until and (waited or not in_vain)

    def _refresh(self, kept: Kept, url: str, now: int) -> None:
        kept.tried = now
        try:
            answer = self.fetcher.fetch(url)
            kept.keys = key_set(answer.body)
        except (RefusedURL, NotFetched, Untrusted) as error:
            log.error("The key set at %s could not be had: %s", url, error)  # noqa: TRY400
            return
        kept.good = now
        kept.fresh_until = now + self._age(answer.cache_control)

    def _age(self, cache_control: str) -> int:
        if UNCACHED.search(cache_control):
            return SECOND
        found = MAX_AGE.search(cache_control)
        age = int(found[1]) * SECOND if found else self.default_age
        return max(min(age, self.longest_age), SECOND)


def key_set(body: bytes | str) -> tuple[Key, ...]:
    """Return the keys of a JWK Set; raises Untrusted when it is none, or has none."""
    try:
        value = parse(body, max_depth=8)
    except FhirError as error:
        raise Untrusted("not JSON") from error
    keys = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(keys, list) or not 0 < len(keys) <= MOST_KEYS:
        raise Untrusted("not a key set")
    return tuple(key for key in keys if isinstance(key, dict))
