"""The FHIR REST API: one file per interaction."""
