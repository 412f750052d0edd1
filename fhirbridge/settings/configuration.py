"""The TOML file that FHIRBRIDGE_CONFIG names: sources in use, providers and issuers trusted."""

import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from fhirbridge.settings.error import SettingsError, line

# It is a part of our paths.
ProviderName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]


class SourceSetting(BaseModel):
    """`[sources.NAME]` of the configuration: a folder of mappings/ that this clinic uses."""

    model_config = ConfigDict(extra="forbid")

    base_url: str | None = Field(
        default=None, description="Where it answers; default: its source.yaml"
    )
    enabled: bool = Field(default=True, description="false: known, but not asked")


class ProviderSetting(BaseModel):
    """`[providers.NAME]`: an OpenID provider that people may log in through."""

    model_config = ConfigDict(extra="forbid")

    issuer: str = Field(description="Its `iss`, exactly; links of people are kept under it")
    client_id: str = Field(description="What we are called there")
    authorization_endpoint: str = Field(description="Where browsers are sent")
    token_endpoint: str = Field(description="Where codes are exchanged")
    jwks_url: str = Field(description="Where its signing keys are")
    label: str = Field(default="", description="What people read on the login page; else NAME")
    client_secret: str | None = Field(
        default=None, pattern="^env:.+", description="`env:VARIABLE`; unset: a public client"
    )
    algorithms: list[str] = Field(default=["RS256"], description="Of its ID tokens")


class IssuerSetting(BaseModel):
    """`[issuers.NAME]`: another authorization server whose access tokens are believed."""

    model_config = ConfigDict(extra="forbid")

    issuer: str = Field(description="The `iss` of its tokens, exactly")
    clients: list[str] = Field(description="The azp or client_id values that are let in")
    jwks_url: str | None = Field(default=None, description="Where its signing keys are, or")
    keys: list[Path] = Field(default=[], description="PEM files of its public keys")
    algorithms: list[str] = Field(default=["RS256"], description="Of its access tokens")
    owns_ids: bool = Field(
        default=False, description="Its patient and fhirUser claims name our resources"
    )


class Configuration(BaseModel):
    """The TOML file that FHIRBRIDGE_CONFIG names."""

    model_config = ConfigDict(extra="forbid")

    system_base: str = Field(
        default="https://fhirbridge.example/sid/",
        description="Base of the clinic's own identifier systems",
    )
    clinic: str = Field(default="fhirbridge", description="Its name on the login pages")
    sources: dict[str, SourceSetting] = Field(default_factory=dict, description="Sources in use")
    providers: dict[ProviderName, ProviderSetting] = Field(
        default_factory=dict, description="OpenID providers to log in through"
    )
    issuers: dict[str, IssuerSetting] = Field(
        default_factory=dict, description="Authorization servers whose tokens are believed"
    )


def read(path: Path | None) -> Configuration:
    """Return what the file says (nothing without one); raises SettingsError."""
    if path is None:
        return Configuration()
    try:
        return Configuration.model_validate(tomllib.loads(path.read_text("utf-8")))
    except ValidationError as error:
        raise SettingsError(line(error, f"{path}: ")) from error
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: {error}") from error
