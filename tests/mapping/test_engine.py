"""Mapping files are checked when they are read, and say what they do when they run."""

import pytest
from mapping_samples import context

from fhirbridge.mapping import ConfigurationError, Mappings

KEYS = "thing: {type: Basic, words: [text]}\nother: {type: Basic, words: [text, 'text?']}\n"
BASIC = """
stream: things
id: {key: thing, from: [id]}
resource:
  resourceType: Basic
  code: {text: {from: name}}
"""


def parse(text, **more):
    return Mappings.parse("toy", {"basic.yaml": text, "keys.yaml": KEYS, **more})


def made(text, record, **more):
    return parse(text, **more).map("things", record, context("toy"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stream: [", "basic.yaml: not YAML"),
        ("- a list", "basic.yaml: a mapping was expected"),
        (BASIC + "color: red", "basic.yaml: color: there is no such field"),
        (BASIC.replace("stream: things", ""), "basic.yaml: stream: is missing"),
        (BASIC.replace("key: thing", "key: nothing"), "basic.yaml: id: there is no key 'nothing'"),
        (BASIC.replace("from: [id]", "from: [id, x]"), "basic.yaml: id: 'id' needs a list of 1"),
        (BASIC.replace("Basic", "Patient"), "basic.yaml: resource.resourceType: is not the type"),
        (BASIC.replace("name}", "name, as: wish}"), "resource.code.text: 'wish' is not a word"),
        (BASIC.replace("name}", "name, as: map, map: x}"), "there is no map 'x'"),
        (BASIC.replace("name}", "name, pivot: 1}"), "'text' has no option 'pivot'"),
        (BASIC.replace("name}", "[a, b]}"), "'text' reads one path"),
        (BASIC.replace("name}", "name, as: name}"), "'name' reads family, full, given"),
        (BASIC.replace("from: name}", "each: a, from: b}"), "each: goes with make:"),
    ],
)
def test_a_wrong_file_is_one_line_that_names_file_and_field(text, message):
    with pytest.raises(ConfigurationError) as caught:
        parse(text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("keys.yaml", "thing: {words: [text]}", "keys.yaml: thing: needs type: and words:"),
        ("keys.yaml", "thing: {type: Basic, words: [wish]}", "'wish' is not a word"),
        ("streams.yaml", "things: {prepare: {as: magic}}", "'magic' is not a preparation"),
        ("streams.yaml", "things: {lists: a}", "streams.yaml: things: there is no field 'lists'"),
        ("tests.csv", "local_code\nA\n", "tests.csv: column local_name is missing"),
    ],
)
def test_a_wrong_table_is_named(name, text, message):
    with pytest.raises(ConfigurationError, match=message):
        parse(BASIC, **{name: text})


def test_the_shape_is_filled():
    outcome = made(BASIC, {"id": "1", "name": " A  b "})
    (one,) = outcome.resources
    assert one.resource["code"] == {"text": "A b"}
    assert one.mapping.startswith("basic.yaml#")
    assert one.resource["meta"]["source"].endswith("source/toy#" + one.mapping.partition("#")[2])
    assert outcome.account == {".": "mapped"}


def test_an_item_without_a_key_goes_to_quarantine():
    outcome = made(BASIC, {"id": "", "name": "A"})
    assert [one.reason_code for one in outcome.quarantined] == ["no-identity"]
    assert outcome.resources == ()


def test_a_comment_does_not_change_the_version_of_a_file():
    plain, commented = parse(BASIC), parse("# why\n" + BASIC)
    assert plain.plans["things"].files[0].version == commented.plans["things"].files[0].version
    changed = parse(BASIC.replace("from: name", "from: title"))
    assert changed.plans["things"].files[0].version != plain.plans["things"].files[0].version


def test_a_field_nobody_asked_for_is_reported_once():
    record = {"id": "1", "name": "A", "new": {"deep": [1, {"x": 2}]}, "empty": {}}
    texts = [note.text for note in made(BASIC, record).issues]
    assert texts == ["new.deep", "new.deep.x", "empty"]
    ignored = BASIC + "ignored: [new, empty]"
    assert made(ignored, record).issues == ()


