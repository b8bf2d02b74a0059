"""Where the demo's ruptures are planted, and how each informant's series look."""

import random
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class InformantShape:
    """How one informant's series look, in points of the sum of all items.

    `recorded` and `unrecorded` are (repaired, unrepaired) numbers of ruptures; `n_twice` dyads show two.
    Scores stay within `noise` of their level but for ruptures, which lie one of `depths` below it; or only
    `shallow` below, which the control chart alone finds, in series that stay a point closer.
    """

    informant: str
    measure: str
    n_items: int
    is_mean: bool
    n_analysed: int
    recorded: tuple[int, int]
    unrecorded: tuple[int, int]
    n_twice: int
    level: tuple[float, float]
    noise: int
    depths: tuple[int, ...]
    shallow: int
    n_gaps: int


@dataclass(frozen=True)
class Planted:
    """A rupture as planted; `is_recorded` says whether all three of its sessions get a recording."""

    dyad: str
    informant: str
    central: int
    is_repaired: bool
    is_recorded: bool

    @property
    def sessions(self) -> tuple[int, int, int]:
        """Pre, central and post."""
        return self.central - 1, self.central, self.central + 1


# As many series and ruptures as Table 1 of the source study has, and as many of them coded.
CHILD = InformantShape(
    informant="child",
    measure="TASC",
    n_items=12,
    is_mean=False,
    n_analysed=70,
    recorded=(7, 3),
    unrecorded=(1, 4),
    n_twice=2,
    level=(38.8, 2.1),
    noise=2,
    depths=(6, 7, 8, 9),
    shallow=4,
    n_gaps=2,
)
THERAPIST = InformantShape(
    informant="therapist",
    measure="WAI-S",
    n_items=12,
    is_mean=True,
    n_analysed=56,
    recorded=(9, 4),
    unrecorded=(7, 0),
    n_twice=2,
    level=(46.5, 2.8),
    noise=3,
    depths=(8, 9, 10, 12),
    shallow=5,
    n_gaps=3,
)
# In so many dyads a child's sequence ends with the session with which a therapist's begins.
N_SHARED = 2


def plant(
    draw: random.Random,
    shape: InformantShape,
    dyads: Sequence[str],
    lengths: dict[str, int],
    earlier: Sequence[Planted],
    n_shared: int,
) -> list[Planted]:
    """Place the ruptures: one in each of the first dyads, the others where nothing is planted yet."""
    recorded = [(is_repaired, True) for is_repaired in _kinds(shape.recorded)]
    draw.shuffle(recorded)
    others = recorded[n_shared:] + [(is_repaired, False) for is_repaired in _kinds(shape.unrecorded)]
    draw.shuffle(others)
    # Two unrepaired ones in one series would draw its lower fourth down to where they count as repaired.
    # Of the two only one is recorded where that can be had: sequences of one dyad are not independent.
    others.sort(key=lambda kind: (not kind[0], kind[1]))
    central_of = {one.dyad: one.central for one in earlier}
    shared = [(dyad, central_of.get(dyad, draw.randint(2, 3)) + 2) for dyad in dyads[:n_shared]]
    free = [dyad for dyad in dyads[n_shared:] if dyad not in central_of]
    places = shared + _draw_places(draw, free, lengths, len(others), shape.n_twice)
    kinds = recorded[:n_shared] + others
    return [
        Planted(dyad, shape.informant, central, *kind)
        for (dyad, central), kind in zip(places, kinds, strict=True)
    ]


def _draw_places(
    draw: random.Random, dyads: list[str], lengths: dict[str, int], count: int, n_twice: int
) -> list[tuple[str, int]]:
    """Return dyads and central sessions; the first dyads have an early and a late one."""
    chosen = draw.sample(dyads, count - n_twice)
    twice, once = chosen[:n_twice], chosen[n_twice:]
    early = [(dyad, draw.randint(3, 4)) for dyad in twice]
    late = [(dyad, lengths[dyad] - 2) for dyad in twice]
    return early + late + [(dyad, draw.randint(3, lengths[dyad] - 1)) for dyad in once]


def _kinds(counts: tuple[int, int]) -> list[bool]:
    repaired, unrepaired = counts
    return [True] * repaired + [False] * unrepaired
