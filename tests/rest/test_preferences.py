import pytest

from fhirbridge.rest.preferences import lenient, preference


@pytest.mark.parametrize(
    "prefer",
    [
        "handling=lenient",
        "Handling=Lenient",
        'handling="lenient"',
        "return=minimal, handling=lenient",
        "return=minimal; handling = lenient",
    ],
)
def test_a_client_can_ask_for_leniency(prefer):
    assert lenient(prefer)


@pytest.mark.parametrize(
    "prefer", [None, "", "handling=strict", "lenient", "handling", "\xff=\xff"]
)
def test_the_default_is_strict(prefer):
    assert not lenient(prefer)


def test_the_first_preference_of_a_name_counts():
    assert preference("return=minimal, return=representation", "return") == "minimal"
