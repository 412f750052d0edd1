"""How far practitioners look: at patients they have to do with now, and in an emergency at anybody.

A relation is an appointment or an order (`Relates` of a type's declaration) at a time within the
window. Breaking the glass needs the operator's leave, the scope of that name, and a reason.
"""

from dataclasses import dataclass, replace
from urllib.parse import unquote

from fhirbridge.auth.principal import Principal
from fhirbridge.auth.scopes import BREAK_GLASS
from fhirbridge.fhir.errors import Forbidden, Invalid
from fhirbridge.fhir.instant import SECOND

HEADER = "x-break-glass"
DAY = 24 * 3600 * SECOND
SHORTEST_REASON, LONGEST_REASON = 5, 500


@dataclass(frozen=True, slots=True)
class Staff:
    """What an installation decides.

    A relation counts from `before` (µs) ahead of its time until `after` it is over; `break_glass`:
    whether anybody may look beyond that.
    """

    before: int = 30 * DAY
    after: int = 90 * DAY
    break_glass: bool = False

    def admit(self, principal: Principal, given: str | None, now: int) -> Principal:
        """Return a principal as it reads this request; others than practitioners as they are.

        `given` is the header by which the glass is broken, as WSGI hands it over. Raises Forbidden
        to whom that is not open, Invalid without a reason.
        """
        if principal.practitioner is not None:
            principal = replace(principal, window=(now - self.after, now + self.before))
        if given is None:
            return principal
        allowed = self.break_glass and principal.scopes.allow(BREAK_GLASS)
        if principal.practitioner is None or not allowed:
            raise Forbidden("The token may not look beyond its own patients")
        return replace(principal, emergency=_reason(given))


def _reason(given: str) -> str:
    """Return the reason in the header: UTF-8, percent-encoded where a client sends only ASCII."""
    try:
        reason = " ".join(unquote(given.encode("latin-1").decode(), errors="strict").split())
    except UnicodeError as error:
        raise Invalid("X-Break-Glass is UTF-8, percent-encoded or not") from error
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON or not reason.isprintable():
        limits = f"{SHORTEST_REASON} to {LONGEST_REASON} characters"
        raise Invalid(f"X-Break-Glass says why this must be seen, in {limits}")
    return reason
