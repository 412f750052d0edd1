"""The clinic of tests/servers/rest_clinic.py."""

from rest_clinic import clinic, opened, other_world

__all__ = ["clinic", "opened", "other_world"]
