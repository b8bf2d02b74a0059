"""What the linkage page shows of one informant: panels, means by position, sequences left out."""

from dataclasses import dataclass
from typing import Any

from coder_app.services.linkage_tables import contrast_name
from coder_app.services.linkage_tests import CONTRASTS
from coder_app.web.charts import Mean, v_panel
from coder_app.web.charts.scales import nice_step
from coder_app.web.charts.vpattern import POSITIONS, VPanel
from coder_app.web.lead.linkage_alliance import AssociationRow, PatternRow, associations_of, patterns_of
from coder_app.web.lead.linkage_tests import EffectRow, tests_of, warnings_of
from coder_app.web.numbers import count, decimal, decimal_interval

TYPES = ("repaired", "unrepaired")
EVERY = "all"
TICKS = 7


@dataclass(frozen=True)
class MeansRow:
    """One rupture type's means: a cell for each position."""

    kind: str
    cells: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True)
class Line:
    """The plan's tests on other scores or with another unit; `about` says which."""

    name: str
    about: str | None
    tests: tuple[EffectRow, ...]


@dataclass(frozen=True)
class Group:
    """One subscale: its panels, its means, its tests and the files of its contrasts."""

    name: str
    note: str
    panels: tuple[VPanel, ...]
    means: tuple[MeansRow, ...]
    tests: tuple[EffectRow, ...]
    lines: tuple[Line, ...]
    patterns: tuple[PatternRow, ...]
    coders: tuple[tuple[str, ...], ...]
    left_out: tuple[tuple[str, str], ...]
    contrasts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Shown:
    """One informant's part of the linkage."""

    informant: str
    counts: str
    groups: tuple[Group, ...]
    associations: tuple[AssociationRow, ...]
    warnings: tuple[str, ...]
    unequal: str | None


def informants_of(content: dict[str, Any]) -> dict[str, str]:
    """Return each informant with the words of the selection."""
    found: dict[str, str] = {}
    for result in content["results"]:
        n = result["n_sequences"] + len(result["incomplete"])
        found.setdefault(result["informant"], f"{result['informant'].capitalize()} sequences ({n})")
    return found


def choose_informant(content: dict[str, Any], wanted: str | None) -> str | None:
    """Return the informant that is asked for, else the first; None where there is no sequence."""
    there = content["informants"]
    return wanted if wanted in there else next(iter(there), None)


def show(content: dict[str, Any], informant: str) -> Shown:
    """Return everything that is shown of one informant."""
    results = [result for result in content["results"] if result["informant"] == informant]
    sizes = _sizes(results[0])
    return Shown(
        informant=informant,
        counts=_counts(results),
        groups=tuple(_group(result, content["plan"].get("marginal_below")) for result in results),
        associations=associations_of(content["associations"]),
        warnings=warnings_of(results),
        unequal=_unequal(sizes),
    )


def _group(result: dict[str, Any], marginal_below: float | None) -> Group:
    subscale = result["subscale"]
    items = count(len(subscale["items"]), "item")
    of = "" if len(subscale["items"]) == subscale["n_items"] else f" of {subscale['n_items']}"
    what = f"sum of {items}{of}" if subscale["n_items"] > 1 else "single item"
    ends = f"{subscale['lowest']}–{subscale['highest']}"
    minutes = subscale["segment_minutes"]
    over = f", each its mean over codable segments of {count(minutes, 'minute')}" if minutes else ""
    return Group(
        name=subscale["name"],
        note=f"{subscale['instrument']}, {what}{over}, {ends}",
        panels=_panels(result),
        means=tuple(_means(result, kind) for kind in (*TYPES, EVERY)),
        tests=tests_of(result["tests"], marginal_below),
        lines=tuple(_line(line, marginal_below) for line in result["lines"]),
        patterns=patterns_of(result["patterns"]),
        coders=tuple(_coder(row) for row in result["coders"]),
        left_out=tuple((row["sequence"], row["reason"]) for row in result["incomplete"]),
        contrasts=tuple((test, f"linkage-{contrast_name(result, test)}.csv") for test in CONTRASTS)
        if result["rows"]
        else (),
    )


def _line(line: dict[str, Any], marginal_below: float | None) -> Line:
    return Line(line["name"].capitalize(), line["about"], tests_of(line["tests"], marginal_below))


def _coder(row: dict[str, Any]) -> tuple[str, ...]:
    return (row["coder"], *(str(row["n"].get(position, 0)) for position in POSITIONS))


def _panels(result: dict[str, Any]) -> tuple[VPanel, ...]:
    """A panel for every type, on the axis of the whole subscale, so that heights can be compared."""
    low, high = result["subscale"]["lowest"], result["subscale"]["highest"]
    step = nice_step(high - low, TICKS)
    panels = []
    for kind in TYPES:
        scores: dict[str, dict[str, float]] = {}
        for row in result["rows"]:
            if row["rupture_type"] == kind:
                scores.setdefault(row["sequence"], {})[row["position"]] = row["score"]
        lines = [[own.get(position) for position in POSITIONS] for own in scores.values()]
        found = {row["position"]: row for row in _summaries(result, kind)}
        means = [_mean(found.get(position)) for position in POSITIONS]
        panels.append(v_panel(result["subscale"]["name"], kind, lines, means, low, high, step))
    return tuple(panels)


def _mean(row: dict[str, Any] | None) -> Mean:
    return Mean(row["mean"], row["lower"], row["upper"], row["n"]) if row else Mean(None, None, None, 0)


def _summaries(result: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    if kind == EVERY:
        return result["positions"]
    return [row for row in result["positions_by_type"] if row["rupture_type"] == kind]


def _means(result: dict[str, Any], kind: str) -> MeansRow:
    found = {row["position"]: row for row in _summaries(result, kind)}
    cells = []
    for position in POSITIONS:
        row = found.get(position)
        if row is None:
            cells.append(("0", "–", "–", "–"))
            continue
        limits = decimal_interval(row["lower"], row["upper"])
        cells.append((str(row["n"]), decimal(row["mean"]), decimal(row["sd"]), limits))
    return MeansRow(kind, tuple(cells))


def _sizes(result: dict[str, Any]) -> dict[str, int]:
    sequences = {row["sequence"]: row["rupture_type"] for row in result["rows"]}
    return {kind: list(sequences.values()).count(kind) for kind in TYPES}


def _counts(results: list[dict[str, Any]]) -> str:
    """Say positions and recordings; subscales differ where an item could not be coded."""
    said = [
        f"{count(one['n_sequences'], 'sequence')}, {count(one['n_positions'], 'position')}, "
        f"{count(one['n_recordings'], 'distinct recording')}"
        for one in results
    ]
    if len(set(said)) == 1:
        return said[0]
    names = [one["subscale"]["name"] for one in results]
    return "; ".join(f"{name}: {part}" for name, part in zip(names, said, strict=True))


def _unequal(sizes: dict[str, int]) -> str | None:
    small, large = sorted(sizes.values())
    if not small or small == large:
        return None
    return (
        f"{sizes['repaired']} repaired and {sizes['unrepaired']} unrepaired sequences. If the small group "
        "varies much more than the large one, tests that compare types reject a true null too often: with 9 "
        "and 4 sequences and three times the spread in 17–18% of cases at .05."
    )
