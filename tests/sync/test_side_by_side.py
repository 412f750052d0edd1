"""Calls of one piece beside each other: in order, within the limit, and none after a refusal."""

import threading
from contextlib import suppress

import pytest
from clinic import clinic
from sandboxed import world

from fhirbridge.sync.side_by_side import side_by_side

PATIENCE = 10
SMALL = {"doctors": 4, "patients": 8, "orders": 16, "days": 5}


class Source:
    """Answers a call with itself, one named in `fails` not at all; `asked` in the order begun."""

    def __init__(self, fails=()):
        self.asked = []
        self.fails = fails
        self.threads = set()

    def ask(self, call):
        self.asked.append(call)
        self.threads.add(threading.get_ident())
        if call in self.fails:
            raise LookupError(call)
        return call


def taken(answers):
    found = []
    for answer in answers:
        try:
            found.append(answer())
        except LookupError as error:
            found.append(str(error))
    return found


@pytest.mark.parametrize("most", [1, 2, 3, 50])
@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_every_call_is_answered_once_and_in_order_whatever_fails(most, count):
    calls = [str(number) for number in range(count)]
    source = Source(fails={"1", "4"})
    assert taken(side_by_side(source.ask, calls, most)) == calls
    assert sorted(source.asked) == calls


def test_without_others_beside_it_a_call_is_made_where_its_answer_is_taken():
    source = Source()
    assert taken(side_by_side(source.ask, "abc", 1)) == ["a", "b", "c"]
    assert source.threads == {threading.get_ident()}


def test_as_many_calls_as_permitted_are_under_way_at_once_and_answers_keep_their_order():
    together, later = threading.Barrier(3), threading.Event()

    def ask(call):
        if call > 0:
            together.wait(PATIENCE)
        if call == 1:
            assert later.wait(PATIENCE)
        if call in {2, 3}:
            later.set()
        return call

    assert taken(side_by_side(ask, range(4), 3)) == [0, 1, 2, 3]


def test_a_source_that_refuses_the_first_call_is_asked_no_other():
    source = Source(fails={"a"})
    with suppress(LookupError):
        for answer in side_by_side(source.ask, "abcdefgh", 3):
            answer()
    assert source.asked == ["a"]


def test_who_stops_taking_waits_for_what_is_under_way_and_nothing_begins_any_more():
    source = Source(fails={"b"})
    with suppress(LookupError):
        for answer in side_by_side(source.ask, "abcdefgh", 3):
            answer()
    asked = list(source.asked)
    assert set(asked) <= set("abcd")
    assert source.asked == asked


def test_a_laboratory_read_side_by_side_gives_what_it_gives_one_by_one(tmp_path):
    found = []
    for most in (1, 3):
        url = f"sqlite:///{tmp_path}/{most}.sqlite"
        with clinic(url, world(**SMALL)) as made:
            limits = made.bridge.links["qlab"].profile.limits
            object.__setattr__(limits, "side_by_side", most)
            made.sync("qlab")
            found.append(made.content())
    assert found[0] == found[1]
