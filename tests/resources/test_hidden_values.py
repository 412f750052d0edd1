"""Search must be no oracle: what a patient's view hides, a patient's search must not find."""

import pytest

from fhirbridge.resources.compartment import Compartment
from fhirbridge.resources.directory import Directory
from fhirbridge.resources.registry import definitions


def hidden(access):
    """The top-level elements that a patient may see less of."""
    names = {path.partition(".")[0] for path in (*access.drop, *getattr(access, "keep", ()))}
    if isinstance(access, Directory):
        names |= access.merge.keys()
    if isinstance(access, Compartment):
        names |= set(access.drop_if_shared)
    return names


def first_names(parameter):
    if parameter.kind != "composite":
        return {path.partition("|")[0].partition(".")[0] for path in parameter.paths}
    inner = {name for part in parameter.parts for name in first_names(part)}
    outer = {path.partition(".")[0] for path in parameter.paths if path}
    return outer or inner


HIDING = [type_ for type_, one in definitions().items() if hasattr(one.access, "drop")]
SEEN_ANYWAY = {
    ("DocumentReference", "contenttype"): "only the url of an attachment is hidden",
    ("DocumentReference", "format"): "only the url of an attachment is hidden",
    ("DocumentReference", "language"): "only the url of an attachment is hidden",
    ("Specimen", "bodysite"): "only the collector's identifier is hidden",
    ("Specimen", "collected"): "only the collector's identifier is hidden",
}


@pytest.mark.parametrize("type_", HIDING)
def test_parameters_over_hidden_elements_search_the_view_or_are_refused(type_):
    definition = definitions()[type_]
    guarded = definition.access.shown_parameters | definition.refused_to_patients
    for parameter in definition.parameters:
        if first_names(parameter) & hidden(definition.access):
            assert parameter.code in guarded or (type_, parameter.code) in SEEN_ANYWAY, parameter


@pytest.mark.parametrize("type_", ["Observation", "DiagnosticReport"])
def test_parameters_over_what_an_outline_hides_search_the_view(type_):
    definition = definitions()[type_]
    outline = {name for name in definition.access.outline if not name.startswith("effective")}
    guarded = definition.access.shown_parameters | definition.refused_to_patients
    for parameter in definition.parameters:
        if not first_names(parameter) <= outline | {"effective"}:
            assert parameter.code in guarded, parameter
