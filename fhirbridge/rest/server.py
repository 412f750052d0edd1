"""What the interactions work with, put together once by `app`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fhirbridge.auth.principal import Principal
from fhirbridge.auth.staff import Staff
from fhirbridge.fhir.errors import Invalid
from fhirbridge.resources.definition import ResourceDefinition
from fhirbridge.rest.exchange import BASE, FhirRequest
from fhirbridge.rest.paging import Pages
from fhirbridge.search.common import COMMON
from fhirbridge.search.parameter import Bounds, SearchContext, SearchParameter
from fhirbridge.search.query import Clause
from fhirbridge.search.recent import Recent
from fhirbridge.store.audit.trail import Audit
from fhirbridge.store.store import Store

HOST = r"(?:[A-Za-z0-9._\-]{1,253}|\[[0-9a-fA-F:.]{2,45}\])"
ORIGIN = re.compile(rf"https?://{HOST}(?::[0-9]{{1,5}})?")


@dataclass(frozen=True, slots=True)
class Limits:
    """Page sizes, the largest body in bytes, included rows per page, levels of JSON, entries.

    `search` is how much one search may ask for.
    """

    default_count: int = 50
    max_count: int = 1000
    max_body: int = 10 * 2**20
    max_included: int = 1000
    max_depth: int = 64
    max_entries: int = 1000
    search: Bounds = field(default_factory=Bounds)


@dataclass(frozen=True, slots=True)
class Writes:
    """What an operator decides about writes.

    `update_create`: a system may choose the id of a new resource. `delete_multiple`: criteria may
    delete more than one. `require_if_match`: a change must say of which version.
    """

    update_create: bool = True
    delete_multiple: bool = False
    require_if_match: bool = False


@dataclass(frozen=True, slots=True)
class Server:
    """The collaborators of every interaction.

    `authenticate` turns an Authorization header into who asks, or raises LoginRequired.
    `audit` is told of every request; `proxies` of our own stand before this server.
    `read_at` says when the sources that fill a type were last read (microseconds), or None.
    `ready` raises when the database does not answer.
    `ignored` are names of search parameters that are taken for not sent.
    `security` is what the CapabilityStatement says of authorization.
    `forms` are searches as `rest.found` understood them, without their values; `clauses` are such
    values; `repeated` are whole searches of one caller.
    `base_url` empty: the address each client used is the base. `started` is in microseconds.
    """

    store: Store
    definitions: Mapping[str, ResourceDefinition]
    authenticate: Callable[[str | None], Principal]
    audit: Audit
    pages: Pages
    clock: Callable[[], int]
    zone: ZoneInfo
    started: int
    version: str
    base_url: str = ""
    proxies: int = 0
    security: Mapping[str, Any] = field(default_factory=lambda: {"cors": True})
    limits: Limits = field(default_factory=Limits)
    writes: Writes = field(default_factory=Writes)
    ignored: frozenset[str] = frozenset()
    staff: Staff = field(default_factory=Staff)
    read_at: Callable[[str], int | None] = lambda _: None
    ready: Callable[[], object] = lambda: None
    parameters: Mapping[str, Mapping[str, SearchParameter]] = field(init=False)
    forms: Recent[Any] = field(init=False, default_factory=Recent, compare=False, repr=False)
    repeated: Recent[Any] = field(
        init=False, default_factory=lambda: Recent(1024), compare=False, repr=False
    )
    clauses: Recent[Clause] = field(
        init=False, default_factory=lambda: Recent(4096), compare=False, repr=False
    )

    def __post_init__(self) -> None:
        """Lay out the search parameters of each type, those that all have among them."""
        table = {
            type_: COMMON | {parameter.code: parameter for parameter in definition.parameters}
            for type_, definition in self.definitions.items()
        }
        object.__setattr__(self, "parameters", table)

    @property
    def secure(self) -> bool:
        """Whether clients reach this server by https, as far as it was told."""
        return self.base_url.startswith("https:")

    def base(self, request: FhirRequest) -> str:
        """Return the base URL, without a slash at its end; raises Invalid on a hostile Host."""
        if self.base_url:
            return self.base_url.rstrip("/")
        if ORIGIN.fullmatch(request.origin) is None:
            raise Invalid("The Host header is not a host name")
        return f"{request.origin}{quote(request.mount)}{BASE}"

    def context(self, base_url: str) -> SearchContext:
        """Return what reading search values needs to know."""
        return SearchContext(self.zone, base_url, self.clock(), self.limits.search)
