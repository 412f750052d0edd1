"""All resource types, found by looking into this package: adding one is adding a file."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

import fhirbridge.resources
from fhirbridge.resources.audit_event import SHOWN_TO_PATIENTS
from fhirbridge.resources.definition import ResourceDefinition


@cache
def definitions(*, audit_for_patients: bool = False) -> Mapping[str, ResourceDefinition]:
    """Return every `DEFINITION` of the package by its type, in alphabetical order.

    With `audit_for_patients` they may see who looked at their data.
    """
    names = (module.name for module in iter_modules(fhirbridge.resources.__path__))
    modules = (import_module(f"fhirbridge.resources.{name}") for name in names)
    found = [module.DEFINITION for module in modules if hasattr(module, "DEFINITION")]
    table = {one.type_: one for one in sorted(found, key=lambda one: one.type_)}
    if audit_for_patients:
        table[SHOWN_TO_PATIENTS.type_] = SHOWN_TO_PATIENTS
    return MappingProxyType(table)
