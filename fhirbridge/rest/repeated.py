"""Searches that are asked again word for word, as by an app that looks whether there is news.

What one means and what its caller may see of it was found when it was asked before. Only the data
can have changed since, and that is asked every time.
"""

from collections.abc import Hashable

from fhirbridge.auth.principal import Principal
from fhirbridge.rest.asked import Asked
from fhirbridge.rest.exchange import FhirRequest
from fhirbridge.rest.server import Server
from fhirbridge.search.query import Clause, last
from fhirbridge.search.values import DateValue, Prefix

LONGEST = 1024
COMPOSITE = "composite"


def words(type_: str, request: FhirRequest, principal: Principal, base_url: str) -> Hashable:
    """Return what two searches have in common that are the same; None for what is not kept.

    A form is not in the address, and what was said in it need not be kept.
    """
    if request.method == "POST" or len(request.query) > LONGEST:
        return None
    headers = request.headers
    said = (request.query, headers.get("accept"), headers.get("prefer"))
    return (id(principal), type_, base_url, *said)


def repeated(key: Hashable, principal: Principal, server: Server) -> Asked | None:
    """Return what was asked before in the same words by the same caller."""
    found: Asked | None = server.repeated.get(key)
    return found if found is not None and found.principal is principal else None


def keep(key: Hashable, asked: Asked, server: Server) -> None:
    """Keep `asked` for the next time, if it will mean the same then.

    A page link ends some day, and "about" a date is more or less with each day.
    """
    criteria = (one for permitted in asked.permitted for one in permitted.query.clauses)
    if key is not None and not asked.token and all(lasts(last(one)) for one in criteria):
        server.repeated.keep(key, asked)


def lasts(clause: Clause) -> bool:
    """Return whether a clause, read again later from the same text, is sure to be the same."""
    if clause.parameter.kind == COMPOSITE:
        return False
    about = (isinstance(one, DateValue) and one.prefix is Prefix.AP for one in clause.values)
    return not any(about)
