"""Section 6.4 of the checklist: combining, chains, missing, one test per item, by its number."""

import pytest
from asking import LOINC, clinic_of, coded, finds, made, measured, refusal, to

ORG = "managingOrganization"
RESOURCES = (
    made("Organization", "clinic", name="Клиника", active=True),
    made("Organization", "lab", name="Lab"),
    made("Patient", "A", name=[{"family": "Иванов", "given": ["Пётр", "Глеб"]}],
         gender="male", **{ORG: to("Organization/clinic")}),
    made("Patient", "B", name=[{"family": "Петров"}], gender="female",
         **{ORG: to("Organization/lab")}),
    made("Patient", "C", _birthDate={"extension": [{"url": "urn:x", "valueString": "y"}]}),
    made("Patient", "slash", name=[{"family": "a,b"}], identifier=[{"value": "x|y$z\\"}]),
    made("Practitioner", "d", name=[{"family": "Сидоров"}], gender="male"),
    made("Practitioner", "e", name=[{"family": "Кузнецов"}], gender="female"),
    made("Location", "room", name="Иванов"),
    measured("one", subject=to("Patient/A"),
             performer=[to("Practitioner/d"), to("Practitioner/e")]),
    measured("two", subject=to("Patient/B"), code=coded((LOINC, "2")),
             performer=[to("Practitioner/d")]),
    measured("place", subject=to("Location/room")),
    measured("inside", subject=to("#p"), performer=[to("#d")], contained=[
        {"resourceType": "Patient", "id": "p", "name": [{"family": "Внутренний"}],
         ORG: to("Organization/clinic")},
        {"resourceType": "Practitioner", "id": "d", "gender": "female"}]),
    made("DiagnosticReport", "rep", status="final", code=coded((LOINC, "9")),
         subject=to("Patient/A"), result=[to("Observation/one"), to("Observation/two")]),
)  # fmt: skip
SYSTEM, PATIENT = "system", "patient"


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    with clinic_of(tmp_path_factory.mktemp("chains"), *RESOURCES) as found:
        yield found


def found(clinic, path, token=SYSTEM):
    return finds(clinic, path.encode().decode("latin-1"), token)


def test_item_040_repetition_is_and_comma_is_or(clinic):
    assert found(clinic, "Patient?name=иванов,петров") == "A B"
    assert found(clinic, "Patient?given=пётр&given=глеб") == "A"
    assert found(clinic, "Patient?name=иванов&name=петров") == ""


def test_item_041_escapes_are_undone_after_splitting(clinic):
    assert found(clinic, r"Patient?family:exact=a\,b") == "slash"
    assert found(clinic, r"Patient?family:exact=a%5C%2Cb") == "slash"
    assert found(clinic, "Patient?family:exact=a,b") == ""
    assert found(clinic, r"Patient?identifier=x\|y\$z\\") == "slash"
    assert refusal(clinic, r"Patient?name=a\b") == (400, "invalid")


def test_item_042_missing_is_true_or_false_and_extensions_are_no_value(clinic):
    assert found(clinic, "Patient?birthdate:missing=true") == "A B C slash"
    assert found(clinic, "Patient?gender:missing=false") == "A B"
    for text in ("yes", "true,false"):
        assert refusal(clinic, f"Patient?gender:missing={text}") == (400, "invalid")


def test_item_043_an_empty_parameter_asks_nothing(clinic):
    assert found(clinic, "Patient?name=") == "A B C slash"
    assert found(clinic, "Patient?general-practitioner.name=") == "A B C slash"


