"""Access tokens of other issuers, and everything that only looks like one: T001 to T023."""

import base64
import datetime as dt
import hashlib
import hmac
import json
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from joserfc import jwe, jwk, jws, jwt
from werkzeug.serving import make_server

from fhirbridge.auth.external import External, Issuer, create_external, either
from fhirbridge.auth.jwt import Untrusted
from fhirbridge.auth.key_sets import KeySets
from fhirbridge.auth.keys import Fetched, NotFetched
from fhirbridge.auth.pinned import pinned
from fhirbridge.auth.public_url import RefusedURL
from fhirbridge.auth.tokens import Wanted, authenticate, issue
from fhirbridge.fhir.errors import Invalid, LoginRequired

SECOND = 1_000_000
BASE = "https://fhir.example/fhir"
NAME = "https://idp.example/realms/clinic"
URL = f"{NAME}/certs"
RSA = jwk.RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
NEXT = jwk.RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
EC = jwk.ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"})
THIEF = jwk.RSAKey.generate_key(2048, {"kid": "one"})
NOW = 1_800_000_000


@dataclass
class Account:
    fhir_user: str = "Patient/a"
    disabled: int | None = None


@dataclass
class Provider:
    """An identity provider's key set, its clock, and how often it was asked."""

    keys: Any = field(default_factory=lambda: [RSA.as_dict(private=False)])
    age: str = ""
    asked: int = 0
    now: int = NOW * SECOND

    def fetch(self, url: str) -> Fetched:
        assert url == URL
        self.asked += 1
        if isinstance(self.keys, Exception):
            raise self.keys
        body = self.keys if isinstance(self.keys, bytes) else json.dumps({"keys": self.keys})
        return Fetched(body if isinstance(body, bytes) else body.encode(), self.age)

    def clock(self) -> int:
        return self.now


@pytest.fixture
def provider():
    return Provider()


def external(provider, *issuers, account=None) -> External:
    known = {(NAME, "sub-1"): account or Account()}
    return External(
        issuers or (Issuer(NAME, frozenset({"portal"}), jwks_url=URL),),
        BASE,
        KeySets(provider, provider.clock, stale=24 * 3600 * SECOND),
        lambda issuer, subject: known.get((issuer, subject)),
        provider.clock,
    )


def claims(**over: Any) -> dict[str, Any]:
    """Return what Keycloak writes when our audience mapper is there."""
    told = {
        "iss": NAME,
        "sub": "sub-1",
        "aud": [BASE, "account"],
        "azp": "portal",
        "exp": NOW + 300,
        "iat": NOW,
        "jti": "9f8c",
        "typ": "Bearer",
        "scope": "openid patient/*.rs",
    } | over
    return {name: value for name, value in told.items() if value is not None}


def token(key=RSA, algorithm="RS256", header=None, **over: Any) -> str:
    told = {"alg": algorithm, "kid": "one", "typ": "JWT"} | (header or {})
    return jwt.encode(told, claims(**over), key, algorithms=[algorithm])


