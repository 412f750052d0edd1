"""Every setting once: name, type, default and one line of help.

Read only where a process is wired: `cli`, `app`, `worker`. `docs/settings.md` lists them (tested).
"""

from fhirbridge.settings.configuration import (
    Configuration,
    IssuerSetting,
    ProviderSetting,
    SourceSetting,
)
from fhirbridge.settings.environment import Settings, declare, secret_value
from fhirbridge.settings.error import SettingsError

__all__ = [
    "Configuration",
    "IssuerSetting",
    "ProviderSetting",
    "Settings",
    "SettingsError",
    "SourceSetting",
    "declare",
    "secret_value",
]
