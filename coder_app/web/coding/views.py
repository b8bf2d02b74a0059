"""The coder's room: importing this module adds all its views to the blueprint."""

from coder_app.web.coding import (
    check,
    concern,
    guess,
    heard,
    help,
    notes,
    queue,
    rate,
    recognised,
    reopening,
    sound,
    state,
)
from coder_app.web.coding.blueprint import blueprint

__all__ = [
    "blueprint",
    "check",
    "concern",
    "guess",
    "heard",
    "help",
    "notes",
    "queue",
    "rate",
    "recognised",
    "reopening",
    "sound",
    "state",
]
