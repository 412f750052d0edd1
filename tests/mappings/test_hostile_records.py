"""Whatever a source sends is mapped, quarantined or ignored: no record stops a stream."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mapping_samples import DOCTOR, context, shipped

from fhirbridge.fhir import json
from fhirbridge.fhir.json import Literal

FIELDS = {
    "doctors": "guid fullName active specialization cabinet experienceYears academicDegree",
    "schedule": "slots duration date start end status cabinet",
    "appointments": "id status date start end doctorGuid cabinet serviceCode patient comment",
    "orders": "id created_at status patient samples tests ext_id doctor cancel_reason",
    "results": "order_id status results pdf code value unit ref_min ref_max abnormal flag state "
    "panel sample comment result_date corrected_at",
    "report": "order_id data content_type",
}
NESTED = (
    "guid lastName firstName middleName birthDate sex phone email snils policy last_name barcode "
    "material taken_at state defect code value unit ref_min ref_max panel sample start end status"
)
TEXTS = ("", " ", "\x00", DOCTOR, "1", "5,4", "<1:20", "01.12.2026 10:00", "Запланирована", "Да")
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**6), 10**6),
    st.sampled_from([Literal("1.50"), Literal("1e400")]),
    st.sampled_from(TEXTS),
    st.text(max_size=12),
)


def shaped(children):
    keys = st.sampled_from(NESTED.split())
    return st.one_of(st.lists(children, max_size=3), st.dictionaries(keys, children, max_size=5))


VALUES = st.recursive(SCALARS, shaped, max_leaves=12)


@pytest.mark.parametrize("stream", FIELDS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_record_is_accounted_for(stream, data):
    keys = st.sampled_from(FIELDS[stream].split())
    record = data.draw(st.dictionaries(keys, VALUES, max_size=12))
    order = data.draw(st.one_of(st.just({}), st.just({"order": record})))
    source = "onec" if stream in {"doctors", "schedule", "appointments"} else "qlab"
    around = context(source, parameters={"doctor": DOCTOR, "date": "2026-12-01"}, related=order)
    outcome = shipped(source).map(stream, record, around)
    fates = set(outcome.account.values())
    assert fates <= {"mapped", "quarantined", "ignored"}
    assert outcome.account
    assert all(one.resource["id"] for one in outcome.resources)
    assert all(json.dump(one.resource) for one in outcome.resources)
