"""Which identifiers, contacts and extensions a patient is shown: rules for `keep`."""

import re
from typing import Any

from fhirbridge.fhir.path import reference_type

# Russian national numbers: SNILS, INN, passport, policies, in each of the families in use.
NATIONAL = re.compile(r"urn:oid:1\.2\.643\.|https?://(?:[a-z]+\.)?fhir\.ru/")
# https://terminology.hl7.org/CodeSystem-v2-0203.html
PERSONAL_TYPES = frozenset({"SB", "SS", "TAX", "PPN", "DL", "NI", "PN", "BCT", "JHN"})
OWN_SYSTEM = re.compile(r"/sid/")
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
DIRECTORY = frozenset(
    {
        "HealthcareService",
        "Location",
        "Organization",
        "Practitioner",
        "PractitionerRole",
        "Schedule",
    }
)
PUBLIC_USES = frozenset({None, "work"})


def professional(identifier: dict[str, Any]) -> bool:
    """Return whether an identifier of staff is of their role, not of their private life."""
    types = {coding.get("code") for coding in identifier.get("type", {}).get("coding", ())}
    return not NATIONAL.match(identifier.get("system", "")) and not types & PERSONAL_TYPES


def known_to_its_patient(identifier: dict[str, Any]) -> bool:
    """Return whether an identifier means something outside: no key of a source's own database.

    A typed one (card number, SNILS, policy) does; an untyped GUID or local number does not.
    """
    local = OWN_SYSTEM.search(identifier.get("system", ""))
    return "type" in identifier or not (local or UUID.fullmatch(identifier.get("value", "")))


def public_contact(contact: dict[str, Any]) -> bool:
    """Return whether a contact point is of the workplace."""
    return contact.get("use") in PUBLIC_USES


def to_directory(extension: dict[str, Any]) -> bool:
    """Return whether an extension only leads to something public, such as a room."""
    return reference_type(extension.get("valueReference", {})) in DIRECTORY


def own_binary(url: str) -> bool:
    """Return whether an attachment's url is a Binary of this server."""
    return re.fullmatch(r"Binary/[A-Za-z0-9\-.]{1,64}", url) is not None


def own_form(attachment: dict[str, Any]) -> bool:
    """Return whether an attachment holds its data or leads to a Binary of this server."""
    return "url" not in attachment or own_binary(attachment["url"])
