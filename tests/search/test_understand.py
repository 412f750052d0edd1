from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from searching import CONTEXT, asked

from fhirbridge.fhir.errors import Invalid, NotSupported
from fhirbridge.search.common import COMMON, ID
from fhirbridge.search.composite import Composite
from fhirbridge.search.date import Date
from fhirbridge.search.evaluate import matches
from fhirbridge.search.number import Number
from fhirbridge.search.quantity import Quantity
from fhirbridge.search.query import Clause, SortKey, by_id
from fhirbridge.search.reference import Reference
from fhirbridge.search.string import String
from fhirbridge.search.token import Token
from fhirbridge.search.understand import understand
from fhirbridge.search.uri import Uri
from fhirbridge.search.values import MissingValue, TokenValue

PARAMETERS = {
    parameter.code: parameter
    for parameter in (
        Token("code"),
        Date("date", "effective"),
        Reference("subject", targets=("Patient", "Group")),
        String("name"),
        Quantity("value-quantity", "valueQuantity"),
        Number("number"),
        Uri("url"),
        Composite("both", parts=(Token("code"), Quantity("valueQuantity"))),
    )
}


def read(*pairs, **options):
    return understand("Observation", PARAMETERS, pairs, CONTEXT, **options)


def test_repetition_is_and_comma_is_or():
    query = read(("code", "a,b"), ("code", "c")).query
    assert [len(clause.values) for clause in query.clauses] == [2, 1]
    coded = {
        "resourceType": "Observation",
        "id": "1",
        "code": {"coding": [{"code": "a"}, {"code": "c"}]},
    }
    assert asked(coded, PARAMETERS.values(), ("code", "a,b"), ("code", "c"))
    assert not asked(coded, PARAMETERS.values(), ("code", "a"), ("code", "b"))


@pytest.mark.parametrize("pair", [("code", ""), ("unknown", ""), ("code", ","), ("code:text", "")])
def test_empty_values_ask_nothing_and_are_not_shown_as_used(pair):
    understood = read(pair)
    assert understood.query.clauses == ()
    assert understood.applied == ()


def test_an_unknown_parameter_is_refused_unless_the_client_is_lenient():
    with pytest.raises(NotSupported, match="cod'"):
        read(("cod", "a"))
    understood = read(("cod", "a"), ("Code", "b"), ("x.y", "c"), ("code", "d"), lenient=True)
    assert understood.ignored == ("'cod'", "'Code'", "'x.y'")
    assert understood.applied == (("code", "d"),)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("code:of-type", "http://x.org|a|b"),
        ("code:Not", "a"),
        ("date:exact", "2026"),
        ("subject:Foo", "1"),
        ("code:", "a"),
        ("code.name", "a"),
        ("_include", "Observation:subject"),
        ("_include:iterate", "Observation:subject"),
        ("_revinclude", "Provenance:target"),
        ("_elements", "id"),
        ("_summary", "true"),
        ("_filter", "a eq b"),
        ("_query", "q"),
        ("_text", "a"),
        ("_type", "Patient"),
        ("_sort:desc", "date"),
        ("_count:x", "1"),
        ("_format:x", "json"),
        ("_sort", "both"),
    ],
)
@pytest.mark.parametrize("lenient", [False, True])
def test_what_is_not_built_is_refused_even_to_lenient_clients(name, text, lenient):
    with pytest.raises(NotSupported):
        read((name, text), lenient=lenient)


def test_missing_takes_one_of_two_words():
    assert read(("code:missing", "true")).query.clauses == (
        Clause(PARAMETERS["code"], (MissingValue(missing=True),), "missing"),
    )
    for text in ("True", "true,false", "1"):
        with pytest.raises(Invalid, match=r"^code: "):
            read(("code:missing", text))


def test_a_bad_value_is_an_error_in_lenient_mode_too():
    with pytest.raises(Invalid, match=r"^date: "):
        read(("date", "soon"), lenient=True)
    with pytest.raises(Invalid, match=r"^code: "):
        read(("code", "a\\b"))


@pytest.mark.parametrize(
    ("pairs", "count", "total", "applied"),
    [
        ([], 50, False, []),
        ([("_count", "7")], 7, False, [("_count", "7")]),
        ([("_count", "99999")], 1000, False, [("_count", "1000")]),
        ([("_count", "0")], 0, True, [("_count", "0")]),
        ([("_summary", "count")], 0, True, [("_summary", "count")]),
        (
            [("_summary", "count"), ("_count", "7")],
            0,
            True,
            [("_summary", "count"), ("_count", "7")],
        ),
        ([("_summary", "false")], 50, False, [("_summary", "false")]),
        ([("_total", "accurate")], 50, True, [("_total", "accurate")]),
        ([("_total", "estimate")], 50, True, [("_total", "estimate")]),
        ([("_total", "none")], 50, False, [("_total", "none")]),
    ],
)
def test_result_parameters_shape_the_page(pairs, count, total, applied):
    understood = read(*pairs)
    assert (understood.query.count, understood.query.total) == (count, total)
    assert list(understood.applied) == applied


