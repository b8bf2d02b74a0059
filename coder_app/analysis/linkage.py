"""Codes joined to rupture sequences: what enters the tests, what is missing and why, means by position."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
from scipy import stats

from coder_app.analysis.results import StatsError

POSITIONS = ("pre", "central", "post")
LONG_COLUMNS = ("sequence", "dyad", "informant", "rupture_type", "position", "session", "score")


@dataclass(frozen=True, slots=True)
class IncompleteSequence:
    """A sequence that stays out, the positions that lack a score, and the reason."""

    sequence: str
    dyad: str
    informant: str
    missing: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class LinkedCodes:
    """Complete sequences as one long frame (`LONG_COLUMNS`), the others listed, and how much was linked.

    `n_positions` counts rows of `long`; `n_recordings` the distinct recorded sessions behind them.
    """

    long: pd.DataFrame
    incomplete: tuple[IncompleteSequence, ...]
    n_sequences: int
    n_positions: int
    n_recordings: int
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PositionSummary:
    """Scores at one position: n, mean, SD (n - 1) and the mean's confidence interval."""

    position: str
    rupture_type: str | None
    n: int
    mean: float
    sd: float | None
    lower: float | None
    upper: float | None
    reason: str | None


def link_codes(
    codes: pd.DataFrame, sequences: pd.DataFrame, positions: tuple[str, ...] = POSITIONS
) -> LinkedCodes:
    """Join one subscale's scores to rupture sequences.

    All tests of a family use the same complete sequences, so a sequence that lacks a score at any of
    `positions` is listed with its reason and stays out.

    Parameters
    ----------
    codes : DataFrame
        One row a coded treatment session: dyad, session, score (missing allowed).
    sequences : DataFrame
        One row a rupture: dyad, informant, pre, central, post (missing when there is none), type.
    positions : tuple of str
        Which of pre, central, post a sequence must have.

    Returns
    -------
    LinkedCodes
        Warnings name, per informant, dyads that give several sequences and recordings that occur twice.

    Raises
    ------
    StatsError
        A missing column, two scores of one dyad and session, or one rupture twice.
    """
    scores = _index_scores(codes)
    rows: list[tuple[object, ...]] = []
    incomplete: list[IncompleteSequence] = []
    for name, rupture in _read_sequences(sequences):
        missing = {p: why for p in positions if (why := _missing_why(rupture, p, scores))}
        if missing:
            reason = "; ".join(f"{position}: {why}" for position, why in missing.items())
            incomplete.append(
                IncompleteSequence(name, rupture["dyad"], rupture["informant"], tuple(missing), reason)
            )
            continue
        rows.extend(_link(name, rupture, position, scores) for position in positions)
    long = pd.DataFrame(rows, columns=list(LONG_COLUMNS)).astype({"score": float, "rupture_type": object})
    return LinkedCodes(
        long,
        tuple(incomplete),
        long["sequence"].nunique(),
        len(long),
        len(long[["dyad", "session"]].drop_duplicates()),
        tuple(_warn(long)),
    )


def select_contrast(
    long: pd.DataFrame,
    informant: str,
    positions: tuple[str, ...],
    by_type: bool = False,
    keep: tuple[str, ...] = (),
) -> pd.DataFrame:
    """Pick what one test needs: an informant's sequences at some positions, with types or without.

    Parameters
    ----------
    long : DataFrame
        As `LinkedCodes.long`.
    informant : str
        Whose sequences: child, therapist, parent.
    positions : tuple of str
        For example ``("pre", "central")``.
    by_type : bool
        Keep the column rupture_type, and only the sequences that are repaired or unrepaired.
    keep : tuple of str
        Other columns to keep, such as dyad.

    Returns
    -------
    DataFrame
        Columns sequence, position, score, and rupture_type when asked for: what `permutation_test` takes.
    """
    chosen = long[(long["informant"] == informant) & long["position"].isin(positions)]
    if by_type:
        chosen = chosen[chosen["rupture_type"].notna()]
    columns = ["sequence", "position", *(["rupture_type"] if by_type else []), *keep, "score"]
    return chosen[columns].reset_index(drop=True)


