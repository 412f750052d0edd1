"""FHIRPath Patch: the operations of https://hl7.org/fhir/R4/fhirpatch.html on a patient."""

import copy
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirbridge.fhir.errors import FhirError, Invalid, Unprocessable
from fhirbridge.fhir.patch.parameters import apply
from fhirbridge.fhir.schema import check

PATIENT = {
    "resourceType": "Patient",
    "id": "A",
    "active": True,
    "name": [
        {"use": "official", "family": "Иванов", "given": ["Иван", "Петрович"]},
        {"use": "nickname", "given": ["Ваня"]},
    ],
    "telecom": [
        {"system": "phone", "value": "1", "use": "home", "rank": 2},
        {"system": "phone", "value": "2", "use": "work"},
        {"system": "email", "value": "a@b.example"},
    ],
    "birthDate": "1980-01-01",
    "_birthDate": {"extension": [{"url": "http://e.example/t", "valueString": "noon"}]},
    "deceasedBoolean": False,
    "extension": [{"url": "http://e.example/x", "valueString": "old"}],
}


def part(name, **value):
    return {"name": name, **value}


def operation(type_, path, *parts, **named):
    made = [part("type", valueCode=type_), part("path", valueString=path), *parts]
    for name, value in named.items():
        key = "valueInteger" if isinstance(value, int) else "valueString"
        made.append(part(name, **{key: value}))
    return {"name": "operation", "part": made}


def patched(*operations, resource=PATIENT):
    parameters = {"resourceType": "Parameters", "parameter": list(operations)}
    before = copy.deepcopy(parameters)
    result = apply(copy.deepcopy(resource), parameters)
    assert parameters == before
    assert check(result) == ()
    return result


def text(value):
    return part("value", valueString=value)


def test_add_appends_to_a_list_and_sets_what_was_absent():
    home = part("value", valueContactPoint={"system": "sms", "value": "3"})
    assert patched(operation("add", "Patient", home, name="telecom"))["telecom"][-1] == {
        "system": "sms",
        "value": "3",
    }
    male = part("value", valueCode="male")
    assert patched(operation("add", "Patient", male, name="gender"))["gender"] == "male"
    second = operation("add", "Patient.name[1]", text("Ванечка"), name="given")
    assert patched(second)["name"][1]["given"] == ["Ваня", "Ванечка"]


def test_add_makes_a_list_where_there_was_none():
    value = part("value", valueAddress={"city": "Тула"})
    assert patched(operation("add", "Patient", value, name="address"))["address"] == [
        {"city": "Тула"}
    ]


def test_add_builds_an_element_without_a_type_from_parts():
    contact = part(
        "value",
        part=[
            part("name", valueHumanName={"text": "Мать"}),
            part("telecom", valueContactPoint={"system": "phone", "value": "7"}),
            part("telecom", valueContactPoint={"system": "email", "value": "m@b.example"}),
        ],
    )
    assert patched(operation("add", "Patient", contact, name="contact"))["contact"] == [
        {
            "name": {"text": "Мать"},
            "telecom": [
                {"system": "phone", "value": "7"},
                {"system": "email", "value": "m@b.example"},
            ],
        }
    ]


def test_add_names_a_choice_by_its_stem():
    resource = {key: value for key, value in PATIENT.items() if key != "deceasedBoolean"}
    date = part("value", valueDateTime="2020-01-01")
    result = patched(operation("add", "Patient", date, name="deceased"), resource=resource)
    assert result["deceasedDateTime"] == "2020-01-01"


def test_insert_and_move_go_by_index():
    first = operation("insert", "Patient.name[0].given", text("Нулевой"), index=0)
    assert patched(first)["name"][0]["given"] == ["Нулевой", "Иван", "Петрович"]
    last = operation("insert", "Patient.name[0].given", text("Третий"), index=2)
    assert patched(last)["name"][0]["given"] == ["Иван", "Петрович", "Третий"]
    moved = patched(operation("move", "Patient.telecom", source=0, destination=2))
    assert [one.get("value") for one in moved["telecom"]] == ["2", "a@b.example", "1"]


