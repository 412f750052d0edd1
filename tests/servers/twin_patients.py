"""What is A's in each world, and what is others'."""

from rest_clinic import resource
from twin_resources import LOINC, binary, coded, observation, reference


def own(of):
    """What is A's."""
    hidden = "C" if of.hidden else "B"
    yield resource(
        "Patient",
        "A",
        identifier=[{"system": "urn:snils", "value": "11223344595",
                     "type": coded(("urn:types", "SNILS"))}],
        name=[{"family": "Иванов", "given": ["Иван"]}],
        birthDate="1980-01-01",
        gender="male",
        active=True,
        telecom=[{"system": "phone", "value": "+79001112233"}],
        generalPractitioner=[reference("Practitioner/doctor")],
        managingOrganization=reference("Organization/lab"),
        link=[{"other": reference(f"Patient/{hidden}"), "type": "seealso"},
              {"other": reference("Patient/old"), "type": "replaces"}],
        meta={"tag": [{"system": "urn:tags", "code": f"tag-{hidden}"}]},
    )  # fmt: skip
    yield resource("Patient", "old", name=[{"family": "Ивановъ"}], birthDate="1980-01-01",
                   link=[{"other": reference("Patient/A"), "type": "replaced-by"}])  # fmt: skip
    yield from own_results(of)
    yield from own_papers()
    participants = ["Patient/A", "Practitioner/doctor", "Location/room"]
    yield resource(
        "Appointment", "visit-a", status="booked", start="2026-11-25T09:00:00+03:00",
        end="2026-11-25T09:30:00+03:00", slot=[reference("Slot/slot0")],
        comment=f"вместо {hidden}", description="Приём",
        participant=[{"actor": reference(one), "status": "accepted"} for one in participants],
    )  # fmt: skip
    yield resource(
        "Appointment", "group", status="booked", start="2026-11-26T09:00:00+03:00",
        reasonCode=[{"text": f"по поводу {hidden}"}],
        participant=[{"actor": reference(one), "status": "accepted"}
                     for one in ("Patient/A", f"Patient/{hidden}", "Location/room")],
    )  # fmt: skip
    yield resource("Provenance", "mixed", recorded="2026-11-02T10:00:00Z",
                   target=[reference("Patient/A"), reference(f"Patient/{hidden}")],
                   agent=[{"who": reference("Organization/lab")}])  # fmt: skip


def own_results(of):
    """Results of A's, some not shown, some outside of a granular scope."""
    hidden = "C" if of.hidden else "B"
    for day in range(1, 8):
        yield observation(
            f"a{day}",
            "A",
            f"13.{day}0",
            day,
            focus=[reference(f"Patient/{hidden}")],
            **({"hasMember": [reference("Observation/a2"), reference("Observation/b1")]}
               if day == 1 else {}),
            **({"derivedFrom": [reference("Observation/a1")]} if day == 4 else {}),
            **({"basedOn": [reference("ServiceRequest/order")]} if day == 3 else {}),
        )  # fmt: skip
    value = "77.1" if of.outside else "36.6"
    yield observation("vital1", "A", value, 8, category="vital-signs")
    if not of.outside:
        yield observation("vital2", "A", "80", 9, category="vital-signs")
    yield observation("held", "A", "1.1" if of.hidden else "2.2", 10, status="preliminary")
    yield observation("gone-a", "A", "5", 11)
    yield observation("error", "A", "6.6" if of.hidden else "7.7", 12, status="entered-in-error")
    secret = {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
                            "code": "R"}]}  # fmt: skip
    yield observation("secret", "A", "3.3" if of.hidden else "4.4", 13, meta=secret)
    yield resource(
        "ServiceRequest", "order", status="active", intent="order",
        category=[coded(("urn:kinds", "lab"))], code=coded((LOINC, "24331-1")),
        subject=reference("Patient/A"), requester=reference("Practitioner/doctor"),
        authoredOn="2026-11-01T08:00:00+03:00", specimen=[reference("Specimen/blood")],
        note=[{"text": f"о пациенте {hidden}"}],
    )  # fmt: skip
    yield resource("Specimen", "blood", subject=reference("Patient/A"), status="available",
                   type=coded(("urn:samples", "blood")), parent=[reference(f"Specimen/{hidden}")],
                   collection={"collectedDateTime": "2026-11-01T09:00:00+03:00"})  # fmt: skip


