"""Every incoming field is mapped or declared as ignored; another one is a change of the source."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from fhirbridge.mapping.declaration import File
from fhirbridge.mapping.template import Each, Items, Leaf, Node, Object, paths
from fhirbridge.mapping.vocabularies import Stream


def declared(files: Iterable[File], stream: Stream) -> frozenset[str]:
    """Return every dotted path that the files of a stream read or ignore."""
    found = set(stream.ignored)
    options = (value for value in stream.options.values() if isinstance(value, str | list))
    for path in (*paths(list(options)), *(join["equals"] for join in stream.joins.values())):
        found.add(_from_record(path, stream.list_))
    for file in files:
        base = stream.list_ if file.each in stream.groups else file.each
        said = (*file.requires, *paths([*file.only_with, file.map_row]))
        sources = [*_sources(file.resource, base), *((base, one.source) for one in file.skips)]
        found |= {_from_record(path, base) for path in said}
        found |= {
            _from_record(path, prefix)
            for prefix, source in (*sources, (base, file.id.source))
            for path in paths(source)
        }
        found.update(file.ignored)
    return frozenset(found - {""})


def unknown(record: Mapping[str, Any], known: frozenset[str]) -> list[str]:
    """Return the dotted paths in `record` that are not known, each once, in their order."""
    found = dict.fromkeys(_flat(record, ""))
    return [path for path in found if not _covered(path, known)]


@lru_cache(maxsize=4096)
def _covered(path: str, known: frozenset[str]) -> bool:
    """Return whether the path, one above it, or (as an empty parent) one below it is known."""
    steps = path.split(".")
    above = any(".".join(steps[:length]) in known for length in range(1, len(steps) + 1))
    return above or any(one.startswith(f"{path}.") for one in known)


def _from_record(path: str, prefix: str) -> str:
    if path.startswith("@"):
        return ""
    if path.startswith("/"):
        return path[1:]
    return prefix if path == "." else f"{prefix}.{path}".lstrip(".")


def _sources(node: Node, prefix: str) -> Iterator[tuple[str, Any]]:
    """Return what every `from:` and `only-with:` of a template says, and where it starts from."""
    match node:
        case Leaf(source):
            yield prefix, source
        case Each(source, make):
            yield from _of_each(source, make, prefix)
        case Items(nodes):
            yield from (found for one in nodes for found in _sources(one, prefix))
        case Object(members, _, only_with):
            yield prefix, only_with or None
            yield from (found for _, one in members for found in _sources(one, prefix))
        case _:
            return


def _of_each(source: str | Leaf, make: Node, prefix: str) -> Iterator[tuple[str, Any]]:
    if isinstance(source, Leaf):
        yield prefix, source.source
        yield from _sources(make, prefix)
    else:
        yield from _sources(make, _from_record(source, prefix))


def _flat(value: Any, prefix: str) -> Iterator[str]:
    if isinstance(value, str):
        yield prefix
    elif isinstance(value, dict | Mapping) and value:
        for name, one in value.items():
            yield from _flat(one, f"{prefix}.{name}".lstrip("."))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _flat(one, prefix)
    else:
        yield prefix
