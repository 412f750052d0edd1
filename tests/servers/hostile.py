"""Requests that nobody should send: every route and method, the whole grammar, and beyond it."""

import json
import zipfile
from collections import defaultdict
from pathlib import Path
from urllib.parse import quote, unquote, urlencode

from hypothesis import strategies as st

from fhirbridge.resources.registry import definitions
from fhirbridge.rest.routes import routes
from fhirbridge.search.common import COMMON

EXAMPLES_AT = Path(__file__).parents[1] / "conformance" / "examples.zip"
SMALL = 4000
TYPES = definitions()
# By what a path looks like, so that each form of it comes up as often as any other.
ROUTES = {}
for route in routes(TYPES):
    form = (route.method, route.path.replace(f"/{route.type_}", "/TYPE", 1))
    ROUTES.setdefault(form, []).append((route.method, route.path, route.type_))
LIKELY = {"Patient", "Observation", "Binary", "Slot", "AuditEvent"}
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get", "СОЗДАЙ"]

TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            *(
                "",
                "\0",
                "a\0b",
                "\ud800",
                "\udfff\ud800",
                "\\",
                "\\\\",
                "|",
                "||",
                "$",
                ",",
                "%",
                "%00",
            ),
            *(
                "'",
                '"',
                "' OR 1=1 --",
                "; DROP TABLE resource",
                "%s",
                "?",
                "{}",
                "${x}",
                "../..",
                "\r\nX: y",
            ),
            *(
                "1e999999",
                "-1e-999999",
                "9" * 400,
                "0." + "0" * 400 + "1",
                "NaN",
                "Infinity",
                "1e2",
                "-0",
            ),
            *("9223372036854775808", "-9223372036854775809", "2147483648", "1" * 5000),
            *(
                "0000-00-00",
                "9999-12-31T23:59:60Z",
                "0001-01-01T00:00:00+14:00",
                "2026-02-30",
                "ge",
                "sa9999",
            ),
            *("lt0001", "ap9999-12-31", "2026-11-24T11:00:00 03:00", "eb0001-01-01", "99999-01-01"),
            *(
                "Patient/A",
                "Patient/A/_history/1",
                "https://clinic.example/fhir/Patient/A",
                "urn:uuid:x",
                "#x",
            ),
            *(
                "http://loinc.org|718-7",
                "|x",
                "x|",
                "a|b|c",
                "a|b|c|d",
                "5.4|http://unitsofmeasure.org|mg",
            ),
            *(
                "5.4||mg",
                "1$2",
                "718-7$gt5",
                "$$",
                "true",
                "false",
                "é" * 300,
                "\u202e",
                "\ufeff",
                "٣",
            ),
            *("_include", "Observation:patient", "*", "Patient:*", "Observation:patient:Patient:x"),
        ]
    ),
)
IDS = st.integers(0, 7).flatmap(
    lambda drawn: (
        st.sampled_from([*("A", "B", "a1", "pdf", "nine", "gone-a", "new")])
        if drawn
        else st.one_of(st.sampled_from([".", "..", "-", "x" * 64, "x" * 65]), TEXTS)
    )
)
MODIFIERS = [
    *("", ":missing", ":exact", ":contains", ":text", ":not", ":in", ":not-in", ":above", ":below"),
    *(
        ":of-type",
        ":identifier",
        ":Patient",
        ":Foo",
        ":iterate",
        ":",
        "::",
        ":\0",
        ":missing:exact",
    ),
]
RESULTS = [
    *("_count", "_sort", "_total", "_summary", "_elements", "_include", "_revinclude", "_format"),
    *(
        "_pretty",
        "_contained",
        "_containedType",
        "_since",
        "_at",
        "_type",
        "_page",
        "_query",
        "_list",
    ),
    *("_text", "_content", "_filter", "_offset", "_score", "_include:iterate", "mode", "profile"),
    *(
        "start",
        "end",
        "max",
        "access_token",
        "_has:Observation:patient:code",
        "_has:Observation:patient",
    ),
    *(
        "_has:Observation:patient:_has:AuditEvent:entity:agent",
        "_has",
        "_has:::",
        "code-value-quantity",
    ),
    *(
        "subject:Patient.name",
        "subject.name",
        "patient.organization.partof.partof.name",
        "patient.",
    ),
    *("subject:Patient.general-practitioner:Practitioner.name:exact", ".name", "a.b.c.d.e.f.g"),
]


def codes(type_):
    """Return the names of parameters of a type, or of any."""
    known = TYPES[type_].parameters if type_ in TYPES else ()
    return [*COMMON, *(one.code for one in known)]


def often(usual, else_):
    """Draw from `usual` three times of four."""
    return st.integers(0, 3).flatmap(lambda drawn: usual if drawn else else_)