def own_papers():
    """Reports, documents, files and where they came from."""
    yield resource(
        "DiagnosticReport", "report", status="final", subject=reference("Patient/A"),
        category=[coded(("http://terminology.hl7.org/CodeSystem/v2-0074", "LAB"))],
        code=coded((LOINC, "58410-2")), effectiveDateTime="2026-11-02T10:00:00+03:00",
        result=[reference(f"Observation/{one}") for one in ("a1", "a2", "a3", "b1")],
        performer=[reference("Organization/lab")],
        presentedForm=[{"contentType": "application/pdf", "url": "Binary/pdf"}],
    )  # fmt: skip
    yield resource(
        "DocumentReference", "document", status="current", subject=reference("Patient/A"),
        type=coded((LOINC, "11502-2")), date="2026-11-02T10:00:00+03:00",
        author=[reference("Organization/lab")],
        content=[{"attachment": {"contentType": "application/pdf", "url": "Binary/pdf"}}],
    )  # fmt: skip
    yield binary("pdf", "DiagnosticReport/report", b"%PDF-1.4 of A")
    yield binary("card", "Patient/A", b"%PDF-1.4 card of A")
    yield resource("Provenance", "made",
                   target=[reference("Observation/a1"), reference("Patient/A")],
                   recorded="2026-11-02T10:00:00Z",
                   agent=[{"who": reference("Organization/lab")}])  # fmt: skip
    yield resource("Provenance", "told", target=[reference("Patient/A")],
                   recorded="2026-11-03T10:00:00Z",
                   agent=[{"who": reference("Organization/lab")}])  # fmt: skip


def foreign(of):
    """What is others': in each world something else, some of it under the same ids."""
    second = of.others
    family, birth = ("Петрова", "1990-01-01") if second else ("Иванов", "1980-01-01")
    yield resource("Patient", "B", name=[{"family": family}], birthDate=birth, active=not second,
                   gender="female" if second else "male",
                   identifier=[{"system": "urn:snils", "value": "99" if second else "88"}],
                   generalPractitioner=[reference("Practitioner/second")])  # fmt: skip
    yield resource("Patient", "D" if second else "C", name=[{"family": "Третий"}])
    for number in range(1, 9 if second else 4):
        day = number + (15 if second else 0)
        yield observation(f"b{number}", "B", f"{5 + number * (2 if second else 1)}.5", day,
                          performer=[reference("Patient/A"), reference("Practitioner/second")],
                          focus=[reference("Patient/A")],
                          derivedFrom=[reference("Observation/a1")])  # fmt: skip
    for number in range(1, 4 if second else 9):
        yield observation(
            f"c{number}", "D" if second else "C", "9.9", number, category="vital-signs"
        )
    yield observation("gone-b", "B", "1", 1)
    yield resource(
        "DiagnosticReport", "rb", status="final", subject=reference("Patient/B"),
        code=coded((LOINC, "58410-2" if second else "1-1")),
        result=[reference("Observation/b1"), reference("Observation/a1")],
    )  # fmt: skip
    yield resource("DocumentReference", "db", status="current", subject=reference("Patient/B"),
                   author=[reference("Patient/A")],
                   content=[{"attachment": {"url": "Binary/pdf-b"}}])  # fmt: skip
    yield binary("pdf-b", "DiagnosticReport/rb", b"%PDF-1.4 of B" * (2 if second else 1))
    yield resource("ServiceRequest", "order-b", status="active", intent="order",
                   subject=reference("Patient/B"), performer=[reference("Patient/A")],
                   requester=reference("Practitioner/second"), code=coded((LOINC, "24331-1")),
                   authoredOn="2026-11-03" if second else "2026-11-04")  # fmt: skip
    yield resource(
        "Provenance",
        "about-b",
        target=[reference("Patient/B")],
        recorded="2026-11-02T10:00:00Z",
        agent=[{"who": reference("Patient/A")}],
    )
    listed = ["Observation/a1", "Observation/a2" if second else "Observation/b1", "Patient/A"]
    yield resource("List", "1", status="current", mode="working", subject=reference("Patient/B"),
                   source=reference("Patient/A" if second else "Practitioner/doctor"),
                   entry=[{"item": reference(one)} for one in listed])  # fmt: skip
    yield resource("Appointment", "visit-b", status="booked",
                   start="2026-11-25T09:02:00+03:00" if second else "2026-11-25T09:04:00+03:00",
                   slot=[reference("Slot/slot2" if second else "Slot/slot4")],
                   participant=[{"actor": reference("Patient/B"), "status": "accepted"},
                                {"actor": reference("Practitioner/second"), "status": "accepted"}],
                   )  # fmt: skip


def changed(of):
    """The second versions: own ones alike; one came from somebody else, one went there."""
    members = [reference(f"Observation/{one}") for one in ("a2", "b1", "b2")]
    yield observation("a1", "A", "13.99", 1, hasMember=members)
    yield observation("came", "A", "12.5", 14)
    yield observation("moved", "B", "8" if of.others else "9", 14)
    day, value = (17, "6.6") if of.others else (2, "7.7")
    yield observation("b1", "B", value, day, derivedFrom=[reference("Observation/a1")])
    if of.others:
        yield resource("Patient", "B", name=[{"family": "Петрова-Водкина"}])


__all__ = ["changed", "foreign", "own"]
