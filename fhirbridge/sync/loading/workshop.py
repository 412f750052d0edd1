"""What a process does with a piece: read, check, index; and store, where many may write at once.

A process is told everything by a `Recipe`, because it shares nothing with the one that starts it.
"""

import gc
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from fhirbridge.auth.access import permit
from fhirbridge.auth.principal import SYSTEM
from fhirbridge.fhir.errors import Invalid, Issue, NotSupported, PreconditionFailed
from fhirbridge.fhir.instant import system_clock
from fhirbridge.resources.registry import definitions
from fhirbridge.search.parameter import SearchContext
from fhirbridge.search.understand import understand
from fhirbridge.store.database import Limits
from fhirbridge.store.index.rows import TypeIndex
from fhirbridge.store.preparing import Prepared, prepare
from fhirbridge.store.store import Store
from fhirbridge.sync.loading.bundles import Finding, Turn, Unmatched, unpacked
from fhirbridge.sync.loading.checking import checker
from fhirbridge.sync.loading.pieces import Piece
from fhirbridge.sync.loading.reading import Resource, found

# A piece is much for one statement; a cache that holds the upper pages of the index, KiB.
PATIENT = Limits(statement=120_000, lock=60_000, cache=262_144)
# The rows of a piece are garbage together: looking for cycles among them finds none.
COLLECT_AFTER = 200_000


class Problem(NamedTuple):
    """What could not be loaded: where it stands, what it is called, what is wrong with it."""

    place: str
    name: str
    issues: tuple[Issue, ...]


@dataclass
class Done:
    """What became of a piece; `prepared` is still to be stored. `again`: nothing, try it later."""

    prepared: list[Prepared] = field(default_factory=list)
    tally: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    again: bool = False


@dataclass(frozen=True)
class Recipe:
    """What a process needs: the database, how dates and references are read, how strict to be.

    `stores`: the process writes what it prepares itself.
    """

    url: str
    zone: str
    base_url: str
    typed: bool
    stores: bool

    def open(self) -> Store:
        """Return a store of one's own, its limits made for loading."""
        zone = ZoneInfo(self.zone)
        return Store.open(self.url, definitions(), zone, self.base_url, PATIENT)


class Workshop:
    """The tools of one process."""

    def __init__(self, recipe: Recipe, now: Callable[[], int] = system_clock) -> None:
        self._recipe = recipe
        self._now = now
        self._store = recipe.open()
        self._types = {type_: TypeIndex(one, definitions()) for type_, one in definitions().items()}
        self._context = SearchContext(ZoneInfo(recipe.zone), recipe.base_url, now=0)
        self._check = checker(self._types.keys(), typed=recipe.typed)
        self._known = lru_cache(maxsize=65536)(self._search)

    def done(self, piece: Piece, turn: Turn) -> Done:
        """Return what became of `piece` in this turn."""
        done = Done()
        now = self._now()
        finding = Finding(self._known, turn)
        try:
            for one in found(piece):
                if one.content is None:
                    self._refuse(done, one.place, {}, one.issues)
                    continue
                for entry in unpacked(one.place, one.content, finding):
                    self._take(done, entry.place, entry.resource, entry.issues, now)
                    done.tally["unchanged"] += entry.there
        except Unmatched:
            return Done(again=True)
        return self._stored(done) if self._recipe.stores else done

    def close(self) -> None:
        """Close the store."""
        self._store.close()

    def _take(
        self, done: Done, place: str, resource: Resource | None, issues: tuple[Issue, ...], now: int
    ) -> None:
        if resource is None:
            if issues:
                self._refuse(done, place, {}, issues)
            return
        wrong = self._check(resource)
        if wrong:
            self._refuse(done, place, resource, wrong)
            return
        index = self._types[resource["resourceType"]]
        done.prepared.append(prepare(index, resource, self._context, now))

    @staticmethod
    def _refuse(done: Done, place: str, resource: Resource, issues: tuple[Issue, ...]) -> None:
        name = "/".join(str(resource[key]) for key in ("resourceType", "id") if key in resource)
        done.problems.append(Problem(place, name, issues))
        done.tally["failed"] += 1

    def _stored(self, done: Done) -> Done:
        done.tally += stored(self._store, done.prepared, self._now())
        done.prepared = []
        return done

    def _search(self, type_: str, criteria: str) -> str:
        """Return the id of the one resource that matches; raises Unmatched, PreconditionFailed."""
        index = self._types.get(type_)
        if index is None:
            raise NotSupported("The criteria search a type that is not served here.")
        context = SearchContext(self._context.zone, self._context.base_url, self._now())
        pairs = parse_qsl(criteria, keep_blank_values=True)
        query = understand(type_, index.parameters, pairs, context).query
        if not query.clauses:
            raise Invalid("The criteria have no parameter.")
        matches = self._store.search(permit(query, index.definition, SYSTEM)).matches
        if not matches:
            raise Unmatched("The criteria match nothing.")
        if len(matches) > 1:
            raise PreconditionFailed("The criteria match more than one resource.")
        return matches[0].id_


def stored(store: Store, prepared: list[Prepared], now: int) -> Counter[str]:
    """Store what was prepared in one transaction; return the count of each outcome."""
    puts = store.run(lambda tx: tx.put_prepared(prepared, now=now)) if prepared else []
    return Counter(put.outcome for put in puts)


def quieten() -> None:
    """Let the collector of cycles run seldom in this process."""
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 50, 100)
