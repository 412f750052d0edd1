"""References to one resource that shall lead to another, and back again."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from fhirbridge.fhir.reference import target

Change = Callable[[str], str]


class Pointing(NamedTuple):
    """References to `old` that shall lead to `new`: ids of resources of `type_`.

    `base_url` is how others write our address.
    """

    type_: str
    old: str
    new: str
    base_url: str

    @property
    def back(self) -> "Pointing":
        """The other way round."""
        return self._replace(old=self.new, new=self.old)

    def changed(self, text: str) -> str:
        """Return where the reference `text` leads now: a version of the old one is gone."""
        found = target(text, self.base_url)
        is_old = (found.type_, found.id_) == (self.type_, self.old)
        return f"{self.type_}/{self.new}" if is_old else text


def repointed(node: Any, pointing: Pointing) -> Any:
    """Return `node`, a resource or a part of one, with its references changed."""
    if isinstance(node, list):
        return [repointed(one, pointing) for one in node]
    if not isinstance(node, dict):
        return node
    return {
        name: pointing.changed(value)
        if name == "reference" and isinstance(value, str)
        else repointed(value, pointing)
        for name, value in node.items()
    }


def restored(now: Any, then: Any, pointing: Pointing) -> Any:
    """Return `now`, whose references were changed when it was `then`, as if they never had been.

    What led to the new one already stays, as far as both are still of the same shape.
    """
    if repointed(then, pointing.back) == then:
        return repointed(now, pointing.back)
    return _restored(now, then, pointing)


def _restored(now: Any, then: Any, pointing: Pointing) -> Any:
    if isinstance(now, list) and isinstance(then, list):
        return list(_pairs(now, then, pointing))
    if not isinstance(now, dict) or not isinstance(then, dict):
        return now
    text = then.get("reference")
    if isinstance(text, str) and now.get("reference") == pointing.changed(text) != text:
        return {**now, "reference": text}
    return {name: _restored(value, then.get(name), pointing) for name, value in now.items()}


def _pairs(now: list[Any], then: list[Any], pointing: Pointing) -> Iterator[Any]:
    for place, one in enumerate(now):
        yield _restored(one, then[place] if place < len(then) else None, pointing)
