"""What the demo holds, told on the screen and kept in var/demo.json."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from rich.console import Console
from rich.table import Table

from fhirbridge.auth.access import permit
from fhirbridge.auth.principal import SYSTEM
from fhirbridge.auth.tokens import Wanted, issue
from fhirbridge.cli.demo.clinic import Clinic
from fhirbridge.cli.demo.person import Login, somebody
from fhirbridge.fhir import json
from fhirbridge.fhir.instant import SECOND, system_clock
from fhirbridge.resources.registry import definitions
from fhirbridge.search.query import Query
from fhirbridge.store.store import Store

LOINC = "http://loinc.org"
HAEMOGLOBIN = "718-7"
DAY = 86_400 * SECOND
PAGE = 500


@dataclass(frozen=True)
class Access:
    """What to try the demo with: tokens of a back end and of two patients, the login of one."""

    token: str
    login: Login
    patients: tuple[tuple[str, str], tuple[str, str]]


def keep(clinic: Clinic) -> Access:
    """Make the tokens, write var/demo.json (readable by its owner only), and return them."""
    one, other = _richest(clinic.store)
    path = clinic.settings.var / "demo.json"
    access = Access(
        _token(clinic.store, "system/*.cruds", None),
        somebody(clinic.store, one, path),
        tuple((id_, _token(clinic.store, "patient/*.rs", id_)) for id_ in (one, other)),  # type: ignore[arg-type]
    )
    content = {
        "base_url": clinic.base_url,
        "token": access.token,
        "login": access.login.as_json(),
        "patients": [{"id": id_, "token": token} for id_, token in access.patients],
        "sandbox": clinic.sources,
    }
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(json.dump(content, pretty=True))
    return access


def summary(clinic: Clinic, console: Console) -> None:
    """Print resources by type, LOINC coverage and quarantine."""
    counts = {type_: _count(clinic.store, type_) for type_ in definitions()}
    table = Table("resource", "count", title="What the clinic has", title_justify="left")
    for type_, count in counts.items():
        table.add_row(type_, f"{count:,}")
    console.print(table)
    codes, results = _coverage(clinic.store)
    for word, (mapped, total) in (("codes", codes), ("results", results)):
        console.print(f"LOINC by {word}: {mapped} of {total} ({mapped / max(total, 1):.1%})")
    held = clinic.store.run(lambda unit: unit.quarantine.count())
    console.print(f"In quarantine: {sum(held.values())}, by reason:")
    for reason, count in held.items():
        console.print(f"  {count:>4}  {reason}", highlight=False)
    console.print("  (fhirbridge quarantine list tells each)", highlight=False)


def commands(clinic: Clinic, access: Access, console: Console) -> None:
    """Print commands to paste."""
    patient, token = access.patients[0]
    get = f'curl -s -H "Authorization: Bearer {access.token}"'
    own = f'curl -s -H "Authorization: Bearer {token}"'
    haemoglobin = f"code={LOINC}|{HAEMOGLOBIN}"
    lines = [
        f"curl -s {clinic.base_url}/metadata",
        f'{get} "{clinic.base_url}/Patient/{patient}?_pretty=true"',
        f'{get} "{clinic.base_url}/Slot?status=free&_sort=start&_count=5"',
        f'{get} "{clinic.base_url}/Observation?patient={patient}&{haemoglobin}&_sort=-date"',
        f'{own} "{clinic.base_url}/DiagnosticReport?_pretty=true"',
    ]
    console.print(
        f"\nServing {clinic.base_url}. Paste, for example (the last is a patient's view):"
    )
    for line in lines:
        console.print(line, soft_wrap=True, highlight=False, markup=False)
    pages, login = clinic.base_url.removesuffix("/fhir"), access.login
    told = f"Log in at {pages}/auth/login as {login.name} with the password {login.password}"
    console.print(told, soft_wrap=True, highlight=False, markup=False)
    console.print("Tokens and addresses are in var/demo.json. Ctrl-C ends everything.")


def _token(store: Store, scope: str, patient: str | None) -> str:
    wanted = Wanted(scope, DAY, patient=patient, client="fhirbridge-demo")
    return issue(wanted, store.tokens, system_clock())[0]


def _count(store: Store, type_: str) -> int:
    query = Query(type_, count=0, total=True)
    return store.search(permit(query, definitions()[type_], SYSTEM)).total or 0


def _observations(store: Store) -> Iterator[dict[str, Any]]:
    query = Query("Observation", count=PAGE)
    while True:
        page = store.search(permit(query, definitions()["Observation"], SYSTEM))
        for stored in page.matches:
            yield json.parse(stored.body)
        if page.after is None:
            return
        query = replace(query, after=page.after)


def _coverage(store: Store) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return how many local codes, and how many results, have a LOINC code, and of how many.

    A panel is no result: it only holds results together.
    """
    codes: dict[str, bool] = {}
    mapped = total = 0
    for one in _observations(store):
        if "hasMember" in one:
            continue
        codings = one["code"].get("coding", ())
        known = any(coding.get("system") == LOINC for coding in codings)
        for coding in codings:
            if coding.get("system") != LOINC:
                codes[coding["code"]] = codes.get(coding["code"], False) or known
        mapped, total = mapped + known, total + 1
    return (sum(codes.values()), len(codes)), (mapped, total)


def _richest(store: Store) -> tuple[str, str]:
    """Return the two patients with most haemoglobin results."""
    found: Counter[str] = Counter()
    for one in _observations(store):
        if any(coding.get("code") == HAEMOGLOBIN for coding in one["code"].get("coding", ())):
            found[one["subject"]["reference"].removeprefix("Patient/")] += 1
    (first, _), (second, _) = found.most_common(2)
    return first, second
