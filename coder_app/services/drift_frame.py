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

    parts = [
        _frame_of(number, one, subscales[number], one[part])
        for number, one in enumerate(instruments)
        if one[part]
    ]
    if parts:
        return pd.concat(parts, ignore_index=True)
    return pd.DataFrame(columns=["target", "rater", "order", "item", "score"])


def _frame_of(
    number: int, instrument: dict[str, Any], subscales: list[dict[str, Any]], forms: list[list[Any]]
) -> "pd.DataFrame":
    import numpy as np
    import pandas as pd

    codes = [item["code"] for item in instrument["items"]]
    scores = np.array([form[3] for form in forms], dtype=float)
    sums = [scores[:, [codes.index(code) for code in one["items"]]].sum(axis=1) for one in subscales]
    names = [*(one["code"] for one in subscales), *codes]
    targets = pd.Categorical([key_of(number, form[0]) for form in forms])
    raters = pd.Categorical([form[1] for form in forms])
    moments = pd.to_datetime([form[2] for form in forms], format="ISO8601")
    every = np.tile(np.arange(len(forms)), len(names))
    return pd.DataFrame(
        {
            "target": np.asarray(targets.categories, dtype=object)[targets.codes[every]],
            "rater": np.asarray(raters.categories, dtype=object)[raters.codes[every]],
            "order": moments[every],
            "item": np.repeat(np.array([key_of(number, name) for name in names], dtype=object), len(forms)),
            "score": np.concatenate([*sums, *scores.T]),
        }
    )


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
