"""A second laboratory of the same style is a folder of data: no Python knows its name."""

from mapping_samples import context, files, sample

from fhirbridge.fhir.schema import check
from fhirbridge.mapping import Mappings

RENAMED = (("code: code", "code: kod"), ("panel, code, repeat", "panel, kod, repeat"))


def test_its_own_field_names_statuses_and_codes_are_data():
    own = files("qlab")
    for name in ("observation.yaml", "diagnostic-report.yaml", "panel.yaml", "streams.yaml"):
        text = (
            own[name]
            .replace("panel, code]", "panel, kod]")
            .replace("map-row: code", "map-row: kod")
        )
        for before, after in RENAMED:
            text = text.replace(before, after)
        own[name] = text.replace("code: missing-code", "kod: missing-code")
    own["observation.yaml"] = own["observation.yaml"].replace(
        "{from: code, as: map", "{from: kod, as: map"
    )
    own["source.yaml"] = own["source.yaml"].replace("source: qlab", "source: second")
    own["codes.csv"] += "result,готово,final,\n"
    answer = sample("11-qlab-results.json")
    rows = [{"kod": row.pop("code"), "state": "готово", **row} for row in answer["results"][:5]]
    record = {**answer, "results": rows}
    outcome = Mappings.parse("second", own).map("results", record, context("second"))
    assert [note.code for note in outcome.issues] == []
    made = [one.resource for one in outcome.resources]
    assert {one["status"] for one in made} == {"final"}
    assert all(check(one) == () for one in made)
    hgb = next(one for one in made if one.get("code", {}).get("text") == "Гемоглобин")
    local, _, loinc = hgb["code"]["coding"]
    assert local["system"] == "https://clinic.example/fhir/sid/lis/second/test"
    assert loinc["code"] == "718-7"
