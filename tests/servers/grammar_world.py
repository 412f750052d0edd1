"""Random small clinics of the product's own types, and random searches of the whole grammar."""

from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from fhirbridge.auth.principal import SYSTEM, Principal
from fhirbridge.auth.scopes import Scopes
from fhirbridge.fhir.json import Literal
from fhirbridge.resources.registry import definitions
from fhirbridge.search.evaluate import World
from fhirbridge.search.parameter import SearchContext
from fhirbridge.search.values import ReferenceRow

BASE = "https://clinic.example/fhir"
CONTEXT = SearchContext(ZoneInfo("Europe/Moscow"), BASE, 1_790_000_000_000_000)
UCUM, LOINC = "http://unitsofmeasure.org", "http://loinc.org"
PATIENT = Principal("patient", Scopes.parse("patient/*.rs"), patient="p1")
DOCTOR = Principal("user", Scopes.parse("user/*.rs"), user="Practitioner/d1")
PRINCIPALS = {"system": SYSTEM, "patient": PATIENT, "doctor": DOCTOR}

CODES = [(LOINC, "718-7"), (LOINC, "789-8"), ("urn:lab", "HGB")]
FIXED = [
    {"resourceType": "CodeSystem", "id": "lab", "url": "urn:lab", "status": "active",
     "content": "complete", "concept": [{"code": "BLOOD", "concept": [{"code": "HGB"}]}]},
    {"resourceType": "ValueSet", "id": "vs", "url": "urn:vs", "version": "1", "status": "active",
     "compose": {"include": [
         {"system": LOINC, "concept": [{"code": "718-7"}]},
         {"system": "urn:lab", "filter": [{"property": "concept", "op": "is-a", "value": "BLOOD"}]},
     ]}},
]  # fmt: skip


def one_of(*values):
    return st.sampled_from(values)


def made(type_, **elements):
    """A resource of the type; each element is there four times out of five."""
    optional = {name: st.one_of(*[one] * 4, st.none()) for name, one in elements.items()}
    whole = st.fixed_dictionaries({"resourceType": st.just(type_), **optional})
    return whole.map(lambda one: {name: value for name, value in one.items() if value is not None})


def reference(*texts):
    return one_of(*texts).map(lambda text: {"reference": text})


codes = one_of(*CODES).map(lambda code: {"coding": [{"system": code[0], "code": code[1]}]})
names = one_of("Иванов", "Петров", "Smith").map(lambda family: [{"family": family}])
amounts = st.builds(
    lambda value, unit, more: {"value": Literal(value), "system": UCUM, "code": unit, **more},
    one_of("5.4", "5.40", "0.0054", "54"),
    one_of("mg", "g", "mmol/L"),
    one_of({}, {}, {"comparator": "<"}, {"comparator": ">"}),
)
people = reference(
    *("Patient/p1", "Patient/p1", f"{BASE}/Patient/p1", "Patient/p1/_history/2"),
    *("Patient/p2", f"{BASE}/Patient/p2", "#inside", "https://other.example/Patient/p1"),
)
doctors = reference("Practitioner/d1", "Practitioner/d2", "#doctor", "Organization/o1")
inside = st.just(
    [
        {"resourceType": "Patient", "id": "inside", "name": [{"family": "Иванов"}],
         "managingOrganization": {"reference": "Organization/o1"}},
        {"resourceType": "Practitioner", "id": "doctor", "gender": "male"},
    ]
)  # fmt: skip
organizations = made("Organization", name=one_of("Клиника", "Lab"), active=st.booleans())
patients = made(
    "Patient",
    name=names,
    gender=one_of("male", "female"),
    birthDate=one_of("1980-01-02", "1990"),
    managingOrganization=reference("Organization/o1", "Organization/o2"),
    identifier=one_of(
        [
            {
                "system": "urn:snils",
                "value": "1",
                "type": {"coding": [{"system": "t", "code": "SB"}]},
            }
        ],
        [{"value": "2", "type": {"coding": [{"system": "t", "code": "MR"}], "text": "Карта"}}],
    ),
    generalPractitioner=doctors.filter(lambda one: "#" not in one["reference"]).map(lambda r: [r]),
)
practitioners = made("Practitioner", name=names, gender=one_of("male", "female"))
observations = made(
    "Observation",
    status=one_of("final", "final", "amended", "preliminary"),
    code=codes,
    subject=people,
    performer=st.lists(doctors, min_size=1, max_size=2),
    effectiveDateTime=one_of("2026-01-05", "2026-01", "2026-01-06T10:00:00+03:00"),
    valueQuantity=amounts,
    component=st.lists(
        st.fixed_dictionaries({"code": codes}, optional={"valueQuantity": amounts}), max_size=2
    ),
    hasMember=reference("Observation/b0", "Observation/b1").map(lambda one: [one]),
    basedOn=reference("ServiceRequest/s0", "ServiceRequest/s1").map(lambda one: [one]),
    contained=inside,
)
reports = made(
    "DiagnosticReport",
    status=one_of("final", "partial"),
    subject=people,
    code=codes,
    result=st.lists(
        reference("Observation/b0", "Observation/b1", "Observation/b2/_history/1"), max_size=2
    ),
    contained=inside,
)
requests = made(
    "ServiceRequest",
    status=one_of("active", "completed"),
    subject=people,
    requester=doctors,
    authoredOn=st.just("2026-01-05"),
    code=codes,
    contained=inside,
)
documents = made(
    "DocumentReference",
    status=st.just("current"),
    subject=people,
    content=one_of("text/xml; charset=UTF-8", "text/xml", "application/pdf").map(
        lambda kind: [{"attachment": {"contentType": kind, "language": "ru"}}]
    ),
)
KINDS = {
    "o": organizations, "p": patients, "d": practitioners, "b": observations, "r": reports,
    "s": requests, "f": documents,
}  # fmt: skip


