"""Records in, resources out. Pure."""
