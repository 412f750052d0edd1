"""Somebody to log in as: a patient of the demo, with a password that only var/demo.json knows."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fhirbridge.auth.smart.accounts import new_account
from fhirbridge.auth.smart.records import Account, DeskCode
from fhirbridge.fhir import json
from fhirbridge.fhir.errors import Invalid
from fhirbridge.fhir.instant import system_clock
from fhirbridge.store.store import Store
from fhirbridge.store.users import Users

NAME = "demo"


@dataclass(frozen=True)
class Login:
    """A name and password for the login page."""

    name: str
    password: str

    def as_json(self) -> dict[str, str]:
        """Return it as var/demo.json has it."""
        return {"name": self.name, "password": self.password}


def somebody(store: Store, patient: str, kept: Path) -> Login:
    """Return the login that an earlier demo wrote to `kept`, else a new one, of `patient`."""
    users = Users(store.database, Account, DeskCode)
    before = _before(kept)
    if before is not None and users.find(before.name) is not None:
        return before
    password = secrets.token_urlsafe(12)
    for name in (NAME, f"{NAME}-{secrets.token_hex(4)}"):
        account = new_account(name, f"Patient/{patient}", password, system_clock())
        if users.add(account):
            return Login(account.name, password)
    raise AssertionError("a random name is taken")


def _before(kept: Path) -> Login | None:
    try:
        content: Any = json.parse(kept.read_bytes())
        return Login(str(content["login"]["name"]), str(content["login"]["password"]))
    except (OSError, Invalid, LookupError, TypeError):
        return None
