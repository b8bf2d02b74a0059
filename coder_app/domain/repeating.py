"""Which recordings come back to their coder, so that coders can be compared with themselves."""

import random
from collections.abc import Collection, Hashable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

FEWEST = 3
USUAL_PERCENT, MOST_PERCENT = 10, 50
USUAL_DAYS, FEWEST_DAYS, MOST_DAYS = 14, 1, 365

Recording = TypeVar("Recording", bound=Hashable)
Scale = TypeVar("Scale", bound=Hashable)


def count_repeats(n_recordings: int, share: float) -> int:
    """Return how many of a coder's recordings come back on a scale: the share rounded half up, 3 or more."""
    if not 0 < share <= 1:
        raise ValueError("the share must lie above 0, and be 1 at most")
    return min(n_recordings, max(FEWEST, int(n_recordings * share + 0.5)))


def draw_repeats(
    forms: Mapping[Recording, Collection[Scale]], share: float, seed: int, coder: str
) -> frozenset[Recording]:
    """Draw the recordings that come back to one coder; `forms` are the scales that the coder codes each on.

    They must be in an order without meaning. A recording comes back on all its scales: on one of two it would
    stand out in the queue. `coder` keeps the draws of several coders with one seed apart.
    """
    draw = random.Random(f"repeats {seed} {coder}")  # noqa: S311 - a draw that a stored seed must repeat
    order = draw.sample(list(forms), len(forms))
    drawn: set[Recording] = set()
    for scale in dict.fromkeys(scale for scales in forms.values() for scale in scales):
        of_scale = [recording for recording in order if scale in forms[recording]]
        lacking = count_repeats(len(of_scale), share) - len(drawn.intersection(of_scale))
        drawn.update([recording for recording in of_scale if recording not in drawn][: max(0, lacking)])
    return frozenset(drawn)


def is_due(submitted: Collection[datetime | None], now: datetime, least_days: int) -> bool:
    """Say whether every form of a recording was first submitted long enough ago, given each one's time."""
    wait = timedelta(days=least_days)
    return all(moment is not None and now - moment >= wait for moment in submitted)
