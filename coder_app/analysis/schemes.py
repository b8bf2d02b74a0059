"""What each method of permutation tests permutes: residuals or scores, over all observations or in units."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations, islice, product

import numpy as np

from coder_app.analysis.designs import INTERACTION, TYPE, EffectSpace, reduce_scores
from coder_app.analysis.layout import Layout
from coder_app.analysis.orders import draw_orders, list_orders, rows_a_block

ANYWHERE, WITHIN_SEQUENCES, WHOLE_SEQUENCES = "anywhere", "within sequences", "whole sequences"
SEQUENCE, DYAD = "sequence", "dyad"
UNITS = (SEQUENCE, DYAD)
LISTED, DRAWN = "listed", "drawn"


@dataclass(frozen=True, slots=True)
class Scheme:
    """One method: what is permuted for an effect, and where each effect's values may go."""

    title: str
    reduce: Callable[[EffectSpace, Layout], np.ndarray]
    between: str
    position: str
    interaction: str

    def reach(self, effect: str) -> str:
        """Where the values of an effect may go."""
        return {TYPE: self.between, INTERACTION: self.interaction}.get(effect, self.position)


@dataclass(frozen=True, slots=True)
class Orders:
    """Blocks of orders (rows of 0-based places), how many there are, and whether they are listed or drawn."""

    blocks: Iterator[np.ndarray]
    total: int
    source: str


def _reduced(space: EffectSpace, layout: Layout) -> np.ndarray:
    return reduce_scores(space, layout.scores)


def _reduced_by_errors(space: EffectSpace, layout: Layout) -> np.ndarray:
    """Residuals from all other fixed effects and from the random effects that are not the effect's error."""
    means = layout.table.mean(axis=1)[layout.sequence]
    own = means if space.effect == TYPE else layout.scores - means
    return reduce_scores(space, own)


def _scores(space: EffectSpace, layout: Layout) -> np.ndarray:
    return layout.scores


SCHEMES = {
    "rd": Scheme("residuals of the reduced model", _reduced, ANYWHERE, ANYWHERE, ANYWHERE),
    "rde": Scheme(
        "residuals of the reduced model and of the other error", _reduced_by_errors, *(ANYWHERE,) * 3
    ),
    "freedman_lane": Scheme(
        "residuals of the reduced model in blocks",
        _reduced,
        WHOLE_SEQUENCES,
        WITHIN_SEQUENCES,
        WITHIN_SEQUENCES,
    ),
    "restricted": Scheme("scores in blocks", _scores, WHOLE_SEQUENCES, WITHIN_SEQUENCES, WHOLE_SEQUENCES),
}


def make_orders(reach: str, layout: Layout, unit: str, permutations: int, seed: int) -> Orders:
    """List all orders where there are no more than `permutations`, otherwise draw one fewer: the identity.

    Parameters
    ----------
    reach : one of ANYWHERE, WITHIN_SEQUENCES, WHOLE_SEQUENCES
    layout : the design; its `dyads` say which sequences move together where the unit is the dyad
    unit : "sequence", or "dyad": positions are then permuted alike in all sequences of a dyad, and dyads
        change places only with dyads that give as many sequences
    permutations, seed : at most so many orders; the generator's seed
    """
    if reach == ANYWHERE:
        n = len(layout.scores)
        if math.factorial(n) <= permutations:
            return Orders(list_orders(n), math.factorial(n), LISTED)
        return Orders(draw_orders(n, permutations - 1, seed), permutations, DRAWN)
    groups = layout.dyads if unit == DYAD else np.arange(len(layout.sequences))
    kind = (_Within if reach == WITHIN_SEQUENCES else _Whole)(layout, groups)
    if kind.total <= permutations:
        return Orders(kind.list_blocks(), kind.total, LISTED)
    return Orders(kind.draw_blocks(permutations - 1, seed), permutations, DRAWN)


def _rows_of(layout: Layout) -> np.ndarray:
    """Row of the data by sequence and position."""
    rows = np.empty((len(layout.sequences), len(layout.positions)), dtype=np.intp)
    rows[layout.sequence, layout.position] = np.arange(len(layout.scores))
    return rows


