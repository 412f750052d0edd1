import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirbridge.search.escape import escape, split, unescape


@given(st.text())
def test_an_escaped_text_comes_back_whole(text):
    assert unescape(escape(text)) == text
    for separator in ",|$":
        assert split(escape(text), separator) == [escape(text)]


@given(st.lists(st.text(), min_size=1), st.sampled_from(",|$"))
def test_escaped_pieces_joined_are_split_into_the_same_pieces(pieces, separator):
    joined = separator.join(escape(piece) for piece in pieces)
    assert [unescape(piece) for piece in split(joined, separator)] == pieces


@given(st.text(alphabet="ab\\,|$"), st.sampled_from(",|$"))
def test_splitting_loses_no_character(text, separator):
    assert separator.join(split(text, separator)) == text


@pytest.mark.parametrize("text", ["a\\", "\\n", "a\\b", "\\ ", "\\\n"])
def test_a_lone_backslash_is_illegal(text):
    with pytest.raises(ValueError, match="backslash"):
        unescape(text)
