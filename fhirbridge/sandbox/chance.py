"""Chance that can be repeated: the same seed and the same words give the same numbers."""

import random
import uuid


def chance(*words: object) -> random.Random:
    """Return a generator that depends on `words` only, not on the order of calls."""
    return random.Random("/".join(str(word) for word in words))  # noqa: S311 - a toy world


def guid(*words: object) -> str:
    """Return the GUID of the thing named by `words`."""
    return str(uuid.UUID(int=chance("guid", *words).getrandbits(128), version=4))
