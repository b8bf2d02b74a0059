"""Tables of ruptures over the course of treatment as a paper prints them."""

from typing import Any

from coder_app.web.lead.apa_tables import ApaTable, Group
from coder_app.web.lead.occurrence_apa import name_of, percent_interval
from coder_app.web.lead.rupture_form import describe
from coder_app.web.lead.rupture_words import share
from coder_app.web.numbers import decimal, p_value

THIRDS = {1: "First third", 2: "Second third", 3: "Last third"}
PLACE_HEADS = (
    *("", "Scores at risk", "Ruptures", "Repaired", "Unrepaired", "Not classifiable"),
    *("Expected", "Rate, %", "95% CI"),
)


def of_thirds(content: dict[str, Any]) -> ApaTable:
    """Return the table of ruptures by third of treatment."""
    groups = tuple(
        Group(
            f"{name_of(one['informant'], one['measure'])}: {test_said(one['distribution']['over_parts'])}",
            tuple(place_row(part, THIRDS[part["place"]]) for part in one["distribution"]["parts"]),
        )
        for one in content["analyses"]
    )
    return ApaTable(
        "Table 4",
        "Ruptures by Third of Treatment",
        PLACE_HEADS,
        groups,
        f"Thirds of each dyad’s own treatment sessions. {distribution_note(content)}",
    )


def place_row(one: dict[str, Any], label: str) -> tuple[str, ...]:
    """Return a row of ruptures at one session number or in one third."""
    n_open = one["ruptures"] - one["repaired"] - one["unrepaired"]
    counts = (one["exposed"], one["ruptures"], one["repaired"], one["unrepaired"], n_open)
    rate = share(one["ruptures"], one["exposed"])
    return (label, *map(str, counts), decimal(one["expected"], 1), rate, percent_interval(one["rate"]))


def distribution_note(content: dict[str, Any]) -> str:
    """Say what the columns of both tables of the distribution are."""
    draws = content["draws"]
    return (
        "Scores at risk: scores of analysed series that could have been a central session, because the "
        "session just before has a score too; never the first. Expected: if each series’ ruptures were as "
        f"likely at each of its sessions at risk. p: share of {draws['n_draws']:,} draws of that kind (seed "
        f"{draws['seed']}) whose χ² reaches the observed one; few are expected in each place, so that the χ² "
        "distribution itself would not do. Rate: ruptures per score at risk, with Wilson’s interval. "
        f"{describe(content['settings'])}"
    )


def test_said(test: dict[str, Any]) -> str:
    """Say what the test of an even spread gives."""
    if test["p"] is None:
        return test["reason"]
    return f"χ² = {decimal(test['chi2'])}, p = {p_value(test['p'])}".replace("= <", "<")
