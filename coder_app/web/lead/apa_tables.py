"""Tables of reliability as a paper prints them: files that stand alone and that word processors open."""

from dataclasses import dataclass
from typing import Any

from flask import render_template

from coder_app.services.export import File
from coder_app.web.numbers import NONE, coefficient, count, decimal, interval, percent


@dataclass(frozen=True)
class Group:
    """Rows under one heading."""

    heading: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class ApaTable:
    """A table with its number, its title and its note."""

    number: str
    title: str
    heads: tuple[str, ...]
    groups: tuple[Group, ...]
    note: str


def list_apa_files(content: dict[str, Any]) -> list[File]:
    """Return the tables of subscales and of items as HTML; none before there is anything to compare."""
    if not any(found["n_recordings"] for found in content["instruments"]):
        return []
    made = (
        ("subscales", "Omega, ICCs of the sums and error of measurement as an APA table.", of_subscales),
        ("items", "ICCs and agreement of the items as an APA table.", of_items),
    )
    return [
        File(
            f"reliability-table-{name}.html",
            about,
            render_template("lead/apa_file.html", table=make(content)),
        )
        for name, about, make in made
    ]


def of_subscales(content: dict[str, Any]) -> ApaTable:
    """Return the table of subscales."""
    settings = content["settings"]
    limits = f"{percent(settings['confidence'])} CI"
    return ApaTable(
        number="Table 1",
        title="Internal Consistency of the Subscales and Agreement of Their Sums",
        heads=("Subscale", "Items", "ωt", limits, "α", "ICC(A,1)", limits, "SEM", "SDC"),
        groups=tuple(
            Group(_heading(found), tuple(_subscale(one) for one in found["subscales"]))
            for found in content["instruments"]
            if found["subscales"] and found["n_recordings"]
        ),
        note=(
            "ωt = McDonald’s omega total of one minres factor, its interval from "
            f"{settings['bootstrap']:,} bootstrap samples of recordings; α = Cronbach’s alpha; ICC(A,1) = "
            "two-way model, absolute agreement, single coder, of each coder’s sum; SEM = standard error of "
            "measurement and SDC = smallest detectable change, in points of the sum."
        ),
    )


def of_items(content: dict[str, Any]) -> ApaTable:
    """Return the table of items."""
    settings = content["settings"]
    shown = [found for found in content["instruments"] if found["n_recordings"]]
    items = [item for found in shown for item in found["items"]]
    note = (
        "ICC(A,1) = two-way model, absolute agreement, single coder (McGraw & Wong, 1996). Exact and within "
        "1 = share of pairs of coders with the same score, or at most one point apart. AC2 = Gwet’s "
        "coefficient with quadratic weights over the whole scale. n = recordings × coders."
    )
    if any(item["rare"] for item in items):
        fewest = count(settings["rare_below"], "recording")
        note += f" Rare = scored above the lowest point in fewer than {fewest}: the ICC is withheld."
    reasons = dict.fromkeys(item["reason"] for item in items if item["reason"] and not item["rare"])
    if reasons:
        note += f" A dash stands where no ICC can be computed ({'; '.join(reasons)})."
    return ApaTable(
        number="Table 2",
        title="Agreement Between Coders on the Items",
        heads=(
            *("Item", "ICC(A,1)", f"{percent(settings['confidence'])} CI", "Word"),
            *("Exact", "Within 1", "AC2", "n"),
        ),
        groups=tuple(
            Group(_heading(found), tuple(_item(item) for item in found["items"])) for found in shown
        ),
        note=note,
    )


def _heading(found: dict[str, Any]) -> str:
    recordings, coders = count(found["n_recordings"], "recording"), count(len(found["coders"]), "coder")
    return f"{found['name']} ({recordings}, {coders})"


def _item(item: dict[str, Any]) -> tuple[str, ...]:
    shown = {} if item["rare"] else item["icc"] or {}
    return (
        item["label"],
        coefficient(shown.get("estimate")),
        interval(shown.get("lower"), shown.get("upper")),
        "rare" if item["rare"] else item["word"] or NONE,
        percent(item["percent_agreement"]),
        percent(item["within_one"]),
        coefficient(item["ac2"]),
        f"{item['n_targets']} × {item['n_raters']}" if item["n_targets"] else NONE,
    )


def _subscale(one: dict[str, Any]) -> tuple[str, ...]:
    omega, icc = one["omega"] or {}, one["icc"] or {}
    return (
        *(one["name"], str(len(one["items"]))),
        *(coefficient(omega.get("omega_total")), interval(omega.get("lower"), omega.get("upper"))),
        coefficient(omega.get("alpha")),
        *(coefficient(icc.get("estimate")), interval(icc.get("lower"), icc.get("upper"))),
        *(decimal(one["sem"]), decimal(one["sdc"])),
    )
