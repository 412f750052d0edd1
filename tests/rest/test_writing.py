"""Who may write what: readers' tokens, staff, patients, sources; and what is checked on the way."""

import gzip
from dataclasses import replace

import pytest
from rest_clinic import AGES, a_clinic, observation

from fhirbridge.app import application
from fhirbridge.auth.tokens import Wanted, issue
from fhirbridge.fhir import json
from fhirbridge.rest.server import Writes
from fhirbridge.store.stored import Lineage

JSON = {"content_type": "application/fhir+json"}
PATCH = {"content_type": "application/json-patch+json"}


@pytest.fixture
def clinic(tmp_path):
    found = a_clinic(f"sqlite:///{tmp_path}/own.sqlite")
    request = {
        "resourceType": "ServiceRequest",
        "id": "order",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/A"},
        "requester": {"reference": "Practitioner/doctor"},
        "authoredOn": "2026-11-20",
    }
    with found.server.store.transaction() as tx:
        tx.put(request, now=found.clock())
    for name, wanted in {
        "doctor": Wanted("user/*.cruds", AGES, user="Practitioner/doctor"),
        "owner": Wanted("patient/*.cruds", AGES, patient="A"),
        "maker": Wanted("system/Patient.c", AGES),
    }.items():
        found.tokens[name] = issue(wanted, found.server.store.tokens, found.clock())[0]
    yield found
    found.server.store.close()


def send(clinic, method, path, resource, token="system", **headers):  # noqa: S107
    body = json.dump(resource)
    return clinic.ask(f"/fhir/{path}", method, token=token, body=body, **{**JSON, **headers})


def patient(**elements):
    return {"resourceType": "Patient", **elements}


def served_by(clinic, **changes):
    server = replace(clinic.server, **changes)
    return replace(clinic, server=server, app=application(server))


def letting_patients(clinic, type_, *interactions):
    """Return the clinic with a policy that opens some writes of a type to patients."""
    types = dict(clinic.server.definitions)
    types[type_] = replace(types[type_], patients_may=frozenset(interactions))
    return served_by(clinic, definitions=types)


def test_every_write_needs_its_letter(clinic):
    for method, path in [
        ("PUT", "Patient/A"),
        ("PATCH", "Patient/A"),
        ("DELETE", "Patient/A"),
        ("PUT", "Patient?_id=A"),
        ("DELETE", "Patient?_id=A"),
        ("POST", "Observation"),
    ]:
        answer = send(clinic, method, path, patient(id="A"), "maker")
        assert (answer.status, answer.outcome) == (403, "forbidden")
    assert send(clinic, "POST", "Patient", patient(), "maker").status == 201
    once = send(clinic, "POST", "Patient", patient(), "maker", if_none_exist="_id=A")
    assert once.status == 403  # the answer would tell what a search finds


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("id_", ["A", "B", "none"])
def test_i016_patients_write_nothing_that_is_not_opened_to_them(clinic, method, id_):
    path = "Patient" if method == "POST" else f"Patient/{id_}"
    answer = send(clinic, method, path, patient(id=id_), "owner")
    assert (answer.status, answer.outcome) == (403, "forbidden")
    assert send(clinic, method, "Appointment" + path[7:], {}, "owner").status == 403


def test_what_is_opened_to_patients_is_about_themselves_alone(clinic):
    open_ = letting_patients(clinic, "Observation", "create", "delete")
    mine = {key: value for key, value in observation("x", "A").items() if key != "id"}
    assert send(open_, "POST", "Observation", mine, "owner").status == 201
    refused = set()
    for reference in [
        "Patient/B",
        "Patient/none",
        "https://clinic.example/fhir/Patient/B",
        "Patient/B/_history/1",
        "https://elsewhere.example/fhir/Patient/B",
        "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0",
        "Group/1",
    ]:
        foreign = {**mine, "subject": {"reference": reference}}
        answer = send(open_, "POST", "Observation", foreign, "owner")
        assert answer.status == 422
        refused.add(answer.body)
    assert len(refused) == 1  # one answer, whether the other is there or not
    public = {**mine, "performer": [{"reference": "Practitioner/doctor"}]}
    assert send(open_, "POST", "Observation", public, "owner").status == 201
    hidden = {**mine, "derivedFrom": [{"reference": "Observation/withheld"}]}
    assert send(open_, "POST", "Observation", hidden, "owner").status == 422


