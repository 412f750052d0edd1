"""A Bundle of versions, spliced from stored bytes: https://hl7.org/fhir/R4/bundle.html#history."""

import re
from collections.abc import Callable, Sequence

from fhirbridge.fhir.instant import to_instant
from fhirbridge.fhir.json import dump
from fhirbridge.rest.bundle import link
from fhirbridge.store.stored import Page, Stored

# What a create of this server gives out; another id was chosen by an update that created.
GIVEN_OUT = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


# Finds the version before one, if its reader may see that.
Before = Callable[[Stored], Stored | None]


def history_bundle(
    base_url: str, page: Page, links: Sequence[tuple[str, str]], before: Before
) -> bytes:
    """Return the Bundle of one page of versions. `links` are (relation, URL).

    `before` is asked where the page itself does not have the version before one.
    """
    parts = [b'{"resourceType":"Bundle","type":"history"']
    if page.total is not None:
        parts.append(b',"total":%d' % page.total)
    parts.append(b',"link":[' + b",".join(link(*one) for one in links) + b"]")
    if page.matches:
        created = _creations(page, before)
        entries = b",".join(_entry(base_url, one, created) for one in page.matches)
        parts += (b',"entry":[', entries, b"]")
    parts.append(b"}")
    return b"".join(parts)


def _creations(page: Page, before: Before) -> set[tuple[int, int]]:
    """Return row and version of what was created: first versions, and those after a deletion.

    https://hl7.org/fhir/R4/http.html#delete: a deleted resource is brought back by an update.
    """
    told = {(one.row, one.version): one for one in page.matches}

    def follows_deletion(one: Stored) -> bool:
        earlier = told.get((one.row, one.version - 1)) or before(one)
        return earlier is not None and earlier.deleted

    return {
        (one.row, one.version)
        for one in page.matches
        if not one.deleted and (one.version == 1 or follows_deletion(one))
    }


def _entry(base_url: str, one: Stored, creations: set[tuple[int, int]]) -> bytes:
    """Return the entry of one version: what was asked, what came of it, and the resource if any."""
    created = (one.row, one.version) in creations
    place = f"{one.type_}/{one.id_}"
    asked = {"method": "PUT", "url": place}
    if one.deleted:
        asked = {"method": "DELETE", "url": place}
    elif one.version == 1 and GIVEN_OUT.fullmatch(one.id_):
        asked = {"method": "POST", "url": one.type_}
    came = {
        "status": "204 No Content" if one.deleted else "201 Created" if created else "200 OK",
        "etag": one.etag,
        "lastModified": to_instant(one.updated),
    }
    resource = b"" if one.deleted else b',"resource":' + one.body
    head = dump({"fullUrl": f"{base_url}/{place}"})[:-1]
    told = dump({"request": asked, "response": came})[1:]
    return head + resource + b"," + told
