"""Taking elements out of a resource: always a copy, and the same object when nothing goes."""

from collections.abc import Callable, Mapping
from typing import Any

from fhirbridge.fhir.path import reference_type

Keep = Callable[[Any], bool]
# What can hold something else.
INNER = (dict, list)


def pruned(node: Any, path: str, keep: Keep = lambda _: False) -> Any:
    """Return `node` without the elements at the dotted `path` that `keep` does not hold for.

    What is left empty goes too: the result may be None.
    """
    return _pruned(node, tuple(path.split(".")), keep)


def _pruned(node: Any, names: tuple[str, ...], keep: Keep) -> Any:
    if isinstance(node, list):
        return _list(node, lambda item: _pruned(item, names, keep))
    if not names:
        return node if keep(node) else None
    if not isinstance(node, dict) or names[0] not in node:
        return node
    child = _pruned(node[names[0]], names[1:], keep)
    return node if child is node[names[0]] else _replaced(node, names[0], child)


def _replaced(node: dict[str, Any], name: str, child: Any) -> dict[str, Any] | None:
    """Return `node` with another `child`; a primitive that goes takes its `_name` along."""
    if child is not None:
        return {**node, name: child}
    return {key: value for key, value in node.items() if key not in {name, f"_{name}"}} or None


def _list(items: list[Any], change: Callable[[Any], Any]) -> list[Any] | None:
    changed = [change(item) for item in items]
    if all(new is old for new, old in zip(changed, items, strict=True)):
        return items
    return [item for item in changed if item is not None] or None


def without_references(node: Any, types: frozenset[str], own: str | None) -> Any:
    """Return `node` without references to resources of `types`, those to Patient/`own` apart.

    Contained resources of these types go as well, and an extension goes with its value. The type
    is read from the reference itself, whatever server it names, so that no spelling slips through.
    """
    return _without(node, types, own) if _leads_to(node, types, own) else node


def _leads_to(node: Any, types: frozenset[str], own: str | None) -> bool:
    """Return whether anything would go: most resources are about one patient only."""
    if isinstance(node, dict):
        if node.get("resourceType") in types or points_to(node, types, own):
            return True
        node = node.values()
    for one in node:  # noqa: SIM110 - a generator would cost more than all that it does
        if isinstance(one, INNER) and _leads_to(one, types, own):
            return True
    return False


def _without(node: Any, types: frozenset[str], own: str | None) -> Any:
    if isinstance(node, list):
        return _list(node, lambda item: _without(item, types, own))
    if not isinstance(node, dict):
        return node
    value = node.get("valueReference")
    if node.get("resourceType") in types or points_to(node, types, own):
        return None
    if value is not None and points_to(value, types, own):
        return None
    return _without_references_inside(node, types, own)


def _without_references_inside(node: dict[str, Any], types: frozenset[str], own: str | None) -> Any:
    changed = {}
    same = True
    for key, value in node.items():
        kept = _without(value, types, own) if isinstance(value, dict | list) else value
        same = same and kept is value
        if kept is not None:
            changed[key] = kept
    return node if same else changed or None


def points_to(reference: dict[str, Any], types: frozenset[str], own: str | None) -> bool:
    """Return whether `reference` leads to one of `types`, the Patient `own` apart."""
    if "reference" not in reference and "type" not in reference:
        return False
    # A version of one's own record is one's own too.
    named = str(reference.get("reference")).partition("/_history/")[0]
    foreign = own is None or named != f"Patient/{own}"
    return foreign and reference_type(reference) in types


def view(resource: dict[str, Any], keep: Mapping[str, Keep], drop: tuple[str, ...]) -> Any:
    """Return `resource` without the paths to `drop` and what the rules of `keep` do not keep."""
    for path in drop:
        resource = pruned(resource, path)
    for path, rule in keep.items():
        resource = pruned(resource, path, rule)
    return resource


def without_narrative(shown: dict[str, Any], resource: dict[str, Any]) -> dict[str, Any]:
    """Return `shown` without the narrative, which may tell what was taken out."""
    return shown if shown is resource else {k: v for k, v in shown.items() if k != "text"}
