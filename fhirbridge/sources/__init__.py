"""How to talk to a source system: one adapter per transport."""
