"""The ways that searches went before.

One whose shape is known needs its values only; one that is asked again not even those.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from fhirbridge.search.query import PermittedQuery
from fhirbridge.search.recent import Recent
from fhirbridge.store.index.rows import TypeIndex
from fhirbridge.store.known import Known, known, outline
from fhirbridge.store.question import Plan, Question, Walk


class Ready(NamedTuple):
    """The statement of a page, with one row more than it shows. `sent`: what is read of a row."""

    permitted: PermittedQuery
    sent: bool
    text: str
    parameters: Sequence[Any]


class Planned:
    """Stands for a shape that is planned each time."""


class Ways:
    """What is remembered of the searches on the types of one store."""

    def __init__(self, types: Mapping[str, TypeIndex]) -> None:
        self._types = types
        self._known: Recent[Known | Planned] = Recent()
        self._ready: Recent[Ready] = Recent(1024)

    def find(self, permitted: PermittedQuery, *, sent: bool) -> Ready | None:
        """Return the statement for `permitted`, None when it has to be planned.

        `sent`: of each match only what is sent is wanted, by a patient.
        """
        ready = self._ready.get(id(permitted))
        if ready is not None and ready.permitted is permitted and ready.sent is sent:
            return ready
        sketch = outline(self._types[permitted.query.type_], permitted, sent=sent)
        way = None if sketch is None else self._known.get(sketch.shape)
        if sketch is None or not isinstance(way, Known):
            return None
        parameters = way.parameters(sketch, permitted, permitted.query.count + 1)
        ready = Ready(permitted, sent, way.template.text, parameters)
        self._ready.keep(id(permitted), ready)
        return ready

    def learn(self, question: Question, chosen: Plan, *, sent: bool) -> None:
        """Remember how a question was answered, for others of its shape."""
        sketch = outline(question.index, question.permitted, sent=sent)
        if sketch is None or self._known.get(sketch.shape) is not None:
            return
        way = known(question, chosen, sketch) if isinstance(chosen, Walk) else None
        self._known.keep(sketch.shape, Planned() if way is None else way)
