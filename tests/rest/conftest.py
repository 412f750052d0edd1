"""The clinics of tests/servers."""

import pytest
import twin_worlds
from rest_clinic import clinic, opened, other_world

__all__ = ["clinic", "opened", "other_world"]


@pytest.fixture(scope="session")
def twins(tmp_path_factory):
    """Token → the two clinics between which it must make no difference."""
    return twin_worlds.twins(tmp_path_factory.mktemp("twins"))
