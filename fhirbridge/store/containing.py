"""Chains into contained resources, which are indexed under the resource that contains them.

They are never found on their own, and patients' chains do not look into them: what a patient is
shown of a resource may leave them out. https://hl7.org/fhir/R4/search.html#contained
"""

from fhirbridge.search.query import Chain
from fhirbridge.store.index.contained import code_of
from fhirbridge.store.index.numbers import param
from fhirbridge.store.sight import Sight
from fhirbridge.store.sql import Sql


class Inside(Sight):
    """A type as it is contained in the resources of another.

    An alias of it is a row of `idx_reference`: `row` is the resource around, `element` the place.
    """

    def __init__(self, around: Sight, chain: Chain) -> None:
        beyond = around.beyond(chain.type_)
        super().__init__(
            beyond.index,
            around.permitted,
            around.types,
            visibility=beyond.visibility,
            depth=beyond.depth,
        )
        self._around = around.index.type_
        self._through = chain.parameter.code

    @property
    def contained(self) -> bool:
        return True

    def number(self, code: str, stored: str | None = None) -> int:
        return param(self._around, code_of(self._through, self.index.type_, stored or code))

    def same(self, alias: str, other: str) -> str:
        return f"{super().same(alias, other)} AND {alias}.element = {other}.element"


def inside(sight: Sight, chain: Chain) -> Inside | None:
    """Return the sight of what the resources of `sight` contain; None where nobody looks."""
    return None if sight.permitted.as_patient or sight.contained else Inside(sight, chain)


def any_place(within: Inside) -> Sql:
    """Return the statement that has a row if any resource contains what the chain leads to.

    In the order of the index: for a number that it does not know, PostgreSQL thinks that a row is
    soon met by reading all of them, and there is none.
    """
    text = "SELECT 1 FROM idx_reference m WHERE m.param = ? ORDER BY m.target LIMIT 1"
    return Sql(text, (within.number(""),))
