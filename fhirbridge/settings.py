"""Every setting once: name, type, default and one line of help. Read only where a process is wired."""

from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field, SecretBytes, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What the environment says, checked; `FHIRBRIDGE_` and the field's name in capitals."""

    model_config = SettingsConfigDict(
        env_prefix="FHIRBRIDGE_", extra="ignore", arbitrary_types_allowed=True
    )

    database_url: str = Field(
        "sqlite:///var/fhirbridge.sqlite", description="SQLAlchemy URL: sqlite or postgresql"
    )
    redis_url: str = Field("", description="Redis; empty: the embedded server under var/")
    base_url: str = Field("", description="Public URL up to /fhir; empty: from each request")
    config: Path | None = Field(None, description="TOML file: which sources, policies")
    time_zone: ZoneInfo = Field(ZoneInfo("UTC"), description="The clinic's zone")
    secret_key: SecretBytes | None = Field(
        None, description="At least 32 bytes; unset: var/secret, made by init"
    )
    var: Path = Field(Path("var"), description="Folder of what this installation keeps")
    max_body: int = Field(10 * 2**20, description="Largest request body, bytes", gt=0)
    max_count: int = Field(1000, description="Largest page a search may ask for", gt=0)
    default_count: int = Field(50, description="Page size when a search asks for none", gt=0)

    @field_validator("time_zone", mode="before")
    @classmethod
    def zone(cls, value: object) -> object:
        """Return the zone called `value`."""
        return ZoneInfo(value) if isinstance(value, str) else value

    @field_validator("secret_key")
    @classmethod
    def long_enough(cls, value: SecretBytes | None) -> SecretBytes | None:
        """Return the key; raises ValueError when it is too short to protect anything."""
        shortest = 32
        if value is not None and len(value.get_secret_value()) < shortest:
            message = f"must have at least {shortest} bytes"
            raise ValueError(message)
        return value
