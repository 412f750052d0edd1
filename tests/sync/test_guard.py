"""What absence means, and what it never means."""

from hypothesis import given
from hypothesis import strategies as st

from fhirbridge.sync.guard import Absences, judge

DOCTORS = frozenset(f"doctor-{number}" for number in range(10))
keys = st.frozensets(st.sampled_from(sorted(DOCTORS)))


def read(seen, before=None):
    return judge(DOCTORS, seen, before or Absences(), misses=2, shrink_percent=30)


def test_one_absence_concludes_nothing():
    verdict = read(DOCTORS - {"doctor-3"})
    assert verdict.absences.gone(2) == frozenset()
    assert verdict.refused is None


def test_two_absences_in_a_row_are_gone():
    seen = DOCTORS - {"doctor-3"}
    assert read(seen, read(seen).absences).absences.gone(2) == {"doctor-3"}


def test_being_seen_in_between_starts_again():
    seen = DOCTORS - {"doctor-3"}
    after = read(seen, read(DOCTORS, read(seen).absences).absences)
    assert after.absences.gone(2) == frozenset()


def test_a_list_that_shrank_too_much_is_never_believed():
    half = frozenset(sorted(DOCTORS)[:5])
    verdict = read(half)
    for _ in range(5):
        verdict = read(half, verdict.absences)
        assert verdict.refused == "5 of 10 known records are absent, over 30 %"
        assert verdict.absences.gone(2) == frozenset()


def test_exactly_the_percentage_is_believed():
    seen = DOCTORS - {"doctor-1", "doctor-2", "doctor-3"}
    assert read(seen, read(seen).absences).absences.gone(2) == DOCTORS - seen


def test_those_gone_before_do_not_count_towards_the_shrinking():
    verdict = read(DOCTORS - {"doctor-1", "doctor-2", "doctor-3"})
    verdict = read(DOCTORS - {"doctor-1", "doctor-2", "doctor-3"}, verdict.absences)
    seen = DOCTORS - {"doctor-1", "doctor-2", "doctor-3", "doctor-4", "doctor-5"}
    verdict = read(seen, read(seen, verdict.absences).absences)
    assert verdict.absences.gone(2) == DOCTORS - seen


def test_one_who_comes_back_is_present_again():
    seen = DOCTORS - {"doctor-3"}
    gone = read(seen, read(seen).absences).absences
    assert read(DOCTORS, gone).absences.misses == {}


def test_an_empty_list_takes_nobody_away():
    assert read(frozenset(), read(frozenset()).absences).absences.gone(2) == frozenset()


@given(st.lists(keys, max_size=8))
def test_nobody_seen_in_the_last_read_is_ever_gone(reads):
    absences = Absences()
    for seen in reads:
        absences = judge(DOCTORS, seen, absences, misses=2, shrink_percent=30).absences
        assert not absences.gone(2) & seen
        assert len(absences.gone(1)) < len(DOCTORS)
