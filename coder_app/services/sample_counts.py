"""Counts of the sequences of a sample, proposed or frozen."""

from collections import Counter
from collections.abc import Sequence
from typing import Protocol


class Placed(Protocol):
    """What is counted: the sessions of one dyad and informant."""

    @property
    def informant(self) -> str: ...

    @property
    def dyad(self) -> str: ...

    @property
    def pre(self) -> int: ...

    @property
    def central(self) -> int: ...

    @property
    def post(self) -> int | None: ...


class Counted:
    """What has `sequences`, each placed in the treatment sessions of a dyad."""

    sequences: Sequence[Placed]

    @property
    def n_sequences(self) -> dict[str, int]:
        """Number of sequences for each informant."""
        return dict(Counter(one.informant for one in self.sequences))

    @property
    def n_positions(self) -> int:
        """Pre, central and post of every sequence."""
        return 3 * len(self.sequences)

    @property
    def n_sessions(self) -> int:
        """Different treatment sessions; one can stand in two sequences."""
        numbers = ((one.dyad, n) for one in self.sequences for n in (one.pre, one.central, one.post))
        return len(set(numbers))
