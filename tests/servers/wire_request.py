"""One request as it is on the wire, to be sent to any clinic."""

from typing import NamedTuple

from rest_clinic import Clinic

FORM = "application/x-www-form-urlencoded"
FHIR_JSON = "application/fhir+json"


class Asked(NamedTuple):
    """One request; `path` as it is on the wire.

    Of a page: `twin` is its link in the other world, `owner` the token to whom it was given.
    """

    method: str
    path: str
    body: bytes = b""
    headers: dict[str, str] = {}  # noqa: RUF012 (never changed)
    twin: str | None = None
    owner: str = ""

    def send(self, clinic: Clinic, token: str):
        return clinic.ask(self.path, self.method, token=token, body=self.body, **self.headers)

    def __str__(self) -> str:
        more = f" {self.headers}" if self.headers else ""
        return f"{self.method} {self.path}{more} {self.body.decode('utf-8', 'replace')}".strip()


__all__ = ["FHIR_JSON", "FORM", "Asked"]
