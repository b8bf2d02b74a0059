"""What the linkage page shows of one informant: panels, means by position, sequences left out."""

from dataclasses import dataclass
from typing import Any

from coder_app.services.linkage_tables import contrast_name
from coder_app.services.linkage_tests import CONTRASTS
from coder_app.web.charts import Mean, types_panel, v_panel
from coder_app.web.charts.scales import nice_step, padded_range
from coder_app.web.charts.types import TypesPanel
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
    types: TypesPanel
    means: tuple[MeansRow, ...]
    tests: tuple[EffectRow, ...]
    lines: tuple[Line, ...]
    patterns: tuple[PatternRow, ...]
    coders: tuple[tuple[str, ...], ...]
    left_out: tuple[tuple[str, str], ...]
    contrasts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Pattern:
    """The alliance beside the codes: its panels."""

    name: str
    note: str
    panels: tuple[VPanel, ...]
    types: TypesPanel


@dataclass(frozen=True)
class Shown:
    """One informant's part of the linkage."""

    informant: str
    counts: str
    groups: tuple[Group, ...]
    alliance: Pattern | None
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
        alliance=_alliance(results[0]),
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
    low, high = subscale["lowest"], subscale["highest"]
    panels, types = _draw(
        result,
        [row["score"] for row in result["rows"]],
        result["positions_by_type"],
        subscale["name"],
        (low, high, nice_step(high - low, TICKS)),
    )
    return Group(
        name=subscale["name"],
        note=f"{subscale['instrument']}, {what}{over}, {ends}",
        panels=panels,
        types=types,
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


def _alliance(result: dict[str, Any]) -> Pattern | None:
    """The informant's alliance at the same sessions, on an axis that holds its scores."""
    alliance = result["alliance"]
    known = [score for score in alliance["scores"] if score is not None] if alliance else []
    if not known:
        return None
    low, high, step = padded_range(known, TICKS)
    note = f"scored by the {result['informant']} after the same sessions"
    panels, types = _draw(
        result, alliance["scores"], alliance["positions_by_type"], alliance["measure"], (low, high, step)
    )
    return Pattern(f"{alliance['measure']} (alliance)", note, panels, types)


def _draw(
    result: dict[str, Any],
    scores: list[float | None],
    summaries: list[dict[str, Any]],
    name: str,
    axis: tuple[float, float, float],
) -> tuple[tuple[VPanel, ...], TypesPanel]:
    """A panel for every type on one axis, so that heights can be compared; and the means of both."""
    panels, means = [], {}
    for kind in TYPES:
        own: dict[str, dict[str, float | None]] = {}
        for row, score in zip(result["rows"], scores, strict=True):
            if row["rupture_type"] == kind:
                own.setdefault(row["sequence"], {})[row["position"]] = score
        lines = [[places.get(position) for position in POSITIONS] for places in own.values()]
        found = {row["position"]: row for row in summaries if row["rupture_type"] == kind}
        means[kind] = [_mean(found.get(position)) for position in POSITIONS]
        panels.append(v_panel(name, kind, lines, means[kind], *axis))
    return tuple(panels), types_panel(name, means, *axis)


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
