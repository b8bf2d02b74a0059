"""From plain numbers to the geometry of a figure; the macros in templates/macros/charts.html draw it.

Standard library only, and no colour: a chart says what a mark is, the style sheet says how it looks.
"""

from coder_app.web.charts.forest import forest_axis, forest_row, share_bar, words_axis
from coder_app.web.charts.heat import diverging_cells, sequential_cells
from coder_app.web.charts.series import control_chart, small_chart
from coder_app.web.charts.series_parts import Limit, Rupture
from coder_app.web.charts.types import types_panel
from coder_app.web.charts.vpattern import Mean, v_panel

__all__ = [
    "Limit",
    "Mean",
    "Rupture",
    "control_chart",
    "diverging_cells",
    "forest_axis",
    "forest_row",
    "sequential_cells",
    "share_bar",
    "small_chart",
    "types_panel",
    "v_panel",
    "words_axis",
]
