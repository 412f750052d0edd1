"""What is wrong with a setting, as one line."""

from pydantic import ValidationError

from fhirbridge.fhir.configuration import ConfigurationError


class SettingsError(ConfigurationError):
    """One line that names the setting (or file and field) and says what is wrong with it."""


def line(error: ValidationError, prefix: str) -> str:
    """Return the first complaint as one line."""
    first = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    shown = field.upper() if prefix == "FHIRBRIDGE_" else field
    return f"{prefix}{shown}: {first['msg'].removeprefix('Value error, ')}"
