"""A statement that is made once: what varies lands in its places, constants stay in theirs."""

from hypothesis import given
from hypothesis import strategies as st

from fhirbridge.store.sql import Place, Sql
from fhirbridge.store.template import Template

TOLD = 3
PARAMETERS = st.lists(
    st.integers(0, TOLD - 1).map(Place) | st.text(max_size=3), min_size=2, max_size=9
)


@given(PARAMETERS, st.tuples(*[st.integers()] * TOLD))
def test_every_parameter_has_its_own_value(parameters, told):
    template = Template.of(Sql("?", tuple(parameters)), TOLD)
    meant = [told[one.number] if isinstance(one, Place) else one for one in parameters]
    assert list(template.parameters(told)) == meant
    assert template.text == "?"
