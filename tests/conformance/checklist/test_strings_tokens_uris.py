"""Section 6.2 of the checklist: strings, tokens and uris, one test per item, by its number."""

import pytest
from asking import LOINC, clinic_of, coded, finds, made, measured, refusal

MR = {"coding": [{"system": "urn:types", "code": "MR"}], "text": "Медкарта"}
RESOURCES = (
    made(
        "Patient", "p", gender="male", active=True,
        name=[{"use": "official", "family": "Салтыков-Щедрин", "given": ["Михаил"]}],
        address=[{"city": "Тверь", "use": "home"}],
        identifier=[{"system": "urn:mrn", "value": "Ab1", "type": MR}, {"value": "bare"}],
        telecom=[{"system": "phone", "value": "+7 900 1"}],
    ),
    made("Patient", "q", gender="female", name=[{"family": "Ёлкин"}, {"text": "O'Brien"}]),
    made("Patient", "r", name=[{"family": "Андрей"}], identifier=[{"value": "Ab1"}]),
    made("Patient", "s", name=[{"family": "Андреи"}]),
    measured("one", code=coded((LOINC, "A-1"), ("urn:lab", "B"), text="Общий анализ")),
    measured("two", code=coded(("urn:lab", "C"))),
    measured("bare", code={"coding": [{"code": "A-1", "display": "Проба"}]}),
    measured("none", code={"text": "Проба"}),
    made("CodeSystem", "lab", url="urn:lab", status="active", content="complete",
         concept=[{"code": "R", "concept": [{"code": "B"}, {"code": "C"}]}]),
    made("CodeSystem", "part", url="urn:part", status="active", content="fragment"),
    made("ValueSet", "vs", url="http://x.example/vs", version="2", status="active",
         compose={"include": [{"system": "urn:lab",
                               "filter": [{"property": "concept", "op": "is-a", "value": "R"}]}],
                  "exclude": [{"system": "urn:lab", "concept": [{"code": "C"}]}]}),
    made("ValueSet", "odd", url="http://x.example/odd", status="active", compose={"include": [
        {"system": LOINC, "filter": [{"property": "CLASS", "op": "=", "value": "CHEM"}]}]}),
    made("ValueSet", "gender", url="http://hl7.org/fhir/ValueSet/administrative-gender",
         status="active", compose={"include": [{"system": "http://hl7.org/fhir/administrative-gender"}],
                                   "exclude": []}),
    made("ConceptMap", "m", url="http://x.example/fhir/maps/1", status="active",
         sourceCanonical="http://x.example/vs|2", targetCanonical="http://x.example/odd"),
    made("ConceptMap", "urn", url="urn:maps:1", status="active"),
    made("DocumentReference", "xml", status="current", content=[
        {"attachment": {"contentType": "text/xml; charset=UTF-8", "language": "ru"}}]),
    made("DocumentReference", "pdf", status="current",
         content=[{"attachment": {"contentType": "application/pdf"}}]),
)  # fmt: skip


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    with clinic_of(tmp_path_factory.mktemp("strings"), *RESOURCES) as found:
        yield found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("name=салтыков щедрин", "p"), ("name=САЛТЫКОВ", "p"), ("name=елкин", "q"),
        ("name=obrien", "q"), ("name=андрей", "r"), ("name=андреи", "s"), ("name=анд", "r s"),
        ("name=алтыков", ""),
    ],
)  # fmt: skip
def test_item_017_strings_begin_with_the_text_whatever_its_case_and_accents(clinic, query, found):
    assert finds(clinic, f"Patient?{query}".replace(" ", "%20").encode().decode("latin-1")) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [("family:exact=Ёлкин", "q"), ("family:exact=ёлкин", ""), ("family:contains=ЕЛК", "q"),
     ("family:exact=Елкин", "")],
)  # fmt: skip
def test_item_018_exact_compares_case_and_accents_contains_does_not(clinic, query, found):
    assert finds(clinic, f"Patient?{query}".encode().decode("latin-1")) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [("name=щедрин", "p"), ("family=щедрин", "p"), ("name=михаил", "p"), ("address=тверь", "p"),
     ("name=official", ""), ("address=home", "")],
)  # fmt: skip
def test_item_019_every_part_of_a_name_but_not_its_use(clinic, query, found):
    assert finds(clinic, f"Patient?{query}".encode().decode("latin-1")) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [(f"code={LOINC}|A-1", "one"), ("code=A-1", "bare one"), ("code=|A-1", "bare"),
     ("code=urn:lab|", "one two")],
)  # fmt: skip
def test_item_020_a_token_has_four_forms(clinic, query, found):
    assert finds(clinic, f"Observation?{query}") == found


def test_item_021_only_ids_compare_by_case(clinic):
    assert finds(clinic, "Observation?code=a-1") == "bare one"
    assert finds(clinic, "Patient?identifier=AB1") == "p r"
    assert finds(clinic, "Patient?_id=p") == "p"
    assert finds(clinic, "Patient?_id=P") == ""


