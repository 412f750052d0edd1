"""A statement whose text is made once; what varies is told when it runs."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Any, NamedTuple, cast

from fhirbridge.search.query import Visibility
from fhirbridge.store.sql import Place, Sql


class Template(NamedTuple):
    """A statement; `pick` takes its parameters from the values told and the constants."""

    text: str
    pick: Callable[[Sequence[Any]], Any]
    constants: tuple[Any, ...]

    @classmethod
    def of(cls, statement: Sql, told: int) -> "Template":
        """Return the template of a statement that has a `Place` wherever one of `told` values is.

        It must have at least two parameters.
        """
        constants = tuple([one for one in statement.parameters if not isinstance(one, Place)])
        others = iter(range(told, told + len(constants)))
        places = [
            one.number if isinstance(one, Place) else next(others) for one in statement.parameters
        ]
        return cls(statement.text, itemgetter(*places), constants)

    def parameters(self, told: Sequence[Any]) -> Sequence[Any]:
        """Return the parameters of the statement with the values `told`, in their places."""
        found: Sequence[Any] = self.pick((*told, *self.constants))
        return found


def for_anyone(seen: Visibility, patient: Place) -> Visibility:
    """Return what may be seen, with a place for the id of the patient whose it is, if one's."""
    return seen if seen.patient is None else replace(seen, patient=cast("str", patient))
