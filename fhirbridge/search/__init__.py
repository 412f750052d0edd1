"""The query string, understood: one file per parameter type. Pure."""
