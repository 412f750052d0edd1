"""What the environment says: variables that begin with FHIRBRIDGE_, and secrets by name."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, SecretBytes, ValidationError, field_validator

from fhirbridge.settings.configuration import Configuration, read
from fhirbridge.settings.error import SettingsError, line

PREFIX = "FHIRBRIDGE_"
SHORTEST_KEY = 32


class Settings(BaseModel):
    """What the environment says, checked: `FHIRBRIDGE_` and the field's name in capitals."""

    model_config = ConfigDict(extra="ignore", arbitrary_types_allowed=True, frozen=True)

    database_url: str = Field(
        default="sqlite:///var/fhirbridge.sqlite",
        description="SQLAlchemy URL: sqlite or postgresql",
    )
    redis_url: str = Field(default="", description="Redis; empty: the embedded server under var/")
    base_url: str = Field(
        default="", description="Public URL up to /fhir; empty: from each request"
    )
    config: Path | None = Field(default=None, description="TOML file: which sources, policies")
    time_zone: ZoneInfo = Field(default=ZoneInfo("UTC"), description="The clinic's zone")
    secret_key: SecretBytes | None = Field(
        default=None, description="At least 32 bytes; unset: var/secret, made by init"
    )
    var: Path = Field(default=Path("var"), description="Folder of what this installation keeps")
    proxies: int = Field(
        default=0, description="How many of our own proxies add to X-Forwarded-For", ge=0
    )
    registration_token: SecretBytes | None = Field(
        default=None, description="Lets apps register themselves; at least 32 bytes; unset: off"
    )
    max_body: int = Field(default=10 * 2**20, description="Largest request body, bytes", gt=0)
    max_count: int = Field(default=1000, description="Largest page a search may ask for", gt=0)
    default_count: int = Field(
        default=50, description="Page size when a search asks for none", gt=0
    )
    max_depth: int = Field(
        default=64, description="Levels of JSON in a resource, 64 at most", gt=0, le=64
    )
    max_entries: int = Field(
        default=1000, description="Most entries of a batch or transaction", gt=0
    )
    max_included: int = Field(
        default=1000, description="Most resources that one page may include", gt=0
    )
    max_chain: int = Field(
        default=3,
        description="Most links of a chain or _has; a patient's has 2 at most",
        gt=0,
        le=8,
    )
    max_parameters: int = Field(
        default=100, description="Most parameters of one search, 200 at most", gt=0, le=200
    )
    max_values: int = Field(
        default=1000, description="Most values of a search parameter, and of one search", gt=0
    )
    ignored_parameters: str = Field(
        default="",
        description="Search parameters that a proxy adds and nobody meant, with commas between",
    )
    statement_timeout: int = Field(
        default=5000, description="Longest work on one statement (PostgreSQL), ms", gt=0
    )
    update_create: bool = Field(
        default=True, description="Systems may choose the id of a new resource (PUT)"
    )
    delete_multiple: bool = Field(
        default=False, description="A conditional delete may delete more than one"
    )
    require_if_match: bool = Field(
        default=False, description="A change must name the version it changes (428)"
    )

    audit: Literal["journal", "strict", "off"] = Field(
        default="journal",
        description="Requests are recorded in a file, or (strict) in the database, before they are"
        " answered; off is for benchmarks",
    )
    audit_for_patients: bool = Field(
        default=False, description="Patients may see who looked at their data; then `init`"
    )

    relation_before: int = Field(
        default=30, description="Practitioners see a patient so many days ahead of a visit", ge=0
    )
    relation_after: int = Field(
        default=90, description="... and so many days after a visit or an order", ge=0
    )
    break_glass: bool = Field(
        default=False, description="Practitioners may look at anybody in an emergency, saying why"
    )
    bare_scope_codes: bool = Field(
        default=False, description="Granular scopes may leave out a system that goes without saying"
    )

    @field_validator("time_zone", mode="before")
    @classmethod
    def zone(cls, value: object) -> object:
        """Return the zone called `value`; raises ValueError when there is none."""
        try:
            return ZoneInfo(value) if isinstance(value, str) else value
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            message = f"no time zone is called {value!r}"
            raise ValueError(message) from error

    @field_validator("database_url")
    @classmethod
    def known_database(cls, value: str) -> str:
        """Return the URL; raises ValueError unless it names a database that can be used."""
        if not value.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            message = "begins with sqlite:/// (a file) or postgresql://"
            raise ValueError(message)
        return value

    @field_validator("secret_key", "registration_token")
    @classmethod
    def long_enough(cls, value: SecretBytes | None) -> SecretBytes | None:
        """Return the key; raises ValueError when it is too short to protect anything."""
        if value is not None and len(value.get_secret_value()) < SHORTEST_KEY:
            message = f"must have at least {SHORTEST_KEY} bytes"
            raise ValueError(message)
        return value

    @classmethod
    def load(cls) -> Self:
        """Return the settings of this environment; raises SettingsError, one line."""
        named = {name: f"{PREFIX}{name.upper()}" for name in cls.model_fields}
        said = os.environ  # noqa: TID251 (this is the one reader)
        try:
            return cls.model_validate(
                {name: said[variable] for name, variable in named.items() if variable in said}
            )
        except ValidationError as error:
            raise SettingsError(line(error, PREFIX)) from error

    @property
    def audit_folder(self) -> Path:
        """Where web processes write their audit journals and the worker finds them."""
        return self.var / "audit"

    def secret(self) -> bytes:
        """Return the installation's secret; raises SettingsError when there is none yet."""
        if self.secret_key is not None:
            return self.secret_key.get_secret_value()
        path = self.var / "secret"
        if not path.is_file():
            message = f"{path}: no secret yet: run `fhirbridge init` or set FHIRBRIDGE_SECRET_KEY"
            raise SettingsError(message)
        return path.read_bytes()

    def make_secret(self) -> None:
        """Write var/secret (0600) unless there is a key already."""
        path = self.var / "secret"
        if self.secret_key is None and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(SHORTEST_KEY))

    def configuration(self) -> Configuration:
        """Return what the configuration file says (nothing when unset); raises SettingsError."""
        return read(self.config)


def secret_value(name: str) -> str:
    """Return the secret that a source names as `env:NAME`; raises SettingsError when unset."""
    value = os.environ.get(name)  # noqa: TID251 (this is the one reader)
    if value is None:
        raise SettingsError(f"{name}: this environment variable holds a source's secret: set it")
    return value


def declare(values: Mapping[str, str]) -> None:
    """Set variables that are not set yet, for this process and those that it starts."""
    for name, value in values.items():
        os.environ.setdefault(name, value)  # noqa: TID251 (this is the one writer)
