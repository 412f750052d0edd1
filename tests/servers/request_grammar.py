"""Random requests of the whole grammar: whatever this server's definitions let a client write."""

import json

from drawn_searches import encoded
from drawn_writes import Writes
from stored_content import Content
from wire_request import FHIR_JSON, Asked

from fhirbridge.rest.operations.table import OPERATIONS

WINDOWS = (
    "", "", "_count=1", "_count=0", "_since=2026-11-24T11:00:01Z", "_at=2026-11-24", "_sort=x",
)  # fmt: skip
STYLES = ("", "", "", "", "", "?_pretty=true", "?_format=json", "?_summary=true", "?x=1")
VERSIONS = ("1", "1", "2", "2", "3", "0", "99", "x")
MANGLED = (("_count=1", "_count=2"), ("_page=", "_page=A"), ("/A/", "/B/"))
NO_PARAMETERS = b'{"resourceType":"Parameters"}'
KINDS = (
    ("own", 70), ("search", 18), ("read", 8), ("vread", 3), ("history", 3), ("compartment", 4),
    ("system", 2), ("page", 9), ("operation", 3), ("batch", 2), ("write", 3), ("oddity", 1),
)  # fmt: skip


class Grammar(Writes):
    """Draws requests by `dice`, a `random.Random`; `content` is what values are taken from."""

    def __init__(self, dice, content: Content) -> None:
        super().__init__(dice, content)
        # Next links of answers: in one world, in the other, whose they are.
        self.links: list[tuple[str, str, str]] = []
        self.token = ""

    def asked(self) -> Asked:
        """Return a request."""
        names, shares = zip(*KINDS, strict=True)
        if self.token == "nurse" and self.chance(0.5):
            return self.write()
        draw = getattr(self, self.dice.choices(names, shares)[0])
        return draw()

    def address(self) -> tuple[str, str]:
        type_ = self.any_type()
        return type_, f"/fhir/{type_}/{self.id_(type_)}"

    def read(self) -> Asked:
        _, path = self.address()
        method = self.some("GET", "GET", "GET", "GET", "HEAD")
        return Asked(method, path + self.some(*STYLES), headers=self.headers())

    def vread(self) -> Asked:
        _, path = self.address()
        return Asked("GET", f"{path}/_history/{self.some(*VERSIONS)}", headers=self.headers())

    def history(self) -> Asked:
        type_, path = self.address()
        if self.chance(0.15):
            path = self.some("/fhir", f"/fhir/{type_}")
        window = self.some(*WINDOWS)
        return Asked("GET", f"{path}/_history" + (f"?{window}" if window else ""))

    def page(self) -> Asked:
        """Follow a link of an earlier answer, whosever it was."""
        if not self.links:
            return self.search()
        mine = [one for one in self.links[-200:] if one[2] == self.token]
        pool = mine if mine and self.chance(0.85) else self.links
        *paths, owner = self.dice.choice(pool[-20:])
        if self.chance(0.1):
            mangled = self.some(*MANGLED)
            paths = [path.replace(*mangled) for path in paths]
        return Asked("GET", paths[0], twin=paths[1], owner=owner)

    def operation(self) -> Asked:
        operation = self.dice.choice(OPERATIONS)
        path, type_ = self.dice.choice(list(operation.paths(self.types)))
        path = "/fhir" + path.replace("<id_>", self.id_(type_) if type_ else "A")
        if self.chance(0.2):
            return Asked("POST", path, NO_PARAMETERS, {"content_type": FHIR_JSON})
        given = self.newest() if operation.name == "lastn" else self.simple(operation)
        return Asked("GET", f"{path}?{encoded(given)}" if given else path)

    def simple(self, operation):
        names = [name for name in sorted(operation.simple) if name != "_page"]
        values = ("1", "2026-11-01", "Patient", "2")
        return [(name, self.some(*values)) for name in names if self.chance(0.2)]

    def newest(self):
        pairs = [("patient", self.some("A", "Patient/A", "B", "Patient/B")),
                 ("category", self.some("laboratory", "vital-signs"))]  # fmt: skip
        return [*pairs, self.clause("Observation")] if self.chance(0.5) else pairs

    def batch(self) -> Asked:
        entries = [self.entry() for _ in range(self.some(1, 2, 3))]
        kind = self.some("batch", "batch", "batch", "batch", "transaction")
        bundle = {"resourceType": "Bundle", "type": kind, "entry": entries}
        return Asked("POST", "/fhir", json.dumps(bundle).encode(), {"content_type": FHIR_JSON})

    def entry(self) -> dict:
        draw = self.some(
            self.search, self.read, self.read, self.vread, self.compartment, self.write
        )
        inner = draw()
        asked = {"method": inner.method, "url": inner.path.removeprefix("/fhir").lstrip("/")}
        if "if_none_match" in inner.headers:
            asked["ifNoneMatch"] = inner.headers["if_none_match"]
        resource = {"resource": json.loads(inner.body)} if inner.body[:1] == b"{" else {}
        return {"request": asked, **resource}

    def oddity(self) -> Asked:
        """Other ways to the same places: other case, more slashes, methods and paths of nobody."""
        type_, path = self.address()
        ways = (
            path.lower(), path.replace("/fhir/", "/fhir//"), f"/{path}", f"{path}/", f"{path}/..",
            f"/fhir/{type_}/_search?_id=B", f"/fhir/Group/{self.id_('Patient')}", "/fhir/$export",
            "/fhir/metadata", f"{path}/_history/", "/fhir/Patient/B/$everything",
            f"/fhir/{type_}?_count=1&_count=1", f"/fhir/{type_}?access_token=1",
        )  # fmt: skip
        return Asked(self.some("GET", "OPTIONS", "TRACE", "PUT"), self.some(*ways))


__all__ = ["Grammar"]
