"""What a finished demo has in its folder, and how it is told from one whose building was interrupted."""

import json
from pathlib import Path

# Raised when what is built changes, so that an older demo is built anew.
RECIPE = 9
STAMP = "demo.json"
EXPORT = "export"


class DemoError(Exception):
    """The demo cannot be built or told; the text says at what."""


def is_built(data_dir: Path) -> bool:
    """Whether a finished demo of this recipe is there."""
    try:
        return json.loads((data_dir / STAMP).read_bytes())["recipe"] == RECIPE
    except (OSError, ValueError, KeyError, TypeError):
        return False


def stamp(data_dir: Path) -> None:
    """Note that the demo is finished."""
    (data_dir / STAMP).write_text(json.dumps({"recipe": RECIPE}), encoding="utf-8")