def test_i015_a_patient_learns_nothing_by_criteria_or_deletion(clinic):
    open_ = letting_patients(clinic, "Observation", "create", "delete", "update")
    mine = {key: value for key, value in observation("x", "A").items() if key != "id"}
    once = {"if_none_exist": "_id=b1"}
    assert send(open_, "POST", "Observation", mine, "owner", **once).status == 201
    assert send(open_, "DELETE", "Observation?_id=a1", {}, "owner").status == 403
    unknown, foreign, gone = (
        send(open_, "DELETE", f"Observation/{id_}", {}, "owner") for id_ in ("none", "b1", "gone-b")
    )
    assert unknown == foreign == gone
    assert unknown.status == 404
    for header in ({}, {"if_match": "*"}, {"if_none_match": "*"}):
        put = [
            send(open_, "PUT", f"Observation/{id_}", observation(id_, "A"), "owner", **header)
            for id_ in ("none", "b1")
        ]
        assert put[0] == put[1]
        assert put[0].status == 404
    assert clinic.ask("/fhir/Observation/b1").status == 200


def test_staff_write_about_the_patients_they_have_to_do_with(clinic):
    mine = {key: value for key, value in observation("x", "A").items() if key != "id"}
    assert send(clinic, "POST", "Observation", mine, "doctor").status == 201
    foreign = {**mine, "subject": {"reference": "Patient/B"}}
    assert send(clinic, "POST", "Observation", foreign, "doctor").status == 422
    changed = observation("a1", "A", value="99.0")
    assert send(clinic, "PUT", "Observation/a1", changed, "doctor").status == 200
    moved = observation("a1", "B")
    assert send(clinic, "PUT", "Observation/a1", moved, "doctor").status == 422
    for id_ in ("b1", "none"):
        answer = send(clinic, "PUT", f"Observation/{id_}", observation(id_, "A"), "doctor")
        assert answer.status == 404
        assert clinic.ask(f"/fhir/Observation/{id_}", "DELETE", token="doctor").status == 404
        patch = send(clinic, "PATCH", f"Observation/{id_}", [], "doctor", **PATCH)
        assert patch.status == 404
    assert clinic.ask("/fhir/Observation?_id=b1", "DELETE", token="doctor").status == 204
    assert clinic.ask("/fhir/Observation/b1").status == 200


def test_i014_a_relation_cannot_be_made_by_writing_it(clinic):
    order = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/B"},
        "requester": {"reference": "Practitioner/doctor"},
    }
    assert send(clinic, "POST", "ServiceRequest", order, "doctor").status == 422
    assert clinic.ask("/fhir/Patient/B", token="doctor").status == 404


def test_a_source_changes_what_it_owns_and_nobody_else(clinic):
    with clinic.server.store.transaction() as tx:
        kept = tx.records.keep("qlab", "results", "1", b"{}", clinic.clock())
        lineage = Lineage(kept.id, "results.yaml#1")
        tx.put(observation("from-lab", "A"), now=clinic.clock(), lineage=lineage)
    for method, body, kind in [
        ("PUT", observation("from-lab", "A", value="1.0"), {}),
        ("PATCH", [{"op": "remove", "path": "/effectiveDateTime"}], PATCH),
        ("DELETE", {}, {}),
    ]:
        for path in ["Observation/from-lab", "Observation?_id=from-lab"]:
            answer = send(clinic, method, path, body, **kind)
            assert (answer.status, answer.outcome) == (405, "not-supported")
            assert "qlab" in answer.json["issue"][0]["diagnostics"]
            assert answer["Allow"] == "GET, HEAD, OPTIONS"
    types = dict(clinic.server.definitions)
    types["Observation"] = replace(types["Observation"], sources_own=False)
    free = served_by(clinic, definitions=types)
    assert free.ask("/fhir/Observation/from-lab", "DELETE").status == 204


