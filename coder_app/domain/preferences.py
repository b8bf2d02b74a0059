"""What a person chose for all pages: language, light or dark, and keys; it belongs to no study."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from coder_app.domain.shortcuts import DEFAULTS, find_fault

LANGUAGES = ("en", "nl")
THEMES = ("light", "dark")


@dataclass(frozen=True)
class Preferences:
    """A language and a theme, None where browser and system decide, and keys that are not as usual."""

    language: str | None = None
    theme: str | None = None
    keys: Mapping[str, str] = field(default_factory=dict, hash=False)

    @classmethod
    def from_mapping(cls, stored: Mapping[str, Any]) -> "Preferences":
        """Return what a person's row holds; what this version does not know is as if never chosen."""
        language, theme, keys = (stored.get(name) for name in ("language", "theme", "keys"))
        return cls(
            language if language in LANGUAGES else None,
            theme if theme in THEMES else None,
            {
                name: combination
                for name, combination in (keys or {}).items()
                if name in DEFAULTS and find_fault(name, combination) is None
            },
        )

    def to_mapping(self) -> dict[str, Any]:
        """Return what a person's row holds: only what was chosen."""
        own = {name: keys for name, keys in self.keys.items() if keys != DEFAULTS[name]}
        chosen = {"language": self.language, "theme": self.theme, "keys": own}
        return {name: value for name, value in chosen.items() if value}
