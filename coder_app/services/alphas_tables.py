"""Alpha by session, and the answers behind it, as CSV."""

from typing import Any

COLUMNS = (
    *("informant", "measure", "session", "alpha", "lower", "upper"),
    *("n", "items", "items_dropped", "reason"),
)

ANSWERS = ("target", "session", "item", "score")


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


def write_answers(group: dict[str, Any]) -> str:
    """Return one questionnaire’s answers as alpha takes them, turned round where the measure says so."""
    from coder_app.tables.writing import write_csv

    turned = group["lowest"] + group["highest"]
    items = [(item["code"], item["reversed"]) for item in group["items"]]
    rows = [
        (dyad, session, code, turned - answer if reverse and answer is not None else answer)
        for dyad, session, _, answers in group["rows"]
        for (code, reverse), answer in zip(items, answers, strict=True)
    ]
    return write_csv(ANSWERS, rows)
