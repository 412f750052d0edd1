"""Files of resources into a database: whatever their form, once, and where a load stopped."""

import json
import multiprocessing
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import pytest

from fhirbridge.auth.access import permit
from fhirbridge.auth.principal import SYSTEM
from fhirbridge.resources.registry import definitions
from fhirbridge.search.parameter import SearchContext
from fhirbridge.search.understand import understand
from fhirbridge.sync.loading import load as loading
from fhirbridge.sync.loading.load import load
from fhirbridge.sync.loading.pieces import files
from fhirbridge.sync.loading.positions import Positions
from fhirbridge.sync.loading.workshop import Recipe

NOW = 1_795_518_000_000_000
BASE = "https://clinic.example/fhir"
A = "urn:uuid:05efabf0-4be2-4561-91ce-51548425acb9"
NPI = "http://hl7.org/fhir/sid/us-npi"


class World:
    def __init__(self, url, folder):
        self.folder = folder
        self.recipe = Recipe(url, "Europe/Moscow", BASE, typed=False, stores="sqlite" not in url)
        self.store = self.recipe.open()
        self.store.migrate()
        self.problems = []
        self.bytes = []

    def write(self, name, *contents):
        path = self.folder / name
        path.write_text("\n".join(json.dumps(one) for one in contents) + "\n", "utf-8")
        return path

    def load(self, processes=1):
        return +load(
            self.recipe,
            files([self.folder]),
            lambda: NOW,
            processes=processes,
            failed=self.problems.append,
            passed=self.bytes.append,
        )

    def found(self, type_, text):
        definition = definitions()[type_]
        context = SearchContext(ZoneInfo("Europe/Moscow"), BASE, NOW)
        query = understand(type_, definition.searchable, parse_qsl(text), context).query
        return self.store.search(permit(query, definition, SYSTEM)).matches

    def stored(self):
        found = self.store.database.connection.rows(
            "SELECT type, id, body FROM resource ORDER BY type, id"
        )
        return {(type_, id_): json.loads(bytes(body)) for type_, id_, body in found}


