"""The interactions with the types, one row per way to ask: a new one is a file and a row here.

Routes, the fast path and the CapabilityStatement follow from this table and the definitions.
https://hl7.org/fhir/R4/http.html#summary
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from fhirbridge.auth.principal import Principal
from fhirbridge.resources.definition import ResourceDefinition
from fhirbridge.rest.binary import read_binary
from fhirbridge.rest.create import create
from fhirbridge.rest.delete import delete
from fhirbridge.rest.exchange import FhirRequest, FhirResponse
from fhirbridge.rest.history import history_instance, history_type
from fhirbridge.rest.patch import patch
from fhirbridge.rest.read import read
from fhirbridge.rest.receive_binary import create_binary, update_binary
from fhirbridge.rest.search_type import search_type
from fhirbridge.rest.server import Server
from fhirbridge.rest.update import update
from fhirbridge.rest.vread import vread

Interaction = Callable[[FhirRequest, Principal, Server], FhirResponse]


@dataclass(frozen=True, slots=True)
class Row:
    """One way to ask for an interaction; `path` is what follows the type.

    `plain`: the fast path may answer it when nothing about the request is unusual. `by_search`: the
    resource is chosen by criteria, on types that can be searched.
    """

    interaction: str
    method: str
    path: str
    run: Interaction
    plain: bool = False
    by_search: bool = False


ROWS = (
    Row("read", "GET", "/<id_>", read, plain=True),
    Row("vread", "GET", "/<id_>/_history/<version>", vread),
    Row("search-type", "GET", "", search_type, plain=True),
    Row("search-type", "POST", "/_search", search_type),
    Row("history-instance", "GET", "/<id_>/_history", history_instance),
    Row("history-type", "GET", "/_history", history_type),
    Row("create", "POST", "", create),
    Row("update", "PUT", "/<id_>", update),
    Row("update", "PUT", "", update, by_search=True),
    Row("patch", "PATCH", "/<id_>", patch),
    Row("patch", "PATCH", "", patch, by_search=True),
    Row("delete", "DELETE", "/<id_>", delete),
    Row("delete", "DELETE", "", delete, by_search=True),
)

# Types that answer an interaction in their own way.
SPECIAL: Mapping[str, tuple[Row, ...]] = {
    "Binary": (
        Row("read", "GET", "/<id_>", read_binary),
        Row("create", "POST", "", create_binary),
        Row("update", "PUT", "/<id_>", update_binary),
    ),
}


def rows(definition: ResourceDefinition) -> Iterator[Row]:
    """Yield the rows of one type: those it declares, its own way before the general one."""
    special = SPECIAL.get(definition.type_, ())
    replaced = {(row.method, row.path) for row in special}
    for row in (*special, *(row for row in ROWS if (row.method, row.path) not in replaced)):
        searched = not row.by_search or "search-type" in definition.interactions
        if row.interaction in definition.interactions and searched:
            yield row
