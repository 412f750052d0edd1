"""Calls to a source made side by side, their answers taken in the order of the calls."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TypeVar

Call = TypeVar("Call")
Answer = TypeVar("Answer")


def side_by_side(
    ask: Callable[[Call], Answer], calls: Sequence[Call], most: int
) -> Iterator[Callable[[], Answer]]:
    """Yield for each call what gives its answer, or raises why there is none; in their order.

    At most `most` are under way or wait to be taken. The first call goes alone: what refuses us is
    not asked by several at once. Who stops taking waits for those under way; no others begin.
    """
    alone = len(calls) if most == 1 else 1
    for call in calls[:alone]:
        yield partial(ask, call)
    if calls[alone:]:
        with ThreadPoolExecutor(most) as pool:
            waiting: deque[Future[Answer]] = deque()
            for call in calls[alone:]:
                waiting.append(pool.submit(ask, call))
                if len(waiting) == most:
                    yield waiting.popleft().result
            while waiting:
                yield waiting.popleft().result
