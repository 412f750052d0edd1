"""What size costs: the hot searches on a small and on a large database, the same way."""

from collections.abc import Iterator
from functools import partial

from bench.asking import Line
from bench.comparison import compared, in_turn
from bench.dataset import CODES, LOINC, id_, patients
from bench.measures import Figure


def paths(results: int) -> dict[str, str]:
    """Return the hot searches by name."""
    patient, code = patients(results)[1], f"{LOINC}|{CODES[0]}"
    return {
        "read by id": f"/fhir/Observation/{id_('observation', 1)}",
        "patient + code": f"/fhir/Observation?patient={patient}&code={code}&_sort=-date",
        "patient + category": (
            f"/fhir/Observation?patient={patient}&category=laboratory&_sort=-date"
        ),
        "code": f"/fhir/Observation?code={code}&_sort=-date",
        "slots of a day": f"/fhir/Slot?schedule={id_('schedule', 1)}&start=2026-12-05&status=free",
        "sort by date": "/fhir/Observation?status=final&_sort=-date",
    }


def growth(little: Line, large: Line, kind: str, sizes: tuple[int, int]) -> Iterator[Figure]:
    """Yield how the times of the larger database compare, from interleaved rounds.

    Processor time counts, of the server and of its database: on which processors the two happen to
    meet changes the elapsed time of a small request twofold.
    """
    own, others = paths(sizes[1]), paths(sizes[0])
    for name, path in own.items():
        value, limit = in_turn(
            partial(large.processor, path), partial(little.processor, others[name])
        )
        title = f"{name}: {sizes[1]} results, to {sizes[0]}"
        yield compared(title, kind, value, limit, "<= 1.5")
