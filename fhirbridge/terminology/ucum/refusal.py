"""What the module says no with. Both are ValueErrors and carry no value of a patient."""

# ruff: noqa: N818 - each class is named for its meaning


class NotUcum(ValueError):
    """The text is no UCUM code; `position` counts characters from 0, `reason` is one clause."""

    def __init__(self, code: str, position: int, reason: str) -> None:
        super().__init__(f"{code!r} is no UCUM code: {reason} (at {position})")
        self.code = code
        self.position = position
        self.reason = reason


class NotConvertible(ValueError):
    """The units are valid, but no factor or function leads from the one to the other."""
