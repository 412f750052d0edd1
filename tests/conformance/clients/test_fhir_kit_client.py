"""What the JavaScript client fhir-kit-client (Vermonster) does against a running server."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

PACKAGE = "fhir-kit-client@2.0.3"
PROGRAM = Path(__file__).with_name("fhir_kit_client.mjs")
OLDEST_NODE = 20


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """The program beside an installed client; skips where there is no Node, npm or registry."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        pytest.skip("no node and npm: fhir-kit-client is not tried")
    if int(said(node, "--version").lstrip("v").split(".")[0]) < OLDEST_NODE:
        pytest.skip(f"node is older than {OLDEST_NODE}: fhir-kit-client is not tried")
    folder = tmp_path_factory.mktemp("node")
    quiet = ["--no-audit", "--no-fund", "--silent", "--ignore-scripts", "--prefer-offline"]
    install = [npm, "install", *quiet, "--prefix", folder, PACKAGE]
    if subprocess.run(install, check=False, timeout=120).returncode:
        pytest.skip("npm could not install fhir-kit-client: it is not tried")
    return [node, shutil.copy(PROGRAM, folder)]


def said(*command):
    return subprocess.run(command, check=True, timeout=60, capture_output=True, text=True).stdout


def test_a_javascript_application_does_everything_it_knows(program, served):
    assert json.loads(said(*program, served.url, served.token)) == {
        "fhirVersion": "4.0.1",
        "name": "Иванов",
        "versions": ["1", "2"],
        "first": True,
        "patched": True,
        "sameByCondition": True,
        "sameByNoneExist": True,
        "pages": [["a7", "a6", "a5"], ["a4", "a3", "a2"], ["withheld", "a1"]],
        "compartment": 8,
        "everything": True,
        "transaction": ["201", "201"],
        "link": True,
        "history": ["DELETE", "PUT"],
        "gone": 410,
    }
