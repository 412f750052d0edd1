"""A FHIR R4 server in front of 1C:Medicine and laboratory systems."""
