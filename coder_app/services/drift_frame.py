"""What drift is computed from, as frames: sums and items of all scales under names of their own."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def list_subscales(instrument: dict[str, Any], dropped: list[str]) -> list[dict[str, Any]]:
    """Return the subscales with the items that the plan leaves in them."""
    planned = [
        {**one, "items": [code for code in one["items"] if code not in dropped]}
        for one in instrument["subscales"]
    ]
    return [one for one in planned if one["items"]]


def key_of(number: int, code: str) -> str:
    """Return the name of an item or recording with its scale's number: two scales may share the name."""
    return f"{number} {code}"


def make_frame(
    instruments: list[dict[str, Any]], subscales: list[list[dict[str, Any]]], part: str
) -> "pd.DataFrame":
    """Return sums of subscales and scores of items, long, with the moment of each form's submission."""
    import pandas as pd

    rows = []
    for number, instrument in enumerate(instruments):
        codes = [item["code"] for item in instrument["items"]]
        for target, rater, at, scores in instrument[part]:
            given = dict(zip(codes, scores, strict=True))
            sums = [(one["code"], _sum([given[code] for code in one["items"]])) for one in subscales[number]]
            rows += [(key_of(number, target), rater, at, key_of(number, code), value) for code, value in sums]
            rows += [(key_of(number, target), rater, at, key_of(number, code), given[code]) for code in codes]
    frame = pd.DataFrame(rows, columns=["target", "rater", "order", "item", "score"])
    return frame.assign(order=pd.to_datetime(frame["order"], format="ISO8601")).astype({"score": float})


def _sum(scores: list[float | None]) -> float | None:
    return None if None in scores else float(sum(scores))


def find_shortfall(instruments: list[dict[str, Any]], fewest: int) -> str | None:
    """Say why the training round cannot be the baseline; None where it can."""
    if not any(one["training"] for one in instruments):
        return "there is no training round that two coders have submitted"
    for one in instruments:
        for rater in dict.fromkeys(form[1] for form in one["main"]):
            n_forms = sum(form[1] == rater for form in one["training"])
            if n_forms < fewest:
                had = f"{rater} shares {n_forms} training recordings of {one['name']} with another coder"
                return f"{had}; at least {fewest} are needed"
    return None


def name_in(key: str) -> str:
    """Return the name in a key."""
    return key.partition(" ")[2]
