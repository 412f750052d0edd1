"""The clinic that the checklist is tried on: tests/servers/rest_clinic.py."""

import pytest
from rest_clinic import a_clinic, clinic, opened, other_world

__all__ = ["clinic", "fresh", "opened", "other_world"]


@pytest.fixture
def fresh(tmp_path):
    """A clinic of one's own, to write into."""
    found = a_clinic(f"sqlite:///{tmp_path}/fresh.sqlite")
    yield found
    found.server.store.close()
