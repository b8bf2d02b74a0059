"""The plan's method and thresholds in the words of the linkage page."""

from typing import Any

from coder_app.web.numbers import p_value

METHODS = {
    "rd": "of the residuals of the reduced model over all observations (Kherad-Pajouh & Renaud, 2015)",
    "rde": (
        "of the residuals of the reduced model and of the other error over all observations "
        "(Kherad-Pajouh & Renaud, 2015)"
    ),
    "freedman_lane": (
        "of the residuals of the reduced model, within sequences or of whole sequences "
        "(Freedman & Lane, 1983)"
    ),
    "restricted": "of the scores, within sequences or of whole sequences (Anderson & ter Braak, 2003)",
}


def say(plan: dict[str, Any], *, items: bool) -> dict[str, str]:
    """Return the words of the captions by their names in the template."""
    return {
        "method_said": METHODS[plan["method"]],
        "post_hoc_said": p_value(plan["post_hoc_below"]).rstrip("0"),
        "scale_said": "Item" if items else "Subscale",
        "scales_said": "Items" if items else "Codes",
    }
