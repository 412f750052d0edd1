"""Generated resources of a size that is asked for: the same seed, the same bytes."""

import random
import uuid
from collections.abc import Iterator
from typing import Any

from fhirbridge.fhir.json import Literal

LOINC = "http://loinc.org"
CODES = [f"{number}-{number % 10}" for number in range(1000, 1200)]
RESULTS_PER_PATIENT = 500
DAYS = 14
SLOTS_PER_DAY = 32


def id_(*parts: object) -> str:
    """Return an id that follows from `parts`."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, "|".join(map(str, parts))))


def patients(results: int) -> list[str]:
    """Return the ids of the patients that share `results` Observations."""
    return [id_("patient", n) for n in range(max(results // RESULTS_PER_PATIENT, 4))]


def people(results: int) -> Iterator[dict[str, Any]]:
    """Yield the Patients."""
    for number, one in enumerate(patients(results)):
        yield {
            "resourceType": "Patient",
            "id": one,
            "name": [{"family": f"Образцов{number}", "given": ["Иван", "Тестович"]}],
            "birthDate": f"19{40 + number % 60:02}-0{1 + number % 9}-15",
        }


def observations(results: int, seed: int = 1) -> Iterator[dict[str, Any]]:
    """Yield `results` laboratory results of about 1.2 kB, codes with a long tail."""
    dice = random.Random(seed)  # noqa: S311 (no secret: a dataset)
    owners = patients(results)
    weights = [1 / (rank + 1) for rank in range(len(CODES))]
    for number in range(results):
        code = dice.choices(CODES, weights)[0]
        day = dice.randrange(365 * 5)
        yield _observation(
            id_("observation", number), owners[number % len(owners)], code, day, dice
        )


def _observation(
    one: str, patient: str, code: str, day: int, dice: random.Random
) -> dict[str, Any]:
    when = (
        f"{2021 + day // 365}-{1 + day % 12:02}-{1 + day % 28:02}T{day % 24:02}:{day % 60:02}:00Z"
    )
    return {
        "resourceType": "Observation",
        "id": one,
        "identifier": [{"system": "https://bench.example/result", "value": one}],
        "status": "final",
        "category": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/observation-category",
                        "code": "laboratory",
                        "display": "Laboratory",
                    }
                ]
            }
        ],
        "code": {
            "coding": [
                {"system": "https://bench.example/test", "code": f"T{code}"},
                {"system": LOINC, "code": code, "display": "Hemoglobin [Mass/volume] in Blood"},
            ],
            "text": "Показатель лабораторный",
        },
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": when,
        "issued": when,
        "performer": [{"reference": f"Organization/{id_('laboratory')}", "display": "Лаборатория"}],
        "valueQuantity": {
            "value": Literal(f"{dice.randrange(500, 20000) / 100:.2f}"),
            "unit": "г/л",
            "system": "http://unitsofmeasure.org",
            "code": "g/L",
        },
        "referenceRange": [
            {
                "low": {"value": 120, "unit": "г/л"},
                "high": {"value": 160, "unit": "г/л"},
                "text": "120 - 160",
            }
        ],
    }


def schedules(number: int = 20) -> Iterator[dict[str, Any]]:
    """Yield Schedules."""
    for one in range(number):
        yield {
            "resourceType": "Schedule",
            "id": id_("schedule", one),
            "active": True,
            "actor": [{"reference": f"Practitioner/{id_('practitioner', one)}"}],
        }


def slots(number: int = 20) -> Iterator[dict[str, Any]]:
    """Yield two weeks of Slots for each Schedule, every third one free."""
    for one in range(number):
        for day in range(DAYS):
            for part in range(SLOTS_PER_DAY):
                start = f"2026-12-{1 + day:02}T{8 + part // 4:02}:{part % 4 * 15:02}:00+03:00"
                end_part = part + 1
                end = f"2026-12-{1 + day:02}T{8 + end_part // 4:02}:{end_part % 4 * 15:02}:00+03:00"
                yield {
                    "resourceType": "Slot",
                    "id": id_("slot", one, day, part),
                    "schedule": {"reference": f"Schedule/{id_('schedule', one)}"},
                    "status": "busy" if part % 3 else "free",
                    "start": start,
                    "end": end,
                }