def numbered(letter, found):
    start = 1 if letter in "opd" else 0
    return [{**one, "id": f"{letter}{n}"} for n, one in enumerate(found, start)]


clinics = st.tuples(
    *(
        st.lists(kind, min_size=2, max_size=5 if letter == "b" else 3).map(
            lambda found, letter=letter: numbered(letter, found)
        )
        for letter, kind in KINDS.items()
    )
).map(lambda groups: FIXED + [one for group in groups for one in group])

PREFIXES = one_of("", "", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")
TOKENS = one_of("718-7", f"{LOINC}|718-7", f"{LOINC}|", "hgb", "718-7,789-8", "|718-7", "nothing")
MISSING = one_of("true", "false")
QUANTITIES = st.builds(
    "{}{}{}".format,
    PREFIXES,
    one_of("5.4", "0.0054", "54", "5.40"),
    one_of("", f"|{UCUM}|mg", f"|{UCUM}|g", "||mg", f"|{UCUM}|mmol/L", f"|{UCUM}|"),
)
PERSON = one_of("Patient/p1", "Patient/p2", "p1", f"{BASE}/Patient/p1", "Patient/p1,Patient/p2")
DATES = st.builds("{}{}".format, PREFIXES, one_of("2026-01-05", "2026-01", "2026-01-06T07:00Z"))
# What may be asked of each type: name, with its modifier, and values.
PLAIN = {
    "Patient": {
        "name": one_of("иван", "smi", "Иванов,Петров"), "name:exact": one_of("Иванов", "иванов"),
        "family:contains": st.just("ано"), "gender": one_of("male", "female"),
        "gender:not": one_of("male", "female"), "name:missing": MISSING,
        "gender:in": st.just("http://x.example/none"), "birthdate": one_of("1980", "ge1985"),
        "identifier": one_of("urn:snils|1", "1", "|2", "urn:snils|"),
        "identifier:of-type": one_of("t|SB|1", "t|MR|2", "t|MR|1"),
        "identifier:text": st.just("карт"), "organization": one_of("o1", "Organization/o2"),
        "_id": one_of("p1", "p2", "p1,p2"), "_id:not": st.just("p1"),
        "organization:missing": MISSING,
    },
    "Practitioner": {"name": one_of("иван", "smi"), "gender": one_of("male", "female"),
                     "gender:missing": MISSING, "_id": one_of("d1", "d2")},
    "Organization": {"name": one_of("клин", "lab"), "active": one_of("true", "false"),
                     "active:missing": MISSING},
    "Observation": {
        "code": TOKENS, "code:not": TOKENS, "code:in": one_of("urn:vs", "urn:vs|1", "ValueSet/vs"),
        "code:not-in": st.just("urn:vs"), "code:below": st.just("urn:lab|BLOOD"),
        "code:above": st.just("urn:lab|hgb"), "status": one_of("final", "amended"),
        "status:not": st.just("final"), "combo-code": TOKENS, "subject": PERSON, "patient": PERSON,
        "subject:Patient": one_of("p1", "p2"), "subject:missing": MISSING, "date": DATES,
        "date:missing": MISSING, "value-quantity": QUANTITIES, "combo-value-quantity": QUANTITIES,
        "component-value-quantity:missing": MISSING,
        "code-value-quantity": st.builds("{}${}".format, one_of("718-7", "hgb"), QUANTITIES),
        "component-code-value-quantity": st.builds(
            "{}${}".format, one_of("718-7", f"{LOINC}|789-8"), QUANTITIES),
        "combo-code-value-quantity": st.builds("{}${}".format, st.just("hgb"), QUANTITIES),
        "performer": one_of("d1", "Practitioner/d2", "o1"), "_lastUpdated": st.just("gt1970"),
        "_id": one_of("b0", "b1"),
    },
    "DiagnosticReport": {"status": st.just("final"), "code": TOKENS, "subject": PERSON,
                         "result": one_of("b0", "Observation/b1", "Observation/b2"),
                         "result:missing": MISSING},
    "ServiceRequest": {"status": one_of("active", "completed"), "subject": PERSON, "code": TOKENS,
                       "status:not": st.just("active")},
    "DocumentReference": {
        "contenttype": one_of("text/xml", "application/pdf", "urn:ietf:bcp:13|text/xml"),
        "contenttype:below": one_of("text/xml", "text"), "subject": PERSON,
        "contenttype:above": one_of("text/xml;charset=utf-8", "application/pdf"),
    },
}  # fmt: skip
# The ways from each type: (link as written, type it leads to).
LINKS = {
    "Patient": [("organization", "Organization"), ("_has:Observation:patient:", "Observation"),
                ("_has:ServiceRequest:subject:", "ServiceRequest"),
                ("general-practitioner:Practitioner", "Practitioner")],
    "Practitioner": [("_has:Observation:performer:", "Observation"),
                     ("_has:Patient:general-practitioner:", "Patient")],
    "Organization": [("_has:Patient:organization:", "Patient")],
    "Observation": [("subject:Patient", "Patient"), ("patient", "Patient"),
                    ("performer:Practitioner", "Practitioner"), ("has-member", "Observation"),
                    ("performer:Organization", "Organization"), ("based-on", "ServiceRequest"),
                    ("_has:DiagnosticReport:result:", "DiagnosticReport"),
                    ("_has:Observation:has-member:", "Observation")],
    "DiagnosticReport": [("result", "Observation"), ("subject:Patient", "Patient")],
    "ServiceRequest": [("patient", "Patient"), ("requester:Practitioner", "Practitioner"),
                       ("_has:Observation:based-on:", "Observation")],
    "DocumentReference": [("subject:Patient", "Patient")],
}  # fmt: skip
SORTS = {"Observation": ["date", "code", "value-quantity", "subject", "_lastUpdated", "_id"],
         "Patient": ["name", "birthdate", "gender", "_id"]}  # fmt: skip


@st.composite
def clause(draw, type_, hops):
    """One `name=value` on `type_` through `hops` other types."""
    path, here = "", type_
    for _ in range(hops):
        link, here = draw(st.sampled_from(LINKS[here]))
        path += link if link.endswith(":") else f"{link}."
    names = [one for one in PLAIN[here] if one != "gender:in" and ("missing" not in one or hops)]
    name = draw(st.sampled_from(sorted(names) if not hops else sorted(PLAIN[here])))
    if name == "gender:in":
        name = "gender:missing"
        return path + name, draw(MISSING)
    return path + name, draw(PLAIN[here][name])


@st.composite
def searches(draw):
    """A type and the pairs of a search on it."""
    type_ = draw(one_of("Observation", "Observation", "Patient", *PLAIN))
    hops = one_of(0, 1, 1, 2, 2, 3)
    pairs = [draw(clause(type_, draw(hops))) for _ in range(draw(one_of(1, 1, 1, 2)))]
    if type_ in SORTS:
        keys = draw(st.lists(st.sampled_from(SORTS[type_]), max_size=2, unique=True))
        signed = [draw(one_of("", "-")) + key for key in keys]
        pairs += [("_sort", ",".join(signed))] if signed else []
    return type_, pairs


def seen(principal, resources):
    """Which of `resources` the principal may see: by the rules, not by the store."""
    access = {type_: one.access for type_, one in definitions().items()}
    related = {
        (patient.id_)
        for one in resources
        for patient in _led(one, "patient", "Patient")
        if "authoredOn" in one and any(row.id_ == "d1" for row in _practitioners(one))
    }

    def may_see(one):
        rule = access[one["resourceType"]]
        if principal is SYSTEM or (principal is DOCTOR and rule.directory):
            return True
        if principal is PATIENT:
            return rule.public(one) if rule.directory else "p1" in rule.owners(one)
        if one["resourceType"] == "Patient":
            return one["id"] in related
        return any(row.id_ in related for row in _led(one, "patient", "Patient"))

    return [one for one in resources if may_see(one)]


def _led(resource, code, type_):
    parameter = definitions()[resource["resourceType"]].parameter(code)
    rows = () if parameter is None else parameter.rows(resource, CONTEXT)
    return [row for row in rows if isinstance(row, ReferenceRow) and row.type_ == type_]


def _practitioners(resource):
    return _led(resource, "requester", "Practitioner")


def world(principal, resources):
    """The world as the principal is shown it."""
    if principal is not PATIENT:
        return World(seen(principal, resources))

    def shown(resource, code):
        access = definitions()[resource["resourceType"]].access
        if code not in access.shown_parameters:
            return resource
        return access.shown(resource, None if access.directory else "p1")

    return World(seen(principal, resources), shown, contained=False)
