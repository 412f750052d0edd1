"""The lanes to one source: how many calls at once, how many a second, which 1C session."""

import queue
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import httpx

from fhirbridge.sources.errors import SourceError
from fhirbridge.sources.lane import Call, Lane
from fhirbridge.sources.refusal import Reply
from fhirbridge.sources.words import Limits, Session

COOKIE = re.compile(r"\bibsession=([^;,\s]+)", re.IGNORECASE)


class Lanes:
    """As many connections as the source grants; a call waits for a free one.

    Concurrency across processes and hosts is limited where the workers are wired, not here.
    """

    def __init__(self, limits: Limits) -> None:
        self._gap = 1 / limits.per_second if limits.per_second else 0.0
        self._next = 0.0
        self._lock = threading.Lock()
        self._all = [Lane(limits) for _ in range(limits.concurrency)]
        self._free: queue.LifoQueue[Lane] = queue.LifoQueue()
        for lane in self._all:
            self._free.put(lane)

    @contextmanager
    def take(self) -> Iterator[Lane]:
        """Give one lane for one call, the most recently used first: its session is warm."""
        lane = self._free.get()
        try:
            self._keep_rate()
            yield lane
        finally:
            self._free.put(lane)

    def close(self, finish: Callable[[Lane], None]) -> None:
        """Close every lane after `finish` has ended its session."""
        for lane in self._all:
            finish(lane)
            lane.close()

    def _keep_rate(self) -> None:
        if not self._gap:
            return
        with self._lock:
            now = time.monotonic()
            start = max(now, self._next)
            self._next = start + self._gap
        time.sleep(start - now)


class SessionKeeper:
    """The client's side of 1C sessions: `IBSession: start`, a cookie, `IBSession: finish`.

    Only the policy `managed` holds cookies; with the others the web server module decides.
    """

    def __init__(self, session: Session, base: httpx.URL) -> None:
        self._session = session
        self._base = base

    @property
    def managed(self) -> bool:
        """Whether we hold the sessions."""
        return self._session.policy == "managed"

    def headers(self, lane: Lane) -> dict[str, str]:
        """Return what continues the lane's session, or starts one."""
        if not self.managed:
            return {}
        if lane.cookie and time.monotonic() - lane.used > self._session.idle_seconds:
            self.finish(lane, {})
        return {"Cookie": f"ibsession={lane.cookie}"} if lane.cookie else {"IBSession": "start"}

    def note(self, lane: Lane, reply: Reply) -> None:
        """Remember the cookie that the answer brought."""
        found = COOKIE.search(reply.headers.get("set-cookie", ""))
        if self.managed and found:
            lane.cookie = found[1]

    def finish(self, lane: Lane, headers: dict[str, str]) -> None:
        """End the lane's session and give its licence back; a failure is of no interest."""
        if lane.cookie:
            cookie = {"Cookie": f"ibsession={lane.cookie}", "IBSession": "finish"}
            lane.cookie = None
            with suppress(SourceError):
                lane.exchange(Call("GET", self._base, headers | cookie), 1_000_000)