@pytest.mark.parametrize(
    ("path", "gone"),
    [
        ("Patient.birthDate", "1980-01-01"),
        ("Patient.deceased", False),
        ("Patient.deceased.ofType(boolean)", False),
        ("Patient.telecom.where(system = 'email')", "a@b.example"),
        ("Patient.telecom.where(system = 'phone' and use = 'home')", "home"),
        ("Patient.telecom.where(use = 'work' or use = 'temp').value", "2"),
        ("Patient.telecom.where(rank = 2)", "home"),
        ("Patient.telecom.where(rank.exists())", "home"),
        ("Patient.telecom.where(use != 'home').first()", "work"),
        ("Patient.telecom.last()", "a@b.example"),
        ("Patient.name[1]", "Ваня"),
        ("Patient.name.given.where($this = 'Ваня')", "Ваня"),
        ("Patient.extension('http://e.example/x')", "old"),
        ("Patient.extension.where(url='http://e.example/x').value", "old"),
        ("Patient.name.where(use='official').given[1]", "Петрович"),
    ],
)
def test_delete_takes_out_the_one_element_of_a_path(path, gone):
    resource = copy.deepcopy(PATIENT)
    operations = {"resourceType": "Parameters", "parameter": [operation("delete", path)]}
    result = apply(resource, operations)
    assert repr(gone) in repr(PATIENT)
    assert repr(gone) not in repr({k: v for k, v in result.items() if k != "active"})


@pytest.mark.parametrize(
    "path",
    ["name[0].family", "name.where(use = 'official').family", "Resource.name[0].family",
     "$this.name[0].family", " Patient.name[0].family "],
)  # fmt: skip
def test_the_type_needs_not_stand_first(path):
    """https://hl7.org/fhirpath/N1/#path-selection: a path begins at the resource."""
    assert patched(operation("replace", path, text("X")))["name"][0]["family"] == "X"


def test_a_primitive_takes_its_extensions_along():
    assert "_birthDate" not in patched(operation("delete", "Patient.birthDate"))
    value = part("value", valueDate="1981-02-03")
    replaced = patched(operation("replace", "Patient.birthDate", value))
    assert replaced["birthDate"] == "1981-02-03"
    assert "_birthDate" not in replaced


def extension(value, url="http://e.example/t"):
    return {"url": url, "valueString": value}


def test_an_extension_of_a_primitive_stands_beside_it():
    """https://hl7.org/fhir/R4/json.html#primitive."""
    value = part("value", valueExtension=extension("m"))
    by_parts = part("value", part=[part("url", valueUri="http://e.example/t"), text("m")])
    for given_ in (value, by_parts):
        added = patched(operation("add", "Patient.active", given_, name="extension"))
        assert (added["active"], added["_active"]) == (True, {"extension": [extension("m")]})
    more = patched(operation("add", "Patient.birthDate", value, name="extension"))
    assert more["_birthDate"]["extension"] == [extension("noon"), extension("m")]
    second = patched(operation("add", "Patient.name[0].given[1]", value, name="extension"))
    assert second["name"][0]["given"] == ["Иван", "Петрович"]
    assert second["name"][0]["_given"] == [None, {"extension": [extension("m")]}]
    chosen = patched(operation("add", "Patient.deceased", value, name="extension"))
    assert chosen["_deceasedBoolean"] == {"extension": [extension("m")]}
    named = patched(operation("add", "Patient.active", text("x"), name="id"))
    assert named["_active"] == {"id": "x"}
    first = operation("insert", "Patient.birthDate.extension", value, index=0)
    assert patched(first)["_birthDate"]["extension"] == [extension("m"), extension("noon")]
    swapped = operation("move", "Patient.birthDate.extension", source=0, destination=1)
    assert patched(first, swapped)["_birthDate"]["extension"] == [extension("noon"), extension("m")]


