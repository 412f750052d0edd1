"""All resource types, found by looking into this package: adding one is adding a file."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

import fhirbridge.resources
from fhirbridge.resources.definition import ResourceDefinition


@cache
def definitions() -> Mapping[str, ResourceDefinition]:
    """Return every `DEFINITION` of the package by its type, in alphabetical order."""
    names = (module.name for module in iter_modules(fhirbridge.resources.__path__))
    modules = (import_module(f"fhirbridge.resources.{name}") for name in names)
    found = [module.DEFINITION for module in modules if hasattr(module, "DEFINITION")]
    return MappingProxyType({one.type_: one for one in sorted(found, key=lambda one: one.type_)})
