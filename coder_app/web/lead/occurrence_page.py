"""The figure of ruptures over treatment, and what the tables of occurrence say in a few sentences."""

from dataclasses import dataclass
from typing import Any

from coder_app.web.charts.columns import ColumnsChart, Stack, columns_chart
from coder_app.web.lead.occurrence_apa import name_of
from coder_app.web.lead.occurrence_places import place_row, test_said
from coder_app.web.lead.rupture_words import share
from coder_app.web.numbers import count, decimal, p_value
from coder_app.web.words import in_words

KINDS = ("repaired", "unrepaired", "not classifiable")
TITLES = ("Treatment session, and scores at risk beneath", "Ruptures")


@dataclass(frozen=True)
class Distribution:
    """Ruptures over treatment of one informant and measure: the drawing, the test, the numbers."""

    name: str
    chart: ColumnsChart
    said: str
    rows: tuple[tuple[str, ...], ...]


def show_distributions(content: dict[str, Any]) -> list[Distribution]:
    """Return the figure's panels, all on one axis of counts so that they can be compared."""
    highest = max(
        (place["ruptures"] for one in content["analyses"] for place in one["distribution"]["sessions"]),
        default=0,
    )
    return [_distribution(one, highest) for one in content["analyses"]]


def stacks_of(analysis: dict[str, Any]) -> list[Stack]:
    """Return the columns of one panel: ruptures by type at each session number."""
    return [
        Stack(
            one["place"],
            tuple(
                zip(
                    KINDS,
                    (
                        one["repaired"],
                        one["unrepaired"],
                        one["ruptures"] - one["repaired"] - one["unrepaired"],
                    ),
                    strict=True,
                )
            ),
            one["exposed"],
        )
        for one in analysis["distribution"]["sessions"]
    ]


def spread_said(analysis: dict[str, Any]) -> str:
    """Say whether ruptures are spread evenly over session numbers."""
    return f"Even over session numbers: {test_said(analysis['distribution']['over_sessions'])}."


def accordance_said(content: dict[str, Any]) -> list[str]:
    """Say of each pair of informants how many dyads show a rupture to both, and how often at once."""
    return [sentence for pair in content["accordance"] for sentence in _accordance(pair)]


def _distribution(analysis: dict[str, Any], highest: int) -> Distribution:
    name = name_of(analysis["informant"], analysis["measure"])
    return Distribution(
        name,
        columns_chart(f"Ruptures over treatment, {name}", stacks_of(analysis), TITLES, highest),
        spread_said(analysis),
        tuple(place_row(one, str(one["place"])) for one in analysis["distribution"]["sessions"]),
    )


def _accordance(pair: dict[str, Any]) -> list[str]:
    first, second = pair["first"][0], pair["second"][0]
    n_series, n_any, n_both = (
        pair[name] for name in ("n_series_with_rupture", "n_dyads_any", "n_dyads_both")
    )
    names = in_words([name_of(*pair["first"]), name_of(*pair["second"])])
    if not n_series:
        return [f"{names}: no series has a rupture."]
    said = [
        f"{names}: {count(n_series, 'series', 'series')} with a rupture, of {count(n_any, 'dyad')}. "
        f"{count(n_both, 'dyad')} of {n_any} ({share(n_both, n_any)}%) {'shows' if n_both == 1 else 'show'} "
        f"a rupture to both {first} and {second}: as the source study counts, {n_both} of {n_series} series "
        f"({share(n_both, n_series)}%)."
    ]
    at_once = pair["coincidences"][0]
    if n_both and at_once["p"] is not None:
        same = f"{at_once['observed']} times" if at_once["observed"] else "never"
        same = "once" if at_once["observed"] == 1 else same
        p = f"p = {p_value(at_once['p'])}".replace("= <", "<")
        said.append(
            f"In the dyads with both series analysed, {first} and {second} show a rupture in the same "
            f"treatment session {same}; chance would give {decimal(at_once['expected'], 1)} ({p})."
        )
    return said