def test_an_extension_of_a_primitive_is_changed_and_taken_away():
    path = "Patient.birthDate.extension('http://e.example/t')"
    changed = patched(operation("replace", f"{path}.value", text("dawn")))
    assert changed["_birthDate"] == {"extension": [extension("dawn")]}
    gone = patched(operation("delete", path))
    assert (gone["birthDate"], "_birthDate" in gone) == ("1980-01-01", False)
    value = part("value", valueExtension=extension("m"))
    given_ = "Patient.name[0].given[1]"
    added = operation("add", given_, value, name="extension")
    assert patched(added, operation("delete", f"{given_}.extension[0]")) == PATIENT


@pytest.mark.parametrize("name", ["value", "url", "birthDate"])
def test_a_primitive_has_no_other_elements(name):
    with pytest.raises(Unprocessable):
        patched(operation("add", "Patient.birthDate", text("x"), name=name))


@pytest.mark.parametrize(
    "then",
    [
        operation("delete", "Patient.active"),
        operation("insert", "Patient.name[2].given", text("x"), index=0),
        operation("add", "Patient.name[2].given[0]", text("x"), name="id"),
    ],
)
@pytest.mark.parametrize("name", [{"given": 5, "_given": [{}]}, {"given": ["x"], "_given": 5}])
def test_an_operation_after_one_that_broke_a_list_does_not_fail_over_it(name, then):
    """What is not refused here is refused by the check of the result."""
    broken = operation("add", "Patient", part("value", valueHumanName=name), name="name")
    with suppress(Unprocessable):
        result = apply(
            copy.deepcopy(PATIENT), {"resourceType": "Parameters", "parameter": [broken, then]}
        )
        assert check(result)


def test_delete_of_what_is_not_there_changes_nothing():
    assert patched(operation("delete", "Patient.maritalStatus")) == PATIENT


def test_replace_keeps_the_place():
    value = part("value", valueContactPoint={"system": "phone", "value": "9"})
    result = patched(operation("replace", "Patient.telecom.where(value='2')", value))
    assert [one["value"] for one in result["telecom"]] == ["1", "9", "a@b.example"]
    name = operation("replace", "Patient.name[0].family", text("Петров"))
    assert patched(name)["name"][0]["family"] == "Петров"


