"""How far two points of a scale count as agreement."""

from collections.abc import Sequence

import numpy as np

KINDS = ("identity", "linear", "quadratic", "ordinal")


def agreement_weights(categories: Sequence[float], kind: str) -> np.ndarray:
    """Weights of pairs of categories, 1 on the diagonal.

    Parameters
    ----------
    categories : two points of the scale or more, in ascending order
    kind : "identity" (only the same score agrees), "linear" and "quadratic" in the distance between the
        points, or "ordinal" in the number of pairs of points from one to the other

    Returns
    -------
    array, categories x categories, each in [0, 1]

    Notes
    -----
    Gwet (2014), ch. 3; irrCAC::identity.weights and so on.
    """
    points = np.asarray(categories, dtype=float)
    distance = np.abs(points[:, None] - points)
    if kind == "identity":
        return np.eye(len(points))
    if kind == "ordinal":
        rank = np.arange(len(points))
        between = np.abs(rank[:, None] - rank) + 1
        distance = between * (between - 1) / 2
    reach = distance / distance.max()
    return 1 - (reach**2 if kind == "quadratic" else reach)
