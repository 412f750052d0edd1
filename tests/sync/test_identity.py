"""Who is who: the strongest key decides, a contradiction goes to a person."""

from dataclasses import replace

import pytest

from fhirbridge.sync.identity import (
    Conflict,
    Key,
    Kind,
    New,
    Nobody,
    Person,
    Same,
    decide,
    folded,
    keys,
)

IVAN = Person(
    own="c-1",
    snils="90000000182",
    enp="7700000000000001",
    family="Примеров",
    given="Иван",
    patronymic="Образцович",
    birth_date="1985-03-15",
    sex="male",
)


class Register:
    """Everybody known so far, as the identity table would hold them."""

    def __init__(self) -> None:
        self.patients: dict[str, Person] = {}
        self.keys: dict[Key, str] = {}

    def ask(self, source, person):
        answer = decide(source, person, self.keys.get, self.patients.__getitem__)
        if isinstance(answer, New):
            name = f"P{len(self.patients) + 1}"
            self.patients[name] = person
            self.keys |= dict.fromkeys(answer.bind, name)
        if isinstance(answer, Same):
            self.keys |= dict.fromkeys(answer.bind, answer.patient)
        return answer


@pytest.fixture
def register():
    register = Register()
    assert isinstance(register.ask("onec", IVAN), New)
    return register


def test_keys_come_strongest_first():
    assert [key.kind for key in keys("onec", IVAN)] == [
        Kind.OWN,
        Kind.SNILS,
        Kind.ENP,
        Kind.PERSON,
    ]


def test_a_source_knows_its_own_patient(register):
    assert register.ask("onec", Person(own="c-1")) == Same("P1", ())


def test_another_sources_number_is_not_ours(register):
    assert isinstance(register.ask("qlab", Person(own="c-1")), New)


def test_the_laboratory_finds_the_patient_by_snils(register):
    seen = replace(IVAN, own=None, enp=None, family="ПРИМЕРОВ")
    assert register.ask("qlab", seen) == Same("P1", ())


def test_the_whole_name_with_birth_date_and_sex_finds_the_patient(register):
    seen = replace(IVAN, own=None, enp=None, snils=None)
    assert register.ask("qlab", seen) == Same("P1", ())


@pytest.mark.parametrize("missing", ["patronymic", "birth_date", "sex", "given", "family"])
def test_less_than_the_whole_name_finds_nobody(register, missing):
    seen = replace(IVAN, own=None, enp=None, snils=None, **{missing: None})
    assert register.ask("qlab", seen) == Nobody()


def test_twins_differ_by_their_given_name(register):
    seen = replace(IVAN, own=None, enp=None, snils=None, given="Пётр")
    assert isinstance(register.ask("qlab", seen), New)


@pytest.mark.parametrize("change", [{"birth_date": "1986-03-15"}, {"family": "Тестов"}])
def test_one_snils_with_other_facts_is_a_conflict(register, change):
    answer = register.ask("qlab", replace(IVAN, own=None, enp=None, **change))
    assert answer == Conflict("P1", Kind.SNILS, tuple(change))


def test_one_policy_with_another_birth_date_is_a_conflict(register):
    seen = replace(IVAN, own=None, snils=None, birth_date="2010-01-01")
    assert register.ask("qlab", seen) == Conflict("P1", Kind.ENP, ("birth_date",))


def test_one_name_with_another_snils_is_a_conflict(register):
    seen = replace(IVAN, own=None, enp=None, snils="90012345636")
    assert register.ask("qlab", seen) == Conflict("P1", Kind.PERSON, ("snils",))


def test_a_marriage_keeps_the_patient(register):
    assert register.ask("onec", replace(IVAN, family="Образцов")).patient == "P1"


def test_a_number_given_to_somebody_else_is_a_conflict(register):
    other = Person(own="c-1", family="Тестова", given="Анна", birth_date="1990-02-01")
    answer = register.ask("onec", other)
    assert answer == Conflict("P1", Kind.OWN, ("birth_date", "family", "given"))


def test_a_stronger_key_that_comes_later_joins():
    register = Register()
    weak = replace(IVAN, own=None, enp=None, snils=None)
    register.ask("qlab", weak)
    assert register.ask("onec", IVAN).patient == "P1"
    assert register.ask("qlab", Person(snils=IVAN.snils)) == Same("P1", ())


def test_two_patients_that_turn_out_one_are_reported_not_merged(register):
    other = Person(own="q-9", family="Примеров", given="Иван")
    register.ask("qlab", other)
    answer = register.ask("qlab", replace(IVAN, own="q-9", family="Примеров"))
    assert answer == Same("P2", (), also=("P1",))


def test_a_record_without_a_person_is_nobody():
    assert Register().ask("qlab", Person(family="Примеров")) == Nobody()


def test_names_compare_without_their_spelling():
    assert folded("Семёнова-Тестова") == folded("СЕМЕНОВА ТЕСТОВА")
    assert folded("Aнна") == folded("Анна")  # a Latin A
