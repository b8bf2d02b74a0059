"""Plans as CSV: recordings by number of coders, and what the mean of several coders gives."""

from typing import Any

PLAN = (
    *("coders", "expected_icc", "width", "confidence", "recordings_bonett"),
    *("coder_bias_share", "recordings_simulated", "icc_to_refute", "power", "recordings_test"),
)
PROJECTION = (
    *("instrument", "of", "name", "recordings", "rated_by"),
    *("variance_recordings", "variance_coders", "variance_residual", "mean_of"),
    *("phi", "phi_lower", "phi_upper", "e_rho2", "e_rho2_lower", "e_rho2_upper"),
    *("coders_for_80", "reason"),
)


def write_plan(content: dict[str, Any]) -> str:
    """Return a row for every number of coders; an empty number of recordings is one above the most tried."""
    from coder_app.tables.writing import write_csv

    settings = content["settings"]
    asked = (settings["icc"], settings["width"], settings["confidence"])
    rows = [
        [
            *(row["coders"], *asked, row["bonett"], settings["bias"], row["simulated"]),
            *(settings["least"], settings["power"], row["test"]),
        ]
        for row in content["rows"]
    ]
    return write_csv(PLAN, rows)


def write_projection(content: dict[str, Any]) -> str:
    """Return a row for every subscale, item and number of coders; without a figure the reason."""
    from coder_app.tables.writing import write_csv

    return write_csv(
        PROJECTION,
        [
            line
            for instrument in content["instruments"]
            for row in instrument["rows"]
            for line in _lines(instrument["name"], row, content["coders"])
        ],
    )


def _lines(instrument: str, row: dict[str, Any], coders: list[int]) -> list[list[Any]]:
    known = [
        *(instrument, row["kind"], row["name"], row["n_targets"], row["n_raters"]),
        *(row["components"] or (None, None, None)),
    ]
    end = (row["needed"][0], row["reason"])
    if not row["agreement"]:
        return [[*known, *[None] * 7, *end]]
    figures = ("estimate", "lower", "upper")
    return [
        [*known, k, *(phi[name] for name in figures), *(rho[name] for name in figures), *end]
        for k, phi, rho in zip(coders, row["agreement"], row["consistency"], strict=True)
    ]
