"""Parameters that shape the answer rather than choose resources: how many, in which order.

https://hl7.org/fhir/R4/search.html#return
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from fhirbridge.fhir.errors import FhirError, Invalid, NotSupported
from fhirbridge.search.composite import Composite
from fhirbridge.search.parameter import SearchParameter
from fhirbridge.search.query import SortKey

_LONGEST_COUNT = 9
# Each key of `_sort` is one more table to look into.
_MOST_KEYS = 10


@dataclass(slots=True)
class Shape:
    """The shape asked for so far; `applied` are the parameters as they were really used."""

    parameters: Mapping[str, SearchParameter]
    lenient: bool
    max_count: int
    count: int
    total: bool = False
    only_total: bool = False
    sort: tuple[SortKey, ...] = ()
    applied: dict[str, str] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)

    def take(self, name: str, text: str) -> None:
        """Read the result parameter `name`. Raises Invalid when malformed or given twice."""
        if name in self.applied:
            raise wrong(name, "may be given once only")
        self.applied[name] = text
        _READERS[name](self, text)

    def read_count(self, text: str) -> None:
        """Read `_count`: at most the server's own limit; 0 asks for the total alone."""
        if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_COUNT):
            raise wrong("_count", "expected a whole number, 0 or more")
        self.count = min(int(text), self.max_count)
        self.applied["_count"] = str(self.count)

    def read_summary(self, text: str) -> None:
        """Read `_summary`: only `count` and `false` are built."""
        if text == "count":
            self.only_total = True
        elif text in {"true", "text", "data"}:
            raise unsupported("_summary", f"{text} is not supported")
        elif text != "false":
            raise wrong("_summary", "expected count or false")

    def read_total(self, text: str) -> None:
        """Read `_total`; an estimate is the accurate total here."""
        if text not in {"none", "estimate", "accurate"}:
            raise wrong("_total", "expected none, estimate or accurate")
        self.total = self.total or text != "none"

    def read_sort(self, text: str) -> None:
        """Read `_sort`: parameters in order, `-` before one that descends."""
        parts = [part for part in text.split(",") if part]
        if len(parts) > _MOST_KEYS:
            raise wrong("_sort", f"expected {_MOST_KEYS} parameters at most")
        known = [part for part in parts if self._known(part)]
        self.sort = tuple(
            SortKey(self.parameters[part.removeprefix("-")], part.startswith("-")) for part in known
        )
        if known:
            self.applied["_sort"] = ",".join(known)
        else:
            del self.applied["_sort"]

    def _known(self, part: str) -> bool:
        parameter = self.parameters.get(part.removeprefix("-"))
        if isinstance(parameter, Composite):
            raise unsupported("_sort", f"{parameter.code} has no order")
        if parameter is None:
            if not self.lenient:
                raise unsupported("_sort", f"there is no search parameter {shown(part)}")
            self.ignored.append(f"_sort={shown(part)}")
        return parameter is not None


_READERS: dict[str, Callable[[Shape, str], None]] = {
    "_count": Shape.read_count,
    "_sort": Shape.read_sort,
    "_summary": Shape.read_summary,
    "_total": Shape.read_total,
}
RESULT_PARAMETERS = frozenset(_READERS)


def shown(name: str) -> str:
    """Return a client's own word as an error may repeat it: short, on one line."""
    return repr(name[:64])


def unknown(type_: str, name: str) -> FhirError:
    """Return the error for a parameter that the type does not have."""
    return NotSupported(
        f"{type_} has no search parameter {shown(name)}", expression=(f"http.{name[:64]}",)
    )


@contextmanager
def naming(name: str) -> Iterator[None]:
    """Let what is refused inside name the parameter `name`, as the client wrote it."""
    try:
        yield
    except (Invalid, NotSupported) as error:
        place = (f"http.{name[:64]}",)
        error.issues = tuple(replace(one, expression=place) for one in error.issues)
        raise


def wrong(name: str, reason: str) -> Invalid:
    """Return the error of a parameter whose value is malformed."""
    return Invalid(f"{name}: {reason}", expression=(f"http.{name}",))


def unsupported(name: str, reason: str) -> NotSupported:
    """Return the error of a parameter that asks for what is not built."""
    return NotSupported(f"{name}: {reason}", expression=(f"http.{name}",))