@pytest.fixture
def world(database_url, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    found = World(database_url, folder)
    yield found
    found.store.close()


def patient(id_, **elements):
    return {"resourceType": "Patient", "id": id_, **elements}


def observation(id_, subject="Patient/a", **elements):
    code = {"coding": [{"system": "http://loinc.org", "code": "718-7"}]}
    about = {"subject": {"reference": subject}}
    return {
        "resourceType": "Observation",
        "id": id_,
        "status": "final",
        "code": code,
        **about,
        **elements,
    }


def test_what_a_loaded_resource_contains_is_found_by_chains(world):
    inside = [{"resourceType": "Patient", "id": "p", "name": [{"family": "Ivanova"}]}]
    world.write("one.ndjson", observation("a", "#p", contained=inside), observation("b"))
    world.load()
    assert [one.id_ for one in world.found("Observation", "subject:Patient.family=ivanova")] == [
        "a"
    ]


def practitioner(id_, number="1"):
    return {
        "resourceType": "Practitioner",
        "id": id_,
        "identifier": [{"system": NPI, "value": number}],
    }


def bundle(*entries):
    return {"resourceType": "Bundle", "type": "transaction", "entry": list(entries)}


def posted(resource, full_url=None, **request):
    url = {"fullUrl": full_url} if full_url else {}
    return {**url, "resource": resource,
            "request": {"method": "POST", "url": resource["resourceType"], **request}}  # fmt: skip


def test_single_resources_lines_and_bundles_are_loaded(world):
    world.write("one.json", patient("a"))
    world.write("many.ndjson", *(observation(f"o{n}") for n in range(5)))
    world.write("bundle.json", bundle(posted(patient("b"))))
    assert world.load() == {"created": 7}
    assert len(world.stored()) == 7
    assert sum(world.bytes) == sum(path.stat().st_size for path in world.folder.iterdir())


def test_loading_again_changes_nothing_and_a_change_makes_a_version(world):
    world.write("many.ndjson", patient("a"), patient("b"))
    world.load()
    assert world.load() == {"unchanged": 2}
    world.write("many.ndjson", patient("a"), patient("b", active=True))
    assert world.load() == {"unchanged": 1, "updated": 1}


def test_links_of_a_synthea_bundle_lead_to_the_ids_kept(world):
    world.write(
        "bundle.json",
        bundle(
            posted(patient(A.removeprefix("urn:uuid:")), A),
            posted(observation("o", A), "urn:uuid:o"),
        ),
    )
    world.load()
    subject = world.stored()["Observation", "o"]["subject"]
    assert subject == {"reference": f"Patient/{A.removeprefix('urn:uuid:')}"}


def test_a_resource_without_id_takes_that_of_its_full_url(world):
    world.write("bundle.json", bundle(posted({"resourceType": "Patient"}, A)))
    world.load()
    assert ("Patient", A.removeprefix("urn:uuid:")) in world.stored()


def test_a_conditional_reference_waits_for_a_later_file(world):
    cited = observation("o", performer=[{"reference": f"Practitioner?identifier={NPI}|1"}])
    world.write("a.ndjson", cited, patient("other"))
    world.write("z.json", bundle(posted(practitioner("p"), ifNoneExist=f"identifier={NPI}|1")))
    assert world.load() == {"created": 3}
    assert world.stored()["Observation", "o"]["performer"] == [{"reference": "Practitioner/p"}]


@pytest.mark.parametrize(("found", "reason"), [(0, "match nothing"), (2, "more than one")])
def test_a_conditional_reference_must_lead_to_exactly_one(world, found, reason):
    cited = observation("o", performer=[{"reference": f"Practitioner?identifier={NPI}|1"}])
    world.write("a.ndjson", *(practitioner(f"p{n}") for n in range(found)))
    world.write("b.ndjson", cited, patient("fine"))
    assert world.load() == {"created": found + 1, "failed": 1}
    (problem,) = world.problems
    assert problem.place.endswith("b.ndjson:1")
    assert reason in problem.issues[0].diagnostics


def test_if_none_exist_uses_what_is_there(world):
    world.write("a.json", practitioner("first"))
    world.load()
    entry = posted(practitioner("second"), "urn:uuid:x", ifNoneExist=f"identifier={NPI}|1")
    cited = observation("o", performer=[{"reference": "urn:uuid:x"}])
    world.write("b.json", bundle(entry, posted(cited, "urn:uuid:y")))
    world.load()
    assert ("Practitioner", "second") not in world.stored()
    assert world.stored()["Observation", "o"]["performer"] == [{"reference": "Practitioner/first"}]


@pytest.mark.parametrize("processes", [1, 2])
def test_of_twins_in_two_pieces_one_is_created(world, small_pieces, processes):
    def visit(number):
        twin = practitioner(f"twin{number}")
        entry = posted(twin, "urn:uuid:x", ifNoneExist=f"identifier={NPI}|1")
        cited = observation(f"o{number}", performer=[{"reference": "urn:uuid:x"}])
        return bundle(entry, posted(cited, "urn:uuid:y"))

    others = (patient(f"p{number}") for number in range(20))
    world.write("many.ndjson", *others, *(visit(number) for number in range(4)))
    assert world.load(processes) == {"created": 20 + 4 + 1, "unchanged": 3}
    stored = world.stored()
    performers = {stored["Observation", f"o{n}"]["performer"][0]["reference"] for n in range(4)}
    assert performers == {"Practitioner/twin0"}
    assert [key for key in stored if key[0] == "Practitioner"] == [("Practitioner", "twin0")]
    assert world.problems == []


def test_of_twins_in_one_bundle_one_is_created(world):
    criteria = {"ifNoneExist": f"identifier={NPI}|1"}
    twins = (posted(practitioner(id_), f"urn:uuid:{id_}", **criteria) for id_ in ("a", "b"))
    cited = observation("o", performer=[{"reference": "urn:uuid:b"}])
    world.write("b.json", bundle(*twins, posted(cited, "urn:uuid:y")))
    assert world.load() == {"created": 2, "unchanged": 1}
    assert world.stored()["Observation", "o"]["performer"] == [{"reference": "Practitioner/a"}]


def test_a_reference_may_wait_for_what_is_created_only_if_it_is_new(world):
    cited = observation("o", performer=[{"reference": f"Practitioner?identifier={NPI}|1"}])
    world.write("a.json", bundle(posted(cited, "urn:uuid:y")))
    entry = posted(practitioner("new"), "urn:uuid:x", ifNoneExist=f"identifier={NPI}|1")
    world.write("b.json", bundle(entry))
    assert world.load() == {"created": 2}
    assert world.stored()["Observation", "o"]["performer"] == [{"reference": "Practitioner/new"}]


def test_what_cannot_be_loaded_is_told_and_the_rest_is_loaded(world):
    (world.folder / "a.ndjson").write_bytes(
        json.dumps(patient("a")).encode()
        + b'\n{"resourceType":"Patient","id":"b","gender":"x"}\n{broken\n[]\n'
        + b'{"resourceType":"Patient"}\n{"resourceType":"Account","id":"c"}\n'
        + json.dumps(observation("d", referenceRange=[{"appliesTo": [{"text": "x"}]}])).encode()
    )
    world.write("b.json", bundle({"fullUrl": "urn:uuid:x"}, posted(patient("e"))))
    assert world.load() == {"created": 2, "failed": 7}
    told = {(one.place.rpartition("/")[2], one.issues[0].code) for one in world.problems}
    assert told == {
        ("a.ndjson:2", "code-invalid"),
        ("a.ndjson:3", "invalid"),
        ("a.ndjson:4", "structure"),
        ("a.ndjson:5", "required"),
        ("a.ndjson:6", "not-supported"),
        ("a.ndjson:7", "invariant"),
        ("b.json#Bundle.entry[0]", "required"),
    }
    assert {one.name for one in world.problems} >= {"Patient/b", "Observation/d"}


@pytest.fixture
def small_pieces(monkeypatch):
    cut = loading.pieces
    monkeypatch.setattr(loading, "pieces", lambda path, start: cut(path, start, size=200))


def test_a_stopped_load_goes_on_where_it_was(world, small_pieces, monkeypatch):
    path = world.write("many.ndjson", *(patient(f"p{n}") for n in range(30)))
    reached = Positions.reached

    def killed(self, piece):
        reached(self, piece)
        if piece.line > 10:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Positions, "reached", killed)
        with pytest.raises(KeyboardInterrupt):
            world.load()
    done = len(world.stored())
    assert 10 < done < 30
    world.bytes.clear()
    assert world.load() == {"created": 30 - done}
    assert sum(world.bytes) == path.stat().st_size
    assert world.load() == {"unchanged": 30}  # it came to its end: the next one begins anew


