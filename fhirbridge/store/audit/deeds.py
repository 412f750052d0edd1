"""What people do that is no request for data: they come and go, and let apps in.

https://dicom.nema.org/medical/dicom/current/output/chtml/part15/sect_A.5.3.html
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

DICOM = "http://dicom.nema.org/resources/ontology/DCM"
# DICOM and R4 have one code for every change of what a user may do; this one says which.
OWN = "urn:fhirbridge:audit"

Coding = Mapping[str, str]
AUTHENTICATION: Coding = {"system": DICOM, "code": "110114", "display": "User Authentication"}
LOGIN: Coding = {"system": DICOM, "code": "110122", "display": "Login"}
LOGOUT: Coding = {"system": DICOM, "code": "110123", "display": "Logout"}
SECURITY: Coding = {"system": DICOM, "code": "110113", "display": "Security Alert"}
RECORD: Coding = {"system": DICOM, "code": "110110", "display": "Patient Record"}
QUERY: Coding = {"system": DICOM, "code": "110112", "display": "Query"}
ATTRIBUTES: Coding = {
    "system": DICOM,
    "code": "110137",
    "display": "User Security Attributes Changed",
}


class Deed(NamedTuple):
    """The type and subtypes of a deed, its action, and what happened in words."""

    type_: Coding
    subtypes: tuple[Coding, ...]
    action: str
    told: str

    def codes(self) -> dict[str, Any]:
        """Return the elements of an AuditEvent that say what it is about."""
        return {
            "type": dict(self.type_),
            "subtype": [dict(one) for one in self.subtypes],
            "action": self.action,
            "outcomeDesc": self.told,
        }


def _own(code: str, display: str) -> tuple[Coding, Coding]:
    return ATTRIBUTES, {"system": OWN, "code": code, "display": display}


def _merge(code: str, display: str) -> Coding:
    return {"system": OWN, "code": code, "display": display}


# By the `interaction` of an entry: none of R4's codes.
DEEDS: Mapping[str, Deed] = {
    "login": Deed(AUTHENTICATION, (LOGIN,), "E", "Logged in"),
    "login-refused": Deed(AUTHENTICATION, (LOGIN,), "E", "The login was refused"),
    "logout": Deed(AUTHENTICATION, (LOGOUT,), "E", "Logged out"),
    "consent": Deed(SECURITY, _own("consent", "Consent"), "C", "An app was let in"),
    "consent-refused": Deed(
        SECURITY,
        _own("consent-refused", "Consent refused"),
        "E",
        "An app was not let in",
    ),
    "patients-listed": Deed(
        QUERY,
        ({"system": OWN, "code": "patients-listed", "display": "Patients listed"},),
        "E",
        "Patients were listed to choose one for an app",
    ),
    "revocation-refused": Deed(
        SECURITY,
        _own("revocation-refused", "Revocation refused"),
        "E",
        "An app tried to end another app's token",
    ),
    "introspection": Deed(
        QUERY,
        ({"system": OWN, "code": "introspection", "display": "Introspection"},),
        "E",
        "An app was told what a token is worth",
    ),
    "app-refused": Deed(
        AUTHENTICATION,
        ({"system": OWN, "code": "app-refused", "display": "App refused"},),
        "E",
        "An app was refused by the authorization server",
    ),
    "token-reused": Deed(
        SECURITY,
        _own("token-reused", "Code or refresh token used twice"),
        "D",
        "What may be used once was used again: everything given for it ended",
    ),
    "merge": Deed(RECORD, (_merge("merge", "Merged"),), "U", "Two records were made one"),
    "unmerge": Deed(RECORD, (_merge("unmerge", "Merge undone"),), "U", "A merge was undone"),
    "withdrawal": Deed(
        SECURITY, _own("withdrawal", "Consent withdrawn"), "D", "An app was shut out"
    ),
}
