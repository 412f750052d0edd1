"""The worker's work: pull, sweep, and what RQ calls."""
