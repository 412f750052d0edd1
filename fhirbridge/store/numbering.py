"""The numbers of new rows: those of many are asked for once."""

from fhirbridge.store.connection import Connection


class Numbers:
    """The unused numbers of one transaction. What is taken is written before more is asked for."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._unused: list[int] = []

    def reserve(self, count: int) -> None:
        """See to it that there are numbers for `count` rows."""
        if len(self._unused) < count:
            self._unused = self._connection.numbers(count)

    def take(self, count: int) -> list[int]:
        """Return the numbers of `count` new rows, ascending."""
        self.reserve(count)
        taken, self._unused = self._unused[:count], self._unused[count:]
        return taken