def test_a_file_that_changed_is_begun_anew(world, small_pieces, monkeypatch):
    world.write("many.ndjson", *(patient(f"p{n}") for n in range(30)))
    with monkeypatch.context() as patched:
        patched.setattr(Positions, "end", lambda self: None)
        world.load()
    world.write("many.ndjson", *(patient(f"q{n}") for n in range(31)))
    assert world.load() == {"created": 31}


def test_after_much_was_loaded_postgresql_knows_its_tables(world, monkeypatch):
    if not world.recipe.stores:
        pytest.skip("SQLite plans without counting")
    monkeypatch.setattr(loading, "MUCH", 10)
    world.write("many.ndjson", *(patient(f"p{n}") for n in range(30)))
    world.load()
    counted = "SELECT reltuples, relallvisible > 0 FROM pg_class WHERE relname = 'resource'"
    assert world.store.database.connection.rows(counted) == [(30, True)]


def test_lines_are_counted_through_pieces(world, small_pieces):
    lines = [patient(f"p{n}") for n in range(30)]
    lines[23]["gender"] = "x"
    world.write("many.ndjson", *lines)
    world.load()
    assert [one.place.rpartition(":")[2] for one in world.problems] == ["24"]


def test_processes_load_the_same(world, small_pieces):
    world.write("many.ndjson", *(observation(f"o{n:02}") for n in range(40)), observation("o07"))
    assert world.load(processes=2) == {"created": 40, "unchanged": 1}
    assert len(world.stored()) == 40
    assert not multiprocessing.active_children()


def test_the_first_definition_of_a_twin_is_the_older_version(world):
    if world.recipe.stores:
        pytest.skip("on PostgreSQL the order of two pieces is not kept")
    world.write("many.ndjson", patient("a"), patient("a", active=True))
    assert world.load() == {"created": 1, "updated": 1}
    assert world.stored()["Patient", "a"]["active"] is True
