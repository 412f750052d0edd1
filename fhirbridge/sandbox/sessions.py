"""Sessions of the toy 1C: each spends a licence, and there are only so many.

A request without a session header borrows one from the pool for as long as it runs. `IBSession:
start` opens one that is kept by its cookie until `IBSession: finish`.
"""

import threading
import uuid

from flask import Request, Response

BORROWED, HELD = "sandbox.borrowed", "sandbox.held"


class Sessions:
    """Counts licences. Waiting longer than `timeout` seconds for one ends in 406."""

    def __init__(self, licences: int, timeout: float) -> None:
        self._free = threading.BoundedSemaphore(licences)
        self._timeout = timeout
        self._kept: dict[str, threading.Lock] = {}

    def enter(self, request: Request) -> str | None:
        """Return the name of the refusal, or None when the request has a session."""
        cookie = request.cookies.get("ibsession")
        if cookie:
            return self._continue(request, cookie)
        if not self._free.acquire(timeout=self._timeout):
            return "session-pool-timeout-406"
        if request.headers.get("IBSession") != "start":
            request.environ[BORROWED] = True
            return None
        opened = str(uuid.uuid4())
        self._kept[opened] = threading.Lock()
        return self._continue(request, opened)

    def mark(self, request: Request, answer: Response) -> Response:
        """Return the answer with the cookie of a session that was opened."""
        held = request.environ.get(HELD)
        if held and request.headers.get("IBSession") == "start":
            answer.headers["Set-Cookie"] = f"ibsession={held}; Path=/"
        return answer

    def leave(self, request: Request) -> None:
        """Give back what the request held."""
        if request.environ.pop(BORROWED, False):
            self._free.release()
        held = request.environ.pop(HELD, None)
        if held:
            self._kept[held].release()
        if held and request.headers.get("IBSession") == "finish":
            del self._kept[held]
            self._free.release()

    def _continue(self, request: Request, cookie: str) -> str | None:
        lock = self._kept.get(cookie)
        if lock is None:
            return "session-gone-400"
        if not lock.acquire(timeout=self._timeout):
            return "session-pool-timeout-406"
        request.environ[HELD] = cookie
        return None
