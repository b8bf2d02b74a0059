"""Tables of reference cases, and frames made of tables."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

REFERENCE = Path(__file__).parents[1] / "reference"


def read_values(name: str) -> Any:
    return json.loads((REFERENCE / f"{name}.json").read_text())


def read_table(name: str) -> np.ndarray:
    return pd.read_csv(REFERENCE / f"{name}.csv").to_numpy(dtype=float)


def read_study() -> pd.DataFrame:
    """Seventeen targets, three raters, seventeen items."""
    frame = pd.read_csv(REFERENCE / "icc" / "study_17x3x17_long.csv")
    return frame.rename(columns={"session": "target", "coder": "rater"})


def to_ratings(table: Any, item: str | None = None) -> pd.DataFrame:
    """Targets x raters as a long frame without the missing cells."""
    rows = [
        {"target": f"t{i}", "rater": f"r{j}", "score": float(value)}
        for (i, j), value in np.ndenumerate(np.asarray(table, dtype=float))
        if not np.isnan(value)
    ]
    frame = pd.DataFrame(rows, columns=["target", "rater", "score"])
    return frame if item is None else frame.assign(item=item)
