import pytest
from searching import CONTEXT

from fhirbridge.fhir.errors import Invalid, NotSupported
from fhirbridge.search.clauses import clause
from fhirbridge.search.expansion import MOST_CODES, expanded, names_codes
from fhirbridge.search.query import Chain
from fhirbridge.search.reference import Reference
from fhirbridge.search.token import Token

CODE = Token("code")
STATUS = Token("status", system="urn:status")
TREE = [{"code": "A", "concept": [{"code": "B", "concept": [{"code": "C"}]}]}, {"code": "D"}]
STORED = {
    ("CodeSystem", "urn:s"): {"content": "complete", "concept": TREE},
    ("CodeSystem", "urn:flat"): {
        "content": "complete",
        "concept": [
            {"code": "A", "property": [{"code": "child", "valueCode": "B"}]},
            {"code": "B"},
            {"code": "C", "property": [{"code": "parent", "valueCode": "B"}]},
        ],
    },
    ("CodeSystem", "urn:part"): {"content": "example", "concept": TREE},
}


def found(*includes, exclude=(), relation="in", parameter=CODE, text="urn:vs", **more):
    """The (system, code) pairs that a value set stands for."""
    stored = {
        **STORED,
        ("ValueSet", "urn:vs"): {"compose": {"include": includes, "exclude": exclude}},
    }
    stored |= more.get("also", {})
    asked = clause(parameter, relation, text, CONTEXT)
    result = expanded(asked, lambda type_, name: stored.get((type_, name)))
    return {(one.system, one.code) for one in result.values}


def is_a(value, op="is-a", system="urn:s"):
    return {"system": system, "filter": [{"property": "concept", "op": op, "value": value}]}


def listed(*codes, system="urn:s"):
    return {"system": system, "concept": [{"code": code} for code in codes]}


def s(*codes):
    return {("urn:s", code) for code in codes}


@pytest.mark.parametrize(
    ("includes", "exclude", "codes"),
    [
        ([listed("X", "Y")], [], s("x", "y")),
        ([{"system": "urn:s"}], [], {("urn:s", None)}),
        ([is_a("B")], [], s("b", "c")),
        ([is_a("B", "descendent-of")], [], s("c")),
        ([listed("X", "Y")], [listed("X")], s("y")),
        ([{"system": "urn:s"}], [listed("B")], s("a", "c", "d")),
        ([{"system": "urn:s"}], [listed("X", system="urn:t")], {("urn:s", None)}),
        ([listed("X")], [{"system": "urn:s"}], set()),
        ([is_a("A", system="urn:flat")], [], {("urn:flat", one) for one in "abc"}),
    ],
)  # fmt: skip
def test_a_composition_is_what_it_includes_less_what_it_excludes(includes, exclude, codes):
    assert found(*includes, exclude=exclude) == codes


def test_an_include_of_sets_is_what_is_in_all_of_them():
    also = {
        ("ValueSet", "urn:a"): {"compose": {"include": [listed("X", "Y")]}},
        ("ValueSet", "urn:b"): {"compose": {"include": [{"system": "urn:s"}]}},
    }
    assert found({"valueSet": ["urn:a"]}, also=also) == s("x", "y")
    assert found({"valueSet": ["urn:a", "urn:b"]}, also=also) == s("x", "y")
    assert found({"valueSet": ["urn:a"], **listed("Y", "Z")}, also=also) == s("y")


def test_a_stored_expansion_counts_when_it_is_whole():
    inner = {"system": "urn:s", "code": "Y"}
    contains = [{"system": "urn:s", "code": "X", "abstract": True, "contains": [inner]}]
    whole = {("ValueSet", "urn:vs"): {"expansion": {"total": 2, "contains": contains}}}
    assert found(also=whole) == s("y")
    for expansion in ({"contains": contains}, {"total": 3, "contains": contains},
                      {"total": 2, "offset": 1, "contains": contains}):  # fmt: skip
        with pytest.raises(NotSupported):
            found(also={("ValueSet", "urn:vs"): {"expansion": expansion}})


@pytest.mark.parametrize(
    "include",
    [
        {"valueSet": ["urn:nowhere"]}, {"valueSet": ["urn:vs"]}, {}, is_a("A", "regex"),
        is_a("A", system="urn:part"), is_a("A", system="urn:nowhere"),
        {"system": "urn:s", "filter": [{"property": "x", "op": "is-a", "value": "A"}]},
    ],
)  # fmt: skip
def test_what_is_not_certain_fails(include):
    with pytest.raises(NotSupported):
        found(include)


def test_a_set_without_end_is_too_much():
    with pytest.raises(Invalid):
        found(listed(*(f"c{number}" for number in range(MOST_CODES + 1))))


def test_codes_below_and_above_come_from_the_hierarchy():
    assert found(relation="below", text="urn:s|b") == s("b", "c")
    assert found(relation="above", text="urn:s|C") == s("a", "b", "c")
    with pytest.raises(Invalid):
        found(relation="below", text="urn:s|nope")


def test_the_implied_system_need_not_be_written():
    assert found(listed("x", system="urn:status"), parameter=STATUS) == {(None, "x")}


def test_not_in_is_the_complement_and_chains_are_gone_along():
    asked = clause(CODE, "not-in", "urn:vs", CONTEXT)
    chain = Chain(Reference("subject"), "Patient", asked)
    assert names_codes(chain)
    stored = {"compose": {"include": [listed("X")]}}
    result = expanded(chain, lambda type_, name: stored)
    assert result.criterion.modifier == "not"
    assert not names_codes(result)
    plain = clause(CODE, None, "x", CONTEXT)
    assert expanded(plain, lambda type_, name: None) is plain
