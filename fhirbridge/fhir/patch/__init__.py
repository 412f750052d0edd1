"""Changing a resource by operations: JSON Patch and FHIRPath Patch.

https://hl7.org/fhir/R4/http.html#patch
"""