def by_hand(header: dict[str, Any], payload: bytes | None = None, signature: bytes = b"x") -> str:
    body = payload or json.dumps(claims()).encode()
    parts = (json.dumps(header).encode(), body, signature)
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def signed(header: dict[str, Any], payload: bytes) -> str:
    """Return a token over any header and payload with a good signature."""
    unsigned = by_hand(header, payload).rpartition(".")[0]
    made = RSA.private_key.sign(unsigned.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{unsigned}.{base64.urlsafe_b64encode(made).decode().rstrip('=')}"


def test_a_good_token_is_whom_our_links_say(provider):
    found = external(provider).authenticate(token())
    assert (found.kind, found.patient, found.user) == ("patient", "a", "Patient/a")
    assert found.client == f"{NAME}#portal"
    assert str(found.scopes) == "patient/*.rs openid"
    assert provider.asked == 1


def test_the_header_a_hand_made_signature_proves_the_helper(provider):
    good = signed({"alg": "RS256", "kid": "one"}, json.dumps(claims()).encode())
    assert external(provider).authenticate(good).patient == "a"


def test_a_doctor_is_a_doctor(provider):
    found = external(provider, account=Account("Practitioner/p")).authenticate(
        token(scope="user/*.rs system/*.cruds")
    )
    assert (found.kind, found.patient, found.practitioner) == ("user", None, "p")


def test_o100_a_persons_token_never_has_a_systems_rights(provider):
    found = external(provider).authenticate(token(scope="system/*.cruds"))
    assert found.kind == "user"
    assert not found.scopes.cover(found.kind, "Patient", "r")


def refused(provider, text: str, *issuers: Issuer, **options: Any) -> None:
    before = provider.asked
    with pytest.raises(Untrusted):
        external(provider, *issuers, **options).authenticate(text)
    assert provider.asked <= before + 2


@pytest.mark.parametrize("name", ["none", "None", "nOnE", "", None, 5, ["RS256"], {"a": 1}])
def test_t001_no_signature(provider, name):
    for signature in (b"", b"x"):
        refused(provider, by_hand({"alg": name, "kid": "one"}, signature=signature))
    refused(provider, by_hand({"alg": name, "kid": "one"}).rpartition(".")[0] + ".")


@pytest.mark.parametrize("secret", ["pem", "der", "jwk"])
def test_t002_the_public_key_is_no_shared_secret(provider, secret):
    keys = {
        "pem": RSA.as_pem(private=False),
        "der": RSA.as_der(private=False),
        "jwk": json.dumps(RSA.as_dict(private=False)).encode(),
    }
    unsigned = by_hand({"alg": "HS256", "kid": "one"}).rpartition(".")[0]
    made = hmac.digest(keys[secret], unsigned.encode(), hashlib.sha256)
    text = f"{unsigned}.{base64.urlsafe_b64encode(made).decode().rstrip('=')}"
    refused(provider, text)


@pytest.mark.parametrize("name", ["ES256", "PS256", "RS512", "EdDSA", "RS256 "])
def test_t003_another_algorithm_in_the_header(provider, name):
    _, payload, signature = token().split(".")
    header = by_hand({"alg": name, "kid": "one"}).split(".")[0]
    refused(provider, f"{header}.{payload}.{signature}")
    every = Issuer(NAME, frozenset({"portal"}), URL, algorithms=("RS256", "ES256", "PS256"))
    refused(provider, f"{header}.{payload}.{signature}", every)


@pytest.mark.parametrize("signature", [bytes(64), bytes(1), b"\x00" * 63 + b"\x01", b"\xff" * 64])
def test_t004_zero_signatures(provider, signature):
    provider.keys = [EC.as_dict(private=False)]
    issuer = Issuer(NAME, frozenset({"portal"}), URL, algorithms=("ES256",))
    good = token(EC, "ES256", {"kid": "ec"})
    assert external(provider, issuer).authenticate(good).patient == "a"
    refused(provider, by_hand({"alg": "ES256", "kid": "ec"}, signature=signature), issuer)


@pytest.mark.parametrize(
    "kid",
    [
        "../../dev/null",
        "' OR 1=1 --",
        "https://evil.example/",
        "x" * 10_240,
        "a\x00b",
        ["one"],
        1,
        None,
        "",
    ],
)
def test_t005_hostile_key_ids(provider, kid):
    refused(provider, signed({"alg": "RS256", "kid": kid}, json.dumps(claims()).encode()))


def test_t006_a_key_in_the_header(provider):
    header = {"jwk": THIEF.as_dict(private=False)}
    refused(provider, token(THIEF, header=header))
    refused(provider, token(THIEF, header=header | {"kid": "new"}))


@pytest.mark.parametrize("name", ["jku", "x5u"])
def test_t007_a_url_in_the_header_is_never_asked(provider, name):
    refused(provider, token(THIEF, header={name: "https://evil.example/keys"}))
    assert provider.asked <= 2


def test_t008_a_certificate_in_the_header(provider):
    refused(provider, token(THIEF, header={"x5c": ["MIIB"]}))


@pytest.mark.parametrize("crit", [["b64"], ["x"], [], None, "exp"])
def test_t009_critical_extensions(provider, crit):
    header = {"alg": "RS256", "kid": "one", "crit": crit, "x": 1}
    refused(provider, signed(header, json.dumps(claims()).encode()))


def test_t010_unencoded_and_detached_payloads(provider):
    header = {"alg": "RS256", "kid": "one", "b64": False}
    refused(provider, signed(header, json.dumps(claims()).encode()))
    head, _, signature = token().split(".")
    refused(provider, f"{head}..{signature}")


def test_t011_encrypted_and_nested_tokens(provider):
    key = jwk.OctKey.generate_key(256)
    wrapped = jwe.encrypt_compact({"alg": "dir", "enc": "A256GCM", "cty": "JWT"}, token(), key)
    refused(provider, wrapped)
    nested = jws.serialize_compact({"alg": "RS256", "kid": "one"}, token(), RSA, ["RS256"])
    refused(provider, nested)


@pytest.mark.parametrize(
    "exp", [NOW - 31, 1, 0, -1, None, "4102444800", [NOW + 300], 1e400, True, {"a": 1}, 10**30]
)
def test_t012_expiry(provider, exp):
    refused(provider, signed({"alg": "RS256", "kid": "one"}, json.dumps(claims(exp=exp)).encode()))


def test_t012_a_fraction_of_a_second_is_no_whole_number(provider):
    refused(provider, token(exp=NOW + 300.5))


@pytest.mark.parametrize("name", ["nbf", "iat"])
def test_t013_from_the_future(provider, name):
    refused(provider, token(**{name: NOW + 31}))
    assert external(provider).authenticate(token(**{name: NOW + 29})).patient == "a"
    assert external(provider).authenticate(token(exp=NOW - 29)).patient == "a"


@pytest.mark.parametrize(
    "audience",
    [
        None,
        "account",
        [],
        ["account"],
        [BASE, 5],
        {"a": BASE},
        f"{BASE}.evil",
        f"{BASE}/",
        BASE.upper(),
        "https://fhir.example",
        [f"{BASE}/Patient"],
        "",
    ],
)
def test_t014_the_audience_is_required_and_ours(provider, audience):
    refused(provider, token(aud=audience))


def test_t014_one_audience_may_be_a_text(provider):
    assert external(provider).authenticate(token(aud=BASE)).patient == "a"


@pytest.mark.parametrize(
    "issuer",
    [
        None,
        f"{NAME}/",
        NAME.upper(),
        "https://idp.example/realms/other",
        "https://ıdp.example/realms/clinic",
        [NAME],
        "",
    ],
)
def test_t015_the_issuer_is_exact(provider, issuer):
    refused(provider, token(iss=issuer))


@pytest.mark.parametrize(
    "over",
    [
        {"typ": "ID"},
        {"typ": "Refresh"},
        {"typ": "Offline"},
        {"typ": "Logout"},
        {"at_hash": "x"},
        {"events": {}},
    ],
)
def test_t016_other_kinds_of_token(provider, over):
    refused(provider, token(**over))
    refused(provider, token(header={"typ": "logout+jwt"}))
    refused(provider, token(header={"typ": "application/logout+jwt"}))


@pytest.mark.parametrize(
    "over",
    [
        {"azp": "other"},
        {"azp": None},
        {"azp": ["portal"]},
        {"client_id": "other"},
        {"sub": None},
        {"sub": "unknown"},
        {"sub": 5},
    ],
)
def test_t017_clients_and_people_that_nobody_let_in(provider, over):
    refused(provider, token(**over))


def test_t017_keycloaks_and_rfc_9068s_ways_to_name_the_client(provider):
    rfc9068 = token(azp=None, client_id="portal", header={"typ": "at+jwt"})
    assert external(provider).authenticate(rfc9068).patient == "a"
    assert external(provider).authenticate(token(client_id="portal")).patient == "a"


@pytest.mark.parametrize(
    "payload",
    [
        b'{"aud":"%s","aud":"evil"}' % BASE.encode(),
        b'{"aud":"evil","aud":"%s"}' % BASE.encode(),
        b"[]",
        b"null",
        b"",
        b"{",
        b"\xff",
        b'{"exp":NaN}',
    ],
)
def test_t019_odd_payloads(provider, payload):
    refused(provider, signed({"alg": "RS256", "kid": "one"}, payload or b" "))


def test_t019_duplicate_members_in_the_header(provider):
    head = base64.urlsafe_b64encode(b'{"alg":"none","alg":"RS256","kid":"one"}').decode()
    _, payload, signature = token().split(".")
    refused(provider, f"{head.rstrip('=')}.{payload}.{signature}")


@pytest.mark.parametrize(
    "text",
    [
        "A" * 2**20,
        "A." * 10_000,
        by_hand({"alg": "RS256", "kid": "one"}, b"[" * 1000 + b"]" * 1000),
        by_hand(
            {"alg": "RS256", "kid": "one"},
            json.dumps(dict.fromkeys(map(str, range(10_000)), 1)).encode(),
        ),
    ],
    ids=["1 MiB", "many parts", "deep", "many claims"],
)
def test_t020_large_and_deep_tokens_are_cheap_to_refuse(provider, text):
    begun = time.perf_counter()
    refused(provider, text)
    assert time.perf_counter() - begun < 0.5


def test_t021_a_flood_of_unknown_keys_asks_once_in_thirty_seconds(provider):
    found = external(provider)
    found.authenticate(token())
    for number in range(200):
        with pytest.raises(Untrusted):
            found.authenticate(token(NEXT, header={"kid": f"k{number}"}))
    assert provider.asked == 1
    provider.now += 31 * SECOND
    for number in range(200):
        with pytest.raises(Untrusted):
            found.authenticate(token(NEXT, header={"kid": f"k{number}"}))
    assert provider.asked == 2


def test_t022_keys_rotate(provider):
    found = external(provider)
    found.authenticate(token())
    provider.keys = [RSA.as_dict(private=False), NEXT.as_dict(private=False)]
    provider.now += 31 * SECOND
    assert found.authenticate(token(NEXT, header={"kid": "two"})).patient == "a"
    assert found.authenticate(token()).patient == "a"
    provider.keys = [NEXT.as_dict(private=False)]
    provider.now += 301 * SECOND
    with pytest.raises(Untrusted):
        found.authenticate(token(exp=NOW + 3600))
    assert found.authenticate(token(NEXT, header={"kid": "two"}, exp=NOW + 3600)).patient == "a"


@pytest.mark.parametrize(
    "broken", [NotFetched("x"), b"<html>", b'{"keys":[]}', b"[]", b'{"keys":' + b"[" * 100, []]
)
def test_t023_a_provider_that_is_away_is_believed_for_a_day(provider, broken, caplog):
    found = external(provider)
    found.authenticate(token())
    provider.keys = broken
    provider.now += 23 * 3600 * SECOND
    late = token(exp=NOW + 10**6)
    assert found.authenticate(late).patient == "a"
    assert found.authenticate(late).patient == "a"
    assert provider.asked == 2
    assert "could not be had" in caplog.text
    provider.now += 2 * 3600 * SECOND
    with pytest.raises(Untrusted):
        found.authenticate(late)


def test_t023_without_any_good_set_nothing_is_accepted(provider):
    provider.keys = NotFetched("x")
    found = external(provider)
    for _ in range(10):
        with pytest.raises(Untrusted):
            found.authenticate(token())
    assert provider.asked == 1


def test_the_owners_cache_control_is_kept_to(provider):
    for age, seconds in (("max-age=60", 60), ("no-store", 1), ("max-age=999999", 3600), ("", 300)):
        asked = Provider(age=age)
        sets = KeySets(asked, asked.clock)
        sets.keys(URL)
        asked.now += (seconds - 1) * SECOND
        sets.keys(URL)
        assert asked.asked == 1
        asked.now += SECOND
        sets.keys(URL)
        assert asked.asked == 2


def test_pinned_keys_need_no_url(provider):
    pinned = Issuer(NAME, frozenset({"portal"}), keys=(RSA.as_dict(private=False),))
    assert external(provider, pinned).authenticate(token()).patient == "a"
    assert provider.asked == 0
    refused(provider, token(THIEF), pinned)


def pem_of(key):
    return key.as_pem(private=False).decode()


@pytest.mark.parametrize("kid", ["one", "any", None])
def test_a_key_pinned_as_pem_needs_no_name(provider, kid):
    issuer = Issuer(NAME, frozenset({"portal"}), keys=(pinned(pem_of(RSA)),))
    text = signed({"alg": "RS256"} | ({"kid": kid} if kid else {}), json.dumps(claims()).encode())
    assert external(provider, issuer).authenticate(text).patient == "a"
    refused(provider, token(THIEF), issuer)


def test_a_certificate_can_be_pinned():
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp")])
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, RSA.public_key, 1, start, start + dt.timedelta(days=9))
        .sign(RSA.private_key, hashes.SHA256())
        .public_bytes(Encoding.PEM)
    )
    assert pinned(made.decode()) == pinned(pem_of(RSA))