def test_item_022_flags_and_contacts_have_no_system(clinic):
    assert finds(clinic, "Patient?active=true") == "p"
    assert finds(clinic, "Patient?phone=%2B79001") == "p"
    assert finds(clinic, "Patient?active=urn:x|true") == ""


def test_item_023_not_is_of_all_codings_and_finds_what_has_none(clinic):
    assert finds(clinic, "Observation?code:not=A-1") == "none two"
    assert finds(clinic, "Observation?code:not=B,C") == "bare none"
    assert finds(clinic, "Patient?gender:not=male") == "q r s"


def test_item_024_of_type_needs_all_three_parts(clinic):
    assert finds(clinic, "Patient?identifier:of-type=urn:types|MR|Ab1") == "p"
    assert finds(clinic, "Patient?identifier:of-type=urn:types|SB|Ab1") == ""
    for text in ("MR|Ab1", "urn:types|MR|", "urn:types|MR", "Ab1"):
        assert refusal(clinic, f"Patient?identifier:of-type={text}") == (400, "invalid")


def test_item_025_text_begins_a_text_or_display(clinic):
    for query, found in [
        ("Observation?code:text=проба", "bare none"),
        ("Observation?code:text=общий", "one"),
        ("Patient?identifier:text=медк", "p"),
    ]:
        assert finds(clinic, query.encode().decode("latin-1")) == found


@pytest.mark.parametrize("name", ["http://x.example/vs", "http://x.example/vs|2", "ValueSet/vs"])
def test_item_026_in_finds_by_the_codes_of_a_value_set(clinic, name):
    assert finds(clinic, f"Observation?code:in={name}") == "one"
    assert finds(clinic, f"Observation?code:not-in={name}") == "bare none two"


@pytest.mark.parametrize("modifier", ["in", "not-in"])
@pytest.mark.parametrize(
    "name", ["http://x.example/none", "http://x.example/vs|1", "http://x.example/odd", "ValueSet/-"]
)
def test_item_026_a_set_that_cannot_be_expanded_fails(clinic, modifier, name):
    assert refusal(clinic, f"Observation?code:{modifier}={name}") == (400, "not-supported")


def test_item_026_codes_above_and_below_come_from_a_whole_code_system(clinic):
    assert finds(clinic, "Observation?code:below=urn:lab|R") == "one two"
    assert finds(clinic, "Observation?code:below=urn:lab|C") == "two"
    assert finds(clinic, "Observation?code:above=urn:lab|C") == "two"
    assert refusal(clinic, "Observation?code:below=urn:part|R") == (400, "not-supported")
    assert refusal(clinic, "Observation?code:below=R") == (400, "invalid")


def test_item_027_codes_imply_the_system_of_their_value_set(clinic):
    system = "http://hl7.org/fhir/administrative-gender"
    assert finds(clinic, f"Patient?gender={system}|male") == "p"
    assert finds(clinic, f"Patient?gender={system}|") == "p q"
    assert finds(clinic, "Patient?gender=urn:other|male") == ""
    in_set = "Patient?gender:in=http://hl7.org/fhir/ValueSet/administrative-gender"
    assert finds(clinic, in_set) == "p q"
    assert finds(clinic, "DocumentReference?language=urn:ietf:bcp:47|ru") == "xml"


@pytest.mark.parametrize(
    ("query", "found"),
    [("url=http://x.example/fhir/maps/1", "m"), ("url=http://x.example/fhir/maps", ""),
     ("url:below=http://x.example/fhir", "m"), ("url:below=http://x.example/fhir/map", ""),
     ("url:above=http://x.example/fhir/maps/1/2", "m"), ("url=urn:maps:1", "urn")],
)  # fmt: skip
def test_item_028_a_uri_is_exact_and_has_a_hierarchy_if_a_url(clinic, query, found):
    assert finds(clinic, f"ConceptMap?{query}") == found


def test_item_028_a_urn_has_no_hierarchy(clinic):
    assert refusal(clinic, "ConceptMap?url:below=urn:maps") == (400, "invalid")


def test_item_029_a_canonical_is_found_with_and_without_its_version(clinic):
    for text, found in [("", "m"), ("|2", "m"), ("|1", "")]:
        assert finds(clinic, f"ConceptMap?source=http://x.example/vs{text}") == found


def test_item_030_media_types_have_a_hierarchy(clinic):
    for query, found in [
        ("contenttype=text/xml", ""), ("contenttype:below=text/xml", "xml"),
        ("contenttype:below=text", "xml"), ("contenttype:below=application/pdf", "pdf"),
        ("contenttype:above=application/pdf;version=1", "pdf"),
        ("contenttype=urn:ietf:bcp:13|application/pdf", "pdf"),
    ]:  # fmt: skip
        assert finds(clinic, f"DocumentReference?{query}") == found
