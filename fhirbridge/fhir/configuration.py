"""What an installer can be told about a setting or a file."""


class ConfigurationError(ValueError):
    """Something configured cannot be used: one line, "file: field: what is wrong"."""
