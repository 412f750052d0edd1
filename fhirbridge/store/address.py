"""Where a database is, as each library wants to be told."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

SQLITE = "sqlite:///"
POSTGRESQL = ("postgresql+psycopg://", "postgresql://", "postgres://")


@dataclass(frozen=True, slots=True)
class Address:
    """A database. `path` is the file of an SQLite database, else None; `driver` is libpq's URL."""

    sqlalchemy: str
    driver: str
    path: Path | None

    @classmethod
    def parse(cls, url: str) -> Self:
        """Return the address that `url` names.

        `sqlite:///relative.sqlite`, `sqlite:////absolute.sqlite` or
        `postgresql://user:password@host/database`. Raises ValueError for anything else.
        """
        if url.startswith(SQLITE) and len(url) > len(SQLITE) and ":memory:" not in url:
            return cls(url, "", Path(url.removeprefix(SQLITE)))
        for scheme in POSTGRESQL:
            if url.startswith(scheme):
                rest = url.removeprefix(scheme)
                return cls(f"{POSTGRESQL[0]}{rest}", f"postgresql://{rest}", None)
        raise ValueError("a database URL begins with sqlite:/// (a file) or postgresql://")
