"""The authorization server, loaded when somebody first asks for one of its pages."""

import re
from collections.abc import Callable, Iterable
from threading import Lock
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

# All of its paths, as `auth/smart/flask.py` has them, and whatever else is below them.
ITS_OWN = re.compile(r"/auth(/.*)?|(/fhir)?/\.well-known/.*", re.DOTALL)


class Late:
    """A WSGI application that is `small` until a request needs the `whole` one."""

    def __init__(self, small: WSGIApplication, whole: Callable[[], WSGIApplication]) -> None:
        self._now, self._whole = small, whole
        self._lock, self._is_whole = Lock(), False

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer the request in `environ`."""
        if not self._is_whole and ITS_OWN.fullmatch(environ.get("PATH_INFO", "")):
            self._grow()
        return self._now(environ, start_response)

    def _grow(self) -> None:
        with self._lock:
            if not self._is_whole:
                self._now = self._whole()
                self._is_whole = True
