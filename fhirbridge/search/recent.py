"""What was worked out a moment ago for the same question."""

from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """The values kept last, `most` at most. Only for what can be made again. For all threads."""

    def __init__(self, most: int = 512) -> None:
        self._most = most
        self._kept: dict[Hashable, T] = {}

    def get(self, key: Hashable) -> T | None:
        """Return what was kept under `key`, None when it is gone."""
        return self._kept.get(key)

    def keep(self, key: Hashable, value: T) -> None:
        """Keep a value; when there are too many, all others go."""
        if len(self._kept) >= self._most:
            self._kept.clear()
        self._kept[key] = value

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()
