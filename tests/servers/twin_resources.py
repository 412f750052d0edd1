"""What both clinics of a pair have: the directory, and how their resources are made."""

import base64
from dataclasses import dataclass

from rest_clinic import resource

from fhirbridge.fhir import json

LOINC, UCUM = "http://loinc.org", "http://unitsofmeasure.org"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"


@dataclass(frozen=True)
class Differing:
    """In what a world is the second of its kind."""

    others: bool = False
    hidden: bool = False
    outside: bool = False


def reference(text):
    return {"reference": text}


def coded(*pairs, text=None):
    coding = [
        {"system": system, "code": code, "display": f"display {code}"} for system, code in pairs
    ]
    return {"coding": coding, **({"text": text} if text else {})}


def observation(id_, patient, value, day, *, category="laboratory", **more):
    return resource(
        "Observation",
        id_,
        **{
            "identifier": [{"system": "urn:results", "value": id_}],
            "status": "final",
            "category": [coded((CATEGORY, category))],
            "code": coded((LOINC, "718-7" if day % 2 else "789-8"), text="Гемоглобин"),
            "subject": reference(f"Patient/{patient}"),
            "effectiveDateTime": f"2026-11-{day:02}T08:00:00+03:00",
            "performer": [reference("Practitioner/doctor"), reference("Organization/lab")],
            "valueQuantity": {"value": json.Literal(value), "unit": "г/л", "system": UCUM,
                              "code": "g/L"},
            **more,
        },
    )  # fmt: skip


def binary(id_, context, data):
    return resource(
        "Binary",
        id_,
        contentType="application/pdf",
        securityContext=reference(context),
        data=base64.b64encode(data).decode(),
    )


DIRECTORY = [
    resource("Organization", "lab", name="Лаборатория", active=True,
             identifier=[{"system": "urn:org", "value": "lab"}]),
    resource("Location", "room", name="Кабинет 5", status="active",
             managingOrganization=reference("Organization/lab")),
    resource("HealthcareService", "visit", name="Приём", active=True,
             providedBy=reference("Organization/lab")),
    resource("Practitioner", "doctor", name=[{"family": "Сидоров", "given": ["Пётр"]}],
             active=True, gender="male"),
    resource("Practitioner", "second", name=[{"family": "Smith"}], gender="female"),
    resource("PractitionerRole", "role", practitioner=reference("Practitioner/doctor"),
             organization=reference("Organization/lab"), location=[reference("Location/room")],
             specialty=[coded(("urn:specialty", "cardiology"))]),
    resource("Schedule", "plan", active=True, actor=[reference("Practitioner/doctor")],
             serviceType=[coded(("urn:service", "visit"))]),
    resource("CodeSystem", "codes", url="urn:codes", status="active", content="complete",
             concept=[{"code": "a", "concept": [{"code": "b"}]}]),
    resource("ValueSet", "values", url="urn:values", status="active", version="1", compose={
        "include": [{"system": LOINC, "concept": [{"code": "718-7"}]}]}),
    resource("ConceptMap", "map", url="urn:map", status="active", sourceUri="urn:values"),
]  # fmt: skip


def slots(of):
    """Half of them busy, by whom and how is not to be told."""
    kinds = ["busy", "busy-tentative"] if of.hidden else ["busy-unavailable", "busy"]
    for number in range(8):
        yield resource(
            "Slot",
            f"slot{number}",
            schedule=reference("Schedule/plan"),
            status="free" if number % 2 else kinds[number // 2 % 2],
            start=f"2026-11-25T09:{number:02}:00+03:00",
            end=f"2026-11-25T09:{number + 1:02}:00+03:00",
            comment="второй" if of.hidden else "первый",
            overbooked=of.hidden,
            identifier=[{"system": "urn:slots", "value": f"{of.hidden}-{number}"}],
        )


__all__ = ["CATEGORY", "DIRECTORY", "LOINC", "Differing", "binary", "coded", "observation",
           "reference", "slots"]  # fmt: skip