@pytest.mark.parametrize(
    ("name", "text"),
    [("_count", "-1"), ("_count", "ten"), ("_count", "٣"), ("_count", "1" * 10), ("_total", "all"),
     ("_summary", "maybe")],
)  # fmt: skip
def test_malformed_result_parameters_are_invalid(name, text):
    with pytest.raises(Invalid, match=name):
        read((name, text))


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("_count", "ten", "_count"),
        ("_sort", "nonsense", "_sort"),
        ("_total", "all", "_total"),
        ("nonsense", "1", "nonsense"),
        ("_filter", "x", "_filter"),
        ("code:above-all", "x", "code"),
        ("code.name", "x", "code"),
    ],
)
def test_every_refusal_names_the_parameter_at_fault(name, text, place):
    """https://hl7.org/fhir/R4/operationoutcome-definitions.html: `http.` and its name."""
    with pytest.raises((Invalid, NotSupported)) as caught:
        read((name, text))
    assert caught.value.issues[0].expression == (f"http.{place}",)


def test_a_result_parameter_given_twice_is_ambiguous():
    with pytest.raises(Invalid, match="_count"):
        read(("_count", "1"), ("_count", "2"))


def test_sort_keys_keep_their_order_and_direction():
    understood = read(("_sort", "-date,code,-_lastUpdated"))
    assert understood.query.sort == (
        SortKey(PARAMETERS["date"], descending=True),
        SortKey(PARAMETERS["code"]),
        SortKey(COMMON["_lastUpdated"], descending=True),
    )


def test_an_unknown_sort_key_is_refused_or_named_as_ignored():
    with pytest.raises(NotSupported, match="_sort"):
        read(("_sort", "date,nope"))
    understood = read(("_sort", "-nope,date"), lenient=True)
    assert understood.ignored == ("_sort='-nope'",)
    assert understood.applied == (("_sort", "date"),)
    assert read(("_sort", "nope"), lenient=True).applied == ()


def test_the_self_link_shows_what_was_used_in_order():
    pairs = [("code", "a"), ("_format", "json"), ("date", "gt2026"), ("_count", "5000"), ("x", "y")]
    understood = read(*pairs, lenient=True)
    assert understood.applied == (
        ("code", "a"), ("_format", "json"), ("date", "gt2026"), ("_count", "1000"),
    )  # fmt: skip


def test_a_request_has_an_end():
    most = CONTEXT.bounds
    with pytest.raises(Invalid, match=f"{most.parameters} parameters at most"):
        read(*[("code", "a")] * (most.parameters + 1))
    with pytest.raises(Invalid, match=f"{most.values} values at most"):
        read(("code", ",".join(["a"] * most.values)), ("code", "a"))
    assert len(read(("code", ",".join(["a"] * most.values))).query.clauses) == 1


def test_a_resource_of_another_type_answers_nothing():
    assert not matches(read().query, {"resourceType": "Patient", "id": "1"}, CONTEXT)
    assert matches(read().query, {"resourceType": "Observation", "id": "1"}, CONTEXT)


def test_a_read_is_a_query_by_id():
    query = by_id("Patient", "aB")
    assert query.clauses == (Clause(ID, (TokenValue(None, "aB", any_system=True),)),)
    assert query.interaction == "read"


NAMES = st.sampled_from(
    [*PARAMETERS, *COMMON, "_sort", "_count", "_total", "_summary", "_has", "x"]
)
MODIFIERS = st.sampled_from(
    ["", ":missing", ":not", ":text", ":exact", ":Patient", ":identifier", ":below", ":", ".a"]
)
TEXTS = st.text() | st.text(alphabet="\\,|$ageltnsp0123456789-T:.+ZeE%Patient/")


@given(
    st.lists(st.tuples(st.builds(str.__add__, NAMES, MODIFIERS) | st.text(), TEXTS)), st.booleans()
)
def test_no_query_string_ends_in_anything_but_a_query_or_an_outcome(pairs, lenient):
    with suppress(Invalid, NotSupported):
        understood = read(*pairs, lenient=lenient)
        assert read(*understood.applied).query == understood.query


@given(
    st.sampled_from(list(PARAMETERS.values())),
    st.sampled_from([None, "text", "exact", "contains", "identifier", "Patient", "below"]),
    TEXTS,
)
def test_no_value_ends_in_anything_but_a_value_or_an_outcome(parameter, modifier, text):
    if modifier is None or parameter.supports(modifier):
        with suppress(Invalid):
            parameter.parse(text, modifier, CONTEXT)
