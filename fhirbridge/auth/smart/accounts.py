"""Names, passwords and desk codes: what is accepted, and who they let in."""

import re
import secrets
import unicodedata

from fhirbridge.auth.smart.parts import Parts
from fhirbridge.auth.smart.records import Account, DeskCode
from fhirbridge.auth.smart.secret import Passwords, digest

NAME = re.compile(r"[\w.@+-]{3,64}")
SHORTEST, LONGEST = 10, 256
# Without letters and digits that look alike on paper.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 12
GROUP = 4


def account_name(text: str) -> str:
    """Return the one spelling of a user name; "" when it cannot be one."""
    name = unicodedata.normalize("NFKC", text).strip().casefold()
    return name if NAME.fullmatch(name) else ""


def is_strong(password: str, name: str) -> bool:
    """Return whether a password may be chosen.

    https://pages.nist.gov/800-63-4/sp800-63b.html#passwordver
    """
    return SHORTEST <= len(password) <= LONGEST and password.casefold() != name


def desk_code() -> str:
    """Return a new code in groups, to be read out or printed: 59 bits."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    return "-".join(drawn[start : start + GROUP] for start in range(0, CODE_LENGTH, GROUP))


def desk_code_hash(code: str) -> bytes:
    """Return what is kept of a desk code, however it is typed."""
    return digest("".join(one for one in code.upper() if one in ALPHABET))


def let_in(name: str, password: str, address: str, parts: Parts) -> Account | None:
    """Return the account, or None for a wrong name, a wrong password or a disabled account.

    It takes as long either way. Raises TooManyAttempts after too many failures.
    """
    known, limits = account_name(name), parts.policy.limits
    counted = (
        (limits.account, ("login", known, address)),
        (limits.address, ("login", address)),
        (limits.address, ("login", "name", known)),
    )
    if any(parts.tired_of(limit, *what) for limit, what in counted):
        raise TooManyAttempts
    account = parts.tables.users.find(known) if known else None
    right = parts.passwords.match(password[:LONGEST], account.password if account else None)
    if account is None or not right or account.disabled is not None:
        for limit, what in counted:
            parts.failed(limit, *what)
        return None
    return account


class TooManyAttempts(Exception):  # noqa: N818
    """Wait before the next one."""


def join(code: str, chosen: tuple[str, str], address: str, parts: Parts) -> Account | None:
    """Return the new account of whoever was handed `code`, with the chosen name and password.

    None when the code cannot be used or the name is taken. Raises TooManyAttempts.
    """
    limit, what, now = parts.policy.limits.desk_code, ("desk", address), parts.clock()
    if parts.tired_of(limit, *what):
        raise TooManyAttempts
    name, password = chosen
    hashed = parts.passwords.hashed(password)

    def account(found: DeskCode) -> Account:
        return Account(name, found.fhir_user, now, hashed)

    made = parts.tables.users.join(desk_code_hash(code), account, now)
    if made is None:
        parts.failed(limit, *what)
    return made


def new_account(name: str, fhir_user: str, password: str | None, now: int) -> Account:
    """Return an account for staff to add; raises ValueError for a bad name or password."""
    known = account_name(name)
    if not known:
        raise ValueError("a user name has 3 to 64 letters, digits or . _ @ + -")
    if password is not None and not is_strong(password, known):
        raise ValueError(f"a password has {SHORTEST} to {LONGEST} characters and is not the name")
    hashed = None if password is None else Passwords().hashed(password)
    return Account(known, fhir_user, now, hashed)
