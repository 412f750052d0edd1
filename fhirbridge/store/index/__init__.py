"""The index: one file per kind of value says how it is stored and how it is compared.

Each has `TABLE`, `COLUMNS` (the value's own columns), `stored(row)`, their values, and `holds`, the
SQL that is true where a stored row is what a searched value asks for. What "is" means is
`fhirbridge.search.evaluate`; `docs/adr` says why the tables are narrow.
"""