def test_what_can_be_pinned():
    assert pinned(pem_of(EC))["kty"] == "EC"
    for wrong in ("", "x", pem_of(jwk.OKPKey.generate_key("Ed25519"))):
        with pytest.raises(ValueError):  # noqa: PT011 - the text is the library's
            pinned(wrong)


def test_our_own_and_foreign_tokens_go_through_one_door(provider):
    tables = Tokens()
    own, _ = issue(Wanted("system/*.rs", 60 * SECOND), tables, provider.now)
    door = either(lambda header: authenticate(header, tables, provider.now), external(provider))
    assert door(f"Bearer {own}").kind == "system"
    assert door(f"bearer {token()}").patient == "a"
    texts = set()
    for header in (None, "Basic x", f"Bearer {token(exp=1)}", "Bearer a.b.c", f"Bearer {own}x"):
        with pytest.raises(LoginRequired) as raised:
            door(header)
        texts.add(raised.value.headers["WWW-Authenticate"])
    assert len(texts) == 2
    with pytest.raises(Invalid):
        door(f"Bearer {token()}, Bearer {token()}")


class Tokens(dict):
    def add(self, grant):
        self[grant.hash] = grant

    def find(self, token_hash, /):
        return self.get(token_hash)

    def revoke(self, token_hash, /):
        return self.pop(token_hash, None) is not None


