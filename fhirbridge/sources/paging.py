"""Lists that come in pages: by number, by offset, or by a cursor in each answer."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from fhirbridge.sources.errors import NotData
from fhirbridge.sources.recognise import ABSENT, EMPTY, at
from fhirbridge.sources.words import Pages, Stream


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: its records, its JSON, its bytes; `last` when the list ends with it."""

    items: tuple[dict[str, Any], ...]
    value: Any
    raw: bytes
    last: bool = True


def pages(stream: Stream, page: Callable[[Mapping[str, Any]], Page]) -> Iterator[Page]:
    """Yield the pages of a list; `page` fetches the one with these extra parameters.

    A list that is still not at its end after `most` pages is left incomplete. Raises NotData
    when a page comes twice: the source ignores the parameter, or the list moves under us.
    """
    declared = stream.pages
    if declared is None:
        yield page({})
        return
    position: Any = declared.first if declared.by == "number" else 0
    seen: set[bytes] = set()
    for _ in range(declared.most):
        answer = page(_parameters(declared, position))
        if answer.items and answer.raw in seen:
            raise NotData("the same page twice")
        seen.add(answer.raw)
        position = _next(declared, position, answer)
        yield replace(answer, last=position is None)
        if position is None:
            return


def _parameters(declared: Pages, position: Any) -> dict[str, Any]:
    sizes = {declared.size_parameter: declared.size} if declared.size_parameter else {}
    first_by_cursor = declared.by == "cursor" and position == 0
    return sizes if first_by_cursor else {**sizes, declared.parameter: position}


def _next(declared: Pages, position: Any, answer: Page) -> Any:
    """Return where the next page begins, or None after the last."""
    if declared.by == "cursor":
        found = at(answer.value, declared.next_at or "next")
        return None if found is ABSENT or found in EMPTY else found
    if len(answer.items) < declared.size:
        return None
    return position + (1 if declared.by == "number" else len(answer.items))
