"""A Bundle of versions, spliced from stored bytes: https://hl7.org/fhir/R4/bundle.html#history."""

import re
from collections.abc import Sequence

from fhirbridge.fhir.instant import to_instant
from fhirbridge.fhir.json import dump
from fhirbridge.rest.bundle import link
from fhirbridge.store.stored import Page, Stored

# What a create of this server gives out; another id was chosen by an update that created.
GIVEN_OUT = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def history_bundle(base_url: str, page: Page, links: Sequence[tuple[str, str]]) -> bytes:
    """Return the Bundle of one page of versions. `links` are (relation, URL)."""
    parts = [b'{"resourceType":"Bundle","type":"history"']
    if page.total is not None:
        parts.append(b',"total":%d' % page.total)
    parts.append(b',"link":[' + b",".join(link(*one) for one in links) + b"]")
    if page.matches:
        entries = b",".join(_entry(base_url, one) for one in page.matches)
        parts += (b',"entry":[', entries, b"]")
    parts.append(b"}")
    return b"".join(parts)


def _entry(base_url: str, one: Stored) -> bytes:
    """Return the entry of one version: what was asked, what came of it, and the resource if any."""
    place = f"{one.type_}/{one.id_}"
    created = one.version == 1
    asked = {"method": "PUT", "url": place}
    if one.deleted:
        asked = {"method": "DELETE", "url": place}
    elif created and GIVEN_OUT.fullmatch(one.id_):
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
