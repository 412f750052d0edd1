import copy
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirbridge.fhir.errors import Invalid
from fhirbridge.fhir.json import Literal, dump, parse

NUMBERS = ["1.50", "0.0", "-0", "-0.00", "1e2", "1E+2", "100", "0.00000001", "12345678901234567890"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
).filter(lambda value: "\\u0000" not in json.dumps(value))


@pytest.mark.parametrize("text", NUMBERS)
def test_numbers_keep_their_digits(text):
    assert dump(parse(text)) == text.encode()
    assert dump(copy.deepcopy(parse(f"[{text}]"))) == f"[{text}]".encode()
    assert dump(pickle.loads(pickle.dumps(parse(text)))) == text.encode()  # noqa: S301 - our own


@given(JSON)
def test_what_is_dumped_parses_to_the_same(value):
    assert parse(dump(value)) == value
    assert parse(dump(value, pretty=True)) == value


@given(st.text() | st.binary())
def test_any_text_parses_or_is_invalid(text):
    try:
        parse(text)
    except Invalid as error:
        assert error.issues[0].diagnostics  # noqa: PT017 - both ways are right


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":1}',
        '{"a":{"b":1,"b":2}}',
        "NaN",
        "[Infinity]",
        "[-Infinity]",
        '"\\ud800"',
        '{"\\udfff":1}',
        '"a\\u0000b"',
        b'"\xff"',
        b'"\xed\xa0\x80"',
        "\ud800",
        "",
        "{",
        "[1,]",
        "01",
        "1e400",
        "1e-99999999999999999999",
        "9" * 101,
        "0." + "1" * 100,
        "[" * 65 + "]" * 65,
        '{"a":' * 65 + "1" + "}" * 65,
        "[" * 100_000,
    ],
)
def test_i012_ambiguous_or_hostile_json_is_refused(text):
    with pytest.raises(Invalid):
        parse(text)


def test_depth_counts_levels_not_brackets():
    assert parse("[" * 64 + "]" * 64)
    assert len(parse("[" + ",".join(["{}"] * 1000) + "]", max_depth=2)) == 1000
    with pytest.raises(Invalid):
        parse("[[[]]]", max_depth=2)


def test_a_byte_order_mark_is_tolerated_and_cyrillic_is_not_escaped():
    assert parse(b'\xef\xbb\xbf{"a":"\xd0\x96"}') == {"a": "Ж"}
    assert parse('\ufeff"x"') == "x"
    assert dump({"a": "Ж"}) == '{"a":"Ж"}'.encode()


def test_an_escaped_pair_is_one_character_and_an_escaped_backslash_is_no_escape():
    assert parse('"\\ud83d\\ude00"') == "😀"
    assert parse('[1, {"\\\\ud800": "\\\\u0000"}]') == [1, {"\\ud800": "\\u0000"}]
    assert parse('"\\\\ud800 \\\\u0000"') == "\\ud800 \\u0000"


def test_a_literal_is_a_number():
    assert parse("1.50") * 2 == 3
    assert str(parse("1.50")) == "1.50"
    assert isinstance(parse("1.50"), Literal)


@pytest.mark.parametrize("value", [Literal("NaN"), object(), {1: 2}, "\ud800"])
def test_what_json_cannot_hold_is_not_dumped(value):
    with pytest.raises(TypeError):
        dump(value)
