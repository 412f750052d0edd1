"""Words that look at several things of a laboratory report at once."""

from collections.abc import Mapping
from typing import Any

from fhirbridge.mapping.words.codes import mapped
from fhirbridge.mapping.words.identity import reference
from fhirbridge.mapping.words.text import text
from fhirbridge.mapping.words.word import Noted, Options, Surroundings, spelled
from fhirbridge.terminology.homoglyphs import latin

PANEL_STATUSES = (
    ("unknown", {"unknown"}),
    ("preliminary", {"preliminary", "registered"}),
    ("corrected", {"corrected"}),
)


def report_status(
    source: Mapping[str, Any], options: Options, around: Surroundings
) -> str | Noted | None:
    """Return the status of a report: its order's by `map:`, but corrected when a result is.

    `corrected:` lists the states of a result that mean so.
    """
    states = {text(one.get("state")) for one in source["results"] or () if isinstance(one, dict)}
    if states & set(options["corrected"]):
        return "corrected"
    return mapped(source["status"], options, around)


def panel_status(source: Mapping[str, Any], options: Options, around: Surroundings) -> str:
    """Return the status of a panel by those of its members, read through `map:`.

    Something still to come makes it preliminary, a correction corrected. Cancelled members do not
    cancel it (the answer may hold the changed ones alone), a cancelled order (`order:`) does.
    """
    table = around.maps[options["map"]]
    states = {spelled(one.get("state") or "") for one in source["members"] or ()}
    found = {table.get(state, "unknown") for state in states}
    for status, members in PANEL_STATUSES:
        if found & members:
            return status
    whole = around.maps[options["order"]].get(spelled(source["status"] or ""))
    return "cancelled" if whole == "cancelled" else "final"


def request(
    source: Mapping[str, Any], options: Options, around: Surroundings
) -> dict[str, Any] | None:
    """Return the reference to the request that ordered a test, itself or with its panel.

    Where the order's own list of `tests` does not have it (or is not at hand), the reference says
    the order's number only: `system:`.
    """
    order, ordered = text(source["order"]), [latin(str(one)) for one in source["tests"] or ()]
    if order is None:
        return None
    for wanted in (text(source["panel"]), text(source["code"])):
        if wanted and latin(wanted) in ordered:
            found = reference([order, latin(wanted)], {"key": options["key"]}, around)
            return {"reference": found} if found else None
    number = {"system": around.expand(options["system"]), "value": order}
    return {"type": "ServiceRequest", "identifier": number}
