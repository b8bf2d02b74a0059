"""From the comparison of all definitions to what its page shows: maps of counts, stability, types."""

from dataclasses import dataclass
from statistics import median
from typing import Any

from coder_app.services.sensitivity_content import DEFINITION, OUTCOME
from coder_app.web.charts.heat import HeatCell, sequential_cells
from coder_app.web.lead.rupture_form import as_entries, plain
from coder_app.web.lead.sensitivity_words import (
    CRITERIA_SAID,
    FOURTHS_SHORT,
    ROBUST_FROM,
    SD_SHORT,
    word_of,
)
from coder_app.web.numbers import percent

N_RUPTURES = OUTCOME.index("n_ruptures")
IN_COMMON = OUTCOME.index("in_common")
# Ruptures that few definitions find stand apart, or the picture is mostly of them.
SHOWN_FROM = 0.25

Definition = tuple[Any, ...]


@dataclass(frozen=True)
class CountMap:
    """Numbers of ruptures under two settings; `note` says what the others are."""

    title: str
    note: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    cells: list[list[HeatCell]]
    own: tuple[int, int] | None


@dataclass(frozen=True)
class Stable:
    """One rupture and how many definitions find it."""

    dyad: str
    central: int
    share: float
    printed: str
    of_criteria: str
    own: bool
    word: str
    types: str


@dataclass(frozen=True)
class Typed:
    """One rupture whose type hangs on the fourths: for each definition of them the type, or None."""

    dyad: str
    central: int
    own: bool
    cells: tuple[str | None, ...]


def count_maps(content: dict[str, Any], analysis: dict[str, Any]) -> tuple[CountMap, ...]:
    """Return the numbers of ruptures by fourths and k, by drop and SD, and by the shortest run."""
    found = dict(zip(map(tuple, content["definitions"]), analysis["outcomes"], strict=True))
    grid, own = content["grid"], tuple(content["definitions"][content["own"]])
    base = _base(content)
    fourths, ks = grid["fourths"], grid["k"]

    def made(title: str, note: str, rows: dict, columns: dict, at: Any) -> CountMap:
        places = [[_used(at(row, column)) for column in columns] for row in rows]
        counts = tuple(tuple(found[place][N_RUPTURES] for place in line) for line in places)
        own_at = next(
            ((r, c) for r, line in enumerate(places) for c, place in enumerate(line) if place == own), None
        )
        cells = sequential_cells(counts)
        return CountMap(title, note, tuple(rows.values()), tuple(columns.values()), counts, cells, own_at)

    named = {one: FOURTHS_SHORT[one] for one in fourths}
    at_k = {k: f"k = {plain(k)}" for k in ks}
    run = f"series with at least {base['min_run']} scores in a row"
    drop = f"drop of {plain(base['absolute'])} pooled SD ({SD_SHORT[base['pooled']]})"
    return (
        made(
            "Chart only",
            run,
            named,
            at_k,
            lambda f, k: base | {"criteria": "chart", "fourths": f, "k": k},
        ),
        made(
            "Chart and drop",
            f"{drop}; {run}",
            named,
            at_k,
            lambda f, k: base | {"criteria": "both", "fourths": f, "k": k},
        ),
        made(
            "Drop only",
            f"fourths and k find nothing here; {run}",
            {c: f"{plain(c)} pooled SD" for c in grid["absolute"]},
            {one: SD_SHORT[one] for one in grid["pooled"]},
            lambda c, p: base | {"criteria": "absolute", "absolute": c, "pooled": p},
        ),
        made(
            "Shortest run",
            f"{FOURTHS_SHORT[base['fourths']]}, k = {plain(base['k'])}; {drop}",
            {one: CRITERIA_SAID[one] for one in CRITERIA_SAID},
            {one: f"{one} scores" for one in grid["min_run"]},
            lambda criteria, n: base | {"criteria": criteria, "min_run": n},
        ),
    )


def stable_rows(analysis: dict[str, Any]) -> tuple[tuple[Stable, ...], tuple[Stable, ...]]:
    """Return the ruptures by the share of definitions that find them, and apart those that few find."""
    rows = [
        Stable(
            one["dyad"],
            one["central"],
            one["share"],
            percent(one["share"]),
            percent(one["share_of_criteria"]),
            one["by_own"],
            word_of(one["share"]),
            _types_said(one["types"]),
        )
        for one in sorted(analysis["ruptures"], key=lambda one: (-one["share"], one["dyad"], one["central"]))
    ]
    shown = tuple(row for row in rows if row.own or row.share >= SHOWN_FROM)
    return shown, tuple(row for row in rows if row not in shown)


def typed_rows(content: dict[str, Any], analysis: dict[str, Any]) -> tuple[Typed, ...]:
    """Return the ruptures whose type hangs on the fourths; own ones first."""
    flipping = [one for one in analysis["ruptures"] if len(set(one["types"].values())) > 1]
    return tuple(
        Typed(
            one["dyad"],
            one["central"],
            one["by_own"],
            tuple(one["types"].get(name) for name in content["grid"]["fourths"]),
        )
        for one in sorted(flipping, key=lambda one: (not one["by_own"], one["dyad"], one["central"]))
    )


def summary(content: dict[str, Any], analysis: dict[str, Any]) -> dict[str, Any]:
    """Return the numbers of the first sentences."""
    counts = [one[N_RUPTURES] for one in analysis["outcomes"]]
    own = [one for one in analysis["ruptures"] if one["by_own"]]
    words = [word_of(one["share"]) for one in own]
    common = [one[IN_COMMON] for one in analysis["outcomes"] if one[IN_COMMON] is not None]
    return {
        "n_definitions": len(counts),
        "n_own": len(own),
        "fewest": min(counts),
        "middle": plain(median(counts)),
        "most": max(counts),
        "n_anywhere": len(analysis["ruptures"]),
        "robust": words.count("robust"),
        "fragile": words.count("fragile"),
        "flipping": len(typed_rows(content, analysis)),
        "own_flipping": sum(len(set(one["types"].values())) > 1 for one in own),
        "in_common": percent(median(common)) if common else None,
        "robust_from": percent(ROBUST_FROM),
    }


def _base(content: dict[str, Any]) -> dict[str, Any]:
    """The own settings, with values also for what they do not use."""
    entries, settings = as_entries(content["settings"]), content["settings"]
    ks = content["grid"]["k"]
    return {
        "criteria": content["criteria"],
        "fourths": settings["fourths"],
        "k": settings["k"] if settings["k"] in ks else ks[0],
        "absolute": float(entries["absolute"]),
        "pooled": settings["pooled"],
        "min_run": settings["min_run"],
    }


def _used(choice: dict[str, Any]) -> Definition:
    """As definitions are stored: what one does not use has no value."""
    unused = {"chart": {"absolute", "pooled"}, "absolute": {"k"}}.get(choice["criteria"], set())
    return tuple(None if name in unused else choice[name] for name in DEFINITION)


def _types_said(types: dict[str, str | None]) -> str:
    found = set(types.values())
    if None in found:
        return "not classifiable"
    if len(found) == 1:
        return found.pop() or ""
    repaired = sum(one == "repaired" for one in types.values())
    return f"repaired under {repaired} of {len(types)} fourths"
