"""Every item of the checklist has a test named after its number, or a reason why not yet."""

import ast
from pathlib import Path

import pytest

LAST = 107
# Items of features that this server does not have yet, and does not claim to have.
LATER = {
    102: "asynchronous requests come with bulk export",
    104: "$expand comes with the terminology operations",
    105: "$translate comes with the terminology operations",
    106: "Subscription is no type of this server yet",
    107: "booking comes with its own operations; a schedule is its source's until then",
}
ABSENT = [
    ("GET", "ValueSet/$expand", 404),
    ("GET", "ConceptMap/$translate", 404),
    ("GET", "Subscription", 404),
    ("POST", "Appointment/$book", 404),
    ("GET", "$export", 404),
]


def named():
    """Return the numbers in the names of the tests in this folder."""
    trees = (ast.parse(file.read_text("utf-8")) for file in Path(__file__).parent.glob("*.py"))
    functions = (
        one for tree in trees for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)
    )
    return {int(one.name.split("_")[2]) for one in functions if one.name.startswith("test_item_")}


def test_every_item_has_its_test_or_its_reason():
    assert named() | LATER.keys() == set(range(1, LAST + 1))
    assert not named() & LATER.keys()


@pytest.mark.parametrize(("method", "path", "status"), ABSENT)
def test_what_comes_later_is_not_claimed(clinic, method, path, status):
    assert clinic.ask(f"/fhir/{path}", method).status == status
    statement = clinic.ask("/fhir/metadata", token=None).body.decode()
    assert f'"{path.rpartition("/")[2].lstrip("$")}"' not in statement
