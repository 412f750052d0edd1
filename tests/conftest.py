"""Fixtures that every test may ask for come from the plugins in tests/servers."""

import os

import hypothesis

pytest_plugins = ["postgres_server", "redis_server", "nothing_personal"]

# The same examples at every run, however busy the machine; `explore` looks further.
hypothesis.settings.register_profile("steady", deadline=None, derandomize=True)
hypothesis.settings.register_profile("explore", deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
