"""Writing resources that other processes have prepared: what is new costs no further thought."""

from collections.abc import Mapping, Sequence

from fhirbridge.fhir.json import parse
from fhirbridge.store.change import Current, Key
from fhirbridge.store.preparing import Prepared
from fhirbridge.store.stored import Put
from fhirbridge.store.writing import Writer

# A Bundle's resources are nested no deeper than the Bundle was.
MOST_LEVELS = 80


class BulkWriter(Writer):
    """A `Writer` that takes prepared resources as well."""

    def put_prepared(self, items: Sequence[Prepared], *, now: int) -> list[Put]:
        """Store many prepared resources and return what that did to each.

        What exists already, or comes twice, goes the way of `put_all`, at the time `now`.
        """
        self._look_up([item.key for item in items])
        fresh: dict[Key, Prepared] = {}
        for item in items:
            if self._known[item.key] is None:
                fresh.setdefault(item.key, item)
        created = self._create(fresh)
        return [
            Put("created", 1, item.updated)
            if created.get(item.key) is item
            else self._again(item, now)
            for item in items
        ]

    def _again(self, item: Prepared, now: int) -> Put:
        current = self._known.get(item.key)
        if current is not None and not current.deleted and current.hash == item.hash:
            return Put("unchanged", current.version, current.updated)
        return self.put_all([(parse(item.body, MOST_LEVELS), None)], now=now)[0]

    def _create(self, fresh: Mapping[Key, Prepared]) -> dict[Key, Prepared]:
        """Write what is not there yet; return it without what another transaction wrote first."""
        numbered = dict(zip(self._numbers.take(len(fresh)), fresh.values(), strict=True))
        rows = [
            (row, *one.key, 1, one.updated, False, *one.columns, self._number)
            for row, one in numbered.items()
        ]
        missed = self._insert(rows)
        for row in missed:
            del self._known[numbered[row].key]
        created = {row: one for row, one in numbered.items() if row not in missed}
        for row, one in created.items():
            self._known[one.key] = Current(row, 1, one.updated, deleted=False, hash=one.hash)
            self._buffer.replace(row, one.placed(row), new=True)
        return {one.key: one for one in created.values()}
