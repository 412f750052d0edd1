"""Searches drawn by dice that most probably find something of A's, and what they hang on."""

from drawn_searches import Pairs, Searches
from rest_clinic import BASE
from wire_request import Asked

from fhirbridge.search.membership import members

# Resources of A's that any patient token may read.
MINE = (*(("Observation", f"a{day}") for day in range(1, 8)), ("Observation", "vital1"),
        ("Observation", "came"), ("Patient", "A"), ("Patient", "old"), ("ServiceRequest", "order"),
        ("DiagnosticReport", "report"), ("DocumentReference", "document"), ("Specimen", "blood"),
        ("Appointment", "visit-a"), ("Appointment", "group"), ("Provenance", "made"),
        ("Binary", "pdf"), ("Binary", "card"))  # fmt: skip
READ_ONLY = "Binary"
KEYS = ("date", "_id", "code", "identifier", "status")
# What holds for A's resources of a type, directly or through others.
HOLDS = {
    "Observation": (
        ("patient.name", "Иванов"), ("code:in", "urn:values"), ("date", "ge2026-11"),
        ("_has:DiagnosticReport:result:status", "final"), ("status:not", "amended"),
        ("performer:Practitioner.name", "Сидоров"), ("category:missing", "false"),
        ("subject:Patient.gender", "male"), ("performer", "Organization/lab"),
        ("_has:Provenance:target:recorded", "gt2020"),
    ),
    "Patient": (
        ("_has:Observation:patient:status", "final"), ("name", "Иван"),
        ("_has:Observation:subject:value-quantity", "gt1"), ("gender:not", "female"),
        ("general-practitioner:Practitioner.name", "Сидоров"),
    ),
}  # fmt: skip
BUSY = ("busy", "busy-tentative", "busy-unavailable", "free")


