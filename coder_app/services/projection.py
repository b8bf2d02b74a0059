"""What the mean of several coders would be worth, from the ratings at hand; collected as agreement is."""

from coder_app.services.projection_content import compute
from coder_app.services.reliability import collect

__all__ = ["KIND", "collect", "compute"]

KIND = "projection"