def test_item_044_chains_are_met_each_on_its_own(clinic):
    doctor = "performer:Practitioner"
    path = f"Observation?{doctor}.name=сидоров&{doctor}.gender=female"
    assert found(clinic, path) == "one"


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("Observation?subject:Patient.name=иванов", "one"),
        ("Observation?patient.name=иванов", "one"),
        ("Observation?subject.gender=female", "two"),
        ("Observation?subject:Patient.organization.name=клин", "inside one"),
        ("Observation?subject:Location.name=иван", "place"),
        ("Observation?subject:Patient.gender:not=male", "inside two"),
        ("Observation?subject:Patient.name:missing=true", ""),
        ("Observation?subject:Patient._id=A", "one"),
        ("DiagnosticReport?result.subject:Patient.organization.name=lab", "rep"),
        ("Observation?subject:Patient.organization:Organization.active=true", "inside one"),
    ],
)
def test_item_045_a_chain_goes_on_with_the_type_that_is_meant(clinic, query, ids):
    assert found(clinic, query) == ids


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subject.name=x", "invalid"),  # Patient and Location have names
        ("subject:Patient.nope=x", "not-supported"),
        ("subject.nope=x", "not-supported"),
        ("subject:Practitioner.name=x", "not-supported"),
        ("subject:Foo.name=x", "invalid"),
        ("subject:Device.type=x", "not-supported"),
        ("code.name=x", "not-supported"),
        ("subject:Patient.name:above=x", "not-supported"),
        ("patient.birthdate=soon", "invalid"),
    ],
)
@pytest.mark.parametrize("prefer", ["handling=strict", "handling=lenient"])
def test_item_045_a_chain_that_is_not_understood_never_means_any(clinic, query, code, prefer):
    assert refusal(clinic, f"Observation?{query}", prefer=prefer) == (400, code)


def test_item_045_a_chain_has_three_links_a_patients_two(clinic):
    three = "DiagnosticReport?result.subject:Patient.organization.name=клин"
    assert found(clinic, three) == "rep"
    assert refusal(clinic, three.encode().decode("latin-1"), PATIENT) == (400, "invalid")
    assert found(clinic, "Observation?patient.organization.name=клин", PATIENT) == "one"
    four = "DiagnosticReport?result.has-member.subject:Patient.organization.name=x"
    assert refusal(clinic, four) == (400, "invalid")


def test_item_046_chains_look_into_contained_resources(clinic):
    assert found(clinic, "Observation?subject:Patient.name=внутр") == "inside"
    assert found(clinic, "Observation?patient.name=внутр") == "inside"
    assert found(clinic, "Observation?performer:Practitioner.gender=female") == "inside one"
    assert found(clinic, "Observation?performer:Practitioner.name:missing=true") == "inside"
    assert found(clinic, "Patient?name=внутр") == ""


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("Patient?_has:Observation:patient:code=1", "A"),
        ("Patient?_has:Observation:patient:code=1,2", "A B"),
        ("Patient?_has:Observation:patient:code=1&_has:Observation:patient:code=2", ""),
        ("Patient?_has:Observation:patient:performer:Practitioner.name=кузн", "A"),
        ("Patient?_has:Observation:patient:_has:DiagnosticReport:result:code=9", "A B"),
        ("Observation?patient._has:DiagnosticReport:subject:code=9", "one"),
        ("Organization?_has:Patient:organization:_has:Observation:subject:code=2", "lab"),
        ("Patient?_has:Observation:patient:code:not=1", "A B"),
    ],
)
def test_item_047_reverse_chains_are_each_on_their_own_and_nest(clinic, query, ids):
    assert found(clinic, query) == ids


@pytest.mark.parametrize(
    "query",
    ["_has:Observation:patient=1", "_has:Observation:patient:", "_has:Foo:patient:code=1",
     "_has:Observation:code:code=1", "_has:Observation:nope:code=1", "_has=1",
     "_has:Observation:specimen:code=1", "_has:Encounter:patient:status=x"],
)  # fmt: skip
def test_item_047_a_reverse_chain_that_is_not_understood_is_refused(clinic, query):
    path = query if "=" in query else f"{query}=1"
    assert clinic.ask(f"/fhir/Patient?{path}").status == 400


def test_patients_look_only_at_what_they_may_see(clinic):
    assert found(clinic, "Patient?_has:Observation:patient:code=1,2", PATIENT) == "A"
    assert found(clinic, "Observation?patient.name=петров", PATIENT) == ""
    assert found(clinic, "Observation?subject:Patient.name=внутр", PATIENT) == ""
    only_patients = clinic.ask("/fhir/Patient?_has:Observation:patient:code=1", token="narrow")
    assert (only_patients.status, only_patients.outcome) == (403, "forbidden")
