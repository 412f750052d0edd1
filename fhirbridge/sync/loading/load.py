"""Loading, run: pieces go to the processes in order, and what comes back is stored in that order.

SQLite has one writer, which is this process. On PostgreSQL every process writes what it prepared,
so two pieces that hold the same resource may be stored in either order.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing, contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Protocol

from fhirbridge.store.store import Store
from fhirbridge.store.upkeep import tidied
from fhirbridge.sync.loading.bundles import Turn
from fhirbridge.sync.loading.pieces import Piece, pieces
from fhirbridge.sync.loading.positions import Positions
from fhirbridge.sync.loading.workshop import Done, Problem, Recipe, Workshop, quieten, stored

Clock = Callable[[], int]
# Pieces under way per process: one in hand, one waiting to be taken or to be stored.
AHEAD = 2
# After so many resources were written, what a database knows of itself is out of date.
MUCH = 10_000


class Crew(Protocol):
    """Who works on pieces."""

    def give(self, piece: Piece, turn: Turn) -> Callable[[], Done]:
        """Take a piece on; the function returned waits for what became of it."""


def load(
    recipe: Recipe,
    paths: Iterable[Path],
    now: Clock,
    *,
    processes: int,
    failed: Callable[[Problem], None],
    passed: Callable[[int], None],
) -> Counter[str]:
    """Store every valid resource of the files `paths`; return the count of each outcome.

    Outcomes are `created updated unchanged failed`. `failed` is told what could not be stored,
    `passed` the bytes that are done, those of an earlier load that was stopped among them.
    """
    tally: Counter[str] = Counter()
    with closing(recipe.open()) as store, crew(recipe, processes, now) as workers:
        positions = Positions(store, now)
        work = _pieces(paths, positions, passed)
        for turn in Turn:
            later: list[Piece] = []
            for piece, done in _in_order(workers, work, processes, turn):
                if done.again:
                    later.append(piece)
                    positions.hold(piece)
                    continue
                tally += _finish(store, done, now, failed)
                positions.reached(piece)
                passed(piece.end - piece.start)
            work = iter(later)
        positions.end()
        if tally["created"] + tally["updated"] > MUCH:
            tidied(store.database)
    return tally


@contextmanager
def crew(recipe: Recipe, processes: int, now: Clock) -> Iterator[Crew]:
    """Give `processes` processes; one is this one, as starting another would not help."""
    if processes == 1:
        workshop = Workshop(recipe, now)
        try:
            yield Alone(workshop)
        finally:
            workshop.close()
        return
    # Spawned, not forked: this process has threads and connections.
    pool = ProcessPoolExecutor(processes, get_context("spawn"), _begin, (recipe,))
    try:
        yield Pool(pool)
    finally:
        pool.shutdown(cancel_futures=True)


class Alone:
    """A crew of this process only."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop

    def give(self, piece: Piece, turn: Turn) -> Callable[[], Done]:
        """Do the work when its result is asked for."""
        return lambda: self._workshop.done(piece, turn)


class Pool:
    """A crew of processes."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def give(self, piece: Piece, turn: Turn) -> Callable[[], Done]:
        """Send the piece to a process that is free."""
        future: Future[Done] = self._pool.submit(_work, piece, turn)
        return future.result


_workshops: list[Workshop] = []


def _begin(recipe: Recipe) -> None:
    """Prepare a process of the pool."""
    _workshops.append(Workshop(recipe))
    quieten()


def _work(piece: Piece, turn: Turn) -> Done:
    return _workshops[0].done(piece, turn)


def _pieces(
    paths: Iterable[Path], positions: Positions, passed: Callable[[int], None]
) -> Iterator[Piece]:
    for path in paths:
        start = positions.start(path)
        passed(start.offset)
        yield from pieces(path, start)


def _in_order(
    workers: Crew, work: Iterator[Piece], processes: int, turn: Turn
) -> Iterator[tuple[Piece, Done]]:
    """Yield what became of each piece, in order, a bounded number of them under way.

    After the first turn it is one, stored before the next is begun.
    """
    most = AHEAD * processes if turn is Turn.FIRST else 0
    under_way: deque[tuple[Piece, Callable[[], Done]]] = deque()
    for piece in work:
        under_way.append((piece, workers.give(piece, turn)))
        if len(under_way) > most:
            first, result = under_way.popleft()
            yield first, result()
    for piece, result in under_way:
        yield piece, result()


def _finish(
    store: Store, done: Done, now: Clock, failed: Callable[[Problem], None]
) -> Counter[str]:
    """Store what is left to store and tell what failed; return the count of each outcome."""
    for problem in done.problems:
        failed(problem)
    return done.tally + stored(store, done.prepared, now())
