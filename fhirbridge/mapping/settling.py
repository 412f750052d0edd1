"""The fate of every item, settled once: what all files made of it, and nothing left unsaid."""

from collections.abc import Mapping

from fhirbridge.mapping.making import Made
from fhirbridge.mapping.outcome import Fate, Ignored, Mapped, Note, Outcome, Rejected
from fhirbridge.mapping.preparing import Prepared
from fhirbridge.mapping.vocabularies import Stream

RECORD = "."
Found = Mapping[str, list[Made]]


def settle(found: Found, stream: Stream, prepared: Prepared, notes: list[Note]) -> Outcome:
    """Return the outcome: one refusal of an item, or of the record, drops all that it made."""
    early = _early(stream, prepared)
    refused = [_rejected(key, made) for key, made in found.items()]
    rejected = tuple(one for one in refused if one)
    whole = next((one for one in rejected if one.item_key == RECORD), None)
    if whole:
        items = [key for key in found if _counts(key, stream)]
        lost: dict[str, Fate] = {**dict.fromkeys(items, "quarantined"), **early}
        return Outcome((), (whole,), _ignored({}, stream, prepared), tuple(notes), lost)
    bad = {one.item_key for one in rejected}
    good = {key: made for key, made in found.items() if key not in bad}
    fates = {key: _fate(made) for key, made in found.items() if _counts(key, stream)}
    return Outcome(
        resources=tuple(_resources(good)),
        quarantined=(*_before(stream, prepared), *rejected),
        ignored=_ignored(good, stream, prepared),
        issues=(*notes, *_notes(good, stream, prepared)),
        account={**early, **fates},
    )


def _counts(key: str, stream: Stream) -> bool:
    """Return whether the item came in, and was not made of several that did."""
    return key.partition("/")[0] not in stream.groups


def _early(stream: Stream, prepared: Prepared) -> dict[str, Fate]:
    """Return the fates that the preparation decided."""
    rejected: dict[str, Fate] = {
        f"{stream.list_}/{at}": "quarantined" for at, *_ in prepared.rejected
    }
    return {**rejected, **{f"{stream.list_}/{at}": "ignored" for at, _ in prepared.ignored}}


def _fate(made: list[Made]) -> Fate:
    if any(one.refused for one in made):
        return "quarantined"
    return "mapped" if any(one.mapped for one in made) else "ignored"


def _rejected(key: str, made: list[Made]) -> Rejected | None:
    for one in made:
        if one.refused:
            return Rejected(key, one.version, *one.refused)
    return None


def _before(stream: Stream, prepared: Prepared) -> list[Rejected]:
    return [
        Rejected(f"{stream.list_}/{at}", "streams.yaml", code, text)
        for at, code, text in prepared.rejected
    ]


def _resources(good: Found) -> list[Mapped]:
    """Return the resources; one that two items made alike (a room) stands once."""
    found = [one.mapped for made in good.values() for one in made if one.mapped]
    return [one for at, one in enumerate(found) if one not in found[:at]]


def _ignored(good: Found, stream: Stream, prepared: Prepared) -> tuple[Ignored, ...]:
    early = [Ignored(f"{stream.list_}/{at}", reason) for at, reason in prepared.ignored]
    late = [
        Ignored(key, next((one.ignored for one in made if one.ignored), "nothing to map"))
        for key, made in good.items()
        if _fate(made) == "ignored" and _counts(key, stream)
    ]
    return (*early, *late)


def _notes(good: Found, stream: Stream, prepared: Prepared) -> list[Note]:
    early = [Note(code, text, f"{stream.list_}/{at}") for at, code, text in prepared.notes]
    late = [
        Note(code, text, key)
        for key, made in good.items()
        for code, text in dict.fromkeys(pair for one in made for pair in one.notes)
    ]
    return early + late
