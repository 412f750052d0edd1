import pytest
from rest_clinic import a_clinic

PDF = b"%PDF-1.4 invented"


@pytest.fixture
def fresh_picture(tmp_path):
    """The function that stores content under a media type and reads it again."""
    clinic = a_clinic(f"sqlite:///{tmp_path}/pictures.sqlite")

    def ask(media_type, **headers):
        made = clinic.ask("/fhir/Binary", "POST", body=PDF, content_type=media_type)
        path = made["Location"].removeprefix("https://clinic.example").partition("/_history")[0]
        return clinic.ask(path, **headers)

    yield ask
    clinic.server.store.close()


@pytest.mark.parametrize(
    "accept",
    ["*/*", "", "application/pdf", "text/html, */*;q=0.1", "application/pdf, application/json"],
)
def test_i009_the_content_comes_as_it_is_and_can_do_no_harm(clinic, accept):
    answer = clinic.ask("/fhir/Binary/pdf", token="patient", accept=accept)
    assert answer.body == PDF
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == "attachment"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["ETag"]


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/fhir/Binary/pdf", {"accept": "application/fhir+json"}),
        ("/fhir/Binary/pdf", {"accept": "application/json"}),
        ("/fhir/Binary/pdf?_format=json", {"accept": "application/pdf"}),
        ("/fhir/Binary/pdf?_format=json", {}),
    ],
)
def test_the_resource_comes_when_it_is_asked_for(clinic, path, headers):
    answer = clinic.ask(path, **headers)
    assert answer["Content-Type"] == "application/fhir+json; charset=utf-8"
    assert answer.json["contentType"] == "application/pdf"


def test_i009_what_could_be_a_script_is_bytes_to_be_saved(clinic):
    assert clinic.ask("/fhir/Binary/page")["Content-Type"] == "application/octet-stream"


def test_a_picture_is_a_picture_and_a_drawing_that_can_run_is_not(fresh_picture):
    answer = fresh_picture("image/png", accept="image/png")
    assert (answer.status, answer["Content-Type"], answer.body) == (200, "image/png", PDF)
    assert answer["Content-Disposition"] == "attachment"
    assert fresh_picture("text/plain; charset=utf-8")["Content-Type"] == "text/plain; charset=utf-8"
    assert fresh_picture("image/svg+xml")["Content-Type"] == "application/octet-stream"
    assert fresh_picture("image/png", accept="")["Content-Type"] == "image/png"


def test_content_nobody_accepts_is_not_sent(clinic):
    answer = clinic.ask("/fhir/Binary/pdf", accept="image/png")
    assert answer.status == 406
    assert answer.outcome == "not-supported"


def test_a_known_content_is_not_sent_again(clinic):
    etag = clinic.ask("/fhir/Binary/pdf")["ETag"]
    assert clinic.ask("/fhir/Binary/pdf", if_none_match=etag).status == 304


def test_binaries_cannot_be_searched(clinic):
    answer = clinic.ask("/fhir/Binary")
    assert answer.status == 405
    assert answer.outcome == "not-supported"