def summarise_positions(contrast: pd.DataFrame, confidence: float = 0.95) -> tuple[PositionSummary, ...]:
    """Mean, SD and t interval of the scores by position, and by type where the frame has types.

    Parameters
    ----------
    contrast : DataFrame
        Columns position, score, and optionally rupture_type, as `select_contrast` gives them.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    tuple of PositionSummary
        In the order of the frame. One score has no SD and no interval.
    """
    by = [column for column in ("rupture_type", "position") if column in contrast.columns]
    return tuple(
        _summarise(scores["score"], key[-1], key[0] if len(by) == 2 else None, confidence)
        for key, scores in contrast.groupby(by, sort=False)
    )


def _summarise(scores: pd.Series, position: str, kind: str | None, confidence: float) -> PositionSummary:
    n, mean = len(scores), float(scores.mean())
    if n < 2:
        return PositionSummary(position, kind, n, mean, None, None, None, "one score has no spread")
    sd = float(scores.std(ddof=1))
    half = float(stats.t.ppf((1 + confidence) / 2, n - 1)) * sd / n**0.5
    return PositionSummary(position, kind, n, mean, sd, mean - half, mean + half, None)


def _index_scores(codes: pd.DataFrame) -> dict[tuple[str, int], float]:
    _check_columns(codes, ("dyad", "session", "score"), "codes")
    scores: dict[tuple[str, int], float] = {}
    for dyad, session, score in zip(codes["dyad"], codes["session"], codes["score"], strict=True):
        if (dyad, int(session)) in scores:
            raise StatsError(f"codes: dyad {dyad}, session {int(session)}: two scores; expected one")
        scores[dyad, int(session)] = score
    return scores


def _read_sequences(sequences: pd.DataFrame) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield each rupture with its name."""
    _check_columns(sequences, ("dyad", "informant", *POSITIONS, "type"), "sequences")
    seen = set()
    for rupture in sequences.to_dict("records"):
        name = f"{rupture['dyad']} {rupture['informant']} {int(rupture['central'])}"
        if name in seen:
            raise StatsError(f"sequences: {name}: two rows; expected one")
        seen.add(name)
        yield name, rupture


def _check_columns(frame: pd.DataFrame, expected: tuple[str, ...], what: str) -> None:
    missing = [column for column in expected if column not in frame.columns]
    if missing:
        raise StatsError(f"{what}: missing column {', '.join(missing)}; expected {', '.join(expected)}")


def _link(
    name: str, rupture: dict[str, object], position: str, scores: dict[tuple[str, int], float]
) -> tuple[object, ...]:
    """One row of the long frame."""
    key = rupture["dyad"], int(rupture[position])
    kind = None if pd.isna(rupture["type"]) else rupture["type"]
    return name, key[0], rupture["informant"], kind, position, key[1], scores[key]


def _missing_why(
    rupture: dict[str, object], position: str, scores: dict[tuple[str, int], float]
) -> str | None:
    if pd.isna(rupture[position]):
        return "no session"
    session = int(rupture[position])
    if (rupture["dyad"], session) not in scores:
        return f"session {session} was not coded"
    return f"session {session} has no score" if pd.isna(scores[rupture["dyad"], session]) else None


def _warn(long: pd.DataFrame) -> Iterator[str]:
    """The unit is the sequence: say where sequences of one test are not independent."""
    for informant, rows in long.groupby("informant", sort=False):
        per_dyad = rows.groupby("dyad", sort=False)["sequence"].nunique()
        for dyad, count in per_dyad[per_dyad > 1].items():
            yield f"{informant}: dyad {dyad} gives {count} sequences to one test"
        uses = Counter(zip(rows["dyad"], rows["session"], strict=True))
        for (dyad, session), count in uses.items():
            if count > 1:
                yield f"{informant}: session {session} of dyad {dyad} occurs {count} times in one test"
