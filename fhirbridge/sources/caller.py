"""One call to a source, from its declaration to an answer that has been judged."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

import httpx

from fhirbridge.fhir import json
from fhirbridge.fhir.configuration import ConfigurationError
from fhirbridge.sources.credentials import Credentials, credentials, revealed
from fhirbridge.sources.errors import (
    LicenceRefused,
    NotPublished,
    SessionLost,
    SourceError,
    Unavailable,
)
from fhirbridge.sources.lane import Call, Lane
from fhirbridge.sources.lanes import Lanes, SessionKeeper
from fhirbridge.sources.profile import Profile
from fhirbridge.sources.refusal import Reading, Reply, read, refusal
from fhirbridge.sources.template import fill, path
from fhirbridge.sources.words import Request, Rule

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 3
LOST = (SessionLost, LicenceRefused, NotPublished, Unavailable)


class Caller:
    """Calls one source within its limits, with its authentication and sessions."""

    def __init__(self, profile: Profile, secrets: Mapping[str, str]) -> None:
        self.profile = profile
        self._base = _base(revealed(profile.base_url, secrets))
        self._credentials: Credentials = credentials(profile, secrets)
        self._lanes = Lanes(profile.limits)
        self._sessions = SessionKeeper(profile.session, httpx.URL(self._base))

    def call(
        self,
        request: Request,
        values: Mapping[str, Any],
        rules: Iterable[Rule],
        *,
        ceiling: int,
        write: bool = False,
    ) -> tuple[Reading, SourceError | None]:
        """Return the answer and what it says instead of data (None: it may be data).

        Raises a SourceError when there was no whole answer. A read whose 1C session turns out to
        be gone is repeated once in a new one; a write never is, unless 1C said so itself.
        """
        call = self._call(request, values)
        everything = (*rules, *self.profile.refusals)
        with self._lanes.take() as lane:
            old = lane.cookie is not None
            try:
                reading, problem = self._judged(lane, call, ceiling, everything)
            except Unavailable:
                if write or not old:
                    raise
                lane.cookie = None
                return self._judged(lane, call, ceiling, everything)
            if isinstance(problem, SessionLost if write else LOST):
                lane.cookie = None
                if old:
                    return self._judged(lane, call, ceiling, everything)
            return reading, problem

    def close(self) -> None:
        """End the sessions and close the connections."""
        self._lanes.close(lambda lane: self._sessions.finish(lane, self._credentials.headers))

    def _judged(
        self, lane: Lane, call: Call, ceiling: int, rules: Iterable[Rule]
    ) -> tuple[Reading, SourceError | None]:
        reply = self._exchange(lane, call, ceiling)
        reading = read(reply, self.profile.charset)
        if reply.status in REDIRECTS:
            return reading, NotPublished("a redirect that is not followed")
        return reading, refusal(reading, self.profile.adapter, rules)

    def _exchange(self, lane: Lane, call: Call, ceiling: int) -> Reply:
        """Return the answer; a read follows redirects within the same origin only."""
        for _ in range(MOST_REDIRECTS):
            headers = call.headers | self._sessions.headers(lane)
            reply = lane.exchange(Call(call.method, call.url, headers, call.content), ceiling)
            self._sessions.note(lane, reply)
            if reply.status not in REDIRECTS or call.method != "GET":
                return reply
            target = _target(call.url, reply)
            if _origin(target) != _origin(call.url) or target == call.url:
                return reply
            call = Call(call.method, target, call.headers)
        return reply

    def _call(self, request: Request, values: Mapping[str, Any]) -> Call:
        query = fill(request.query, values) | self._credentials.query
        url = self._base + path(request.path, values)
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        headers |= {"User-Agent": "fhirbridge"} | fill(request.headers, values)
        content = None
        if request.body is not None or self._credentials.body:
            body = fill(request.body or {}, values) | self._credentials.body
            headers["Content-Type"] = "application/json; charset=utf-8"
            content = json.dump(body)
        url += f"?{urlencode(query)}" if query else ""
        return Call(request.method, httpx.URL(url), headers | self._credentials.headers, content)


def _base(text: str) -> str:
    url = httpx.URL(text)
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo or url.query:
        raise ConfigurationError("source.yaml: base_url: not an http or https address")
    return text.rstrip("/")


def _target(url: httpx.URL, reply: Reply) -> httpx.URL:
    """Return where a redirect leads; raises Unavailable when that is no address."""
    try:
        return url.join(reply.headers.get("location", ""))
    except httpx.InvalidURL:
        raise Unavailable("a redirect to no address") from None


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
