"""The parameters that every resource type has: https://hl7.org/fhir/R4/search.html#all."""

from fhirbridge.search.date import Date
from fhirbridge.search.parameter import SearchParameter
from fhirbridge.search.token import Token
from fhirbridge.search.uri import Uri

ID = Token("_id", "id", sensitive=True)
LAST_UPDATED = Date("_lastUpdated", "meta.lastUpdated", instant=True)

COMMON: dict[str, SearchParameter] = {
    parameter.code: parameter
    for parameter in (
        ID,
        LAST_UPDATED,
        Token("_tag", "meta.tag"),
        Uri("_profile", "meta.profile"),
        Token("_security", "meta.security"),
        Uri("_source", "meta.source"),
    )
}
