"""Stand-ins for 1C:Medicine and a laboratory. Not the vendors' software."""
