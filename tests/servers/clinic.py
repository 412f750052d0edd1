"""A clinic: stand-ins over HTTP, a real database, and the bridge that a worker would have."""

import hashlib
import json
import types
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from sandboxed import SECRETS, TUESDAY, Stage, stage
from talking_source import shipped

from fhirbridge.fhir import data
from fhirbridge.fhir.identity import Identity
from fhirbridge.mapping.engine import Mappings
from fhirbridge.resources.registry import definitions
from fhirbridge.sandbox.clock import Clock
from fhirbridge.sandbox.server import serve
from fhirbridge.sources.http_json import Source
from fhirbridge.store.store import Store
from fhirbridge.sync.bridge import Bridge, Link
from fhirbridge.sync.limit import Unlimited
from fhirbridge.sync.policy import Patience
from fhirbridge.sync.synchronise import synchronise

JSON = "application/json; charset=utf-8"
MOSCOW = ZoneInfo("Europe/Moscow")
SYSTEM_BASE = "https://clinic.example/sid/"
NOON = int(TUESDAY.replace(tzinfo=MOSCOW).timestamp()) * 1_000_000
TABLES = {
    "record": "SELECT source, stream, key, hash, newest FROM record",
    "quarantine": "SELECT source, stream, record_key, item_key, mapping, reason_code,"
    " released IS NULL FROM quarantine",
    "issue": "SELECT source, stream, item_key, code, detail FROM issue",
    "identity": "SELECT source, kind, key, patient FROM identity",
    # Not the record: of several that agree on a resource, which one made it depends on the order.
    "lineage": "SELECT r.type, r.id, l.mapping, l.map_row FROM lineage l"
    " JOIN resource r ON r.row = l.row",
    "owner": "SELECT o.patient, r.type, r.id FROM owner o JOIN resource r ON r.row = o.row",
}


def quick() -> Patience:
    return Patience(lambda seconds: None, lambda: 0.5)


def files(source):
    folder = data.folder("mappings") / source
    return {path.name: path.read_text() for path in folder.iterdir()}


def link(source, texts=None):
    texts = texts or files(source.profile.source)
    mark = hashlib.sha256(json.dumps(texts, sort_keys=True).encode()).hexdigest()
    return Link(source, Mappings.parse(source.profile.source, texts), mark)


@dataclass
class Clinic:
    stage: Stage
    bridge: Bridge
    seconds: int = 0

    def now(self):
        """The bridge's clock: later by a millisecond with every look, and by what was waited."""
        self.seconds += 1
        return NOON + self.seconds * 1000

    def wait(self, minutes):
        self.seconds += minutes * 60_000
        self.stage.world.clock.advance(minutes)

    def sync(self, source="onec", stream=None):
        return synchronise(self.bridge, source, stream, lambda step: None)

    def with_mapping(self, source, texts):
        links = {**self.bridge.links, source: link(getattr(self.stage, source), texts)}
        self.bridge = replace(self.bridge, links=links)

    def rows(self, sql):
        return self.bridge.store.database.connection.rows(sql, ())

    def resources(self, type_):
        """Every resource of a type by id, without version and time."""
        found = {}
        for (body,) in self.rows(
            f"SELECT body FROM resource WHERE type = '{type_}' AND NOT deleted"  # noqa: S608
        ):
            resource = json.loads(body)
            del resource["meta"]["versionId"], resource["meta"]["lastUpdated"]
            found[resource["id"]] = resource
        return found

    def versions(self):
        """How many versions there are of each type."""
        now = self.rows("SELECT type, sum(version) FROM resource GROUP BY type")
        return {type_: int(count) for type_, count in now}

    def content(self):
        return content(self.bridge.store)


def content(store):
    """Everything that a client or an operator could see, without times and row numbers.

    Which versions are told of counts, not which unit of work told of them: that depends on the
    order of the work.
    """
    rows = store.database.connection.rows
    stored = {
        (type_, id_): (version, _timeless(body))
        for type_, id_, version, body in rows("SELECT type, id, version, body FROM resource", ())
    }
    told = [stored.pop(name)[1]["target"] for name in list(stored) if name[0] == "Provenance"]
    return {
        "resources": stored,
        "told": Counter(one["reference"] for targets in told for one in targets),
        **{name: Counter(map(_plain, rows(sql, ()))) for name, sql in TABLES.items()},
    }


def _plain(row):
    return tuple(bytes(one) if isinstance(one, memoryview) else one for one in row)


def _timeless(body):
    resource = json.loads(body)
    resource.get("meta", {}).pop("lastUpdated", None)
    resource.pop("recorded", None)
    return resource


def bridge_of(one, url, clock):
    store = Store.open(url, definitions(), MOSCOW, "https://clinic.example/fhir")
    store.migrate()
    return Bridge(
        store=store,
        links={"onec": link(one.onec), "qlab": link(one.qlab)},
        identity=Identity(b"k" * 32),
        system_base=SYSTEM_BASE,
        clock=clock,
        permits=Unlimited(),
        patience=quick(),
    )


@contextmanager
def clinic(url, one=None, setup=None, **update):
    """Give a clinic on the empty database at `url`; see `sandboxed.stage` for the rest."""
    with stage(one, setup, **update) as on:
        made = Clinic(on, None)
        made.bridge = bridge_of(on, url, made.now)
        try:
            yield made
        finally:
            made.bridge.store.close()


class Answers:
    """A source whose every answer the test writes: path → a JSON value, or (status, type, bytes).

    Paths that are not written answer an honest empty list, files a 404 in the source's own words.
    """

    def __init__(self):
        self.by_path = {}
        self.asked = []

    def __setitem__(self, path, answer):
        self.by_path[path] = answer

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        self.asked.append(path)
        status, type_, body = self._of(path)
        headers = [("Content-Type", type_), ("Content-Length", str(len(body)))]
        start_response(f"{status} Said", headers)
        return [body]

    def _of(self, path):
        found = self.by_path.get(path, [])
        if path.endswith(("/pdf", "/results")) and not found:
            return 404, JSON, '{"error": "не найден"}'.encode()
        if isinstance(found, tuple):
            return found
        return 200, JSON, json.dumps(found, ensure_ascii=False).encode()


@dataclass
class Written:
    """Stands where a stage of stand-ins would."""

    world: object
    onec: Source
    qlab: Source


@contextmanager
def written(url):
    """Give a clinic whose sources answer what the test writes, and the answers."""
    answers = Answers()
    with serve(answers) as base:
        made = Clinic(None, None)
        on = Written(
            types.SimpleNamespace(clock=Clock(MOSCOW, TUESDAY)),
            Source(shipped("onec").at(base), SECRETS, clock=made.now),
            Source(shipped("qlab").at(base), SECRETS, clock=made.now),
        )
        made.stage, made.bridge = on, bridge_of(on, url, made.now)
        try:
            yield made, answers
        finally:
            made.bridge.store.close()
            on.onec.close()
            on.qlab.close()
