"""What anybody is answered depends on nothing that they may not see: two worlds, one answer.

`make test` asks 20,000 requests; ISOLATION_REQUESTS=1000000 asks as many. Each part is drawn from
a seed of its own, so a failure comes again; ISOLATION_SEED tries others, and
ISOLATION_DATABASE=postgresql another database. In every other part one
world answers by the fast path where it can, the other by Flask alone.
"""

import os

import pytest
from isolation import PARTS, Share, compared, through_flask, wrong

ASKED = int(os.environ.get("ISOLATION_REQUESTS", "20000"))
SEED = int(os.environ.get("ISOLATION_SEED", "1"))


@pytest.mark.parametrize("part", range(PARTS))
def test_two_worlds_answer_alike_byte_for_byte(twins, part):
    shares, worlds = Share(), through_flask(twins) if part % 2 else twins
    for exchange, here, there in compared(worlds, SEED * PARTS + part, ASKED // PARTS, shares):
        assert wrong(exchange, here, there) is None, exchange
    assert shares.own / shares.all >= 0.4, shares
