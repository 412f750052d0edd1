"""Fixtures that every test may ask for come from the plugins in tests/servers."""

pytest_plugins = ["postgres_server", "redis_server"]
