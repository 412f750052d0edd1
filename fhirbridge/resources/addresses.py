"""Search parameters of types that have addresses and contact points."""

from fhirbridge.search.string import String
from fhirbridge.search.token import Token

ADDRESS = (
    String("address"),
    String("address-city", "address.city"),
    String("address-country", "address.country"),
    String("address-postalcode", "address.postalCode"),
    String("address-state", "address.state"),
    Token("address-use", "address.use", system="http://hl7.org/fhir/address-use"),
)
CONTACT = (
    Token("email", "telecom|system=email"),
    Token("phone", "telecom|system=phone"),
    Token("telecom"),
)
