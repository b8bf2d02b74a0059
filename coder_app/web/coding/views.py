"""The coder's room: importing this module adds all its views to the blueprint."""

from coder_app.web.coding import check, heard, help, notes, queue, rate, reopening, sound
from coder_app.web.coding.blueprint import blueprint

__all__ = ["blueprint", "check", "heard", "help", "notes", "queue", "rate", "reopening", "sound"]
