"""Deviations from the plan: its versions, what became of the sample, and where settings differ."""

from collections.abc import Iterable, Mapping
from typing import Any

from coder_app.services.blinding_report import Report
from coder_app.services.blinding_report_trail import FREEZE, RELEASE, REOPEN
from coder_app.services.blinding_report_words import day
from coder_app.services.report_plan import PlanVersion
from coder_app.services.sample_changes import SampleChanges
from coder_app.services.sample_view import SampleView
from coder_app.web.lead.report_parts import Block, Closed, Listed, Open, Section, texts
from coder_app.web.lead.rupture_form import describe
from coder_app.web.lead.sample_words import summary
from coder_app.web.numbers import count

TITLE = "Deviations From the Plan"
_NAMES = {
    "ruptures": "how ruptures are found",
    "sample_data": "the scores that the sample was frozen on",
    "score_rule": "whose score counts",
    "subscales": "the items of the subscales",
    "dropped_items": "the items left out",
    "post_hoc_below": "when types are tested alone",
    "marginal_below": "whether p < .10 is read as marginal",
    "sums_of_squares": "the sums of squares",
    "method": "the permutation method",
    "permutations": "the number of permutations",
    "seed": "the seed",
    "notes": "the notes",
    "tests": "the tests",
}
_SHORT = {"method", "permutations", "seed", "post_hoc_below", "dropped_items", "score_rule"}


def write_deviations(
    plans: tuple[PlanVersion, ...],
    frozen: SampleView | None,
    changes: SampleChanges | None,
    report: Report | None,
) -> Section:
    """Return what differs from the plan, as far as rows say it."""
    rows = [
        *_versions(plans),
        *_sample(plans, frozen, changes),
        *(_acts(report) if report else ()),
    ]
    blocks: list[Block] = []
    if not plans:
        blocks.append(Closed("No plan is recorded yet; it has to be before the key opens (Unmask)."))
    blocks += [Listed(tuple(rows))] if rows else []
    if plans:
        if notes := plans[-1].content.get("notes"):
            blocks += texts(f"Notes of the plan, as recorded: “{notes}”")
        blocks.append(
            Open(
                "Whatever else was done otherwise than planned, and why; analyses that were thought of only "
                "after the results were known, named as exploratory."
            )
        )
    return Section("deviations", TITLE, tuple(blocks))


def _versions(plans: tuple[PlanVersion, ...]) -> Iterable[str]:
    for plan in plans:
        said = f"Version {plan.version} of the plan was recorded on {day(plan.recorded_at)}"
        if plan.changes:
            said += f"; other than in the version before: {'; '.join(_change(*one) for one in plan.changes)}"
        yield f"{said}."
    if len(plans) > 1:
        yield f"Version {plans[-1].version} counts; no version was recorded after the key had opened."


def _change(name: str, before: Any, after: Any) -> str:
    words = _NAMES.get(name, name.replace("_", " "))
    if name not in _SHORT:
        return words
    return f"{words} ({_value(before)} before, now {_value(after)})"


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _sample(
    plans: tuple[PlanVersion, ...], frozen: SampleView | None, changes: SampleChanges | None
) -> Iterable[str]:
    if frozen is None:
        return
    if plans:
        yield from _against_plan(plans[-1].content, frozen)
    if not frozen.scores_changed:
        yield "The alliance scores are those that the sample was frozen on."
    else:
        said = f" {summary(changes)}" if changes else ""
        yield f"Alliance scores have changed since the sample was frozen; it stays as it was.{said}"


def _against_plan(plan: Mapping[str, Any], frozen: SampleView) -> Iterable[str]:
    if plan["ruptures"] == frozen.settings:
        yield "Ruptures were found with the settings that the plan names."
    else:
        yield (
            f"The plan names other settings of ruptures ({describe(dict(plan['ruptures']))}) than the sample "
            f"has ({describe(frozen.settings)})."
        )
    if plan["sample_data"] != frozen.data_hash:
        yield "The plan was recorded for a sample that was frozen on other scores."


def _acts(report: Report) -> Iterable[str]:
    frozen, released = report.trail.count(FREEZE), report.trail.count(RELEASE)
    if released:
        yield (
            f"The sample was frozen {count(frozen, 'time')} and released {count(released, 'time')}, each "
            "time before anything was allotted."
        )
    elif frozen:
        yield "The sample was frozen once and never released."
    if report.shows and (reopened := report.trail.count(REOPEN)):
        yield (
            f"{count(reopened, 'form')} {'was' if reopened == 1 else 'were'} opened again after it had been "
            "submitted; reliability is of what was first submitted."
        )
