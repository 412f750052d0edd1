"""Tokens known for a moment: the database is not asked about one token at every request."""

from collections.abc import Callable

from fhirbridge.auth.tokens import Granted, TokenTable


class RememberingTable:
    """A table that asks the one behind it about each token at most once per `lifetime` (µs).

    A revocation elsewhere takes effect within that time, one through this table at once.
    """

    def __init__(
        self,
        behind: TokenTable,
        clock: Callable[[], int],
        lifetime: int = 1_000_000,
        most: int = 10_000,
    ) -> None:
        self._behind = behind
        self._clock = clock
        self._lifetime = lifetime
        self._most = most
        self._known: dict[bytes, tuple[int, Granted]] = {}

    def find(self, token_hash: bytes, /) -> Granted | None:
        """Return the grant with that hash, as it was less than `lifetime` ago."""
        now = self._clock()
        until, grant = self._known.get(token_hash, (0, None))
        if grant is not None and now < until <= now + self._lifetime:
            return grant
        found = self._behind.find(token_hash)
        if found is None:
            self._known.pop(token_hash, None)
            return None
        if len(self._known) >= self._most:
            self._known.clear()
        self._known[token_hash] = (now + self._lifetime, found)
        return found

    def add(self, grant: Granted, /) -> None:
        """Keep a new grant."""
        self._behind.add(grant)

    def revoke(self, token_hash: bytes, /) -> bool:
        """End a grant now; return whether there was one."""
        self._known.pop(token_hash, None)
        return self._behind.revoke(token_hash)
