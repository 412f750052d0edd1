"""The clinic that operations are called in: tests/servers/rest_clinic.py."""

import pytest
from rest_clinic import a_clinic, clinic

__all__ = ["clinic", "fresh"]


@pytest.fixture
def fresh(tmp_path):
    """A clinic of one's own, to write into."""
    found = a_clinic(f"sqlite:///{tmp_path}/fresh.sqlite")
    yield found
    found.server.store.close()
