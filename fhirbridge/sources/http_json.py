"""A source that speaks JSON over HTTP: everything it needs is in its profile.

1C's HTTP services and most laboratories are such sources. What is 1C's own is `onec.py`.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from fhirbridge.fhir.instant import system_clock
from fhirbridge.sources import envelope
from fhirbridge.sources.answer import Document, Fetched, Parameter, Sent
from fhirbridge.sources.caller import Caller
from fhirbridge.sources.errors import (
    Crashed,
    NotData,
    NotTheFile,
    OutcomeUnknown,
    TooLarge,
    Unavailable,
    Unreachable,
)
from fhirbridge.sources.paging import Page, pages
from fhirbridge.sources.profile import Profile
from fhirbridge.sources.recognise import ABSENT, first_at, holds
from fhirbridge.sources.refusal import Reading
from fhirbridge.sources.words import Expect, Operation, Rule, Stream

EMPTY_GUID = "00000000-0000-0000-0000-000000000000"
NO_CONTENT = 204
CREATED = 201
MAYBE_DONE = (NotData, Unavailable, Crashed, TooLarge)


class Source:
    """One source system. Safe to share between threads; `close` gives its sessions back."""

    def __init__(
        self,
        profile: Profile,
        secrets: Mapping[str, str],
        *,
        clock: Callable[[], int] = system_clock,
    ) -> None:
        self.profile = profile
        self._clock = clock
        self._caller = Caller(profile, secrets)

    def fetch(self, stream: str, /, **parameters: Parameter) -> Fetched:
        """Return the records of `stream`, all pages. Raises a SourceError and gives no part."""
        declared = self.profile.streams[stream]
        parameters = _canonical(parameters)
        answers = tuple(pages(declared, lambda page: self._page(declared, parameters, page)))
        items = tuple(item for answer in answers for item in answer.items)
        kept, repeated = _distinct(declared, items, parameters)
        return Fetched(
            stream=stream,
            items=tuple(kept.values()),
            keys=tuple(kept),
            raw=b"\n".join(answer.raw for answer in answers),
            complete=answers[-1].last,
            received=self._clock(),
            parameters={name: _text(value) for name, value in parameters.items()},
            repeated=repeated,
        )

    def document(self, stream: str, /, **parameters: Parameter) -> Document:
        """Return a file. Raises Missing while there is none, NotTheFile for something else."""
        declared = self.profile.streams[stream]
        parameters = _canonical(parameters)
        ceiling = self.profile.limits.max_document_bytes
        reading, problem = self._caller.call(
            declared.request, parameters, _rules(declared), ceiling=ceiling
        )
        if declared.expect is None:
            raise NotData("not a stream of documents")
        if problem is not None:
            raise problem
        content_type = _document_type(reading, declared.expect)
        key = envelope.key(declared, {}, parameters)
        return Document(key, content_type, reading.reply.body, self._clock())

    def send(self, operation: str, fields: Mapping[str, Any]) -> Sent:
        """Do a write once, and say that it was done.

        Raises Refused or Conflict when the source says no, Incomplete before anything was sent,
        Unreachable, Throttled or LicenceRefused when it may simply be repeated, and
        OutcomeUnknown whenever it may have been done: `lookup` of the operation tells then.
        """
        declared = self.profile.operations[operation]
        try:
            return self._sent(declared, fields)
        except Unreachable:
            raise
        except MAYBE_DONE as error:
            raise OutcomeUnknown(str(error)) from None

    def close(self) -> None:
        """End the sessions and close the connections."""
        self._caller.close()

    def _page(self, stream: Stream, parameters: Mapping[str, Any], page: Mapping[str, Any]) -> Page:
        request = stream.request
        if page:
            where = "query" if request.body is None else "body"
            more = {**getattr(request, where), **page}
            request = request.model_copy(update={where: more})
        ceiling = self.profile.limits.max_bytes
        reading, problem = self._caller.call(request, parameters, _rules(stream), ceiling=ceiling)
        if problem is not None:
            raise problem
        if reading.value is None:
            raise NotData("empty body" if not reading.text.strip() else "not JSON")
        items = envelope.records(stream, reading.value, parameters)
        return Page(items, reading.value, reading.reply.body)

    def _sent(self, operation: Operation, fields: Mapping[str, Any]) -> Sent:
        reading, problem = self._caller.call(
            operation.request,
            fields,
            operation.refusals,
            ceiling=self.profile.limits.max_bytes,
            write=True,
        )
        reply = reading.reply
        already = any(holds(r, reply.status, reading.text, reading.value) for r in operation.done)
        if problem is not None and not already:
            raise problem
        id_ = _id(operation, reading)
        if not already and not _says_done(operation, reading, id_):
            raise NotData("no answer that says it was done")
        return Sent(reading.value, id_, already=already)


def _canonical(parameters: Mapping[str, Parameter]) -> dict[str, Parameter]:
    """Return the parameters with GUIDs in the spelling that every system reads."""
    return {
        name: envelope.canonical(value) if isinstance(value, str) else value
        for name, value in parameters.items()
    }


def _rules(stream: Stream) -> tuple[Rule, ...]:
    """Return the rules of the stream: what `absent` recognises is Missing, whatever it says."""
    missing = (rule.model_copy(update={"error": "missing"}) for rule in stream.absent)
    return (*missing, *stream.refusals)


def _distinct(
    stream: Stream, items: tuple[dict[str, Any], ...], parameters: Mapping[str, Any]
) -> tuple[dict[str, dict[str, Any]], tuple[dict[str, Any], ...]]:
    """Return the items by key, and those that another item with the same key stands for."""
    kept: dict[str, dict[str, Any]] = {}
    ordered = items if stream.repeated == "first" else items[::-1]
    repeated = [
        item
        for item in ordered
        if kept.setdefault(envelope.key(stream, item, parameters), item) is not item
    ]
    return kept, tuple(repeated)


def _document_type(reading: Reading, expect: Expect) -> str:
    """Return the type of the file. Raises NotTheFile for a page that calls itself a file."""
    content_type = reading.reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = reading.reply.body
    if content_type not in {expect.content_type, "application/octet-stream"}:
        raise NotTheFile(f"{content_type or 'no type'} instead of {expect.content_type}")
    if len(body) < expect.min_bytes or not body.startswith(expect.magic.encode()):
        raise NotTheFile(f"not a file of type {expect.content_type}")
    return expect.content_type


def _id(operation: Operation, reading: Reading) -> str | None:
    found = first_at(reading.value, operation.id_at)
    if found is ABSENT or isinstance(found, dict | list):
        last = reading.reply.headers.get("location", "").rstrip("/").rpartition("/")[2]
        return last or None
    text = envelope.canonical(str(found))
    return None if text == EMPTY_GUID else text


def _says_done(operation: Operation, reading: Reading, id_: str | None) -> bool:
    """Return whether a good status comes with what the operation has to bring back."""
    if operation.needs_id:
        return id_ is not None
    return reading.reply.status in {NO_CONTENT, CREATED} or reading.value is not None


def _text(value: Parameter) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
