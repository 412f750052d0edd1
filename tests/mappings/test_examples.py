"""Examples that are tests: `<source>/<stream>.<case>.json` holds a record and all it becomes."""

from dataclasses import asdict
from pathlib import Path

import pytest
from mapping_samples import context, shipped

from fhirbridge.fhir import json

EXAMPLES = sorted(Path(__file__).parent.glob("*/*.json"))


def become(example: Path) -> dict[str, object]:
    """Return the example with what its record becomes now."""
    source, stream = example.parent.name, example.name.partition(".")[0]
    told = json.parse(example.read_bytes())
    more = {name: told[name] for name in ("parameters", "related") if name in told}
    outcome = shipped(source).map(stream, told["record"], context(source, **more))
    return {
        "record": told["record"],
        **more,
        "resources": [
            {name: value for name, value in asdict(one).items() if name != "mapping"}
            for one in outcome.resources
        ],
        "quarantined": [[one.item_key, one.reason_code] for one in outcome.quarantined],
        "ignored": [[one.item_key, one.reason] for one in outcome.ignored],
        "issues": [[one.item_key, one.code] for one in outcome.issues],
        "account": dict(outcome.account),
    }


def without_hashes(text: bytes) -> str:
    """Return the text with the hashes of mapping files left out of meta.source."""
    return "\n".join(
        line.partition("#")[0] if '"source": "https://' in line else line
        for line in text.decode().splitlines()
    )


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: f"{one.parent.name}/{one.stem}")
def test_a_record_becomes_what_the_example_says(example):
    now = without_hashes(json.dump(become(example), pretty=True))
    assert now == without_hashes(example.read_bytes())


def test_every_stream_that_is_mapped_has_an_example():
    for source in ("onec", "qlab"):
        told = {one.name.partition(".")[0] for one in EXAMPLES if one.parent.name == source}
        assert told == set(shipped(source).streams)
