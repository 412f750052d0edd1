"""A run is accounted for."""

from collections import Counter

from fhirbridge.fhir import json
from fhirbridge.sync.report import Report


def test_what_came_in_must_have_gone_somewhere():
    report = Report(items=4, mapped=2, quarantined=Counter(unknown=1), ignored=Counter(twice=1))
    assert report.balanced
    report.items += 1
    assert not report.balanced


def test_pieces_add_up():
    whole = Report(calls=1, created=Counter(Slot=2))
    whole.add(Report(calls=2, created=Counter(Slot=1, Schedule=1), refused=["half a list"]))
    assert whole == Report(calls=3, created=Counter(Slot=3, Schedule=1), refused=["half a list"])


def test_it_survives_being_written_down():
    report = Report(calls=3, failures=Counter({"not-data": 1}), refused=["half a list"])
    assert Report.of_json(json.parse(json.dump(report.as_json()))) == report


def test_a_failure_or_a_doubt_is_not_clean():
    assert Report(calls=3).clean
    assert not Report(failures=Counter(unavailable=1)).clean
    assert not Report(refused=["half a list"]).clean
