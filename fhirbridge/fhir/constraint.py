"""What an invariant is, and the ways to say one: https://hl7.org/fhir/R4/conformance-rules.html."""

from collections.abc import Callable, Iterator
from datetime import UTC
from decimal import Decimal
from typing import Any, NamedTuple

from fhirbridge.fhir.errors import Invalid
from fhirbridge.fhir.instant import MINUTE, date_range
from fhirbridge.fhir.path import elements

Node = dict[str, Any]
# https://hl7.org/fhir/R4/valueset-event-timing.html
MEALS = frozenset({"C", "CM", "CD", "CV"})
# The widest difference between two moments of which one has no zone.
ANY_ZONE = 26 * 60 * MINUTE


class Constraint(NamedTuple):
    """A rule of one type: `holds` tells whether a node of it fulfils the rule."""

    key: str
    human: str
    holds: Callable[[Node], bool]


def has(node: Node, name: str) -> bool:
    """Return whether an element is there: a primitive may have an extension alone."""
    return name in node or f"_{name}" in node


def exact(*names: str) -> Constraint:
    """Return the constraint that the quantities `names` are each a SimpleQuantity.

    https://hl7.org/fhir/R4/datatypes.html#SimpleQuantity
    """
    return Constraint(
        "sqty-1",
        "The comparator is not used on a SimpleQuantity",
        lambda node: not any(has(node.get(name, {}), "comparator") for name in names),
    )


def any_of(*names: str) -> Callable[[Node], bool]:
    """Return the rule that one of `names` is there."""
    return lambda node: any(has(node, name) for name in names)


def needs(name: str, *others: str) -> Callable[[Node], bool]:
    """Return the rule that with `name` all `others` are there."""
    return lambda node: not has(node, name) or all(has(node, one) for one in others)


def excludes(name: str, *others: str) -> Callable[[Node], bool]:
    """Return the rule that with `name` none of `others` is there."""
    return lambda node: not has(node, name) or not any(has(node, one) for one in others)


def ordered(node: Node) -> bool:
    """Return whether a Period or the like does not end before it starts."""
    start, end = node.get("start"), node.get("end")
    if not isinstance(start, str) or not isinstance(end, str):
        return True
    try:
        low, high = date_range(start, UTC)[0], date_range(end, UTC)[1]
    except Invalid:
        return True  # the schema says so better
    return low < high + (ANY_ZONE if _zoned(start) != _zoned(end) else 0)


def not_negative(name: str) -> Callable[[Node], bool]:
    """Return the rule that a number is not below zero."""
    return lambda node: not isinstance(node.get(name), int | Decimal) or node[name] >= 0


def one_code_each(node: Node) -> bool:
    """Return whether no code of a CodeSystem comes twice."""
    codes = list(_codes(node))
    return len(codes) == len(set(codes))


def coded_once(node: Node) -> bool:
    """Return whether an Observation that has a value has no component of its own code."""
    if "component" not in node or no_value_with("code")(node):
        return True
    own = {_coding(one) for one in elements(node, "code.coding")}
    return own.isdisjoint(_coding(one) for one in elements(node, "component.code.coding"))


def low_first(node: Node) -> bool:
    """Return whether a Range in one unit does not end below its beginning."""
    low, high = node.get("low", {}), node.get("high", {})
    same = all(low.get(name) == high.get(name) for name in ("unit", "system", "code"))
    numbers = low.get("value"), high.get("value")
    if not same or not all(isinstance(one, int | Decimal) for one in numbers):
        return True
    return bool(numbers[0] <= numbers[1])


def _zoned(text: str) -> bool:
    return text.endswith("Z") or (text[-6:-5] in {"+", "-"} and "T" in text)


def _codes(node: Node) -> Iterator[str]:
    for concept in node.get("concept", ()):
        if "code" in concept:
            yield concept["code"]
        yield from _codes(concept)


def _coding(coding: Node) -> tuple[Any, Any]:
    return coding.get("system"), coding.get("code")


def not_home(name: str) -> Callable[[Node], bool]:
    """Return the rule that none of the elements `name` is of use `home`."""
    return lambda node: all(one.get("use") != "home" for one in node.get(name, ()))


def timed(node: Node) -> bool:
    """Return whether an Appointment says when it is, unless its status lets it not."""
    untimed = node.get("status") in {"proposed", "cancelled", "waitlist"}
    return untimed or (has(node, "start") and has(node, "end"))


def coded_unless_abstract(node: Node) -> bool:
    """Return whether an entry of an expansion has a code, as all that can be chosen have."""
    return has(node, "code") or node.get("abstract") is True


def offset_of_event(node: Node) -> bool:
    """Return whether the offset of a Timing is from an event that is not a meal as such."""
    whens = node.get("when", ())
    return not has(node, "offset") or (bool(whens) and MEALS.isdisjoint(whens))


def only_with(name: str, element: str, *values: str) -> Callable[[Node], bool]:
    """Return the rule that `name` is there only when the code `element` has one of `values`."""
    return lambda node: not has(node, name) or node.get(element) in values


def entries_only_with(name: str, mode: str) -> Callable[[Node], bool]:
    """Return the rule that entries of a List have `name` only when its mode is `mode`."""
    return lambda node: (
        node.get("mode") == mode or not any(has(one, name) for one in node.get("entry", ()))
    )


def required_by(name: str, element: str, *values: str) -> Callable[[Node], bool]:
    """Return the rule that `name` is there when the code `element` has one of `values`."""
    return lambda node: node.get(element) not in values or has(node, name)


def both_or_neither(*names: str) -> Callable[[Node], bool]:
    """Return the rule that all or none of `names` are there."""
    return lambda node: len({has(node, name) for name in names}) == 1


def no_value_with(name: str) -> Callable[[Node], bool]:
    """Return the rule that with `name` no value[x] is there."""
    return lambda node: not has(node, name) or not any(True for _ in elements(node, "value"))
