"""A search is answered alike whether another of its form came before or not."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

FORMS = [
    ["patient=A", "patient=B", "patient=Patient/A", "patient=none", "patient=not_an_id"],
    ["patient=A&_sort=-date&_count=3", "patient=B&_sort=-date&_count=3"],
    ["patient=A&_sort=date&_count=3", "patient=A&_sort=-date&_count=2"],
    ["date=ge2026-11-03", "date=lt2026-11-03", "date=ap2026-11-24", "date=never", "date="],
    ["date=ge2026-11-02&date=lt2026-11-05", "date=ge2026-11-05&date=ge2026-11-05"],
    ["code=718-7", "code=http://loinc.org|718-7", "code=718-7,x", "code=|", "code=\\"],
    ["code:not=x", "code:not=718-7", "code:missing=true", "code:missing=false"],
    ["patient.name=Иванов", "patient.name=Петрова"],
    ["junk=1&patient=A", "junk=2&patient=B", "junk=&patient=B"],
    ["_id=a1", "_id=b1", "_id=a1&_total=accurate", "_total=none&_id=a1", "_lastUpdated=ge2020"],
    ["patient=A&_pretty=true", "patient=B&_pretty=true", "patient=B&_format=json"],
    ["patient=A&_elements=code", "patient=A&_summary=true", "patient=A&_include=*"],
    ["patient=A&_page=forged", "patient=B&_page=forged"],
    ["performer=A", "performer=Practitioner/doctor", "subject=A", "subject=Patient/A"],
    ["value-quantity=13.10", "value-quantity=gt13|http://unitsofmeasure.org|g/dL"],
]
QUERIES = [query for form in FORMS for query in form]
CALLERS = ["system", "patient", "other", "reader", "narrow", "lost"]
HEADERS = [{}, {"prefer": "handling=lenient"}, {"accept": "text/html"}]


def asked(clinic, query, caller, headers):
    return clinic.ask(f"/fhir/Observation?{query}", token=caller, **headers)


def forget(clinic):
    clinic.server.forms.clear()
    clinic.server.repeated.clear()


def alone(clinic, query, caller, headers):
    forget(clinic)
    answer = asked(clinic, query, caller, headers)
    forget(clinic)
    return answer


@pytest.mark.parametrize("caller", CALLERS)
def test_what_came_before_changes_no_answer(clinic, caller):
    for headers in HEADERS:
        expected = [alone(clinic, query, caller, headers) for query in QUERIES]
        for _ in range(2):
            assert [asked(clinic, query, caller, headers) for query in QUERIES] == expected


@given(
    st.lists(
        st.tuples(st.sampled_from(QUERIES), st.sampled_from(CALLERS), st.sampled_from(HEADERS)),
        max_size=8,
    )
)
def test_nor_does_who_asked_it(clinic, searches):
    expected = [alone(clinic, *search) for search in searches]
    assert [asked(clinic, *search) for search in searches] == expected


def test_page_links_of_one_form_lead_each_to_their_own(clinic):
    pages = {}
    for query in ("code=718-7&_count=2", "code=http://loinc.org|718-7&_count=2"):
        first = asked(clinic, query, "system", {})
        path = urlsplit(first.link("next"))
        pages[query] = clinic.ask(f"{path.path}?{path.query}")
    one, other = pages.values()
    assert one.ids == other.ids
    assert one.link("self") != other.link("self")
    crossed = urlsplit(other.link("self")).query.replace("http://loinc.org%7C", "")
    assert clinic.ask(f"/fhir/Observation?{crossed}").status == 400
