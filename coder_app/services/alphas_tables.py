"""Alpha by session as CSV."""

from typing import Any

COLUMNS = (
    *("informant", "measure", "session", "alpha", "lower", "upper"),
    *("n", "items", "items_dropped", "reason"),
)


def write_alphas(content: dict[str, Any]) -> str:
    """Return a row for every informant, measure and session; without an alpha the reason."""
    from coder_app.tables.writing import write_csv

    rows = [
        [
            *(group["informant"], group["measure"], one["session"]),
            *(one["alpha"], one["lower"], one["upper"], one["n"], one["n_items"]),
            *(" ".join(one["dropped_items"]), one["reason"]),
        ]
        for group in content["groups"]
        for one in group["sessions"]
    ]
    return write_csv(COLUMNS, rows)