def test_o101_claims_about_our_resources_count_only_where_the_issuer_owns_them(provider):
    owner = Issuer(NAME, frozenset({"portal"}), URL, owns_ids=True)
    told = {"fhirUser": f"{BASE}/Practitioner/p", "patient": "z", "sub": "stranger"}
    found = external(provider, owner).authenticate(token(**told))
    assert (found.user, found.patient) == ("Practitioner/p", "z")
    ignored = external(provider).authenticate(token(fhirUser="Practitioner/p", patient="z"))
    assert (ignored.user, ignored.patient) == ("Patient/a", "a")
    for wrong in (
        "https://evil.example/fhir/Patient/a",
        "Group/1",
        "Patient/",
        None,
        5,
        "Patient/a/_history/1",
    ):
        refused(provider, token(fhirUser=wrong), owner)


def test_o102_a_disabled_person_is_nobody(provider):
    refused(provider, token(), account=Account(disabled=1))


def test_s016_issuers_inside_are_asked_for_their_keys_and_nobody_else_is():
    served = json.dumps({"keys": [RSA.as_dict(private=False)]}).encode()

    def idp(environ, start_response):
        start_response("200 OK", [("Content-Length", str(len(served)))])
        return [served]

    with serving(idp) as url:
        inside = Issuer(NAME, frozenset({"portal"}), f"{url}/certs")
        found = create_external((inside,), BASE, lambda *_: Account(), lambda: NOW * SECOND)
        assert found.authenticate(token()).patient == "a"
        with pytest.raises(RefusedURL):
            found.key_sets.fetcher.fetch("https://127.0.0.1/certs")


@contextmanager
def serving(app):
    server = make_server("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_issuer_is_declared_whole():
    with pytest.raises(ValueError, match="algorithms"):
        Issuer(NAME, frozenset(), URL, algorithms=("HS256",))
    with pytest.raises(ValueError, match="algorithms"):
        Issuer(NAME, frozenset(), URL, algorithms=())
    with pytest.raises(ValueError, match="either"):
        Issuer(NAME, frozenset())
    with pytest.raises(ValueError, match="either"):
        Issuer(NAME, frozenset(), URL, keys=({"kty": "RSA"},))
