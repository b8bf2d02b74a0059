"""The whole report, on the page and in its files: the same for the same study."""

from dataclasses import dataclass
from typing import Any

import coder_app
from coder_app.domain.permissions import Act
from coder_app.domain.visibility import Thing
from coder_app.services import linkage, occurrence, reliability, rupture, sample_changes
from coder_app.services.blinding_report import Report, get_report
from coder_app.services.blinding_report_words import day
from coder_app.services.report_flow import Flow, find_flow
from coder_app.services.report_plan import PlanVersion
from coder_app.services.report_plan import list_versions as list_plans
from coder_app.web.access import actor, database
from coder_app.web.lead.apa_tables import ApaTable
from coder_app.web.lead.report_blinding import write_blinding
from coder_app.web.lead.report_flow import write_flow
from coder_app.web.lead.report_linkage import write_linkage
from coder_app.web.lead.report_parts import Closed, Numbers, Open, Section
from coder_app.web.lead.report_plan import write_deviations
from coder_app.web.lead.report_references import list_references
from coder_app.web.lead.report_reliability import write_reliability
from coder_app.web.lead.report_results import Results
from coder_app.web.lead.report_ruptures import write_ruptures
from coder_app.web.numbers import count


@dataclass(frozen=True)
class ReportPage:
    """Everything that is shown, in its order; `is_joined` says that the key was used for part of it."""

    study: str
    synthetic: bool
    facts: tuple[tuple[str, str], ...]
    plan_sha256: str | None
    sections: tuple[Section, ...]
    references: tuple[str, ...]
    tables: tuple[ApaTable, ...]
    is_joined: bool

    @property
    def n_open(self) -> int:
        """Places that are left to the authors."""
        return sum(isinstance(block, Open) for section in self.sections for block in section.blocks)

    @property
    def n_closed(self) -> int:
        """Parts that are not there for this reader now."""
        return sum(isinstance(block, Closed) for section in self.sections for block in section.blocks)


@dataclass(frozen=True)
class _Rows:
    """What is read beside the computed results."""

    flow: Flow | None
    recorded: list[int] | None
    plans: tuple[PlanVersion, ...]
    blinding: Report | None


def make_page(results: Results) -> ReportPage:
    """Return the report; nothing in it depends on when it is made."""
    rows, numbers = _read(results), Numbers()
    found = results.content(rupture.KIND)
    changes = None
    if results.frozen and results.frozen.scores_changed and found:
        changes = sample_changes.compare(results.frozen, found)
    sections = [
        *([write_flow(rows.flow, numbers)] if rows.flow else []),
        write_ruptures(results, rows.recorded, numbers),
        write_reliability(results, rows.flow.n_dyads if rows.flow else None, numbers),
        write_linkage(results, numbers),
        write_blinding(rows.blinding, results, numbers),
        write_deviations(rows.plans, results.frozen, changes, rows.blinding),
    ]
    return ReportPage(
        study=actor().study_name,
        synthetic=actor().synthetic,
        facts=tuple(_facts(results, rows.plans)),
        plan_sha256=rows.plans[-1].sha256 if rows.plans else None,
        sections=tuple(sections),
        references=list_references(sections),
        tables=tuple(numbers.tables),
        is_joined=results.is_joined,
    )


def _read(results: Results) -> _Rows:
    found = results.found.get(rupture.KIND)
    occurred = results.content(occurrence.KIND)
    with database().read() as db:
        return _Rows(
            flow=find_flow(
                db,
                actor(),
                found.content,
                found.inputs["sessions"],
                results.frozen,
                results.content(linkage.KIND),
            )
            if found
            else None,
            recorded=occurrence.count_recorded(db, actor(), occurred)
            if occurred and actor().sees(Thing.COVERAGE)
            else None,
            plans=list_plans(db, actor()),
            blinding=get_report(db, actor()) if actor().can(Act.SEE_AUDIT) else None,
        )


def _facts(results: Results, plans: tuple[PlanVersion, ...]) -> list[tuple[str, str]]:
    facts = [("Phase", str(actor().phase))]
    versions: dict[str, Any] = (results.content(reliability.KIND) or {}).get("versions") or {}
    told = [f"{name} {number}" for name, number in versions.items() if name != "coder_app"]
    facts.append(("Software", ", ".join([f"coder_app {coder_app.__version__}", *told])))
    if results.frozen:
        n = sum(results.frozen.n_sequences.values())
        facts.append(("Sample", f"{count(n, 'sequence')}, frozen on {day(results.frozen.frozen_at)}"))
    else:
        facts.append(("Sample", "not frozen yet"))
    if plans:
        plan = plans[-1]
        facts.append(("Plan", f"version {plan.version}, recorded on {day(plan.recorded_at)}"))
    else:
        facts.append(("Plan", "none is recorded yet"))
    return facts
