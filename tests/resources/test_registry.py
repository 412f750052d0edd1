from fhirbridge.resources.definition import ResourceDefinition
from fhirbridge.resources.registry import definitions

TYPES = """
    Appointment AuditEvent Binary CodeSystem ConceptMap DiagnosticReport DocumentReference
    HealthcareService List Location Observation Organization Patient Practitioner
    PractitionerRole Provenance Schedule ServiceRequest Slot Specimen ValueSet
""".split()  # noqa: SIM905 - as many quoted names would hide the list


def test_every_type_is_found_in_order():
    assert list(definitions()) == TYPES


def test_a_definition_is_named_for_its_file_and_complete():
    for type_, definition in definitions().items():
        assert isinstance(definition, ResourceDefinition)
        assert definition.type_ == type_
        codes = [parameter.code for parameter in definition.parameters]
        assert len(codes) == len(set(codes))
        assert "read" in definition.interactions
        assert definition.parameter("_id") is not None
        assert definition.parameter("no-such") is None


def test_hot_combinations_and_special_rules_name_real_parameters():
    for definition in definitions().values():
        for hot in definition.hot:
            for code in (*hot.parameters, hot.sort.lstrip("-")):
                assert code in definition.searchable
        special = definition.access.shown_parameters | {
            code for code in definition.refused_to_patients if not code.startswith("_")
        }
        assert special <= definition.searchable.keys()


def test_a_parameter_that_stands_for_others_looks_at_what_they_look_at():
    standing = 0
    for definition in definitions().values():
        for one in definition.parameters:
            others = [definition.searchable[code] for code in one.stands_for]
            if others:
                standing += 1
                assert sorted(one.paths) == sorted(path for other in others for path in other.paths)
                assert {type(other) for other in others} == {type(one)}
                hidden = [other.code in definition.access.shown_parameters for other in others]
                assert one.code in definition.access.shown_parameters or not any(hidden)
    assert standing


def test_what_is_hidden_from_patients_cannot_be_searched_by_them():
    refused = {type_: one.refused_to_patients for type_, one in definitions().items()}
    for codes in refused.values():
        assert codes >= {"_source", "_list", "_text", "_content", "_query"}
    assert refused["Slot"] >= {"_lastUpdated", "_tag"}
    assert "_lastUpdated" not in refused["Observation"]
