"""What the linkage page says of codes beside the alliance: expected patterns, and slopes within dyads."""

from dataclasses import dataclass
from typing import Any

from coder_app.web.numbers import NONE, coefficient, decimal, decimal_interval, interval, p_value


@dataclass(frozen=True)
class PatternRow:
    """One planned contrast of one rupture type, in codes or in the alliance."""

    of: str
    kind: str
    pattern: str
    n: str
    as_expected: str
    mean: str
    limits: str
    t: str
    p: str
    exact: str
    d_z: str
    note: str | None


@dataclass(frozen=True)
class AssociationRow:
    """How a subscale follows one informant's alliance."""

    name: str
    informant: str
    n: str
    within: str
    within_limits: str
    p: str
    r: str
    r_limits: str
    between: str
    between_limits: str
    note: str | None


def patterns_of(rows: list[dict[str, Any]]) -> tuple[PatternRow, ...]:
    """Return a row for each contrast, in the order of the content."""
    return tuple(_pattern(row) for row in rows)


def associations_of(rows: list[dict[str, Any]]) -> tuple[AssociationRow, ...]:
    """Return a row for each subscale and informant; one without figures says why."""
    return tuple(_association(row) for row in rows)


def _pattern(row: dict[str, Any]) -> PatternRow:
    mean = row["mean"]
    return PatternRow(
        of=row["of"],
        kind=row["rupture_type"],
        pattern=row["pattern"],
        n=str(row["n"]),
        as_expected=str(row["n_as_expected"]),
        mean=decimal(mean["estimate"]),
        limits=decimal_interval(mean["lower"], mean["upper"]),
        t=NONE if row["t"] is None else f"{decimal(row['t'])} ({row['df']})",
        p=p_value(row["p"]),
        exact=p_value(row["p_exact"]),
        d_z=decimal(row["d_z"]),
        note=mean["reason"],
    )


def _association(row: dict[str, Any]) -> AssociationRow:
    within, between, r = row["within"], row["between"], row["r_within"]
    return AssociationRow(
        name=row["name"],
        informant=f"{row['informant']} ({row['measure']})",
        n=f"{row['n_sessions']}, {row['n_dyads']}",
        within=decimal(within["estimate"]),
        within_limits=decimal_interval(within["lower"], within["upper"]),
        p=p_value(row["p"]),
        r=coefficient(r["estimate"]),
        r_limits=interval(r["lower"], r["upper"]),
        between=decimal(between["estimate"]),
        between_limits=decimal_interval(between["lower"], between["upper"]),
        note=row["reason"] or between["reason"],
    )
