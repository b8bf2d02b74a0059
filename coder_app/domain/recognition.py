"""By what a coder has recognised a recording."""

from enum import StrEnum


class How(StrEnum):
    """What gave a recording away."""

    VOICE = "voice"
    NAME = "name"
    TOLD = "told"
    OTHER = "other"


def read_how(text: str) -> How | None:
    """Return what a text names; raise ValueError for what is neither that nor empty."""
    return How(text) if text else None
