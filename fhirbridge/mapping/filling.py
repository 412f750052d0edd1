"""From a template and an item to a piece of a resource."""

from dataclasses import dataclass, field
from typing import Any

from fhirbridge.mapping.paths import Scope, elements, look
from fhirbridge.mapping.template import KEYED, Constant, Each, Items, Leaf, Node, Object
from fhirbridge.mapping.words import WORDS
from fhirbridge.mapping.words.word import Noted, Surroundings

# Ends a word of a key whose part may be missing: `text?`.
MAY_BE_EMPTY = "?"


@dataclass(frozen=True, slots=True)
class Filling:
    """Fills templates within one item's surroundings and gathers the remarks of its words."""

    around: Surroundings
    notes: list[tuple[str, str]] = field(default_factory=list)

    def fill(self, node: Node, scope: Scope) -> Any:
        """Return the value of `node` for the scope; None when there is nothing."""
        match node:
            case Constant(value):
                return self.around.expand(value) if isinstance(value, str) else value
            case Leaf():
                return _or_none(self.read(node, scope))
            case Each() | Items():
                return self._list(node, scope) or None
            case _:
                return self._object(node, scope)

    def read(self, leaf: Leaf, scope: Scope) -> Any:
        """Return what the leaf's word reads. Raises Refused when the item must not be published."""
        if leaf.name in KEYED:
            words = self.around.keys[leaf.options["key"]].words
            pairs = zip(words, leaf.source, strict=True)
            value: Any = [self._part(word, source, scope) for word, source in pairs]
        else:
            value = _found(leaf.source, scope, leaf.word.inputs)
        return self._kept(leaf.word.read(value, leaf.options, self.around))

    def _part(self, name: str, source: Any, scope: Scope) -> Any:
        word = WORDS[name.removesuffix(MAY_BE_EMPTY)]
        read = word.read(_found(source, scope, word.inputs), {}, self.around)
        value = read.value if isinstance(read, Noted) else read
        return "" if value is None and name.endswith(MAY_BE_EMPTY) else value

    def _kept(self, read: Any) -> Any:
        if isinstance(read, Noted):
            self.notes.extend(read.notes)
            return read.value
        return read

    def _list(self, node: Each | Items, scope: Scope) -> list[Any]:
        if isinstance(node, Each):
            at = node.source
            found = elements(at, scope) if isinstance(at, str) else self.read(at, scope) or []
            filled = [self.fill(node.make, scope.inside(one)) for one in found]
        else:
            filled = []
            for one in node.nodes:
                value = self.fill(one, scope)
                filled += value if isinstance(value, list) else [value]
        return [value for value in filled if value is not None]

    def _object(self, node: Object, scope: Scope) -> dict[str, Any] | None:
        if node.only_with and not look(node.only_with, scope):
            return None
        filled = {name: self.fill(one, scope) for name, one in node.members}
        if node.living and all(filled[name] is None for name in node.living):
            return None
        more = [filled.pop(name) for name in node.spread]
        whole = {name: value for name, value in filled.items() if value is not None}
        for one in more:
            spread(whole, one or {})
        return whole


def spread(whole: dict[str, Any], more: dict[str, Any]) -> None:
    """Put the elements `more` into `whole`: notes are added, another list that is there stays.

    So the laboratory's own flag wins over what the words of the value suggest. The rest is
    replaced: a defect written as a value cancels the result.
    """
    for name, value in more.items():
        if name == "note":
            kept = whole.get(name, [])
            whole[name] = kept + [one for one in value if one not in kept]
        elif not (isinstance(value, list) and name in whole):
            whole[name] = value


def _found(source: Any, scope: Scope, inputs: frozenset[str]) -> Any:
    if isinstance(source, dict):
        return {name: look(source[name], scope) if name in source else None for name in inputs}
    return look(source, scope) if isinstance(source, str) else None


def _or_none(value: Any) -> Any:
    return None if not value and isinstance(value, str | list | dict) else value
