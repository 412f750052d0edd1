"""Searches drawn by dice: on a type, in a compartment, on several types."""

from urllib.parse import quote, urlencode

from drawn_clauses import Clauses
from wire_request import FORM, Asked

from fhirbridge.search.membership import members

SHAPES = ("_total=accurate", "_total=none", "_total=estimate", "_summary=count", "_summary=true",
          "_summary=text", "_summary=data", "_summary=false", "_pretty=true", "_format=json",
          "_format=xml", "_elements=status", "_elements=name,subject,id", "_elements=nonsense",
          "_contained=true", "_filter=name eq x", "_text=x", "_content=x", "_list=1", "_query=x",
          "_type=Patient", "unknown=1")  # fmt: skip
HEADERS = (
    (0.15, "if_none_match", ("*", 'W/"1"', 'W/"2"', '"x"', "W/")),
    (0.05, "if_modified_since", ("Tue, 24 Nov 2026 11:00:00 GMT", "never")),
    (0.1, "prefer", ("handling=lenient", "handling=strict", "return=minimal")),
    (0.1, "accept", ("application/fhir+json", "application/pdf", "text/html", "*/*",
                     "application/json")),
)  # fmt: skip
PATIENTS = ("A", "A", "A", "A", "B", "C", "D", "old", "none")
Pairs = list[tuple[str, str]]


def encoded(pairs: Pairs) -> str:
    return urlencode(pairs, safe="|:,/$", quote_via=quote)


class Searches(Clauses):
    """Draws searches."""

    def query(self, type_: str) -> Pairs:
        """Return the parameters of a search on `type_`."""
        clauses = self.some(0, 0, 0, 1, 1, 1, 2)
        pairs = [self.clause(type_, self.some(0, 0, 0, 1, 1, 2, 3)) for _ in range(clauses)]
        pairs += [*self.sorting(type_), *self.shaping(), *self.includes(type_)]
        self.dice.shuffle(pairs)
        return pairs

    def sorting(self, type_: str) -> Pairs:
        if self.chance(0.7):
            return []
        known = sorted(self.parameters[type_])
        keys = [self.dice.choice(known) for _ in range(self.some(1, 2))]
        if self.chance(0.6):
            keys = [key for key in ("date", "_id", "code") if key in known][:2]
        return [("_sort", ",".join(self.some("", "-") + key for key in keys))]

    def shaping(self) -> Pairs:
        """Return what is not a criterion of any type."""
        pairs = []
        if self.chance(0.35):
            pairs.append(("_count", str(self.some(0, 1, 2, 3, 5, 1000))))
        if self.chance(0.25):
            pairs.append(("_total", "accurate"))
        if self.chance(0.12):
            name, _, value = self.some(*SHAPES).partition("=")
            pairs.append((name, value))
        return pairs

    def includes(self, type_: str) -> Pairs:
        pairs = []
        while self.chance(0.3):
            pairs.append(self.include(type_))
        return pairs

    def headers(self) -> dict[str, str]:
        return {name: self.some(*values) for share, name, values in HEADERS if self.chance(share)}

    def searched(self, path: str, pairs: Pairs) -> Asked:
        """Return the search as GET, HEAD or POST."""
        text = encoded(pairs)
        if self.chance(0.12):
            headers = {**self.headers(), "content_type": FORM}
            return Asked("POST", f"{path}/_search", text.encode(), headers)
        method = self.some("GET", "GET", "GET", "GET", "GET", "GET", "HEAD")
        return Asked(method, f"{path}?{text}" if text else path, headers=self.headers())

    def search(self) -> Asked:
        type_ = self.dice.choice(self.often)
        return self.searched(f"/fhir/{type_}", self.query(type_))

    def compartment(self) -> Asked:
        patient = self.some(*PATIENTS)
        type_ = self.dice.choice([one for one in self.often if one in members()])
        if self.chance(0.2):
            return self.searched(f"/fhir/Patient/{patient}/*", self.system_query())
        return self.searched(f"/fhir/Patient/{patient}/{type_}", self.query(type_))

    def system(self) -> Asked:
        pairs = self.system_query()
        if self.chance(0.8):
            types = {self.dice.choice(self.often) for _ in range(self.some(1, 2, 3))}
            pairs.append(("_type", ",".join(sorted(types))))
        return self.searched("/fhir", pairs)

    def system_query(self) -> Pairs:
        """Return parameters that all types have."""
        common = [pair for pair in self.query("Observation") if pair[0].startswith("_")]
        return [pair for pair in common if not pair[0].startswith("_has")]


__all__ = ["Pairs", "Searches", "encoded"]
