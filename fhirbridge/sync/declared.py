"""A source as its folder declares it: read and parsed once, before anything is asked."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from fhirbridge.fhir.configuration import ConfigurationError
from fhirbridge.mapping.engine import Mappings
from fhirbridge.sources.http_json import Source
from fhirbridge.sources.profile import Profile
from fhirbridge.sync.bridge import Link

PROFILE = "source.yaml"


@dataclass(frozen=True, slots=True)
class Declared:
    """The profile and the mappings of a source; it holds no connection.

    `fingerprint` changes with every file of the folder: records mapped under another one wait for
    `remap`.
    """

    profile: Profile
    mappings: Mappings
    fingerprint: str

    @classmethod
    def read(cls, folder: Path, base_url: str | None = None) -> Self:
        """Return what `mappings/<source>/` says; `base_url` replaces the profile's address.

        Raises ConfigurationError, one line, when the folder is missing or wrong.
        """
        if not (folder / PROFILE).is_file():
            raise ConfigurationError(f"{folder.name}: there is no mappings/{folder.name}/{PROFILE}")
        files = {
            path.name: path.read_text("utf-8")
            for path in sorted(folder.iterdir())
            if path.suffix in {".yaml", ".csv"}
        }
        profile = Profile.parse(files[PROFILE], f"mappings/{folder.name}/{PROFILE}").at(base_url)
        whole = "\0".join(part for pair in files.items() for part in pair)
        fingerprint = hashlib.sha256(whole.encode()).hexdigest()
        return cls(profile, Mappings.parse(folder.name, files), fingerprint)

    def link(self, secret: Callable[[str], str]) -> Link:
        """Return the source, ready to be asked; `secret` gives the value behind `env:NAME`."""
        secrets = {name: secret(name) for name in self.profile.secret_names()}
        return Link(Source(self.profile, secrets), self.mappings, self.fingerprint)
