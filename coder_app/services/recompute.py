"""The R script that goes with the files of reliability, with the settings that they were computed under."""

from pathlib import Path
from typing import Any

from coder_app.services.reliability_settings import PRORATED

NAME = "recompute.R"
_SCRIPT = Path(__file__).with_name("reliability-recompute.R")
# The share of items that `analysis.sums` asks of a prorated sum.
_ENOUGH = 0.8


def write_script(settings: dict[str, Any]) -> str:
    """Return the script for figures of these settings."""
    text = _SCRIPT.read_text(encoding="utf-8")
    enough = _ENOUGH if settings["sums"] == PRORATED else 1
    for usual, own in (
        ("CONFIDENCE <- 0.95\n", f"CONFIDENCE <- {settings['confidence']}\n"),
        ("ENOUGH <- 1 #", f"ENOUGH <- {enough} #"),
    ):
        if usual not in text:
            raise ValueError(f"the script has no line {usual!r}")
        text = text.replace(usual, own, 1)
    return text
