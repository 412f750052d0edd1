"""Search parameters of types with a canonical url: https://hl7.org/fhir/R4/metadataresource.html."""

from fhirbridge.search.composite import Composite
from fhirbridge.search.date import Date
from fhirbridge.search.quantity import Quantity
from fhirbridge.search.string import String
from fhirbridge.search.token import Token
from fhirbridge.search.uri import Uri

TYPE = Token("context-type", "code")

CANONICAL = (
    Token("context", "useContext.valueCodeableConcept"),
    Quantity("context-quantity", "useContext.valueQuantity", "useContext.valueRange"),
    Token("context-type", "useContext.code"),
    Composite(
        "context-type-quantity",
        bases=("useContext",),
        parts=(TYPE, Quantity("context-quantity", "valueQuantity", "valueRange")),
    ),
    Composite(
        "context-type-value",
        bases=("useContext",),
        parts=(TYPE, Token("context", "valueCodeableConcept")),
    ),
    Date("date"),
    String("description"),
    Token("identifier"),
    Token("jurisdiction"),
    String("name"),
    String("publisher"),
    Token("status", system="http://hl7.org/fhir/publication-status"),
    String("title"),
    Uri("url"),
    Token("version"),
)
