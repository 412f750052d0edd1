"""The cases of RFC 6902 appendix A, and what hostile patches do."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirbridge.fhir.errors import FhirError, Invalid, Unprocessable
from fhirbridge.fhir.json import parse
from fhirbridge.fhir.patch.json_patch import apply


def op(name, path, **members):
    return {"op": name, "path": path, **{k.rstrip("_"): v for k, v in members.items()}}


@pytest.mark.parametrize(
    ("document", "operation", "patched"),
    [
        ({"foo": "bar"}, op("add", "/baz", value="qux"), {"foo": "bar", "baz": "qux"}),
        ({"foo": ["a", "c"]}, op("add", "/foo/1", value="b"), {"foo": ["a", "b", "c"]}),
        ({"foo": ["a"]}, op("add", "/foo/-", value=["b"]), {"foo": ["a", ["b"]]}),
        ({"foo": 1}, op("add", "/foo", value=2), {"foo": 2}),
        ({"foo": 1, "baz": 2}, op("remove", "/baz"), {"foo": 1}),
        ({"foo": ["a", "b", "c"]}, op("remove", "/foo/1"), {"foo": ["a", "c"]}),
        ({"foo": 1}, op("replace", "/foo", value=[2]), {"foo": [2]}),
        ({"a": {"b": 1}, "c": {}}, op("move", "/c/d", from_="/a/b"), {"a": {}, "c": {"d": 1}}),
        ({"a": [1, 2, 3]}, op("move", "/a/2", from_="/a/0"), {"a": [2, 3, 1]}),
        ({"a": [1]}, op("copy", "/b", from_="/a"), {"a": [1], "b": [1]}),
        ({"a": {"b": 1}}, op("test", "/a", value={"b": 1}), {"a": {"b": 1}}),
        ({"a": parse("1.0")}, op("test", "/a", value=1), {"a": parse("1.0")}),
        ({"~a/b": 1}, op("replace", "/~0a~1b", value=2), {"~a/b": 2}),
        ({"": 1}, op("replace", "/", value=2), {"": 2}),
        ({"a": 1}, op("replace", "", value={"b": 2}), {"b": 2}),
        ({"a": None}, op("test", "/a", value=None), {"a": None}),
        ({"foo": 1}, op("add", "/bar", value=2, unknown=True), {"foo": 1, "bar": 2}),
    ],
)
def test_an_operation_does_what_the_rfc_says(document, operation, patched):
    assert apply(copy.deepcopy(document), [operation]) == patched


@pytest.mark.parametrize(
    "operation",
    [
        op("add", "/a/b/c", value=1),
        op("add", "/list/4", value=1),
        op("add", "/list/01", value=1),
        op("add", "/list/x", value=1),
        op("remove", "/none"),
        op("remove", "/list/-"),
        op("replace", "/none", value=1),
        op("replace", "/list/3", value=1),
        op("move", "/list/0/x", from_="/list/0"),
        op("move", "/x", from_="/none"),
        op("copy", "/x", from_="/list/9"),
        op("test", "/text", value="other"),
        op("test", "/yes", value=1),
        op("test", "/none", value=None),
        op("remove", ""),
    ],
)
def test_what_does_not_fit_is_refused(operation):
    document = {"list": [1, 2, 3], "text": "x", "yes": True}
    with pytest.raises(Unprocessable, match="Operation 0"):
        apply(document, [operation])


@pytest.mark.parametrize(
    "operations",
    [
        {},
        None,
        "x",
        [1],
        [{}],
        [{"op": "jump", "path": "/a"}],
        [{"op": ["add"], "path": "/a", "value": 1}],
        [{"op": "add", "path": "a", "value": 1}],
        [{"op": "add", "path": "/~2", "value": 1}],
        [{"op": "add", "path": 1, "value": 1}],
        [{"op": "add", "path": "/a"}],
        [{"op": "move", "path": "/a"}],
        [{"op": "test", "path": "/a"}],
        [{"op": "test", "path": "/a", "value": 1}] * 1001,
    ],
)
def test_what_is_no_patch_is_invalid(operations):
    with pytest.raises(Invalid):
        apply({"a": 1}, operations)


def test_operations_follow_one_another_and_leave_the_patch_as_it_was():
    operations = [
        op("add", "/a", value={"b": []}),
        op("add", "/a/b/-", value=1),
        op("test", "/a/b/0", value=1),
    ]
    before = copy.deepcopy(operations)
    assert apply({}, operations) == apply({}, operations) == {"a": {"b": [1]}}
    assert operations == before


def test_a_patch_that_copies_into_itself_ends():
    growing = [op("copy", "/a/-", from_="/a")] * 60
    with pytest.raises(Unprocessable):
        apply({"a": [1, 2]}, growing)
    deep = [op("copy", "/a/a", from_="/a")]
    with pytest.raises(Unprocessable):
        apply({"a": {}}, deep * 1000)


pointers = st.lists(st.sampled_from(["", "a", "b", "0", "1", "-", "~0", "x"]), max_size=3).map(
    lambda steps: "".join(f"/{step}" for step in steps)
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab01"), inner),
    max_leaves=6,
)
operations = st.fixed_dictionaries(
    {
        "op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test"]),
        "path": pointers,
        "from": pointers,
        "value": values,
    }
)


@given(st.dictionaries(st.sampled_from("ab"), values), st.lists(operations, max_size=6))
def test_whatever_comes_is_applied_or_refused(document, patch):
    try:
        apply(document, patch)
    except FhirError as error:
        assert error.status in {400, 422}  # noqa: PT017 - any other error fails the test
