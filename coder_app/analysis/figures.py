"""Figures as files; run as a program it reads one drawing as JSON and writes the file."""

import base64
import json
import os
import sys
from typing import Any

from coder_app.analysis.figure_paper import FORMATS, write_figure
from coder_app.analysis.figures_columns import draw_columns
from coder_app.analysis.figures_control import draw_control, draw_multiples, draw_multiples_pages
from coder_app.analysis.figures_dots import draw_dots
from coder_app.analysis.figures_forest import draw_forest
from coder_app.analysis.figures_heat import draw_heat
from coder_app.analysis.figures_lines import draw_lines
from coder_app.analysis.figures_multiverse import draw_multiverse
from coder_app.analysis.figures_patterns import draw_patterns
from coder_app.analysis.figures_sensitivity import draw_maps, draw_stability, draw_types

__all__ = ["FORMATS", "main", "render"]

_DRAWERS = {
    "columns": draw_columns,
    "control": draw_control,
    "dots": draw_dots,
    "forest": draw_forest,
    "heat": draw_heat,
    "lines": draw_lines,
    "maps": draw_maps,
    "multiples": draw_multiples,
    "multiverse": draw_multiverse,
    "patterns": draw_patterns,
    "stability": draw_stability,
    "types": draw_types,
}
# What takes several pages where a file can have them.
_PAGED = {"multiples": draw_multiples_pages}


def render(drawing: dict[str, Any], form: str) -> bytes:
    """Bytes of a figure, the same for the same drawing on the same version of matplotlib.

    Parameters
    ----------
    drawing : `form` (a key of `_DRAWERS`), `title`, `caption` and `data`, what that drawer reads
    form : one of `FORMATS`; SVG and PDF carry their type with them, PNG has 300 dpi

    Raises
    ------
    ValueError
        There is no such drawer or format.
    """
    drawer = _DRAWERS.get(drawing["form"])
    if form == "pdf":
        drawer = _PAGED.get(drawing["form"], drawer)
    if drawer is None:
        raise ValueError(f"there is no figure of the form {drawing['form']}")
    return write_figure(lambda: drawer(drawing["data"]), form, drawing["title"], drawing["caption"])


def main() -> None:
    """Read {"drawing": ..., "form": ...} from standard input and write the file to standard output.

    With `drawings`, a list, in the place of `drawing`: write a list of all files in Base64, as JSON.
    """
    if hasattr(os, "nice"):
        os.nice(10)  # whoever saves comes first
    asked = json.load(sys.stdin)
    if "drawings" in asked:
        files = [render(drawing, asked["form"]) for drawing in asked["drawings"]]
        json.dump([base64.b64encode(file).decode() for file in files], sys.stdout)
        return
    sys.stdout.buffer.write(render(asked["drawing"], asked["form"]))