@st.composite
def queries(draw, type_):
    """Draw a query string: parameters with modifiers, results, chains, and what is not UTF-8."""
    modifiers = often(st.just(""), st.sampled_from(MODIFIERS))
    name = st.builds(str.__add__, st.sampled_from(codes(type_)), modifiers)
    names = often(name, st.one_of(st.sampled_from(RESULTS), TEXTS))
    value = often(TEXTS, st.lists(TEXTS, max_size=4).map(",".join))
    pairs = draw(st.lists(st.tuples(names, value), max_size=draw(st.sampled_from([0, 1, 1, 4]))))
    raw = draw(often(st.just(""), st.sampled_from(RAW_QUERIES)))
    return urlencode(pairs, errors="surrogatepass") + raw


RAW_QUERIES = ["&%FF=%FE", "&&=", "&=x", "&%", "&a=%C0%80", ";x=1"]
ENDS = ["/", "//", "/x", "/../..", "%2F", "%00", "%FF", "/_history"]


@st.composite
def places(draw):
    """Draw method, path and type of a route, or nearly."""
    ways = ROUTES[draw(st.sampled_from(sorted(ROUTES)))]
    likely = [way for way in ways if way[2] in LIKELY] or ways
    method, path, type_ = draw(often(st.sampled_from(likely), st.sampled_from(ways)))
    for hole, texts in (("<id_>", IDS), ("<version>", often(st.sampled_from(["1", "2"]), TEXTS))):
        while hole in path:
            path = path.replace(hole, quote(draw(texts), safe="", errors="surrogatepass"), 1)
    end = "" if draw(st.integers(0, 9)) else draw(st.sampled_from(ENDS))
    method = method if draw(st.integers(0, 7)) else draw(st.sampled_from(METHODS))
    return method, "/fhir" + path + end, type_


JSON_VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**30), 10**30),
        st.floats(allow_nan=True, allow_infinity=True),
        TEXTS,
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
RAW = st.sampled_from(
    [
        *(
            b"",
            b"{",
            b"[]",
            b"null",
            b"1",
            b'"x"',
            b"\xff\xfe",
            b"\xef\xbb\xbf{}",
            b"{}" * 2,
            b"\0",
        ),
        *(
            b"[" * 5000,
            b'{"a":' * 5000 + b"1" + b"}" * 5000,
            b'{"a":1,"a":2}',
            b'{"resourceType":[]}',
        ),
        *(b'{"resourceType":"Patient","resourceType":"Patient"}', b'{"resourceType":"Bundle"}'),
        b'{"resourceType":"Patient","id":"\\ud800","name":[{"family":"\\u0000"}]}',
        b'{"resourceType":"Observation","status":"final","valueQuantity":{"value":'
        + b"9" * 5000
        + b"}}",
        b'{"resourceType":"Observation","status":"final","valueQuantity":{"value":1e999999999}}',
        b'{"resourceType":"Patient","birthDate":"9999-12-31","deceasedDateTime":"0000-01-01"}',
        b"_count=1&%FF=%FE&subject=Patient/A",
        b"<Patient xmlns='http://hl7.org/fhir'/>",
    ]
)


with zipfile.ZipFile(EXAMPLES_AT) as archive:
    read = (json.loads(archive.read(one)) for one in archive.filelist if one.file_size < SMALL)
    EXAMPLES = defaultdict(list)
    for example in read:
        EXAMPLES[example["resourceType"]].append(example)


@st.composite
def spoiled(draw, value):
    """Draw `value` with things in it replaced or taken away."""
    document = json.loads(json.dumps(value))
    for _ in range(draw(st.integers(0, 3))):
        node, key = draw(places_in(document))
        if key is not None and draw(st.booleans()):
            node[key] = draw(JSON_VALUES)
        elif key is not None:
            del node[key]
    return json.dumps(document).encode("utf-8", "surrogatepass")


@st.composite
def places_in(draw, node):
    """Draw a place inside a document: what holds it and its key; no key where there is none."""
    keys = list(node) if isinstance(node, dict) else list(range(len(node)))
    if "resourceType" in keys and draw(st.integers(0, 9)):
        keys.remove("resourceType")
    if not keys:
        return node, None
    key = draw(st.sampled_from(keys))
    deeper = isinstance(node[key], dict | list) and draw(st.booleans())
    return draw(places_in(node[key])) if deeper else (node, key)


def bundle(kind):
    """Return a Bundle whose entries lead to one another."""
    requests = [
        ("urn:uuid:1", {"method": "POST", "url": "Patient", "ifNoneExist": "identifier=x|y"}),
        ("urn:uuid:2", {"method": "PUT", "url": "Observation/b2"}),
        ("urn:uuid:3", {"method": "GET", "url": "Patient?name=x&_count=1"}),
        ("urn:uuid:4", {"method": "DELETE", "url": "Observation?identifier=z|none"}),
        ("urn:uuid:5", {"method": "PATCH", "url": "Patient/A", "ifMatch": 'W/"1"'}),
    ]
    people = {"resourceType": "Patient", "link": [{"other": {"reference": "urn:uuid:2"}}]}
    entries = [{"fullUrl": url, "resource": people, "request": asked} for url, asked in requests]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


