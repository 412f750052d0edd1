import os
import subprocess
import sys
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from fhirbridge.resources.definition import Hot
from fhirbridge.resources.registry import definitions
from fhirbridge.search.token import Token
from fhirbridge.store.index.fingerprint import fingerprint

MOSCOW = ZoneInfo("Europe/Moscow")
TOLD = """
from zoneinfo import ZoneInfo
from fhirbridge.resources.registry import definitions
from fhirbridge.store.index.fingerprint import fingerprint
print(fingerprint(definitions(), ZoneInfo("Europe/Moscow")))
"""


def with_slot(**changes):
    known = definitions()
    return {**known, "Slot": replace(known["Slot"], **changes)}


@pytest.mark.parametrize("seed", ["1", "2"])
def test_every_process_tells_the_same(seed):
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    told = subprocess.run(
        [sys.executable, "-c", TOLD], env=environment, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == fingerprint(definitions(), MOSCOW)


@pytest.mark.parametrize(
    "other",
    [
        with_slot(hot=(Hot(("status",), "start"),)),
        with_slot(refused_to_patients=frozenset({"status"})),
        with_slot(parameters=(*definitions()["Slot"].parameters, Token("overbooked"))),
        with_slot(access=definitions()["Schedule"].access),
        definitions(audit_for_patients=True),
    ],
)
def test_another_declaration_tells_something_else(other):
    assert fingerprint(other, MOSCOW) != fingerprint(definitions(), MOSCOW)


def test_another_zone_of_the_clinic_tells_something_else():
    assert fingerprint(definitions(), ZoneInfo("UTC")) != fingerprint(definitions(), MOSCOW)


def test_the_order_of_types_tells_nothing():
    backwards = dict(reversed(definitions().items()))
    assert fingerprint(backwards, MOSCOW) == fingerprint(definitions(), MOSCOW)


def test_what_has_no_name_of_its_own_is_no_declaration():

    with pytest.raises(TypeError, match="object"):
        fingerprint(with_slot(relates=object()), MOSCOW)
    with pytest.raises(TypeError, match="lambda"):
        fingerprint(with_slot(relates=lambda: None), MOSCOW)
