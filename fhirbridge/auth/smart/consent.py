"""What a person may give an app, and the code for what they gave."""

from collections.abc import Sequence
from dataclasses import dataclass

from authlib.common.urls import add_params_to_uri  # type: ignore[import-untyped]
from authlib.oauth2 import OAuth2Error  # type: ignore[import-untyped]
from authlib.oauth2.rfc6749 import AccessDeniedError  # type: ignore[import-untyped]

from fhirbridge.auth.smart.authorize import AuthorizationRequest, towards
from fhirbridge.auth.smart.events import Event, Kind
from fhirbridge.auth.smart.grantable import REFRESH, refreshes, resource_scopes
from fhirbridge.auth.smart.parts import Parts
from fhirbridge.auth.smart.policy import PatientChoice
from fhirbridge.auth.smart.records import Account, AppGrant, Session
from fhirbridge.auth.smart.secret import digest, fresh

# How many patients the page lists; for others it is searched by name.
MOST_LISTED = 30


@dataclass(frozen=True, slots=True)
class Offer:
    """What the consent page asks: scopes that can be unticked, scopes that go along, the patient.

    `patient` is whom the app is opened for; when somebody is `choosing` it is one of
    `listed`, or of `more` that are not.
    """

    optional: tuple[str, ...]
    implied: tuple[str, ...]
    patient: str | None = None
    listed: Sequence[PatientChoice] = ()
    more: bool = False
    choosing: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """Who is logged in, in which browser, and from where."""

    account: Account
    session: Session
    address: str


@dataclass(frozen=True, slots=True)
class Given:
    """What an app is given: scopes, patient, and the hash of the code for them."""

    scopes: tuple[str, ...]
    patient: str | None
    code: bytes


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person decided: the ticked scopes and, where there was a choice, the patient."""

    scopes: tuple[str, ...]
    patient: str | None


def offer(request: AuthorizationRequest, account: Account, parts: Parts, name: str = "") -> Offer:
    """Return what can be offered to this person; raises AccessDeniedError when nothing can.

    Of a practitioner's patients those whose names begin with the words of `name` are listed.
    """
    if request.launch is not None and request.launch.fhir_user != account.fhir_user:
        raise _denied(request, "The launch is for another person")
    patient, relations = _known(request, account), parts.policy.relations
    asked = patient is None and any(map(_of_patient, request.scopes))
    practitioner = account.fhir_user.partition("/")[2]
    choice = asked and bool(relations.named(practitioner, "", 1))
    scopes = tuple(s for s in request.scopes if patient or choice or not _of_patient(s))
    optional = tuple(s for s in scopes if s in REFRESH or resource_scopes((s,)))
    implied = tuple(s for s in scopes if s not in optional)
    if not _is_something(optional + implied):
        raise _denied(request, "None of this can be granted by this person")
    found = relations.named(practitioner, name, MOST_LISTED + 1) if choice else ()
    return Offer(optional, implied, patient, found[:MOST_LISTED], len(found) > MOST_LISTED, choice)


def approve(request: AuthorizationRequest, consent: Consent, person: Person, parts: Parts) -> str:
    """Return where the browser goes, with a code, after the person granted something.

    Raises AccessDeniedError when nothing was granted or the launch was used in the meantime.
    """
    offered = offer(request, person.account, parts)
    ticked = {s for s in offered.optional if s in consent.scopes}
    scopes = tuple(s for s in request.scopes if s in ticked or s in offered.implied)
    if not _is_something(scopes):
        raise _denied(request, "The person granted nothing")
    chosen = _chosen(consent, person.account, parts)
    patient = _patient(request, scopes, offered.patient, chosen)
    handle = request.parameters.get("launch")
    if handle is not None and not parts.tables.launches.use(digest(handle), parts.clock()):
        raise _denied(request, "The launch is over")
    code = fresh()
    grant = _grant(request, Given(scopes, patient, digest(code)), person, parts)
    parts.witness(told("consent", grant, person, grant.created))
    parts.tables.grants.add(grant)
    answer = [("code", code), ("state", request.state), ("iss", parts.policy.issuer)]
    return str(add_params_to_uri(request.redirect_uri, answer))


def refused(request: AuthorizationRequest) -> OAuth2Error:
    """Return the error that tells the app that the person said no."""
    return _denied(request, "The person said no")


def _known(request: AuthorizationRequest, account: Account) -> str | None:
    """Return whom the app is opened for when nobody chooses: the launch's patient, the person."""
    launched = request.launch.patient if request.launch else None
    return launched or account.patient


def _patient(
    request: AuthorizationRequest, scopes: tuple[str, ...], known: str | None, chosen: str | None
) -> str | None:
    """Return the patient in context; raises AccessDeniedError when `chosen` is none."""
    if not any(map(_of_patient, scopes)):
        return request.launch.patient if request.launch else None
    if known is None and chosen is None:
        raise _denied(request, "No patient was chosen")
    return known or chosen


def _chosen(consent: Consent, account: Account, parts: Parts) -> str | None:
    """Return the patient that a practitioner chose, if they have to do with them now."""
    practitioner, patient = account.fhir_user.partition("/")[2], consent.patient
    if account.patient is not None or not patient:
        return None
    return patient if parts.policy.relations.has(practitioner, patient) else None


def _grant(request: AuthorizationRequest, given: Given, person: Person, parts: Parts) -> AppGrant:
    now, lifetimes, launch = parts.clock(), parts.policy.lifetimes, request.launch
    how_long = refreshes(given.scopes)
    lasting = now + lifetimes.offline if how_long == "offline" else person.session.expires
    return AppGrant(
        id=fresh(),
        client=request.client.id,
        account=person.account.name,
        fhir_user=person.account.fhir_user,
        scopes=" ".join(given.scopes),
        redirect_uri=request.redirect_uri,
        challenge=request.challenge,
        code=given.code,
        code_expires=now + lifetimes.code,
        session=person.session.hash,
        login_at=person.session.created,
        refreshes=how_long,
        created=now,
        expires=lasting,
        patient=given.patient,
        encounter=launch.encounter if launch else None,
        intent=launch.intent if launch else None,
        nonce=request.parameters.get("nonce"),
    )


def told(kind: Kind, grant: AppGrant, person: Person, now: int) -> Event:
    """Return what the audit trail is told of a consent or its withdrawal."""
    return Event(
        now,
        kind,
        person.address,
        grant.fhir_user,
        client=grant.client,
        patient=grant.patient,
        scopes=grant.scopes,
    )


def _of_patient(scope: str) -> bool:
    return scope.startswith("patient/") or scope == "launch/patient"


def _is_something(scopes: tuple[str, ...]) -> bool:
    """Return whether the scopes let an app do anything, be it to know who logged in."""
    return "openid" in scopes or bool(resource_scopes(scopes))


def _denied(request: AuthorizationRequest, text: str) -> OAuth2Error:
    return towards(AccessDeniedError(text), request.redirect_uri, request.state)
