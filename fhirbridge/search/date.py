"""Date parameters: every value is a range of time. https://hl7.org/fhir/R4/search.html#date.

A value without a zone, searched or stored, is read in the clinic's zone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from fhirbridge.fhir.errors import Invalid
from fhirbridge.fhir.instant import date_range
from fhirbridge.search.parameter import SearchContext, SearchParameter
from fhirbridge.search.prefix import prefixed
from fhirbridge.search.values import OPEN_HIGH, OPEN_LOW, DateRow, DateValue, Prefix

# `+` in an offset that was not percent-encoded arrives as a space.
_LOST_PLUS = re.compile(r" (?=\d\d:\d\d$)", re.ASCII)


@dataclass(frozen=True, init=False)
class Date(SearchParameter):
    """A date parameter. `instant` elements are points: their last digit says no precision."""

    instant: bool = False

    kind: ClassVar[str] = "date"

    def __init__(self, code: str, *paths: str, instant: bool = False) -> None:
        super().__init__(code, *paths)
        object.__setattr__(self, "instant", instant)

    def parse(self, text: str, modifier: str | None, context: SearchContext) -> DateValue:
        """Return the searched range; `ap` widens it by a tenth of its distance from now."""
        del modifier
        prefix, rest = prefixed(self.plain(text).strip())
        low, high = self._range(rest, context)
        if prefix is Prefix.AP:
            margin = max(low - context.now, context.now - high, 0) // 10
            low, high = low - margin, high + margin
        return DateValue(prefix, low, high)

    def rows(self, resource: dict[str, Any], context: SearchContext) -> Iterator[DateRow]:
        """Yield one range per date, Period or Timing (by its outer limits)."""
        for number, element in self.found(resource):
            bounds = _bounds(element, context)
            if bounds is not None:
                low, high = bounds
                yield DateRow(low, low + 1 if self.instant else high, number)

    def _range(self, text: str, context: SearchContext) -> tuple[int, int]:
        try:
            return date_range(_LOST_PLUS.sub("+", text), context.zone)
        except Invalid as error:
            raise self.malformed(error.issues[0].diagnostics) from error


def _bounds(element: Any, context: SearchContext) -> tuple[int, int] | None:
    if isinstance(element, str):
        return date_range(element, context.zone)
    if "event" in element or "repeat" in element:
        return _timing(element, context)
    return _period(element, context)


def _period(element: dict[str, Any], context: SearchContext) -> tuple[int, int] | None:
    """Return the range of a Period; a missing end is open, none at all is no value."""
    start, end = element.get("start"), element.get("end")
    if start is None and end is None:
        return None
    low = OPEN_LOW if start is None else date_range(start, context.zone)[0]
    high = OPEN_HIGH if end is None else date_range(end, context.zone)[1]
    return low, high


def _timing(element: dict[str, Any], context: SearchContext) -> tuple[int, int] | None:
    """Return the outer limits of a Timing: its events and the period that bounds it."""
    ranges = [date_range(event, context.zone) for event in element.get("event", ()) if event]
    period = _period(element.get("repeat", {}).get("boundsPeriod", {}), context)
    if period is not None:
        ranges.append(period)
    if not ranges:
        return None
    return min(low for low, _ in ranges), max(high for _, high in ranges)
