"""Accounts that are of another record from now on; what was granted to them before ends."""

from collections.abc import Iterable

from fhirbridge.store.connection import Connection

ACCOUNTS = "SELECT name FROM account WHERE fhir_user = ? ORDER BY name"
LINK = "UPDATE account SET fhir_user = ? WHERE name = ?"
CODES = "UPDATE desk_code SET fhir_user = ? WHERE fhir_user = ? AND used IS NULL"
END_GRANTS = "UPDATE oauth_grant SET revoked = ? WHERE revoked IS NULL AND patient = ?"
END_TOKENS = "DELETE FROM token WHERE patient = ?"
END_LAUNCHES = "DELETE FROM oauth_launch WHERE patient = ?"
END_GRANTS_OF = "UPDATE oauth_grant SET revoked = ? WHERE revoked IS NULL AND account = ?"
END_TOKENS_OF = (
    "DELETE FROM token WHERE hash IN (SELECT a.hash FROM oauth_access a"
    " JOIN oauth_grant g ON g.id = a.grant_id WHERE g.account = ?)"
)


class Handover:
    """The accounts of one store."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, patient: str) -> list[str]:
        """Return the names of the accounts that are of a patient."""
        return [name for (name,) in self._connection.rows(ACCOUNTS, (f"Patient/{patient}",))]

    def link(self, names: Iterable[str], patient: str, *, now: int) -> None:
        """Let the accounts `names` be of a patient; what they gave to apps ends."""
        for name in names:
            self._connection.execute(LINK, (f"Patient/{patient}", name))
            self._connection.execute(END_GRANTS_OF, (now, name))
            self._connection.execute(END_TOKENS_OF, (name,))

    def leave(self, patient: str, other: str, *, now: int) -> None:
        """End what anybody holds for a patient; codes of the desk are for the `other` one."""
        self._connection.execute(CODES, (f"Patient/{other}", f"Patient/{patient}"))
        self._connection.execute(END_GRANTS, (now, patient))
        self._connection.execute(END_TOKENS, (patient,))
        self._connection.execute(END_LAUNCHES, (patient,))
