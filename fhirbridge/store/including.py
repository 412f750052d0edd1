"""What a page's matches refer to, and what refers to them, round after round.

No hop goes through a row that was not produced, and each was found through the predicate of
visibility (`following`). https://hl7.org/fhir/R4/search.html#revinclude
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from fhirbridge.fhir.errors import TooCostly
from fhirbridge.search.include import Include
from fhirbridge.search.query import PermittedQuery
from fhirbridge.store.following import Following, Link
from fhirbridge.store.stored import Stored


def included(
    following: Following,
    matches: Sequence[Stored],
    includes: Sequence[Include],
    types: Mapping[str, PermittedQuery],
    limit: int,
) -> list[Stored]:
    """Return what `includes` add to `matches`, each once, in the order it was reached.

    `types` says of every type how far its rows may be seen; a type that is not there is left out.
    Raises TooCostly when that is more than `limit` rows: nothing is left out in silence.
    """
    return _Walk(following, types, limit).from_matches(matches, includes)


class _Walk:
    """One page's includes while they are followed."""

    def __init__(
        self, following: Following, types: Mapping[str, PermittedQuery], limit: int
    ) -> None:
        self._following = following
        self._questions = {type_: following.question(one) for type_, one in types.items()}
        self._limit = limit
        self._known: set[tuple[int, int]] = set()
        self._matched: set[int] = set()
        self._added: list[Stored] = []

    def from_matches(self, matches: Sequence[Stored], includes: Sequence[Include]) -> list[Stored]:
        """Return what was added, round after round, until a round adds nothing."""
        self._known.update((one.row, one.version) for one in matches)
        self._matched.update(one.row for one in matches)
        rows, followed = list(matches), list(includes)
        while rows and followed:
            begin = len(self._added)
            self._round(rows, followed)
            rows = self._added[begin:]
            followed = [one for one in includes if one.iterate]
        return self._added

    def _round(self, rows: Sequence[Stored], includes: Sequence[Include]) -> None:
        by_type: dict[str, list[Stored]] = defaultdict(list)
        for one in rows:
            by_type[one.type_].append(one)
        forward: dict[str, list[Include]] = defaultdict(list)
        for include in includes:
            if include.reverse:
                self._reverse(rows, include)
            elif include.source in by_type and include.source in self._questions:
                forward[include.source].append(include)
        for source, some in forward.items():
            self._forward(by_type[source], source, some)

    def _forward(self, rows: Sequence[Stored], source: str, includes: Sequence[Include]) -> None:
        together: dict[str, list[Link]] = defaultdict(list)
        for narrowed, some in _by_target(includes).items():
            for link in self._following.links(rows, self._questions[source], some):
                if narrowed in {None, link.type_} and link.type_ in self._questions:
                    together[link.type_].append(link)
        for type_, links in together.items():
            question = self._questions[type_]
            for one, named in self._following.targets(links, question, self._most()):
                self._add(one, named=named)
        self._forward_by_url(rows, includes)

    def _forward_by_url(self, rows: Sequence[Stored], includes: Sequence[Include]) -> None:
        for include in (one for one in includes if one.parameter.canonical):
            for type_ in include.parameter.targets:
                if type_ in self._questions and include.leads_to(type_):
                    question = self._questions[type_]
                    for one in self._following.named(rows, include, question, self._most()):
                        self._add(one, named=False)

    def _reverse(self, rows: Sequence[Stored], include: Include) -> None:
        question = self._questions.get(include.source)
        pointed = [one for one in rows if include.leads_to(one.type_)]
        if question is not None and pointed:
            for one in self._following.referring(pointed, question, include, self._most()):
                self._add(one, named=False)
            if include.parameter.canonical:
                for one in self._following.naming(pointed, include, question, self._most()):
                    self._add(one, named=False)

    def _most(self) -> int:
        """Return how many rows a step may find before there are surely too many new ones."""
        return self._limit + len(self._known)

    def _add(self, one: Stored, *, named: bool) -> None:
        """Keep what is new; a match stays the match it is, in the version of its page."""
        if (one.row, one.version) in self._known or (one.row in self._matched and not named):
            return
        self._known.add((one.row, one.version))
        self._added.append(one)
        if len(self._added) > self._limit:
            raise TooCostly(f"More than {self._limit} resources would be included: ask for less")


def _by_target(includes: Sequence[Include]) -> dict[str | None, list[Include]]:
    grouped: dict[str | None, list[Include]] = defaultdict(list)
    for one in includes:
        grouped[one.target].append(one)
    return grouped
