"""docs/mapping.md and the closed sets of the mapping language agree."""

import re
from pathlib import Path

from fhirbridge.mapping.declaration import FIELDS
from fhirbridge.mapping.vocabularies import PREPARATIONS
from fhirbridge.mapping.words import WORDS

PAGE = (Path(__file__).parents[2] / "docs" / "mapping.md").read_text("utf-8")
TABLE = PAGE.partition("## Words")[2].partition("## How a result is read")[0]
ROWS = {
    name: (set(re.findall(r"`([\w-]+)`", inputs)), set(re.findall(r"`([\w-]+)`", options)))
    for name, inputs, options in re.findall(
        r"^\| `([\w-]+)` \| (.*?) \| (.*?) \|", TABLE, re.MULTILINE
    )
}


def test_every_word_is_documented_and_nothing_else():
    assert set(ROWS) == set(WORDS)


def test_every_input_and_option_of_a_word_is_documented():
    for name, word in WORDS.items():
        inputs, options = ROWS[name]
        assert (name, inputs) == (name, set(word.inputs))
        assert (name, options) == (name, set(word.options))


def test_every_preparation_and_field_is_documented():
    preparations = PAGE.partition("## Preparations")[2]
    assert all(f"`{name}`" in preparations for name in PREPARATIONS)
    shape = PAGE.partition("## A file has the shape")[2].partition("## Keys")[0]
    for field in FIELDS - {"each"}:
        assert f"{field}:" in shape, field
