"""Load resources from files, with system rights: Bundles, single resources and NDJSON.

Ids are kept and references are free; within a Bundle `urn:uuid:` and other full URLs are rewritten
to `Type/id`. https://hl7.org/fhir/R4/bundle.html
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from fhirbridge.fhir import json, models, schema
from fhirbridge.fhir.errors import FhirError, Issue
from fhirbridge.store.store import Store

Resource = dict[str, Any]
Check = Callable[[Resource], str]
Failed = Callable[[str, str], None]

BATCH = 1000
LINES = {".ndjson", ".jsonl"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource of a file: where it stands, the resource or what is wrong, bytes passed."""

    place: str
    resource: Resource | None
    problem: str = ""
    size: int = 0


def files(paths: Iterable[Path]) -> list[Path]:
    """Return the JSON and NDJSON files that `paths` name, folders read through, in order."""
    found: list[Path] = []
    for path in paths:
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        found += [one for one in inside if one.suffix in LINES | {".json"} or one == path]
    return [one for one in found if one.is_file()]


def entries(path: Path) -> Iterator[Entry]:
    """Yield the resources of a file; NDJSON is read line by line, never whole."""
    if path.suffix not in LINES:
        content = path.read_bytes()
        yield from _unpacked(str(path), content)
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield from _unpacked(f"{path}:{number}", line)


def load(
    store: Store,
    found: Iterable[Entry],
    now: Callable[[], int],
    *,
    check: Check,
    failed: Failed,
    passed: Callable[[int], None],
) -> Counter[str]:
    """Store every valid resource, a batch to a transaction, and count what became of them.

    The counts are `created updated unchanged failed`. `check` is `checker`'s; `failed` is told
    place and reason of what could not be stored, `passed` the bytes read.
    """
    tally: Counter[str] = Counter()
    stream = iter(found)
    while batch := list(islice(stream, BATCH)):
        good = [resource for entry in batch if (resource := _valid(entry, check, failed))]
        tally["failed"] += len(batch) - len(good)
        tally.update(_stored(store, good, now()))
        passed(sum(entry.size for entry in batch))
    return tally


def _stored(store: Store, resources: list[Resource], now: int) -> list[str]:
    """Store `resources` in one transaction and return what that did to each."""
    items = [(resource, None) for resource in resources]
    return [put.outcome for put in store.run(lambda unit: unit.put_all(items, now=now))]


def _valid(entry: Entry, check: Check, failed: Failed) -> Resource | None:
    """Return the resource of `entry`, or None when `failed` was told what is wrong with it."""
    problem = entry.problem or check(entry.resource or {})
    if problem:
        failed(entry.place, problem)
        return None
    return entry.resource


def _unpacked(place: str, content: bytes) -> Iterator[Entry]:
    """Yield the one resource of `content`, or those of its Bundle."""
    try:
        parsed = json.parse(content)
    except FhirError as error:
        yield Entry(place, None, str(error), len(content))
        return
    if not isinstance(parsed, dict):
        yield Entry(place, None, "Not a resource: a JSON object is expected.", len(content))
    elif parsed.get("resourceType") != "Bundle":
        yield Entry(place, parsed, size=len(content))
    else:
        yield from _entries_of_bundle(place, parsed, len(content))


def _entries_of_bundle(place: str, bundle: Resource, size: int) -> Iterator[Entry]:
    listed = [one for one in bundle.get("entry") or () if isinstance(one, dict)]
    local = {
        one["fullUrl"]: f"{resource['resourceType']}/{resource['id']}"
        for one in listed
        if "fullUrl" in one
        and {"resourceType", "id"} <= (resource := one.get("resource") or {}).keys()
    }
    share = size // max(len(listed), 1)
    for number, one in enumerate(listed):
        where = f"{place}#Bundle.entry[{number}]"
        resource = one.get("resource")
        if isinstance(resource, dict):
            yield Entry(where, _relinked(resource, local), size=share)
        else:
            yield Entry(where, None, "The entry has no resource.", share)


def _relinked(node: Any, local: dict[str, str]) -> Any:
    """Return `node` with every reference to an entry of the Bundle made relative."""
    if isinstance(node, list):
        return [_relinked(one, local) for one in node]
    if not isinstance(node, dict):
        return node
    return {
        key: local.get(value, value)
        if key == "reference" and isinstance(value, str)
        else _relinked(value, local)
        for key, value in node.items()
    }


def checker(types: Collection[str], *, typed: bool) -> Check:
    """Return the function that tells why a resource cannot be stored ("": it can).

    `typed` asks fhir.resources as well, which takes twenty times as long.
    """

    def problem(resource: Resource) -> str:
        type_ = resource.get("resourceType")
        if type_ not in types:
            return f"The type {type_!r} is not served here."
        if "id" not in resource:
            return "The resource has no id."
        issues: tuple[Issue, ...] = schema.check(resource)
        if typed and not issues:
            issues = models.typed_check(resource)
        return "; ".join(f"{' '.join(one.expression)}: {one.diagnostics}" for one in issues[:3])

    return problem