def test_the_order_is_rights_format_content_and_data(clinic):
    bad = b"{"
    wrong = {"content_type": "text/plain", "accept": "text/plain"}
    ask = clinic.ask
    assert ask("/fhir/Patient/none", "PUT", token="reader", body=bad, **wrong).status == 403
    assert ask("/fhir/Patient/none", "PUT", body=bad, **wrong).status == 406
    assert ask("/fhir/Patient/none?junk=1", "PUT", body=bad).status == 400
    assert ask("/fhir/Patient/none", "PUT", body=bad, content_type="text/plain").status == 415
    assert send(clinic, "PUT", "Patient/none", patient(id="none", x=1), if_match="*").status == 400
    assert send(clinic, "PUT", "Patient/none", patient(id="none"), if_match="*").status == 412


@pytest.mark.parametrize("type_", ["Patient", "Binary"])
def test_a_compressed_body_is_not_taken_for_what_is_in_it(clinic, type_):
    """https://www.rfc-editor.org/rfc/rfc9110#section-15.5.16: 415 with what would do."""
    body = gzip.compress(b"anything")
    answer = clinic.ask(f"/fhir/{type_}", "POST", body=body, content_encoding="gzip")
    assert (answer.status, answer["Accept-Encoding"]) == (415, "identity")


def test_an_id_that_is_not_that_of_the_address_is_told_where_it_stands(clinic):
    """https://hl7.org/fhir/R4/operationoutcome-definitions.html: FHIRPath from the resource."""
    answer = send(clinic, "PUT", "Patient/one", patient(id="two"))
    assert (answer.status, answer.json["issue"][0]["expression"]) == (400, ["Patient.id"])


@pytest.mark.parametrize(
    ("elements", "status", "expression"),
    [
        ({"gender": "M"}, 400, "Patient.gender"),
        ({"birthDate": "1980-02-31"}, 400, "Patient.birthDate"),
        ({"name": []}, 400, "Patient.name"),
        ({"name": [{"family": ""}]}, 400, "Patient.name[0].family"),
        ({"nome": "x"}, 400, "Patient"),
        ({"contact": [{"gender": "x"}]}, 400, "Patient.contact[0].gender"),
        (
            {
                "text": {
                    "status": "generated",
                    "div": '<div xmlns="http://www.w3.org/1999/xhtml"><script>x</script></div>',
                }
            },
            400,
            "Patient.text.div",
        ),
        ({"generalPractitioner": [{"reference": "Practitioner?name=x"}]}, 422, "Patient"),
        ({"meta": {"tag": [{"code": "SUBSETTED"}]}}, 422, "Patient.meta.tag"),
    ],
)
def test_what_is_wrong_with_a_resource_is_said_with_its_place(clinic, elements, status, expression):
    for method, path in [("POST", "Patient"), ("PUT", "Patient/A"), ("PUT", "Patient?_id=A")]:
        answer = send(clinic, method, path, patient(id="A", **elements))
        assert answer.status == status
        assert expression in [one for i in answer.json["issue"] for one in i["expression"]]
    assert clinic.ask("/fhir/Patient/A")["ETag"] == 'W/"1"'


def test_an_update_that_changes_nothing_makes_no_version(clinic):
    same = clinic.ask("/fhir/Patient/A").json
    answer = send(clinic, "PUT", "Patient/A", same)
    assert (answer.status, answer["ETag"]) == (200, 'W/"1"')
    assert clinic.ask("/fhir/Patient/A/_history").json["total"] == 1


def test_numbers_keep_their_digits_through_a_write_and_a_patch(clinic):
    assert b'"value":13.50' in send(clinic, "PUT", "Observation/n", observation("n", "A")).body
    patch = [{"op": "replace", "path": "/valueQuantity/value", "value": json.Literal("1.200")}]
    assert b'"value":1.200' in send(clinic, "PATCH", "Observation/n", patch, **PATCH).body


def test_operators_decide_about_ids_versions_and_deleting_many(clinic):
    fixed = served_by(clinic, writes=Writes(update_create=False))
    assert send(fixed, "PUT", "Patient/new", patient(id="new")).status == 405
    assert send(fixed, "PUT", "Patient?name=x", patient(id="new")).status == 405
    assert send(fixed, "PUT", "Patient?name=x", patient()).status == 201
    careful = served_by(clinic, writes=Writes(require_if_match=True))
    assert send(careful, "PUT", "Patient/A", patient(id="A")).status == 428
    assert send(careful, "PUT", "Patient/A", patient(id="A"), if_match="1").status == 200
    assert send(careful, "PUT", "Patient/fresh", patient(id="fresh")).status == 201
    assert clinic.ask("/fhir/Observation?patient=A", "DELETE").status == 412
    many = served_by(clinic, writes=Writes(delete_multiple=True))
    assert many.ask("/fhir/Observation?patient=A", "DELETE").status == 204
    assert clinic.ask("/fhir/Observation").ids == ["b1"]
    few = replace(many.server.limits, max_count=1)
    limited = served_by(many, limits=few)
    assert limited.ask("/fhir/Patient?_lastUpdated=gt2000", "DELETE").status == 412