PATCHES = [
    [
        {"op": "replace", "path": "/name/0/family", "value": "x"},
        {"op": "test", "path": "", "value": 1},
    ],
    [{"op": "move", "from": "/name", "path": "/name/0/x"}, {"op": "remove", "path": "/-1"}],
    [{"op": "add", "path": "/name/-", "value": {}}, {"op": "copy", "from": "/~2", "path": "/~0~1"}],
    {
        "resourceType": "Parameters",
        "parameter": [
            {
                "name": "operation",
                "part": [
                    {"name": "type", "valueCode": "replace"},
                    {"name": "path", "valueString": "Patient.name.where(family = 'x').given[0]"},
                    {"name": "value", "valueString": "x"},
                ],
            }
        ],
    },
    {
        "resourceType": "Parameters",
        "parameter": [{"name": "resource", "resource": {"resourceType": "Patient"}}],
    },
    {"resourceType": "Parameters", "parameter": [{"name": "meta", "valueMeta": {"tag": [{}]}}]},
]


def resources(type_, id_):
    """Return official examples of a type, under that id, spoiled or not."""
    own = st.sampled_from(EXAMPLES[type_] or EXAMPLES["Patient"])
    return own.map(lambda found: found | {"id": id_}).flatmap(spoiled)


BUNDLES = st.sampled_from(["batch", "transaction"]).map(bundle).flatmap(spoiled)
OTHERS = st.one_of(BUNDLES, st.sampled_from(PATCHES).flatmap(spoiled), RAW)


CONTENT_TYPES = [
    *("application/fhir+json", "application/json", "application/json-patch+json", "text/plain", ""),
    *(
        "application/x-www-form-urlencoded",
        "application/fhir+xml",
        "multipart/form-data; boundary=x",
    ),
    *(
        "application/fhir+json; charset=utf-7",
        "application/fhir+json; fhirVersion=5.0",
        "x",
        ";;",
        "/",
    ),
    *(
        "application/octet-stream",
        "*/*",
        "application/fhir+json, text/html",
        "text/html; charset=\xff",
    ),
]
HEADERS = {
    "content_type": st.sampled_from(CONTENT_TYPES),
    "accept": st.sampled_from([*CONTENT_TYPES, "application/fhir+json;q=0", "*/*;q=x", "a" * 9000]),
    "prefer": st.sampled_from(
        ["return=minimal", "handling=lenient", "return=x", "respond-async", "=;,"]
    ),
    "if_match": st.sampled_from(
        ['W/"1"', '"1"', "1", "*", 'W/"', "W/", 'W/"' + "9" * 400 + '"', "\xff"]
    ),
    "if_none_match": st.sampled_from(["*", 'W/"1"', '"', ",", "\0"]),
    "if_modified_since": st.sampled_from(
        ["x", "Tue, 24 Nov 2026 11:00:00 GMT", "-1", "Tue, 99 Nov 99999"]
    ),
    "if_none_exist": st.sampled_from(
        ["identifier=x|y", "", "?", "_id=%FF", "x=\0", "&&", "name=\xff"]
    ),
    "content_length": st.sampled_from(
        ["0", "-1", "x", "5", "99999999999999999999", " 3", "+3", "1e3"]
    ),
    "x_request_id": st.sampled_from(["x", "x" * 300, "\r\n", "\xff"]),
    "x_security_context": st.sampled_from(["Patient/A", "x", "\xff", "Patient/../B"]),
    "x_forwarded_host": st.just("evil.example"),
    "host": st.sampled_from(["clinic.example", "", "a b", "evil.example:99999", "\xff", "[::1"]),
    "origin": st.sampled_from(["null", "https://evil.example", "\xff"]),
    "access_control_request_method": st.just("PUT"),
    "content_encoding": st.sampled_from(["gzip", "x"]),
}


@st.composite
def requests(draw):
    """Draw path, method, body and headers of a request that is nearly, or not at all, right."""
    method, path, type_ = draw(places())
    query = draw(often(st.just(""), queries(type_))) if method in WRITES else draw(queries(type_))
    most = draw(st.sampled_from([0, 0, 1, 3]))
    chosen = draw(st.lists(st.sampled_from(sorted(HEADERS)), max_size=most, unique=True))
    headers = {name: draw(HEADERS[name]) for name in chosen}
    if method in WRITES:
        patched = method == "PATCH" and draw(st.booleans())
        kind = "application/json-patch+json" if patched else "application/fhir+json"
        headers.setdefault("content_type", FORM if "_search" in path else kind)
    body = draw(written(method, path, type_)) if method in WRITES else b""
    return path + ("?" + query if query else ""), method, body, headers


def written(method, path, type_):
    """Return the bodies of a request: mostly of the kind that is expected there."""
    if "_search" in path:
        return often(queries(type_).map(str.encode), RAW)
    if path == "/fhir":
        return often(BUNDLES, OTHERS)
    if method == "PATCH" or "/$" in path:
        return often(st.sampled_from(PATCHES).flatmap(spoiled), OTHERS)
    id_ = unquote(path.split("/")[3]) if path.count("/") > 2 else "new"
    return often(resources(type_, id_), OTHERS)


WRITES = {"POST", "PUT", "PATCH"}
FORM = "application/x-www-form-urlencoded"
