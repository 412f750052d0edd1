"""The command line as a person uses it: real processes, what they print, how they end."""

import json
import os
import shutil
import subprocess
import sys

import pytest

PATIENT = {"resourceType": "Patient", "id": "p1", "birthDate": "1985-03-15"}
SECRET = "a secret of at least thirty-two bytes"
ZONE = {"FHIRBRIDGE_TIME_ZONE": "Europe/Moscow"}


@pytest.fixture
def installation(tmp_path):
    """A function that runs a command in an installation of its own."""

    def run(*arguments, **environment):
        return subprocess.run(
            [sys.executable, "-m", "fhirbridge.cli", *arguments],
            cwd=tmp_path,
            env=os.environ | ZONE | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    run.folder = tmp_path
    return run


@pytest.fixture(scope="session")
def initialised(tmp_path_factory):
    """A folder after `init`, to be copied: making tables takes a second."""
    folder = tmp_path_factory.mktemp("initialised")
    command = [sys.executable, "-m", "fhirbridge.cli", "init"]
    subprocess.run(command, cwd=folder, env=os.environ | ZONE, check=True, capture_output=True)
    return folder


@pytest.fixture
def ready(installation, initialised):
    shutil.copytree(initialised, installation.folder, dirs_exist_ok=True)
    return installation


def one_line_error(run):
    lines = run.stderr.strip().splitlines()
    assert run.returncode != 0
    assert "Traceback" not in run.stderr
    return lines[-1]


def test_init_makes_a_secret_that_only_its_owner_reads_and_can_be_repeated(ready):
    secret = ready.folder / "var" / "secret"
    assert secret.stat().st_mode & 0o777 == 0o600
    before = secret.read_bytes()
    again = ready("init")
    assert again.returncode == 0
    assert secret.read_bytes() == before
    assert "ready: 0 " in again.stdout


def test_a_token_is_printed_alone_and_works(ready):
    run = ready("token", "--scope", "system/*.rs")
    assert run.returncode == 0
    assert len(run.stdout.split()) == 1
    assert run.stderr == ""
    assert run.stdout.strip().encode() not in (ready.folder / "var/fhirbridge.sqlite").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("token", "--scope", "nonsense"), "--scope"),
        (("token", "--scope", "system/*.rs", "--ttl", "0"), "--ttl"),
        (("explain", "Nothing?a=b"), "Nothing"),
        (("explain", "Patient?nothing=1"), "nothing"),
        (("sync", "nobody"), "nobody"),
        (("remap", "nobody"), "nobody"),
        (("quarantine", "show", "7"), "7"),
        (("load", "missing.json"), "missing.json"),
        (("dance",), "dance"),
    ],
)
def test_a_wrong_argument_is_one_line_that_names_it(ready, arguments, named):
    assert named in one_line_error(ready(*arguments))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FHIRBRIDGE_TIME_ZONE", "Europe/Moskow"),
        ("FHIRBRIDGE_SECRET_KEY", "short"),
        ("FHIRBRIDGE_MAX_BODY", "much"),
        ("FHIRBRIDGE_CONFIG", "missing.toml"),
        ("FHIRBRIDGE_DATABASE_URL", "mysql://elsewhere"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(ready, name, value):
    said = one_line_error(ready("check-config", **{name: value}))
    assert (value if name.endswith("CONFIG") else name) in said


def test_check_config_says_what_is_missing_and_then_that_all_is_well(installation):
    assert "fhirbridge init" in one_line_error(installation("check-config"))
    assert installation("init").returncode == 0
    run = installation("check-config")
    assert run.returncode == 0
    assert "Europe/Moscow" in run.stdout


def test_check_config_names_file_and_field_of_a_wrong_configuration(ready):
    (ready.folder / "clinic.toml").write_text('[sources.nobody]\nbase = "x"\n', "utf-8")
    said = one_line_error(ready("check-config", FHIRBRIDGE_CONFIG="clinic.toml"))
    assert "clinic.toml" in said
    assert "sources.nobody.base" in said
    (ready.folder / "clinic.toml").write_text("[sources.nobody]\n", "utf-8")
    assert "nobody" in one_line_error(ready("check-config", FHIRBRIDGE_CONFIG="clinic.toml"))


def test_load_keeps_ids_relinks_bundles_and_reports_each_bad_resource(ready):
    observation = {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "code": {"text": "x"},
        "subject": {"reference": "urn:uuid:1"},
    }
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {"fullUrl": "urn:uuid:1", "resource": PATIENT},
            {"fullUrl": "urn:uuid:2", "resource": observation},
        ],
    }
    (ready.folder / "bundle.json").write_text(json.dumps(bundle), "utf-8")
    lines = [json.dumps(PATIENT | {"id": "p2"}), "{broken", json.dumps(PATIENT | {"gender": "x"})]
    (ready.folder / "many.ndjson").write_text("\n".join(lines), "utf-8")
    run = ready("load", "bundle.json", "many.ndjson", "--errors", "errors.txt")
    assert run.returncode == 1
    assert "3 created" in run.stdout
    assert "2 failed" in run.stdout
    errors = (ready.folder / "errors.txt").read_text("utf-8")
    assert "many.ndjson:2" in errors
    assert "many.ndjson:3" in errors
    assert "Patient.gender" in errors


def test_explain_shows_the_plan_of_a_search(ready):
    run = ready("explain", "Observation?patient=p1&code=718-7&_sort=-date")
    assert run.returncode == 0
    assert "SELECT" in run.stdout


def test_reindex_counts_what_it_indexed(ready):
    run = ready("reindex")
    assert run.returncode == 0
    assert "resources indexed" in run.stdout


@pytest.mark.parametrize(
    "command", [["serve", "--port", "1"], ["worker", "--burst"], ["check-config"]]
)
def test_an_index_of_other_declarations_is_not_served_until_init_made_it_anew(ready, command):
    elsewhere = {"FHIRBRIDGE_TIME_ZONE": "Asia/Vladivostok"}
    error = one_line_error(ready(*command, **elsewhere))
    assert error == "Error: the index is of other declarations: run `fhirbridge init`"
    assert "indexed anew for these declarations" in ready("init", **elsewhere).stdout
    assert "indexed anew" not in ready("init", **elsewhere).stdout


def test_serve_without_a_secret_says_what_to_do(installation):
    assert "fhirbridge init" in one_line_error(installation("serve", "--port", "1"))


def test_output_is_utf8_whatever_the_locale_says(ready):
    run = ready("quarantine", "list", LANG="C", LC_ALL="C")
    assert run.returncode == 0