def test_a_fhirpath_patch_is_parameters(clinic):
    parts = [
        {"name": "type", "valueCode": "replace"},
        {"name": "path", "valueString": "Patient.name.where(family = 'Иванов').family"},
        {"name": "value", "valueString": "Петров"},
    ]
    parameters = {
        "resourceType": "Parameters",
        "parameter": [{"name": "operation", "part": parts}],
    }
    answer = send(clinic, "PATCH", "Patient/A", parameters)
    assert (answer.status, answer.json["name"]) == (200, [{"family": "Петров"}])
    refused = send(clinic, "PATCH", "Patient/A", patient())
    assert (refused.status, refused.outcome) == (400, "invalid")


def test_what_a_patch_leaves_empty_is_gone(clinic):
    remove = [{"op": "remove", "path": "/name/0/family"}]
    answer = send(clinic, "PATCH", "Patient/A", remove, **PATCH)
    assert answer.status == 200
    assert "name" not in answer.json


def test_x012_a_patch_cannot_nest_too_deeply(clinic):
    grow = {"op": "add", "path": "/extension", "value": [{"url": "http://x.example"}]}
    wrap = [
        {"op": "move", "from": "/extension", "path": "/text"},
        {**grow, "path": "/extension"},
        {"op": "move", "from": "/text", "path": "/extension/0/extension"},
    ]
    answer = send(clinic, "PATCH", "Patient/A", [grow, *wrap * 200], **PATCH)
    assert answer.status == 422


def test_how_deep_a_resource_nests_is_limited(clinic):
    limits = replace(clinic.server.limits, max_depth=6)
    strict = served_by(clinic, limits=limits)
    deep = {"url": "http://x.example/0", "valueBoolean": True}
    for n in range(1, 4):
        deep = {"url": f"http://x.example/{n}", "extension": [deep]}
    for resource, status in [(patient(extension=[deep]), 400), (patient(), 201)]:
        assert send(strict, "POST", "Patient", resource).status == status
    operations = [{"op": "add", "path": "/extension", "value": [deep]}]
    assert send(strict, "PATCH", "Patient/A", operations, **PATCH).status == 422
    assert send(clinic, "PATCH", "Patient/A", operations, **PATCH).status == 200


def test_content_can_be_stored_as_it_is(clinic):
    pdf = b"%PDF-1.7 invented"
    stored = clinic.ask(
        "/fhir/Binary",
        "POST",
        body=pdf,
        content_type="application/pdf",
        x_security_context="Patient/A",
    )
    assert stored.status == 201
    id_ = stored.json["id"]
    for token in ["system", "patient"]:
        got = clinic.ask(f"/fhir/Binary/{id_}", token=token)
        assert (got.status, got.body, got["Content-Type"]) == (200, pdf, "application/pdf")
    assert clinic.ask(f"/fhir/Binary/{id_}", token="other").status == 404
    put = clinic.ask(f"/fhir/Binary/{id_}", "PUT", body=b"text", content_type="text/plain")
    assert (put.status, put.json["contentType"], put["ETag"]) == (200, "text/plain", 'W/"2"')
    assert clinic.ask(f"/fhir/Binary/{id_}", token="patient").status == 404
    resource = {**put.json, "contentType": "application/pdf"}
    assert send(clinic, "PUT", f"Binary/{id_}", resource)["ETag"] == 'W/"3"'
    assert send(clinic, "POST", "Binary", resource).status == 201
    xml = {"content_type": "application/fhir+xml"}
    assert clinic.ask("/fhir/Binary", "POST", body=b"<Binary/>", **xml).status == 415
    once = {"if_none_exist": f"_id={id_}"}
    assert send(clinic, "POST", "Binary", resource, **once).status == 400
    assert send(clinic, "PUT", f"Binary?_id={id_}", resource).status == 405
