"""The web process, wired: settings in, one WSGI application out."""

from fhirbridge.app.process import (
    application,
    base,
    create_app,
    create_server,
    from_environment,
)

__all__ = ["application", "base", "create_app", "create_server", "from_environment"]
