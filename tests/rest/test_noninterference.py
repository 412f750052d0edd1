"""What anybody is answered depends on nothing that they may not see: two worlds, one answer.

`make test` asks 20,000 requests; ISOLATION_REQUESTS=1000000 asks as many. Each part is drawn from
a seed of its own, so a failure comes again; ISOLATION_SEED tries others.
"""

import os

import pytest
from isolation import PARTS, Share, compared, wrong

ASKED = int(os.environ.get("ISOLATION_REQUESTS", "20000"))
SEED = int(os.environ.get("ISOLATION_SEED", "1"))


@pytest.mark.parametrize("part", range(PARTS))
def test_two_worlds_answer_alike_byte_for_byte(twins, part):
    shares = Share()
    for exchange, here, there in compared(twins, SEED * PARTS + part, ASKED // PARTS, shares):
        assert wrong(exchange, here, there) is None, exchange
    assert shares.own / shares.all >= 0.4, shares