@pytest.mark.parametrize(
    "one",
    [
        operation("add", "Patient", part("value", valueDate="1990-01-01"), name="birthDate"),
        operation("add", "Patient", text("x"), name="nothing"),
        operation("add", "Patient.telecom", text("x"), name="value"),
        operation("add", "Patient.contact", text("x"), name="gender"),
        operation("insert", "Patient.name[0].given", text("x"), index=3),
        operation("insert", "Patient.birthDate", text("x"), index=0),
        operation("move", "Patient.telecom", source=0, destination=3),
        operation("delete", "Patient.telecom"),
        operation("delete", "Patient"),
        operation("replace", "Patient.telecom", text("x")),
        operation("replace", "Patient.maritalStatus", text("x")),
        operation("replace", "Patient", text("x")),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused(one):
    with pytest.raises(Unprocessable, match="Operation 0"):
        patched(one)


@pytest.mark.parametrize(
    "one",
    [
        operation("jump", "Patient.name"),
        operation("delete", "Observation.name"),
        operation("delete", "[0].name"),
        operation("delete", "Patient.name.trace('x')"),
        operation("delete", "Patient.name |"),
        operation("delete", "Patient.name["),
        operation("delete", "Patient.name[-1]"),
        operation("delete", "Patient.name[1.5]"),
        operation("delete", "Patient..name"),
        operation("delete", "Patient.name.where(use)"),
        operation("delete", "Patient.name.where(use = )"),
        operation("delete", "Patient.name.where(a = 1 and b = 2 or c = 3)"),
        operation("delete", "Patient." + "a" * 2000),
        operation("add", "Patient", name="gender"),
        operation("add", "Patient", text("x")),
        operation("add", "Patient", part("value", valueString="x", valueCode="x"), name="gender"),
        operation("insert", "Patient.name", text("x")),
        operation("insert", "Patient.name", text("x"), index=-1),
        operation("insert", "Patient.name.first()", text("x"), index=0),
        operation("delete", "Patient.name", part("path", valueString="Patient.name")),
        {"name": "operation"},
        {"name": "other"},
        {"name": "operation", "part": {"name": "type"}},
        7,
    ],
    ids=str,
)
def test_what_is_no_patch_is_invalid(one):
    with pytest.raises(Invalid):
        patched(one)


GIVEN = {"given": ["a", None, "c"], "_given": [None, {"id": "x"}, {"id": "y"}]}


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (
            operation("delete", "Patient.name.given[0]"),
            {"given": [None, "c"], "_given": [{"id": "x"}, {"id": "y"}]},
        ),
        (
            operation("delete", "Patient.name.given[1]"),
            {"given": ["a", "c"], "_given": [None, {"id": "y"}]},
        ),
        (
            operation("insert", "Patient.name.given", text("b"), index=1),
            {"given": ["a", "b", None, "c"], "_given": [None, None, {"id": "x"}, {"id": "y"}]},
        ),
        (
            operation("move", "Patient.name.given", source=2, destination=0),
            {"given": ["c", "a", None], "_given": [{"id": "y"}, None, {"id": "x"}]},
        ),
        (
            operation("add", "Patient.name", text("d"), name="given"),
            {"given": ["a", None, "c", "d"], "_given": [None, {"id": "x"}, {"id": "y"}, None]},
        ),
        (
            operation("replace", "Patient.name.given[2]", text("e")),
            {"given": ["a", None, "e"], "_given": [None, {"id": "x"}, None]},
        ),
        (
            operation("replace", "Patient.name.given.last()", text("e")),
            {"given": ["a", None, "e"], "_given": [None, {"id": "x"}, None]},
        ),
    ],
)
def test_extensions_stay_with_the_items_of_a_list(one, expected):
    assert patched(one, resource={**PATIENT, "name": [GIVEN]})["name"] == [expected]


def test_no_empty_list_of_extensions_is_left():
    twice = [operation("delete", "Patient.name.given[1]")] * 2
    result = patched(*twice, resource={**PATIENT, "name": [GIVEN]})
    assert result["name"] == [{"given": ["a"]}]
    gone = operation("delete", "Patient.birthDate")
    only = {key: value for key, value in PATIENT.items() if key != "birthDate"}
    assert "_birthDate" not in patched(gone, resource=only)


def test_another_type_of_value_is_another_choice():
    date = part("value", valueDateTime="2020-01-01")
    result = patched(operation("replace", "Patient.deceased", date))
    assert "deceasedBoolean" not in result
    assert result["deceasedDateTime"] == "2020-01-01"
    same = patched(operation("replace", "Patient.deceased", part("value", valueBoolean=True)))
    assert same["deceasedBoolean"] is True


def test_another_resource_is_no_patch():
    with pytest.raises(Invalid):
        apply(copy.deepcopy(PATIENT), {"resourceType": "Patient"})


words = st.sampled_from(
    ["Patient", ".", "name", "[0]", "[", "]", "where(", "use", "=", "'x'", ")", "first()", " and "]
)


@given(st.lists(words, max_size=12).map("".join) | st.text(max_size=20), st.text(max_size=8))
def test_whatever_comes_is_applied_or_refused(path, name):
    parameters = {
        "resourceType": "Parameters",
        "parameter": [operation("add", path, text("x"), name=name), operation("delete", path)],
    }
    try:
        apply(copy.deepcopy(PATIENT), parameters)
    except FhirError as error:
        assert error.status in {400, 422}  # noqa: PT017 - any other error fails the test
