"""The standard itself: models, JSON, outcomes, identity, instants. Pure."""
