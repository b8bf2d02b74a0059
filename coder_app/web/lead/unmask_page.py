"""What the unmask page says: conditions as checks with their evidence, the plan in words."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from flask import url_for

from coder_app.services.plan import PlanView
from coder_app.services.unmask import Conditions
from coder_app.web.numbers import coefficient, count
from coder_app.web.words import moment


@dataclass(frozen=True)
class Check:
    """One condition: whether it holds, as a statement, with its evidence and where to look."""

    state: str
    statement: str
    evidence: str
    href: str | None


def checks_of(conditions: Conditions, study: str) -> list[Check]:
    """Return what has to be true, in the order in which it becomes true."""
    checks = [
        _forms(conditions, url_for("rounds.rounds", study=study)),
        _locked(conditions),
        _guesses(conditions),
        _planned(conditions),
        _chain(conditions, url_for("trail.audit_trail", study=study)),
    ]
    if conditions.coding:
        checks.append(
            Check("open", "Your own recordings are submitted", "You still have recordings to code.", None)
        )
    return checks


def what_guesses_lack(conditions: Conditions) -> str | None:
    """Say what can never be learned of how blind the coders were if the key opens now; None if nothing."""
    asked = conditions.asked
    if asked is None:
        return "The coders were not asked what they take recordings to have been."
    if asked.answered < asked.total:
        return f"{asked.answered:,} of {count(asked.total, 'guess', 'guesses')} of the coders are in."
    return None


def plan_facts(plan: PlanView, labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return what the plan decides, as pairs of name and value; `labels` are those of items by code."""
    content = plan.content
    settings = content["ruptures"]
    dropped = "; ".join(labels.get(code, code) for code in content["dropped_items"]) or "none"
    return (
        ("Version", f"{plan.version}, recorded {moment(plan.recorded_at)} by {plan.recorded_by}"),
        ("Ruptures", f"k = {settings['k']:g}, {settings['fourths']}, as the sample was frozen"),
        ("Score", f"{content['score_rule']}’s sum of the subscale’s items"),
        ("Items left out", dropped),
        ("Tests", "; ".join(content["tests"])),
        (
            "Post hoc",
            f"each rupture type where the interaction’s p is below {coefficient(content['post_hoc_below'])}",
        ),
        (
            "Permutations",
            f"{content['permutations']:,}, seed {content['seed']}, {content['sums_of_squares']}",
        ),
        ("Notes", content["notes"] or "none"),
    )


def plan_text(plan: PlanView) -> str:
    """Return the plan as JSON that people can read."""
    return json.dumps(plan.content, indent=2, sort_keys=True, ensure_ascii=False)


def _forms(conditions: Conditions, href: str) -> Check:
    forms = conditions.forms
    if not forms.total:
        return Check("open", "Every form is submitted", "Nothing has been allotted yet.", href)
    evidence = "not yet" if conditions.coding else f"{forms.submitted:,} of {count(forms.total, 'form')}"
    return Check("done" if forms.complete else "progress", "Every form is submitted", evidence, href)


def _locked(conditions: Conditions) -> Check:
    locked = conditions.locked
    if locked is None:
        evidence = "Opens below." if conditions.forms.complete else "Opens once every form is submitted."
        return Check("open", "Coding is locked", evidence, None)
    return Check("done", "Coding is locked", f"{moment(locked.at)}, by {locked.by}", None)


def _guesses(conditions: Conditions) -> Check:
    """Never "bad": the key opens without it."""
    statement, asked = "Coders have said what they take recordings to be (not required)", conditions.asked
    if asked is None:
        late = "Not asked." if conditions.opened else "Not asked yet."
        return Check("open", statement, late, "#guesses" if conditions.locked else None)
    evidence = f"asked {moment(asked.at)}; {asked.answered:,} of {count(asked.total, 'guess', 'guesses')} in"
    state = "done" if asked.answered == asked.total else "progress"
    return Check(state, statement, evidence, "#guesses")


def _planned(conditions: Conditions) -> Check:
    plan = conditions.plan
    if plan is None:
        return Check("open", "The analysis plan is recorded", "Record it below.", "#plan")
    evidence = f"version {plan.version}, {moment(plan.recorded_at)}, by {plan.recorded_by}; hash below"
    return Check("done", "The analysis plan is recorded", evidence, "#plan")


def _chain(conditions: Conditions, href: str) -> Check:
    chain = conditions.chain
    if chain.broken_at is not None:
        return Check("bad", "The audit trail verifies", f"It is broken at entry {chain.broken_at:,}.", href)
    length = (
        "Unbroken chain"
        if conditions.coding
        else f"{count(chain.length, 'entry', 'entries')}, unbroken chain"
    )
    evidence = f"{length}, checked just now"
    return Check("done", "The audit trail verifies", evidence, href)
