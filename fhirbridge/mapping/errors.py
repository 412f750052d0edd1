"""What can be wrong with the mapping itself, and what one item can be refused for."""


class Refused(Exception):  # noqa: N818  (it is a verdict on an item, not a failure)
    """The item must not be published: `code` names the reason, the text explains it."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
