"""What is answered under fewer scopes is part of what is answered under more."""

import random
import re

import pytest
from isolation import NEXT
from request_grammar import Grammar

from fhirbridge.fhir import json

# What a page, a sample or a summary leaves out may be what the other has; the newest of a kind
# among fewer resources is not always the newest among more.
CUT = re.compile(
    r"[?&](?:_count|_page|_summary|_elements|_type)=|\$lastn|^/fhir(?:\?|/_search|/_history)"
)
# With more scopes more types are searched there, and some lack a parameter that the fewer had.
SEVERAL = re.compile(r"^/fhir/Patient/[^/?]+/\*")
PAIRS = [("granular", "all"), ("results", "all"), ("reading", "all"), ("all", "writing"),
         ("granular", "person")]  # fmt: skip
ASKED = 1_000


def found(answer):
    """Return what resources an answer holds, each with its version."""
    if not (answer["Content-Type"] or "").startswith("application/fhir+json"):
        return {answer.body}
    resource = json.parse(answer.body)
    entries = resource.get("entry", ()) if resource["resourceType"] == "Bundle" else ()
    inside = [entry["resource"] for entry in entries if "resource" in entry] or [resource]
    return {
        (one["resourceType"], one["id"], one.get("meta", {}).get("versionId"))
        for one in inside
        if "id" in one
    }


@pytest.mark.parametrize(("fewer", "more"), PAIRS)
def test_more_scopes_show_all_that_fewer_show(twins, fewer, more):
    clinic, _ = twins.pairs["all"]
    grammar = Grammar(random.Random(fewer + more), twins.content)  # noqa: S311 (no secret)
    asked = shown = 0
    while asked < ASKED:
        one = grammar.asked()
        if one.method not in {"GET", "POST"} or CUT.search(f"{one.path}?{one.body!r}"):
            continue
        asked += 1
        less, rest = one.send(clinic, fewer), one.send(clinic, more)
        if less.status != 200 or NEXT.search(rest.body):
            continue
        if SEVERAL.match(one.path) and rest.status == 400:
            assert rest.outcome == "not-supported", one
            continue
        shown += bool(found(less))
        assert rest.status == 200, one
        assert found(less) <= found(rest), one
    assert shown > ASKED / 10
