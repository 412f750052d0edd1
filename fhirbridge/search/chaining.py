"""Chained and reverse chained parameters, read link by link.

`subject:Patient.organization.name=x` and `_has:Observation:patient:performer.name=x`, mixed and
nested. Each is met on its own: two chains may be met by different targets. `_list=42` is short for
one: what the List with that id refers to. So is `partof:below=1`: see `hierarchy`.
https://hl7.org/fhir/R4/search.html#chaining, https://hl7.org/fhir/R4/search.html#has,
https://hl7.org/fhir/R4/search.html#list
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fhirbridge.fhir.errors import Invalid, NotSupported
from fhirbridge.search.clauses import clause, refuse_modifier
from fhirbridge.search.common import ID
from fhirbridge.search.escape import split
from fhirbridge.search.hierarchy import Relation, kin, relation
from fhirbridge.search.parameter import SearchParameter
from fhirbridge.search.query import Chain, Clause, Criterion, Has, Hop
from fhirbridge.search.reference import Reference
from fhirbridge.search.result import naming, shown, unknown
from fhirbridge.search.types import RESOURCE_TYPES

HAS = "_has:"
_HAS_PARTS = 3
LIST = "_list"
# Every entry counts, `deleted` ones too: R4 asks for what the list refers to.
_IN_LIST = f"{HAS}List:item:_id"
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
# Type → its parameters by code: every type that is served.
Types = Mapping[str, Mapping[str, SearchParameter]]
# Called with a type and how many hops lead to it, before anything of it is read; it may raise.
Enter = Callable[[str, int], None]


def read(hop: Hop, type_: str, types: Types, enter: Enter) -> Criterion:
    """Return what `hop` asks of `type_`.

    Raises Invalid or NotSupported, naming the parameter as it was asked, for what cannot be read,
    an unknown last link among it: it never degrades to "leads somewhere". Whatever `enter` raises
    passes through.
    """
    with naming(hop.name):
        return _Reader(hop, types, enter).criterion(hop.name, type_, 0)


@dataclass(frozen=True, slots=True)
class _Reader:
    hop: Hop
    types: Types
    enter: Enter

    def criterion(self, name: str, type_: str, depth: int) -> Criterion:
        if name == LIST:
            return self._in_list(type_, depth)
        if name.startswith(HAS):
            return self._has(name, type_, depth)
        head, dot, rest = name.partition(".")
        if dot:
            return self._chain(head, rest, type_, depth)
        parameter = self._parameter(type_, name)
        wanted = relation(parameter, name)
        if wanted is not None and isinstance(parameter, Reference):
            return self._kin(parameter, wanted, depth)
        found = clause(parameter, refuse_modifier(parameter, name), self.hop.text, self.hop.context)
        if found is None:
            raise parameter.malformed("a value is missing")
        return found

    def _chain(self, head: str, rest: str, type_: str, depth: int) -> Chain:
        parameter = self._reference(type_, head)
        wanted = head.partition(":")[2] if ":" in head else None
        target = self._target(parameter, wanted, rest)
        self.enter(target, depth + 1)
        return Chain(parameter, target, self.criterion(rest, target, depth + 1))

    def _kin(self, parameter: Reference, wanted: Relation, depth: int) -> Chain:
        """Return a chain to all that are above or below: one link, however high or deep."""
        type_, values = kin(parameter, wanted, self.hop.text, self.hop.context)
        self._require_served(type_, parameter.code)
        self.enter(type_, depth + 1)
        return Chain(parameter, type_, Clause(ID, values))

    def _has(self, name: str, type_: str, depth: int) -> Has:
        parts = name.removeprefix(HAS).split(":", _HAS_PARTS - 1)
        if len(parts) != _HAS_PARTS or not all(parts):
            raise Invalid("_has: expected _has:Type:reference:parameter")
        source, code, rest = parts
        self._require_served(source, "_has")
        self.enter(source, depth + 1)
        parameter = self._reference(source, code)
        if parameter.targets and type_ not in parameter.targets:
            raise NotSupported(f"_has: {source}.{parameter.code} never leads to {type_}")
        return Has(parameter, source, self.criterion(rest, source, depth + 1))

    def _in_list(self, type_: str, depth: int) -> Has:
        found = self._has(_IN_LIST, type_, depth)
        lists = [one for one in split(self.hop.text, ",") if one]
        if any(one.startswith("$") for one in lists):
            raise NotSupported(f"{LIST}: functional lists such as $current-allergies are not kept")
        if not all(map(_ID.fullmatch, lists)):
            raise Invalid(f"{LIST}: expected ids of lists")
        return found

    def _parameter(self, type_: str, name: str) -> SearchParameter:
        parameter = self.types[type_].get(name.partition(":")[0])
        if parameter is None:
            raise unknown(type_, name)
        return parameter

    def _reference(self, type_: str, name: str) -> Reference:
        parameter = self._parameter(type_, name)
        if not isinstance(parameter, Reference):
            raise NotSupported(f"{parameter.code}: only references can be chained")
        return parameter

    def _target(self, parameter: Reference, wanted: str | None, rest: str) -> str:
        """Return the type that a chain goes on with: the one named, or the only possible one."""
        if wanted is not None:
            self._require_served(wanted, parameter.code)
            if parameter.targets and wanted not in parameter.targets:
                raise NotSupported(f"{parameter.code} never leads to {wanted}")
            return wanted
        served = [one for one in parameter.targets or self.types if one in self.types]
        able = [one for one in served if self._knows(one, rest)]
        for types in (served, able):
            if len(types) == 1:
                return types[0]
        if able:
            named = ", ".join(f"{parameter.code}:{one}" for one in able)
            raise Invalid(f"{parameter.code}: name the type that is meant, one of {named}")
        raise NotSupported(f"{parameter.code}: nothing it leads to has {shown(rest)}")

    def _knows(self, type_: str, rest: str) -> bool:
        if rest.startswith(HAS) or rest == LIST:
            return True
        return rest.partition(".")[0].partition(":")[0] in self.types[type_]

    def _require_served(self, type_: str, code: str) -> None:
        if type_ not in RESOURCE_TYPES:
            raise Invalid(f"{code}: {shown(type_)} is not a resource type")
        if type_ not in self.types:
            raise NotSupported(f"{code}: {type_} is not served here")
