"""Code systems, maps, UCUM and unit strings. Pure."""
