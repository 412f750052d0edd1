"""The comparison of worlds sees when a protection is gone: each is switched off once.

`python tools/isolation.py` writes after how many requests into docs/isolation.md.
"""

import pytest
from mutations import MUTATIONS, caught

MOST = 10_000


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: f"{one.feature}: {one.what}")
def test_a_missing_protection_is_noticed(twins, mutation):
    assert caught(twins, mutation, MOST) is not None
