"""Practitioners who have to do with patients: visits around now."""

from fhirbridge.fhir.instant import MINUTE, to_instant

DAY = 24 * 60 * MINUTE


def visit(id_, patient, practitioner, at, status="booked"):
    """Return an appointment of half an hour at `at`, in microseconds since 1970 UTC."""
    people = [f"Patient/{patient}", f"Practitioner/{practitioner}"]
    return {
        "resourceType": "Appointment",
        "id": id_,
        "status": status,
        "start": to_instant(at),
        "end": to_instant(at + 30 * MINUTE),
        "participant": [{"actor": {"reference": one}, "status": "accepted"} for one in people],
    }
