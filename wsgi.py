"""The web process for any WSGI server: `granian --interface wsgi wsgi:app`, `gunicorn wsgi`."""

from fhirbridge.app import from_environment

app = application = from_environment()
