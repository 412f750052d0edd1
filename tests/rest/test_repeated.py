"""Searches asked again word for word mean what they meant, and are answered from the data."""

from urllib.parse import urlsplit

from rest_clinic import a_clinic, fill, observation

from fhirbridge.rest.paging import LIFETIME, TICK

OBSERVATIONS = "/fhir/Observation"
FORM = "application/x-www-form-urlencoded"


def an_own_clinic(tmp_path):
    return a_clinic(f"sqlite:///{tmp_path}/clinic.sqlite")


def test_a_search_asked_again_is_not_worked_out_again(tmp_path, monkeypatch):
    own = an_own_clinic(tmp_path)
    first = own.ask(f"{OBSERVATIONS}?patient=A&code=718-7", token="patient")
    monkeypatch.setattr("fhirbridge.rest.found.asked_of", None)
    monkeypatch.setattr("fhirbridge.rest.found.form_key", None)
    assert own.ask(f"{OBSERVATIONS}?patient=A&code=718-7", token="patient") == first


def test_each_time_the_data_is_asked(tmp_path):
    own = an_own_clinic(tmp_path)
    path = f"{OBSERVATIONS}?patient=A&_count=1000&_sort=-date"
    for number in range(4):
        fill(own.server.store, own.clock, [observation(f"new{number}", "A")], ())
        assert f"new{number}" in own.ask(path, token="patient").ids


def test_a_page_link_ends_though_it_was_followed_before(tmp_path):
    own = an_own_clinic(tmp_path)
    link = urlsplit(own.ask(f"{OBSERVATIONS}?_count=2").link("next"))
    assert [own.ask(f"{link.path}?{link.query}").status for _ in range(3)] == [200] * 3
    own.clock.now += LIFETIME + 2 * TICK
    assert own.ask(f"{link.path}?{link.query}").status == 400


def test_forms_posted_to_one_address_are_told_apart(clinic):
    found = [
        clinic.ask(f"{OBSERVATIONS}/_search", "POST", body=body, content_type=FORM).ids
        for body in [b"patient=A", b"patient=B", b"patient=A"]
    ]
    assert found[0] == found[2]
    assert not set(found[0]) & set(found[1])


def test_the_same_words_of_another_caller_are_another_search(clinic):
    path = f"{OBSERVATIONS}?patient=A"
    for _ in range(2):
        assert clinic.ask(path, token="patient").ids
        assert clinic.ask(path, token="lost").ids == []
