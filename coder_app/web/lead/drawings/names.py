"""Names in addresses for what a study calls as it likes."""

import re
from collections.abc import Iterable


def slugs(names: Iterable[str]) -> dict[str, str]:
    """Return a name of letters, digits and hyphens for each, no two alike."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        short = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "unnamed"
        plain, number = short, 2
        while short in taken:
            short, number = f"{plain}-{number}", number + 1
        taken.add(short)
        found[name] = short
    return found
