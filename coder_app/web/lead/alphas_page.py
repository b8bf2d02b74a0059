"""What the page of the questionnaires shows: alpha session by session, as a curve, a table and sentences."""

from dataclasses import dataclass
from typing import Any

from coder_app.web.charts.lines import Curve, CurvesChart, Value, curves_chart
from coder_app.web.numbers import NONE, coefficient, count, interval


@dataclass(frozen=True)
class SessionRow:
    """Alpha at one session."""

    session: int
    alpha: str
    interval: str
    n: str
    items: str
    note: str


@dataclass(frozen=True)
class Questionnaire:
    """One informant's measure."""

    title: str
    informant: str
    measure: str
    span: str
    ns: str
    n_sessions: str
    chart: CurvesChart | None
    rows: tuple[SessionRow, ...]
    notes: tuple[str, ...]
    totals_only: str | None


def show_questionnaires(content: dict[str, Any]) -> list[Questionnaire]:
    """Return every informant's measures."""
    return [_questionnaire(group) for group in content["groups"]]


def _questionnaire(group: dict[str, Any]) -> Questionnaire:
    title = f"{group['measure']} ({group['informant']})"
    found = [one for one in group["sessions"] if one["alpha"] is not None]
    labels = {item["code"]: item["label"] for item in group["items"]}
    return Questionnaire(
        title=title,
        informant=group["informant"],
        measure=group["measure"],
        span=_span([coefficient(value) for value in sorted(one["alpha"] for one in found)]),
        ns=_span([str(value) for value in sorted(one["n"] for one in found)]),
        n_sessions=f"{len(found)} of {len(group['sessions'])}",
        chart=_chart(title, group["sessions"]) if group["sessions"] else None,
        rows=tuple(_row(one, labels) for one in group["sessions"]),
        notes=tuple(_notes(group, labels)),
        totals_only=None if group["n_questionnaires"] else _totals_only(group),
    )


def _span(printed: list[str]) -> str:
    if not printed:
        return NONE
    return printed[0] if printed[0] == printed[-1] else f"{printed[0]} to {printed[-1]}"


def _chart(title: str, sessions: list[dict[str, Any]]) -> CurvesChart:
    values = [Value(one["session"], one["alpha"], one["lower"], one["upper"]) for one in sessions]
    lows = [one["lower"] for one in sessions if one["lower"] is not None]
    # From 0, so that alphas of different questionnaires are compared on one axis; lower where one is.
    low = 0.0 if not lows or min(lows) >= 0 else None
    return curves_chart(
        f"Alpha of {title} by session",
        [Curve("", values)],
        ("Session, and n beneath", "Cronbach’s alpha"),
        (low, 1.0),
        beneath=[(one["session"], str(one["n"])) for one in sessions],
        whole=True,
    )


def _row(one: dict[str, Any], labels: dict[str, str]) -> SessionRow:
    dropped = ", ".join(labels.get(code, code) for code in one["dropped_items"])
    notes = [one["reason"]] if one["reason"] else []
    if dropped:
        notes.append(f"without {dropped}: all answers are the same")
    return SessionRow(
        session=one["session"],
        alpha=coefficient(one["alpha"]),
        interval=interval(one["lower"], one["upper"]),
        n=str(one["n"]),
        items=str(one["n_items"]),
        note="; ".join(notes),
    )


def _notes(group: dict[str, Any], labels: dict[str, str]) -> list[str]:
    said = []
    if group["n_incomplete"]:
        whole = count(group["n_incomplete"], "questionnaire")
        said.append(f"{whole} of {group['n_questionnaires']:,} lack an answer and are left out.")
    dropped = [one for one in group["sessions"] if one["dropped_items"]]
    if dropped:
        codes = dict.fromkeys(code for one in dropped for code in one["dropped_items"])
        names = ", ".join(labels.get(code, code) for code in codes)
        at = ", ".join(str(one["session"]) for one in dropped)
        said.append(
            f"Without variation, and so left out, at {'session' if len(dropped) == 1 else 'sessions'} {at}: "
            f"{names}."
        )
    few = [str(one["session"]) for one in group["sessions"] if one["alpha"] is None]
    if few:
        said.append(
            f"No alpha at {'session' if len(few) == 1 else 'sessions'} {', '.join(few)}; see the table."
        )
    turned = [item["label"] for item in group["items"] if item["reversed"]]
    if turned:
        said.append(f"Turned round, as in scoring: {', '.join(turned)}.")
    if group["against"]:
        names = ", ".join(labels.get(code, code) for code in group["against"])
        said.append(
            f"Against the other items (negative correlation with their sum): {names}. If an item is worded "
            "the other way, say so on the page Measures."
        )
    if group["n_differing"]:
        said.append(
            f"In {group['n_differing']:,} of {count(group['n_compared'], 'questionnaire')} the imported "
            "total is not that of these answers: an item may have to be turned round, or the files differ."
        )
    return said


def _totals_only(group: dict[str, Any]) -> str:
    return (
        f"The imported file has totals only ({count(group['n_totals'], 'score')}). Alpha needs the answers "
        "to the single items: import a file with one column an item."
    )