def test_an_object_whose_leaves_stay_empty_is_left_out_with_its_constants():
    text = (
        BASIC
        + """\
  identifier:
    - system: "{sys}toy"
      value: {from: number}
  extension:
    - {url: "urn:fixed", valueBoolean: true}
"""
    )
    (one,) = made(text, {"id": "1", "name": "A"}).resources
    assert "identifier" not in one.resource
    assert one.resource["extension"] == [{"url": "urn:fixed", "valueBoolean": True}]


def test_lists_come_from_the_record_or_from_a_word():
    text = (
        BASIC
        + """\
  author: {each: {from: names, as: pieces}, make: {display: {from: .}}}
  note: {each: notes, make: {text: {from: t}}}
"""
    )
    (one,) = made(text, {"id": "1", "names": "a, b;c", "notes": [{"t": "x"}, {"t": ""}]}).resources
    assert [author["display"] for author in one.resource["author"]] == ["a", "b", "c"]
    assert one.resource["note"] == [{"text": "x"}]


def test_one_refusal_drops_everything_of_the_item_and_of_the_record():
    second = BASIC.replace("name}", "sex, as: map, map: sex}").replace("thing", "other", 2)
    second = second.replace("stream: others", "stream: things").replace("[id]", "[id, none]")
    files = {"second.yaml": second, "codes.csv": "map,source,target,comment\nsex,M,male,\n"}
    outcome = made(BASIC, {"id": "1", "name": "A", "sex": "?"}, **files)
    assert outcome.resources == ()
    assert [one.reason_code for one in outcome.quarantined] == ["unknown-code"]
    assert len(made(BASIC, {"id": "1", "name": "A", "sex": "m"}, **files).resources) == 2


def test_a_refused_record_takes_its_items_with_it():
    rows = BASIC.replace("stream: things", "stream: {things: rows}")
    whole = BASIC.replace("[id]", "[number]")
    outcome = made(whole, {"rows": [{"id": "1", "name": "A"}, {"id": "2"}]}, **{"rows.yaml": rows})
    assert outcome.account == dict.fromkeys([".", "rows/0", "rows/1"], "quarantined")
    assert [one.item_key for one in outcome.quarantined] == ["."]


def test_an_item_that_no_file_wants_is_ignored():
    outcome = made(BASIC + "only-with: [flag]", {"id": "1", "name": "A", "flag": False})
    assert outcome.account == {".": "ignored"}
    assert [one.reason for one in outcome.ignored] == ["nothing to map"]


def test_a_skipped_item_says_why():
    text = BASIC + "skips: [{from: name, as: not-a-person, words: [room]}]"
    (one,) = made(text, {"id": "1", "name": "Room 2"}).ignored
    assert "room" in one.reason


def test_two_items_that_make_the_same_thing_make_it_once():
    rows = BASIC.replace("stream: things", "stream: {things: rows}")
    outcome = made(rows, {"rows": [{"id": "1", "name": "A"}, {"id": "1", "name": "A"}]})
    assert len(outcome.resources) == 1
    assert outcome.account == {"rows/0": "mapped", "rows/1": "mapped"}


def test_the_own_organization_is_known_by_its_key():
    source = "organisation: {key: mine, name: X}"
    text = BASIC + '  subject: {reference: {from: ["@organization"], as: reference, key: thing}}\n'
    mappings = parse(text, **{"source.yaml": source})
    (one,) = mappings.map("things", {"id": "1", "name": "A"}, context("toy")).resources
    assert one.resource["subject"]["reference"].startswith("Basic/")
    assert mappings.organization == {"key": "mine", "name": "X"}
    assert mappings.streams == ("things",)


def test_a_key_part_cannot_pretend_to_be_two():
    text = BASIC.replace("key: thing, from: [id]", "key: other, from: [id, name]")
    ids = {
        made(text, record).resources[0].resource["id"]
        for record in ({"id": "a|b", "name": "c"}, {"id": "a", "name": "b|c"})
    }
    assert len(ids) == 2


def test_an_item_that_says_nothing_goes_to_quarantine():
    (one,) = made(BASIC, {"id": "1"}).quarantined
    assert one.reason_code == "empty-item"
