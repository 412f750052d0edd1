from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirbridge.fhir.errors import Invalid
from fhirbridge.rest.paging import LIFETIME, TICK, Pages
from fhirbridge.search.query import Cursor

BOUND = (("kind", "patient"), ("patient", "A"), ("patient", "Patient/A"))
KEY = bytes(range(32))


@dataclass
class Clock:
    now: int = 1_795_518_000_000_000

    def __call__(self):
        return self.now


SORTS = st.lists(st.none() | st.integers(-(2**62), 2**62) | st.text(max_size=300), max_size=4)


@given(SORTS.map(tuple), st.integers(0, 2**62))
def test_a_sealed_cursor_opens_again(sort, row):
    pages = Pages(KEY, Clock())
    assert pages.open(pages.seal(Cursor(sort, row), BOUND), BOUND) == Cursor(sort, row)


def test_tokens_are_deterministic_and_of_one_length():
    pages = Pages(KEY, Clock())
    tokens = [pages.seal(Cursor(("x" * n, n), 7**n), BOUND) for n in range(20)]
    assert {len(token) for token in tokens} == {256}
    assert pages.seal(Cursor(("", 0), 1), BOUND) == tokens[0]
    assert len(set(tokens)) == 20


def test_i010_a_token_of_another_caller_or_search_does_not_open():
    pages = Pages(KEY, Clock())
    token = pages.seal(Cursor((1,), 2), BOUND)
    for other in [(), (("kind", "system"), *BOUND[1:]), (*BOUND, ("code", "x"))]:
        with pytest.raises(Invalid):
            pages.open(token, other)


def test_i011_a_token_lasts_ten_minutes():
    clock = Clock()
    pages = Pages(KEY, clock)
    token = pages.seal(Cursor((1,), 2), BOUND)
    clock.now += LIFETIME
    assert pages.open(token, BOUND) == Cursor((1,), 2)
    clock.now += 2 * TICK
    with pytest.raises(Invalid):
        pages.open(token, BOUND)


def test_i010_every_bad_token_gets_the_same_answer():
    pages = Pages(KEY, Clock())
    good = pages.seal(Cursor((1,), 2), BOUND)
    other_key = Pages(bytes(32), Clock()).seal(Cursor((1,), 2), BOUND)
    bad = ["", "A", "=" * 8, "é", good[:-4], good[:-1] + "A", "A" + good[1:], other_key, good * 2]
    texts = set()
    for token in bad:
        with pytest.raises(Invalid) as raised:
            pages.open(token, BOUND)
        texts.add(raised.value.issues)
    assert len(texts) == 1


@given(st.text(max_size=400))
def test_no_text_opens_by_chance(text):
    with pytest.raises(Invalid):
        Pages(KEY, Clock()).open(text, BOUND)
