"""The R scripts that go with exported files, with the settings that these were computed under."""

import json
from collections.abc import Mapping
from pathlib import Path
from posixpath import dirname, relpath
from typing import Any

from coder_app.services.reliability_settings import PRORATED

NAME = "recompute.R"
_PLACES = "PLACES <- c()\n"
_RELIABILITY = Path(__file__).with_name("reliability-recompute.R")
_LINKAGE = Path(__file__).with_name("linkage-recompute.R")
# The share of items that `analysis.sums` asks of a prorated sum.
_ENOUGH = 0.8


def write_script(settings: dict[str, Any]) -> str:
    """Return the script for figures of reliability under these settings."""
    enough = _ENOUGH if settings["sums"] == PRORATED else 1
    return _with_lines(
        _RELIABILITY,
        ("CONFIDENCE <- 0.95\n", f"CONFIDENCE <- {settings['confidence']}\n"),
        ("ENOUGH <- 1 #", f"ENOUGH <- {enough} #"),
    )


def write_linkage_script(plan: dict[str, Any]) -> str:
    """Return the script for the figures of the linkage under this plan."""
    return _with_lines(_LINKAGE, ('METHOD <- "rd" #', f'METHOD <- "{plan["method"]}" #'))


def place_files(script: str, own: str, places: Mapping[str, str]) -> str:
    """Return the script that lies at `own`, knowing by name where the tables lie: paths in one folder."""
    listed = [
        f"  {json.dumps(name)} = {json.dumps(relpath(path, dirname(own)))}"
        for name, path in places.items()
        if name.endswith(".csv")
    ]
    if _PLACES not in script:
        raise ValueError("the script has no place for where tables lie")
    return script.replace(_PLACES, "PLACES <- c(\n" + ",\n".join(listed) + "\n)\n", 1)


def _with_lines(script: Path, *lines: tuple[str, str]) -> str:
    text = script.read_text(encoding="utf-8")
    for usual, own in lines:
        if usual not in text:
            raise ValueError(f"the script has no line {usual!r}")
        text = text.replace(usual, own, 1)
    return text
