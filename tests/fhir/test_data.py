import pytest

from fhirbridge.fhir.data import folder, read


def test_shipped_data_is_found():
    assert read("terminology/r4/README.md").startswith(b"#")
    assert (folder("terminology") / "r4").is_dir()


def test_a_path_that_leads_out_is_refused():
    with pytest.raises(ValueError, match="outside"):
        read("terminology/../../x")


def test_a_missing_file_is_said_to_be_missing():
    with pytest.raises(FileNotFoundError):
        read("terminology/r4/nothing.json")
