"""References of a patient's resource that lead to what is not theirs: taken out when it is read.

Whose a result is may be settled after the report that names it was stored, and change later, so no
view made at the time of writing can know. A path is looked at where its type says so
(`Access.own_links`); what is missing, withheld or somebody else's goes in the same way.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from fhirbridge.fhir.json import dump, parse
from fhirbridge.fhir.reference import target
from fhirbridge.resources.compartment import PEOPLE
from fhirbridge.resources.redaction import view, without_narrative
from fhirbridge.search.include import Include
from fhirbridge.search.query import PermittedQuery, Visibility
from fhirbridge.store.found import Found, bodies
from fhirbridge.store.history import Window
from fhirbridge.store.index.rows import TypeIndex
from fhirbridge.store.own_criteria import Name, asks_by_link, names_of, only_own
from fhirbridge.store.persons import may_lead
from fhirbridge.store.reads import Reads
from fhirbridge.store.sql import Sql, sql
from fhirbridge.store.stored import Page, Stored
from fhirbridge.store.visibility import visible

REFERENCE = re.compile(rb'"reference":"([^"\\]+)"')
# As references are nearly always written.
PLAIN = re.compile(r"[A-Z][A-Za-z]{1,63}/[A-Za-z0-9\-.]{1,64}", re.ASCII)
OWN = "SELECT r.id FROM resource r WHERE r.type = ? AND NOT r.deleted AND"
P = TypeVar("P", Page, Page | None)


class OwnLinks(Reads):
    """What can be asked of a store; patients are shown no way to others' resources."""

    def read(self, permitted: PermittedQuery) -> Stored | None:
        """See `Reads.read`."""
        return self._one(super().read(permitted), permitted)

    def vread(self, permitted: PermittedQuery, version: int) -> Stored | None:
        """See `Reads.vread`; a deletion is seen by who saw what was deleted."""
        found = super().vread(permitted, version)
        told = found is None or not found.deleted or permitted.visibility.whole
        if not told and super().vread(permitted, version - 1) is None:
            return None
        return self._one(found, permitted)

    def history(self, permitted: PermittedQuery, window: Window) -> Page | None:
        """See `Reads.history`."""
        return self._page(super().history(permitted, window), permitted)

    def search(self, permitted: PermittedQuery, *, sent: bool = False) -> Page:
        """See `Reads.search`."""
        permitted = self._narrowed(permitted)
        return self._page(super().search(permitted, sent=sent), permitted)

    def search_types(self, permitted: Sequence[PermittedQuery]) -> Page:
        """See `Reads.search_types`."""
        permitted = [self._narrowed(one) for one in permitted]
        page = super().search_types(permitted)
        found = self._own(page.matches, permitted[0], {one.query.type_ for one in permitted})
        return page if found is page.matches else replace(page, matches=found)

    def include(
        self,
        matches: Sequence[Stored],
        includes: Sequence[Include],
        types: Mapping[str, PermittedQuery],
        limit: int,
    ) -> list[Stored]:
        """See `Reads.include`."""
        found = super().include(matches, includes, types, limit)
        return list(self._own(found, next(iter(types.values())), {one.type_ for one in found}))

    def _narrowed(self, permitted: PermittedQuery) -> PermittedQuery:
        """Return what is asked, so that nothing is found by what is not shown."""
        query = permitted.query
        if not permitted.as_patient or not asks_by_link(query, self._links):
            return permitted
        named = names_of(query, self._links, self._types)
        aside = {name for name in named if self._is_aside(name)}
        own = aside | self._theirs(named - aside, permitted.reader or permitted.visibility)
        return permitted.asking_less(only_own(query, self._links, self._types, own))

    def _one(self, found: Stored | None, permitted: PermittedQuery) -> Stored | None:
        if found is None or found.own or not permitted.as_patient:
            return found
        return self._own((found,), permitted, {found.type_})[0]

    def _page(self, page: P, permitted: PermittedQuery) -> P:
        if page is None:
            return page
        found = self._own(page.matches, permitted, {permitted.query.type_})
        return page if found is page.matches else replace(page, matches=found)

    def _own(
        self, found: Sequence[Stored], permitted: PermittedQuery, types: Iterable[str]
    ) -> Sequence[Stored]:
        """Return `found`, which is of `types`, without links to what is not the reader's."""
        if not permitted.as_patient or (isinstance(found, Found) and found.are_own):
            return found
        paths = [path for type_ in types for path in self._links(type_)]
        body = b"".join(bodies(found)) if paths else b""
        if not may_lead(body, paths):
            return found
        named = self._named(body)
        own = self._theirs(named, permitted.reader or permitted.visibility)
        if own.issuperset(named):
            return found
        return [one if self._leads_home(one, own) else self._without(one, own) for one in found]

    def _leads_home(self, stored: Stored, own: set[Name]) -> bool:
        """Return whether a look at its bytes tells that no link of the resource has to go."""
        if not may_lead(stored.body, self._links(stored.type_)):
            return True
        return own.issuperset(self._named(stored.body))

    def _links(self, type_: str) -> tuple[str, ...]:
        return self._types[type_].definition.access.own_links

    def _named(self, body: bytes) -> set[Name]:
        """Return what is referred to in `body`, but for people and what is open to all.

        It is our own JSON: inside a string every quote has a backslash before it.
        """
        texts = [text.decode() for text in set(REFERENCE.findall(body))]
        return {name for name in map(self._name, texts) if not self._is_aside(name)}

    def _name(self, text: str) -> Name:
        type_, _, id_ = text.partition("/")
        if PLAIN.fullmatch(text):
            return type_, id_
        found = target(text, self._context.base_url)
        return found.type_, found.id_

    def _is_aside(self, name: Name) -> bool:
        """Return whether a reference is looked at elsewhere, or may be there for everybody."""
        index = self._types.get(name[0] or "")
        return name[0] in PEOPLE or (index is not None and index.definition.access.directory)

    def _theirs(self, names: set[Name], reader: Visibility) -> set[Name]:
        """Return which of `names` are resources that the reader may see now."""
        by_type: dict[str, list[str]] = defaultdict(list)
        for type_, id_ in names:
            if type_ is not None and id_ is not None and type_ in self._types:
                by_type[type_].append(id_)
        return {
            (type_, id_)
            for type_, ids in sorted(by_type.items())
            for id_ in self._seen(self._types[type_], sorted(ids), reader)
        }

    def _seen(self, index: TypeIndex, ids: list[str], reader: Visibility) -> list[str]:
        connection = self.database.connection
        among = Sql(connection.among.format("r.id"), (connection.listed(ids),))
        mine = visible(index.definition, "r", reader, resource=True)
        statement = sql(Sql(OWN, (index.type_,)), among, "AND", mine)
        with self.database.acting(reader):
            rows = self.database.rows(statement.text, statement.parameters)
        return [id_ for (id_,) in rows]

    def _without(self, stored: Stored, own: set[Name]) -> Stored:
        """Return `stored` with those links only that lead to `own`; the same if all do."""
        resource = parse(stored.body)
        shown = resource
        for path in self._links(stored.type_):
            entry, _, name = path.partition(".")
            shown = view(shown, {entry: partial(self._leads_to, name, own)}, ())
        if shown is resource:
            return stored
        return stored._replace(body=dump(without_narrative(shown, resource)))

    def _leads_to(self, name: str, own: set[Name], entry: Any) -> bool:
        """Return whether `entry`, or the reference in it called `name`, leads to one of `own`."""
        text = (entry.get(name, {}) if name else entry).get("reference")
        if text is None or text.startswith("#"):
            return True
        found = self._name(text)
        return found in own or self._is_aside(found)
