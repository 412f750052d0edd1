"""Writes drawn by dice, none of which may change anything: whoever asks has no right to it."""

import json

from drawn_own import OwnSearches
from drawn_searches import encoded
from wire_request import FHIR_JSON, Asked

WRITES = ("PUT", "PATCH", "DELETE", "POST")
JSON_PATCH = "application/json-patch+json"
REPLACED = b'[{"op":"replace","path":"/status","value":"final"}]'
# The patch tests for what is not so.
NEVER = b'[{"op":"test","path":"/id","value":"never"}]'
CHOSEN = ("Observation", "Observation", "Patient", "ServiceRequest", "Appointment")


class Writes(OwnSearches):
    """Draws writes."""

    def write(self) -> Asked:
        if self.token == "nurse":
            return self.attempt()
        type_ = self.any_type()
        id_ = self.id_(type_)
        method, content = self.some(*WRITES), self.some(JSON_PATCH, FHIR_JSON)
        body = REPLACED if content == JSON_PATCH else self.resource(method, type_, id_)
        headers = {"content_type": content}
        if method == "POST":
            headers["if_none_exist"] = self.criteria(type_)
            return Asked(method, f"/fhir/{type_}", body, headers)
        path = f"/fhir/{type_}/{id_}"
        if self.chance(0.3):
            path = f"/fhir/{type_}?{self.criteria(type_)}"
        if self.chance(0.4):
            headers["if_match"] = self.some('W/"1"', 'W/"2"', "*")
        return Asked(method, path, b"" if method == "DELETE" else body, headers)

    def any_type(self) -> str:
        return self.some(*self.often, *self.types, *["Binary"] * 12)

    def resource(self, method: str, type_: str, id_: str) -> bytes:
        subject = {"reference": self.some("Patient/A", "Patient/B", "Patient/none")}
        named = {"id": id_} if method == "PUT" else {}
        written = {"resourceType": type_, **named, "status": "final", "subject": subject}
        return json.dumps(written).encode()

    def criteria(self, type_: str) -> str:
        return encoded([self.clause(type_) if self.parameters[type_] else ("_id", "B")])

    def attempt(self) -> Asked:
        """Choose a resource by criteria and change nothing."""
        type_ = self.some(*CHOSEN)
        who = type_, self.id_(type_)
        fits = self.chance(0.7)
        pair = self.true(who, self.some(0, 0, 0, 1)) if fits else self.clause(type_)
        path = f"/fhir/{type_}?{encoded([pair])}"
        return Asked("PATCH", path, NEVER, {"content_type": JSON_PATCH})


__all__ = ["Writes"]
