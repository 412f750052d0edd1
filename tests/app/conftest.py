"""The whole product, once for the tests of this folder."""

import pytest
from product_server import product


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    with product(tmp_path_factory.mktemp("product")) as found:
        yield found
