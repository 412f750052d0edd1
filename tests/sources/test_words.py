from pathlib import Path

import pytest

from fhirbridge.sources import words
from fhirbridge.sources.errors import BY_NAME
from fhirbridge.sources.profile import Profile

DOCUMENT = (Path(__file__).parents[2] / "docs/sources.md").read_text("utf-8")
GROUPS = [
    Profile,
    *(
        group
        for group in vars(words).values()
        if isinstance(group, type)
        and issubclass(group, words.Declared)
        and group is not words.Declared
    ),
]


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.__name__)
def test_every_word_of_a_profile_is_explained(group):
    missing = [name for name in group.model_fields if f"`{name}`" not in DOCUMENT]
    assert missing == []


def test_every_error_that_a_rule_can_name_is_explained():
    assert [name for name in BY_NAME if f"`{name}`" not in DOCUMENT] == []
