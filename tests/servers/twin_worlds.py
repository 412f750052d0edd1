"""Clinics that are the same for some reader and differ in everything that reader may not see.

`Differing` says in what: other patients, hidden parts of what is shown, what lies outside of a
granular scope. Ids, clock and order of own resources are the same; contents, counts, versions and
deletions of the rest are not.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from rest_clinic import AGES, Clinic, an_empty_clinic
from stored_content import Content
from twin_patients import changed, foreign, own
from twin_resources import CATEGORY, DIRECTORY, Differing, observation, slots

from fhirbridge.auth.tokens import Wanted, issue

LABORATORY = f"category={CATEGORY}|laboratory"
TOKENS = {
    "all": Wanted("patient/*.rs", AGES, patient="A"),
    "writing": Wanted("patient/*.cruds launch/patient", AGES, patient="A"),
    "reading": Wanted("patient/*.r", AGES, patient="A"),
    "results": Wanted("patient/Observation.rs patient/DiagnosticReport.rs", AGES, patient="A"),
    "person": Wanted("user/*.rs", AGES, user="Patient/A"),
    "granular": Wanted(
        f"patient/Observation.rs?{LABORATORY} patient/Patient.rs patient/Practitioner.rs"
        " patient/DiagnosticReport.rs patient/Slot.rs patient/Binary.r patient/Provenance.rs",
        AGES,
        patient="A",
    ),
    "doctor": Wanted("user/*.rs __break_glass", AGES, user="Practitioner/doctor"),
    # Asks for nothing but changes that do not happen.
    "nurse": Wanted("user/*.cruds", AGES, user="Practitioner/doctor"),
    "other": Wanted("patient/*.rs", AGES, patient="B"),
}


ONE = Differing()
# For each token of A the world that must look the same.
TWINS = {
    **dict.fromkeys(
        ("all", "writing", "reading", "results", "person"), Differing(others=True, hidden=True)
    ),
    "granular": Differing(others=True, hidden=True, outside=True),
    **dict.fromkeys(("doctor", "nurse"), Differing(others=True)),
}


def world(url, of=ONE):
    """Return the clinic in the database `url` that is different in `of`."""
    clinic = an_empty_clinic(url, audit="off", break_glass=True)
    tokens = {name: issue(one, clinic.server.store.tokens, clinic.clock())[0]
              for name, one in TOKENS.items()}  # fmt: skip
    clinic = replace(clinic, tokens={**clinic.tokens, **tokens})
    load(clinic, of)
    return clinic


def load(clinic: Clinic, of):
    store, clock = clinic.server.store, clinic.clock
    mistaken = "C" if of.others else "B"
    misfiled = [observation("came", mistaken, "5" if of.others else "6", 3),
                observation("moved", "A", "12.5", 14)]  # fmt: skip
    # Others' resources come between own ones: numbers of rows are not the same.
    groups = [DIRECTORY, foreign(of) if of.others else (), slots(of), own(of), misfiled,
              () if of.others else foreign(of)]  # fmt: skip
    with store.transaction() as tx:
        tx.merges.add("old", "A", "staff", "", now=clock())
        for group in groups:
            for one in group:
                tx.put(one, now=clock())
    clock.now += 1_500_000
    with store.transaction() as tx:
        for one in changed(of):
            tx.put(one, now=clock())
        if of.hidden:
            for slot in slots(of):
                tx.put({**slot, "comment": "третий"}, now=clock())
        tx.delete("Observation", "gone-a", now=clock())
        tx.delete("Observation", "gone-b" if of.others else "b3", now=clock())


@dataclass(frozen=True)
class Twins:
    """Token → the two clinics between which it must make no difference, and what they hold."""

    pairs: dict[str, tuple[Clinic, Clinic]]
    content: Content

    def close(self) -> None:
        for pair in self.pairs.values():
            for clinic in pair:
                clinic.server.store.close()


def twins(url: Callable[[str], str]) -> Twins:
    """Return the clinics; `url` gives a new database for each name."""
    worlds = {
        of: world(url(f"twin_{of.others:d}{of.hidden:d}{of.outside:d}"), of)
        for of in {ONE, *TWINS.values()}
    }
    pairs = {token: (worlds[ONE], worlds[of]) for token, of in TWINS.items()}
    return Twins(pairs, Content(worlds[ONE], worlds[TWINS["granular"]]))


__all__ = ["Twins", "twins", "world"]