class OwnSearches(Searches):
    """Draws searches around what is A's."""

    def own(self) -> Asked:
        """Return a request that most probably finds something of A's."""
        draw = self.dice.choices(
            (self.everything, self.busy, self.closed, self.veiled, self.around, self.linked,
             self.one_of_mine, self.mine),
            (3, 3, 2, 5, 5, 21, 21, 41),
        )[0]  # fmt: skip
        return draw()

    def everything(self) -> Asked:
        text = self.some("", "?_count=2", "?start=2026-11-02", "?_since=2026-11-24")
        return Asked("GET", f"/fhir/Patient/A/$everything{text}")

    def one_of_mine(self) -> Asked:
        type_, id_ = self.some(*MINE)
        end = self.some("", "", "", "", "/_history/1", "/_history", "/_history?_count=1")
        return Asked("GET", f"/fhir/{type_}/{id_}{end}")

    def mine(self) -> Asked:
        """Return a search of the type of something of A's, by what may hold for it."""
        type_, id_ = self.some(*(one for one in MINE if one[0] != READ_ONLY))
        pairs: Pairs = []
        if self.chance(0.5):
            any_ = self.chance(0.4)
            pairs.append(
                self.clause(type_, self.some(0, 0, 1, 2)) if any_ else self.true_of(type_, id_)
            )
        if self.chance(0.4):
            known = [key for key in KEYS if key in self.parameters[type_]]
            pairs.append(("_sort", self.some("", "-") + self.dice.choice(known)))
        if self.chance(0.4):
            pairs.append(("_count", str(self.some(1, 2, 3))))
        if self.chance(0.4):
            pairs.append(("_total", "accurate"))
        where = self.some("/fhir", "/fhir", "/fhir", "/fhir/Patient/A")
        return self.searched(f"{where}/{type_}", [*pairs, *self.includes(type_)])

    def true_of(self, type_: str, id_: str) -> tuple[str, str]:
        """Return what holds for one resource, directly or through one that refers to it."""
        patient = "_id" if type_ == "Patient" else "patient"
        ways = (("_id", id_), (patient, "A"), (patient, f"{BASE}/Patient/A"))
        return self.some(*ways, *HOLDS.get(type_, ()))

    def busy(self) -> Asked:
        """Return a search for times that are taken: how, is not for patients."""
        pairs = [("status", self.some(*BUSY))]
        sort = ("_sort", self.some("", "-") + self.some("status", "status,start", "start"))
        chosen = self.some(pairs, [sort], [*pairs, sort])
        return self.searched("/fhir/Slot", [*chosen, ("_total", "accurate")])

    def closed(self) -> Asked:
        """Return a search by what is not open to patients, with a value that is stored."""
        return self.stored_under(lambda one: one.refused_to_patients)

    def veiled(self) -> Asked:
        """Return a search by what is not shown to patients as it is stored."""
        return self.stored_under(lambda one: one.access.shown_parameters)

    def stored_under(self, codes) -> Asked:
        """Return a search by one of the `codes` of a type, or in their order."""
        known = [(type_, code) for type_, code in self.content.values
                 if code in codes(self.types[type_]) and type_ in self.searchable]  # fmt: skip
        chosen = self.dice.choice(sorted({type_ for type_, _ in known}))
        code = self.dice.choice([code for type_, code in known if type_ == chosen])
        negated = ":not" if "not" in self.parameters[chosen][code].modifiers else ""
        value = self.dice.choice(self.content.values[chosen, code])
        clause, by_id = (code + self.some("", negated), value), ("_sort", "_id")
        pairs = self.some([("_sort", code)], [clause], [clause, by_id], [clause, by_id])
        return self.searched(f"/fhir/{chosen}", [*pairs, ("_total", "accurate")])

    def true(self, who: tuple[str, str], depth: int) -> tuple[str, str]:
        """Return what holds for a resource, own or foreign, perhaps by what it is linked with."""
        links = [one for one in self.content.links if who in {one.source, one.target}]
        if depth and links and self.chance(0.8):
            link = self.dice.choice(links)
            far = link.target if link.source == who else link.source
            name, value = self.true(far, depth - 1)
            if far == link.target:
                return f"{link.code}:{far[0]}.{name}", value
            return f"_has:{far[0]}:{link.code}:{name}", value
        return self.dice.choice(self.content.true.get(who) or [("_id", who[1])])

    def linked(self) -> Asked:
        """Return a search for an own resource by what it is linked with, whose that may be."""
        if self.chance(0.7):
            return self.crossing()
        type_, id_ = self.some(*(one for one in MINE if one[0] != READ_ONLY))
        pairs = [self.true((type_, id_), self.some(1, 1, 2))]
        if self.chance(0.3):
            pairs.append(("_id", id_))
        return self.searched(f"/fhir/{type_}", pairs)

    def crossing(self) -> Asked:
        """Return a search for an own resource by what holds for a foreign one it is linked with."""
        code, near, far, out = self.border()
        name, value = self.true(far, self.some(0, 0, 0, 1))
        way = f"{code}:{far[0]}." if out else f"_has:{far[0]}:{code}:"
        return self.searched(f"/fhir/{near[0]}", [(way + name, value)])

    def around(self) -> Asked:
        """Return a search for an own resource with a foreign one it is linked with."""
        code, near, far, out = self.border()
        along = ("_include", f"{near[0]}:{code}") if out else ("_revinclude", f"{far[0]}:{code}")
        return self.searched(f"/fhir/{near[0]}", [("_id", near[1]), along])

    def border(self):
        """Return a link between an own and a foreign resource: its code, both, whether it is out.

        `out`: it is the own one that refers to the other.
        """
        out, links = self.chance(0.6), self.content.links
        own = {who for who in MINE if who[0] in self.searchable}
        ends = [(one.source, one.target) if out else (one.target, one.source) for one in links]
        return self.dice.choice(
            [
                (link.code, near, far, out)
                for link, (near, far) in zip(links, ends, strict=True)
                if near in own and far not in own and {near[0], far[0]} <= members().keys()
            ]
        )


__all__ = ["OwnSearches"]