class _Within:
    """Orders of the positions, apart for each group of sequences."""

    def __init__(self, layout: Layout, groups: np.ndarray) -> None:
        self._rows, self._groups = _rows_of(layout), groups
        self._n_groups, self._n_positions = int(groups.max()) + 1, len(layout.positions)
        self.total = math.factorial(self._n_positions) ** self._n_groups

    def list_blocks(self) -> Iterator[np.ndarray]:
        every = np.concatenate(list(list_orders(self._n_positions)))
        step = rows_a_block(self._rows.size)
        for start in range(0, self.total, step):
            codes = np.arange(start, min(start + step, self.total))
            digits = codes[:, None] // len(every) ** np.arange(self._n_groups) % len(every)
            yield self._places(every[digits])

    def draw_blocks(self, count: int, seed: int) -> Iterator[np.ndarray]:
        generator = np.random.default_rng(seed)
        while count > 0:
            rows = min(count, rows_a_block(self._rows.size))
            drawn = generator.random((rows, self._n_groups, self._n_positions))
            yield self._places(drawn.argsort(axis=2))
            count -= rows

    def _places(self, positions: np.ndarray) -> np.ndarray:
        """Rows of data from orders x groups x positions."""
        moved = positions[:, self._groups]
        sequences = np.arange(len(self._groups))[None, :, None]
        places = np.empty((len(positions), self._rows.size), dtype=np.intp)
        places[:, self._rows.ravel()] = self._rows[sequences, moved].reshape(len(positions), -1)
        return places


class _Whole:
    """Orders of whole sequences, which keep their scores together; groups of one size change places."""

    def __init__(self, layout: Layout, groups: np.ndarray) -> None:
        self._rows = _rows_of(layout)
        members = [np.flatnonzero(groups == group) for group in range(int(groups.max()) + 1)]
        sizes = sorted({len(one) for one in members})
        self._classes = [np.array([one for one in members if len(one) == size]) for size in sizes]
        self._kinds = [_codes_of(layout.type_of_sequence[one]) for one in self._classes]
        self.total = math.prod(map(_count_arrangements, self._kinds))

    def list_blocks(self) -> Iterator[np.ndarray]:
        """Only orders that give the types another arrangement."""
        every = product(*(list(_list_arrangements(kinds)) for kinds in self._kinds))
        while chunk := list(islice(every, rows_a_block(self._rows.size))):
            yield self._places([np.array(one) for one in zip(*chunk, strict=True)])

    def draw_blocks(self, count: int, seed: int) -> Iterator[np.ndarray]:
        generator = np.random.default_rng(seed)
        while count > 0:
            rows = min(count, rows_a_block(self._rows.size))
            yield self._places(
                [generator.random((rows, len(members))).argsort(axis=1) for members in self._classes]
            )
            count -= rows

    def _places(self, orders: list[np.ndarray]) -> np.ndarray:
        """Rows of data from one array of orders x groups for each size of group."""
        n_orders = len(orders[0])
        source = np.empty((n_orders, len(self._rows)), dtype=np.intp)
        for members, order in zip(self._classes, orders, strict=True):
            source[:, members.ravel()] = members[order].reshape(n_orders, -1)
        places = np.empty((n_orders, self._rows.size), dtype=np.intp)
        places[:, self._rows.ravel()] = self._rows[source].reshape(n_orders, -1)
        return places


def _codes_of(types: np.ndarray) -> tuple[int, ...]:
    """One code for each group's types in their order."""
    return tuple(np.unique(types, axis=0, return_inverse=True)[1].ravel().tolist())


def _count_arrangements(kinds: tuple[int, ...]) -> int:
    return math.factorial(len(kinds)) // math.prod(math.factorial(kinds.count(kind)) for kind in set(kinds))


def _list_arrangements(kinds: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Which group's scores each place gets, once for each way to share them out over the kinds of places."""
    places = [[at for at, kind in enumerate(kinds) if kind == one] for one in sorted(set(kinds))]

    def fill(order: dict[int, int], free: tuple[int, ...], left: list[list[int]]) -> Iterator[dict[int, int]]:
        if not left:
            yield order
            return
        for chosen in combinations(free, len(left[0])):
            placed = order | dict(zip(left[0], chosen, strict=True))
            yield from fill(placed, tuple(one for one in free if one not in chosen), left[1:])

    for order in fill({}, tuple(range(len(kinds))), places):
        yield tuple(order[at] for at in range(len(kinds)))
