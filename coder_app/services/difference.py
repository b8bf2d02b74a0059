"""What an import would change in what is stored."""

from dataclasses import asdict, dataclass

from coder_app.services.hashing import hash_of

ROUNDING = 0.005


@dataclass(frozen=True)
class Change:
    """One stored value that a file would overwrite; `session` is None for what is said of the whole dyad."""

    dyad: str
    session: int | None
    what: str
    old: str | float
    new: str | float


@dataclass(frozen=True)
class Difference:
    """What is new, the same and changed; `n_added` counts details filled in where nothing was stored."""

    new_dyads: tuple[str, ...]
    n_new_sessions: int
    n_new: int
    n_unchanged: int
    n_changed: int
    n_added: int
    changes: tuple[Change, ...]

    @property
    def n_rounded(self) -> int:
        """How many scores differ by less than rounding to two decimals explains."""
        return sum(
            isinstance(one.old, float) and isinstance(one.new, float) and abs(one.new - one.old) < ROUNDING
            for one in self.changes
        )

    @property
    def is_empty(self) -> bool:
        """Whether everything is stored already."""
        return not (self.new_dyads or self.n_new or self.n_new_sessions or self.n_added or self.changes)

    @property
    def fingerprint(self) -> str:
        """A text that is another one as soon as anything here is."""
        return hash_of(asdict(self))
