"""The demo, checked over HTTP as its users would: each promise is one line with a tick."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener, urlopen
from zoneinfo import ZoneInfo

from rich.console import Console

from fhirbridge.cli.demo.clinic import ZONE
from fhirbridge.cli.demo.person import Login
from fhirbridge.cli.demo.summary import HAEMOGLOBIN, LOINC, Access
from fhirbridge.fhir.instant import system_clock
from fhirbridge.resources.registry import definitions
from fhirbridge.settings import SettingsError

Json = dict[str, Any]
DAYS_TO_LOOK = 7
# No source sends these: the server writes the one, apps the other.
OF_NO_SOURCE = frozenset({"AuditEvent", "List"})


class Client:
    """GETs of one caller."""

    def __init__(self, base_url: str, token: str | None) -> None:
        self._base_url = base_url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, **parameters: str) -> tuple[int, bytes]:
        """Return status and body."""
        query = f"?{urlencode(parameters, quote_via=quote)}" if parameters else ""
        request = Request(f"{self._base_url}/{path}{query}", headers=self._headers)  # noqa: S310
        try:
            with urlopen(request, timeout=10) as answer:  # noqa: S310 (our own server)
                return answer.status, answer.read()
        except HTTPError as error:
            return error.code, error.read()

    def found(self, type_: str, **parameters: str) -> list[Json]:
        """Return the resources of the first page of a search."""
        status, body = self.get(type_, **parameters)
        expect(status == 200, f"{type_} answers {status}")  # noqa: PLR2004 (HTTP's own number)
        return [entry["resource"] for entry in json.loads(body).get("entry", ())]


def check(base_url: str, access: Access, console: Console) -> None:
    """Print a line for each promise; raises SettingsError at the first that does not hold."""
    (patient, token), (other, _) = access.patients
    system, own = Client(base_url, access.token), Client(base_url, token)
    console.print("\nChecked over HTTP:")
    for line in (
        *_server(system, Client(base_url, None)),
        *_slots(system),
        *_results(system, patient),
        *_report(system, patient),
        *_patient(own, patient, other),
        *_login(base_url, access.login),
    ):
        console.print(f"  ✓ {line}", highlight=False)


def expect(holds: object, promise: str) -> None:
    """Raise SettingsError, naming the promise, unless it holds."""
    if not holds:
        raise SettingsError(f"the demo does not keep its promise: {promise}")


def _server(system: Client, nobody: Client) -> Iterator[str]:
    status, body = nobody.get("metadata")
    statement = json.loads(body)
    listed = {one["type"] for one in statement["rest"][0]["resource"]}
    expect(statement["fhirVersion"] == "4.0.1", "metadata says 4.0.1")
    expect(listed == set(definitions()), "metadata lists the types that are served")
    yield f"GET metadata answers {status}: R4 4.0.1, {len(listed)} types"
    expect(nobody.get("Patient")[0] == 401, "no token is 401")  # noqa: PLR2004 (HTTP's number)
    yield "without a token: 401"
    searched = {name for name, one in definitions().items() if "search-type" in one.interactions}
    sent = sorted(searched - OF_NO_SOURCE)
    empty = [one for one in sent if not system.found(one, _count="1")]
    expect(not empty, f"every type that sources send has resources, but {empty}")
    yield f"each of the {len(sent)} types that sources send has resources"


def _slots(system: Client) -> Iterator[str]:
    today = datetime.fromtimestamp(system_clock() / 1e6, UTC).astimezone(ZoneInfo(ZONE)).date()
    days = (today + timedelta(days=number) for number in range(DAYS_TO_LOOK))
    day, slots = next(
        (day, found)
        for day in days
        if (found := system.found("Slot", start=str(day), _count="1000"))
    )
    local = {_local_day(slot["start"]) for slot in slots}
    expect(local == {day}, f"Slot?start={day} is that day of the clinic")
    yield f"Slot?start={day}: {len(slots)} slots, all of that day in {ZONE}"


def _local_day(instant: str) -> date:
    return datetime.fromisoformat(instant).astimezone(ZoneInfo(ZONE)).date()


def _results(system: Client, patient: str) -> Iterator[str]:
    results = system.found(
        "Observation", patient=patient, code=f"{LOINC}|{HAEMOGLOBIN}", _sort="-date"
    )
    whole = [one for one in results if "valueQuantity" in one]
    expect(whole, "haemoglobin results have values")
    expect(all(one["valueQuantity"]["code"] == "g/L" for one in whole), "their unit is UCUM")
    expect(any("referenceRange" in one for one in whole), "they have reference ranges")
    expect(any("interpretation" in one for one in whole), "they have an interpretation")
    dates = [one["effectiveDateTime"] for one in results if "effectiveDateTime" in one]
    moments = [datetime.fromisoformat(one) for one in dates]
    expect(moments == sorted(moments, reverse=True), "the newest comes first")
    newest = whole[0]["valueQuantity"]
    yield f"haemoglobin: {len(results)} results, newest {newest['value']} {newest['code']}"


def _report(system: Client, patient: str) -> Iterator[str]:
    reports = system.found("DiagnosticReport", patient=patient, _count="100")
    urls = [form["url"] for one in reports for form in one.get("presentedForm", ())]
    expect(urls, "a report has a PDF")
    answers = (system.get(url) for url in urls)
    pdf = next((body for status, body in answers if status == 200), b"")  # noqa: PLR2004
    expect(pdf.startswith(b"%PDF-"), "Binary gives the PDF")
    yield f"DiagnosticReport leads to a PDF of {len(pdf):,} bytes"


def _login(base_url: str, login: Login) -> Iterator[str]:
    server = base_url.removesuffix("/fhir")
    told = json.loads(Client(base_url, None).get(".well-known/smart-configuration")[1])
    expect(told["issuer"] == server, "SMART discovery names this server")
    browser = build_opener(HTTPCookieProcessor())
    with browser.open(f"{server}/auth/login", timeout=10) as page:
        forged = re.search(r'name="csrf" value="([^"]+)"', page.read().decode())
    expect(forged, "there is a login page")
    form = {"csrf": forged[1] if forged else "", "name": login.name, "password": login.password}
    with browser.open(f"{server}/auth/login", urlencode(form).encode(), timeout=10) as page:
        expect(page.url == f"{server}/auth/manage", "the login leads to the list of apps")
    yield f"SMART: {told['authorization_endpoint']}, and {login.name} can log in"


def _patient(own: Client, patient: str, other: str) -> Iterator[str]:
    expect([one["id"] for one in own.found("Patient")] == [patient], "a patient finds itself only")
    mine: Callable[[Json], bool] = lambda one: one["subject"]["reference"] == f"Patient/{patient}"  # noqa: E731
    results = own.found("Observation", _count="1000")
    expect(results and all(map(mine, results)), "a patient sees own results only")
    yield f"the patient's token sees itself and {len(results)} own results"
    unknown, foreign = own.get("Patient/nobody"), own.get(f"Patient/{other}")
    expect(unknown == foreign, "foreign and unknown are the same")
    expect(not own.found("Observation", patient=other), "nothing of another patient is found")
    yield f"of another patient it sees nothing ({foreign[0]}, the same as for nobody)"
