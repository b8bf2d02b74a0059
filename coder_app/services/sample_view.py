"""A frozen sample as pages and files show it: its sequences, and what was left out of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from coder_app.services.sample_counts import Counted
from coder_app.services.sample_proposal import BY_CHOICE


@dataclass(frozen=True)
class SampleSequence:
    """One frozen sequence; measure and scores are None where an older program froze it."""

    informant: str
    dyad: str
    pre: int
    central: int
    post: int
    criterion: str
    type: str
    measure: str | None = None
    scores: Mapping[str, float | None] | None = None


@dataclass(frozen=True)
class LeftOut:
    """A rupture that was found when the sample was frozen and is not in it, with the reason."""

    informant: str
    measure: str
    dyad: str
    pre: int
    central: int
    post: int | None
    criterion: str
    type: str | None
    because: str
    left_out: str

    @property
    def by_choice(self) -> bool:
        """Whether it could have been coded."""
        return self.because == BY_CHOICE


@dataclass(frozen=True)
class SampleView(Counted):
    """The frozen sample; `scores_changed` says that the scores are not those it was frozen on.

    `left_out` is None where an older program froze it. Who must not see which sequences lack a recording is
    told how many were left out for that (`n_hidden`), and nothing else of them.
    """

    settings: dict[str, Any]
    data_hash: str
    frozen_at: datetime
    frozen_by: str
    sequences: tuple[SampleSequence, ...]
    n_recorded_sessions: int
    scores_changed: bool
    left_out: tuple[LeftOut, ...] | None = None
    n_hidden: int = 0
    # Informant, dyad, central session and measure of all that was left out, so that it is not taken for new.
    known: frozenset[tuple[str, str, int, str]] = frozenset()
