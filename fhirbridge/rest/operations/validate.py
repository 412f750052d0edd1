"""$validate: whether a resource is valid, or would be taken as a create, an update, a delete.

https://hl7.org/fhir/R4/resource-operation-validate.html
"""

from collections.abc import Iterator
from typing import Any

from fhirbridge.auth.access import permit
from fhirbridge.auth.rights import Interaction, require
from fhirbridge.fhir.errors import FhirError, Forbidden, Invalid, Issue, NotSupported
from fhirbridge.fhir.json import dump, parse
from fhirbridge.fhir.outcome import outcome
from fhirbridge.fhir.path import elements
from fhirbridge.fhir.reference_targets import misleading
from fhirbridge.rest import negotiation
from fhirbridge.rest.exchange import FhirRequest, FhirResponse, fhir_json
from fhirbridge.rest.incoming import with_id
from fhirbridge.rest.operations.given import RESOURCE
from fhirbridge.rest.operations.operation import HL7, INSTANCE, TYPE, Call, Operation
from fhirbridge.rest.representation import ID, MOST_LEVELS, not_found, present
from fhirbridge.rest.validation import check_valid
from fhirbridge.search.query import by_id
from fhirbridge.store.stored import Stored

MODES = frozenset({"create", "update", "delete", "profile"})
BASE_PROFILE = "http://hl7.org/fhir/StructureDefinition/"
# Whoever may do one of these with the type may have one checked.
RIGHTS: tuple[Interaction, ...] = ("read", "create", "update")
# Stands for the id that a create would give.
ANY_ID = "new"


def validate(call: Call) -> FhirResponse:
    """Return an OperationOutcome with all issues, status 200 whatever they are.

    Raises Invalid when the call itself is wrong, NotSupported for a profile that is not R4's own,
    and for a stored instance what a read raises.
    """
    _require_any(call)
    indent = negotiation.pretty(call.request.headers.get("accept"), call.pairs)
    mode = _mode(call)
    _check_profile(call)
    stored = _stored(call) if call.request.id_ else None
    issues = tuple(_issues(call, mode, stored))
    return fhir_json(dump(outcome(issues), pretty=indent))


def _require_any(call: Call) -> None:
    definition = call.server.definitions[call.request.type_]
    refusal: FhirError | None = None
    for right in RIGHTS:
        try:
            require(call.principal, definition, right)
        except Forbidden as error:
            refusal = refusal or error
        else:
            return
    raise refusal or not_found()


def _mode(call: Call) -> str | None:
    mode = call.given.one("mode")
    if mode is not None and mode not in MODES:
        raise Invalid("mode is create, update, delete or profile", expression=("http.mode",))
    if mode in {"update", "delete"} and not call.request.id_:
        raise Invalid(f"mode {mode} needs the id of an instance", expression=("http.mode",))
    if RESOURCE not in call.given.complex_ and not call.request.id_:
        raise Invalid("There is nothing to validate: send a resource or name an instance")
    return mode


def _check_profile(call: Call) -> None:
    profile = call.given.one("profile")
    own = f"{BASE_PROFILE}{call.request.type_}"
    if profile is not None and profile.partition("|")[0] != own:
        text = "Only the base profile of the type is known here"
        raise NotSupported(text, expression=("http.profile",))


def _stored(call: Call) -> Stored:
    definition = call.server.definitions[call.request.type_]
    id_ = call.request.id_
    permitted = permit(by_id(call.request.type_, id_), definition, call.principal)
    return present(call.server.store.read(permitted) if ID.fullmatch(id_) else None)


def _issues(call: Call, mode: str | None, stored: Stored | None) -> Iterator[Issue]:
    """Yield what is wrong with the content, and with doing what `mode` says."""
    if mode != "delete":
        resource = call.given.complex_.get(RESOURCE)
        if resource is None and stored is not None:
            resource = parse(stored.body, MOST_LEVELS)
        yield from _of_content(call.request.type_, resource)
        if mode == "update":
            yield from _of_id(resource, call.request)
    if mode in {"create", "update", "delete"}:
        yield from _of_interaction(call, mode)


def _of_content(type_: str, resource: Any) -> Iterator[Issue]:
    if not isinstance(resource, dict) or resource.get("resourceType") != type_:
        yield Issue("error", "structure", f"This is not a {type_}.", (f"{type_}.resourceType",))
        return
    try:
        check_valid(resource if "id" in resource else with_id(resource, ANY_ID))
    except FhirError as error:
        yield from error.issues
        return
    yield from misleading(resource)
    claimed = {one for one in elements(resource, "meta.profile") if isinstance(one, str)}
    if claimed - {f"{BASE_PROFILE}{type_}"}:
        text = "A profile that the resource claims is not known here and was not checked."
        yield Issue("warning", "not-supported", text, (f"{type_}.meta.profile",))


def _of_id(resource: Any, request: FhirRequest) -> Iterator[Issue]:
    if isinstance(resource, dict) and resource.get("id") != request.id_:
        text = "An update has the id of its address."
        yield Issue("error", "invalid", text, (f"{request.type_}.id",))


def _of_interaction(call: Call, mode: str) -> Iterator[Issue]:
    """Yield why the interaction would be refused, whatever the content."""
    server, request = call.server, call.request
    definition = server.definitions[request.type_]
    if mode not in definition.interactions:
        text = f"Resources of this type take no {mode} here."
        yield Issue("error", "not-supported", text, (request.type_,))
    elif mode != "create" and definition.sources_own:
        owner = server.store.run(lambda tx: tx.records.source_of(request.type_, request.id_))
        if owner is not None:
            text = "This resource comes from a source and is changed there."
            yield Issue("error", "business-rule", text, (request.type_,))


OPERATION = Operation(
    "validate",
    f"{HL7}Resource-validate",
    (TYPE, INSTANCE),
    validate,
    simple=frozenset({"mode", "profile"}),
    complex_=frozenset({RESOURCE}),
)
