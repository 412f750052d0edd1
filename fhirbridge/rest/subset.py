"""`_summary` and `_elements`: part of a resource, marked as a part.

A part is cut from what its reader may see, never before what is hidden was taken out.
https://hl7.org/fhir/R4/search.html#summary, https://hl7.org/fhir/R4/search.html#elements
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from fhirbridge.fhir import data, json
from fhirbridge.fhir.path import CHOICES
from fhirbridge.rest.query_string import Pairs
from fhirbridge.search.result import unsupported, wrong

Node = str | list[Any]
Nodes = Mapping[str, Node]
Keep = Callable[[str, Nodes], bool]

SUMMARIES = frozenset({"true", "text", "data", "count", "false"})
ALWAYS = frozenset({"resourceType", "id", "meta"})
# Clients ask for `resourceType` as if it were an element.
ANY_TYPE = frozenset({"resourceType", "id", "meta", "implicitRules", "language"})
SUBSETTED = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "SUBSETTED",
}
SUMMARY, MANDATORY, MODIFIER = "s", "m", "x"
# As deep as the parser lets in.
MOST_LEVELS = 80


@dataclass(frozen=True, slots=True)
class Subset:
    """What part of each resource was asked for; of included ones `_elements` takes none away."""

    summary: str = "false"
    elements: frozenset[str] = frozenset()

    @property
    def whole(self) -> bool:
        """Whether nothing is left out."""
        return self.summary in {"false", "count"} and not self.elements

    def of(self, body: bytes, *, included: bool = False) -> bytes:
        """Return the part of a resource's JSON that was asked for."""
        elements = frozenset[str]() if included else self.elements
        if not elements and self.summary in {"false", "count"}:
            return body
        resource = json.parse(body, max_depth=MOST_LEVELS)
        nodes = flags().get(resource["resourceType"], {})
        part = _summarised(resource, nodes, self.summary)
        if elements:
            part = _kept(part, nodes, _one_of(elements), deep=False)
        return json.dump(_marked(part))


def subset(pairs: Pairs, types: Iterable[str], *, lenient: bool = False) -> Subset:
    """Return the part that `_summary` and `_elements` among `pairs` ask of resources of `types`.

    Raises Invalid when malformed, given twice or in contradiction; NotSupported for an element
    that none of the types has, unless `lenient`: see `unknown_elements`.
    """
    summary = _only(pairs, "_summary") or "false"
    if summary not in SUMMARIES:
        raise wrong("_summary", "expected true, text, data, count or false")
    elements = _elements(pairs)
    if elements and summary in {"true", "text", "data"}:
        raise wrong("_elements", "_summary asks for another part already")
    if summary == "text" and any(name.partition(":")[0] in _INCLUDES for name, _ in pairs):
        raise wrong("_summary", "text cannot be combined with _include and _revinclude")
    unknown = unknown_elements(pairs, types)
    if unknown and not lenient:
        raise unsupported("_elements", f"there is no element {unknown[0][:64]!r}")
    return Subset(summary, elements.difference(unknown))


def unknown_elements(pairs: Pairs, types: Iterable[str]) -> list[str]:
    """Return the names in `_elements` that none of `types` has."""
    known = [flags().get(type_, {}) for type_ in types]
    return [
        name
        for name in sorted(_elements(pairs))
        if name not in ANY_TYPE and not any(_node(name, nodes) is not None for nodes in known)
    ]


@cache
def flags() -> Mapping[str, Nodes]:
    """Return type → element → flags, or flags and parts: see terminology/r4/README.md."""
    table: Mapping[str, Nodes] = json.parse(data.read("terminology/r4/summary.json"))
    return table


_INCLUDES = frozenset({"_include", "_revinclude"})


def _only(pairs: Pairs, name: str) -> str:
    """Return the value of `name`, "" without one. Raises Invalid when it is given twice."""
    values = [value for key, value in pairs if key == name and value]
    if len(values) > 1:
        raise wrong(name, "may be given once only")
    return values[0] if values else ""


def _elements(pairs: Pairs) -> frozenset[str]:
    names = (name.strip() for name in _only(pairs, "_elements").split(","))
    return frozenset(name.removesuffix("[x]") for name in names if name)


def _summarised(resource: dict[str, Any], nodes: Nodes, summary: str) -> dict[str, Any]:
    match summary:
        case "true":
            return _kept(resource, nodes, _in_summary, deep=True)
        case "text":
            # "Only" these, says R4: so no modifiers, which are for those who process data.
            return _kept(
                resource, nodes, lambda name, _: name == "text", deep=False, modifiers=False
            )
        case "data":
            return {name: value for name, value in resource.items() if name != "text"}
        case _:
            return resource


def _in_summary(name: str, nodes: Nodes) -> bool:
    node = _node(name, nodes)
    return node is not None and SUMMARY in _letters(node)


def _one_of(elements: frozenset[str]) -> Keep:
    """Return whether an element is one of those, `value` being each `value[x]`."""
    return lambda name, nodes: name in elements or _stem(name, nodes) in elements


def _kept(
    element: dict[str, Any], nodes: Nodes, keep: Keep, *, deep: bool, modifiers: bool = True
) -> dict[str, Any]:
    """Return what `keep` names of an element, and always what is mandatory or a modifier."""
    kept = {}
    never = {MANDATORY, MODIFIER} if modifiers else {MANDATORY}
    for key, value in element.items():
        name = key.removeprefix("_")
        node = _node(name, nodes)
        never_dropped = node is not None and not never.isdisjoint(_letters(node))
        if name in ALWAYS or never_dropped or keep(name, nodes):
            cut = deep and isinstance(node, list)
            kept[key] = _cut(value, node[1], keep) if cut and node is not None else value
    return kept


def _cut(value: Any, nodes: Any, keep: Keep) -> Any:
    if isinstance(value, list):
        return [_cut(one, nodes, keep) for one in value]
    # A padding null has no parts; an element must not become empty.
    return (_kept(value, nodes, keep, deep=True) or value) if isinstance(value, dict) else value


def _letters(node: Node) -> str:
    return node if isinstance(node, str) else str(node[0])


def _node(name: str, nodes: Nodes) -> Node | None:
    return nodes.get(name) or nodes.get(f"{_stem(name, nodes)}[x]", nodes.get(name))


def _stem(name: str, nodes: Nodes) -> str:
    """Return `value` for `valueQuantity` and `value`, and any other name as it is."""
    if f"{name}[x]" in nodes:
        return name
    return next((stem for stem in _choices(nodes) if _is_choice(name, stem)), name)


def _choices(nodes: Nodes) -> Iterator[str]:
    return (name.removesuffix("[x]") for name in nodes if name.endswith("[x]"))


def _is_choice(name: str, stem: str) -> bool:
    return name.startswith(stem) and CHOICES.fullmatch(name, len(stem)) is not None


def _marked(resource: dict[str, Any]) -> dict[str, Any]:
    """Return `resource` with the tag that keeps a part from being taken for the whole."""
    meta = resource.get("meta", {})
    tags = meta.get("tag", [])
    if any(tag.get("code") == SUBSETTED["code"] for tag in tags):
        return resource
    head = {name: one for name, one in resource.items() if name in {"resourceType", "id"}}
    return {**head, **resource, "meta": {**meta, "tag": [*tags, SUBSETTED]}}
