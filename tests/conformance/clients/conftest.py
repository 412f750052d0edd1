"""One running server for all clients."""

import pytest
from serving import serving


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    """A running `fhirbridge serve` (tests/servers/serving.py)."""
    with serving(tmp_path_factory.mktemp("served")) as found:
        yield found
