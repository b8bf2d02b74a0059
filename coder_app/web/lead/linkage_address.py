"""What the address of the linkage asks for beside the plan: single items, and only what stayed blind."""

from typing import Any

from flask import request

CHOICES = ("blind_only", "items")


def linkage_settings() -> dict[str, Any]:
    """Return the settings that the address means."""
    return {name: True for name in CHOICES if request.args.get(name)}


def linkage_entries() -> dict[str, str]:
    """Return what says the same in an address."""
    return dict.fromkeys(linkage_settings(), "1")
