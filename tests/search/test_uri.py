import pytest
from hypothesis import given
from hypothesis import strategies as st
from searching import CONTEXT, asked

from fhirbridge.fhir.errors import Invalid
from fhirbridge.search.uri import Uri, ancestors, is_below

URL = Uri("url")


def value_set(url):
    return {"resourceType": "ValueSet", "id": "1", "url": url}


@pytest.mark.parametrize(
    ("stored", "name", "text", "expected"),
    [
        ("http://x.org/a", "url", "http://x.org/a", True),
        ("http://x.org/a", "url", "http://x.org/A", False),
        ("http://x.org/a", "url", "http://x.org/a/", False),
        ("http://x.org/a/b", "url:below", "http://x.org/a", True),
        ("http://x.org/a/b", "url:below", "http://x.org/a/", True),
        ("http://x.org/ab", "url:below", "http://x.org/a", False),
        ("http://x.org/a", "url:above", "http://x.org/a/b", True),
        ("http://x.org/a/b", "url:above", "http://x.org/a", False),
        ("urn:oid:1.2", "url", "urn:oid:1.2", True),
        ("http://x.org/a|2", "url", "http://x.org/a", True),
        ("http://x.org/a|2", "url", "http://x.org/a|2", True),
        ("http://x.org/a|2", "url", "http://x.org/a|3", False),
    ],
)
def test_a_uri_is_exact_and_a_url_has_segments(stored, name, text, expected):
    assert asked(value_set(stored), [URL], (name, text)) is expected


@pytest.mark.parametrize("modifier", ["below", "above"])
def test_below_and_above_refuse_urns(modifier):
    with pytest.raises(Invalid, match=r"^url: "):
        URL.parse("urn:oid:1.2", modifier, CONTEXT)


@given(st.text(alphabet="ab/", max_size=8), st.text(alphabet="ab/", max_size=8))
def test_ancestors_are_exactly_what_a_uri_is_below(uri, other):
    assert all(is_below(uri, ancestor) for ancestor in ancestors(uri))
    assert is_below(uri, other) is (other in ancestors(uri))


def test_a_url_with_endless_segments_is_malformed():
    with pytest.raises(Invalid, match=r"^url: "):
        URL.parse("http://x.org" + "/a" * 40, "above", CONTEXT)
