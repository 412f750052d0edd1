import pytest

from fhirbridge.sources.recognise import ABSENT, at, first_at, holds
from fhirbridge.sources.words import Rule

ANSWER = {"Ответ": {"Результат": "false", "Текст": "Время ЗАНЯТО"}, "rows": None, "err": ""}


def test_a_path_leads_into_the_answer_and_stops_where_there_is_nothing():
    assert at(ANSWER, "Ответ.Результат") == "false"
    assert at(ANSWER, "$") is ANSWER
    assert at(ANSWER, "Ответ.Нет.Ничего") is ABSENT
    assert at([1], "x") is ABSENT
    assert at(ANSWER, "rows") is None


def test_the_first_place_with_something_in_it_counts():
    assert first_at(ANSWER, ["rows", "err", "Ответ.Результат"]) == "false"
    assert first_at(ANSWER, ["rows", "err"]) is ABSENT


@pytest.mark.parametrize(
    ("rule", "recognised"),
    [
        ({"field": "Ответ.Результат", "equals": ["false", False]}, True),
        ({"field": "Ответ.Результат", "equals": [False]}, False),
        ({"field": "Ответ.Текст", "contains": "занято"}, True),
        ({"field": "Ответ.Текст", "contains": "свободно"}, False),
        ({"field": "rows", "equals": [None]}, True),
        ({"field": "rows"}, False),
        ({"field": "err"}, False),
        ({"field": "Ответ"}, True),
        ({"field": "none", "equals": [None]}, False),
        ({"status": 500}, True),
        ({"status": [404, 409]}, False),
        ({"status": 500, "contains": "whole"}, True),
        ({"contains": "other"}, False),
    ],
)
def test_a_rule_holds_when_everything_it_says_holds(rule, recognised):
    assert holds(Rule(**rule), 500, "the WHOLE text", ANSWER) is recognised


def test_false_and_zero_are_not_the_same():
    assert not holds(Rule(field="ok", equals=[False]), 200, "", {"ok": 0})
    assert not holds(Rule(field="ok", equals=[0]), 200, "", {"ok": False})
