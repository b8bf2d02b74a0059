"""Where a study stands, in words: one sentence, and the statements of the checklist on its home."""

from collections.abc import Sequence
from dataclasses import dataclass

from coder_app.domain.phases import Phase
from coder_app.services.lock import Forms
from coder_app.services.people import OpenInvitation
from coder_app.services.standing import Standing
from coder_app.web.numbers import count, percent
from coder_app.web.words import day, in_words

DONE, UNDER_WAY, OPEN = "done", "progress", "open"
LATER = "shown once you have submitted all your own recordings"


@dataclass(frozen=True)
class Check:
    """One statement of the checklist: its state, what is or will be true, and the evidence."""

    state: str
    statement: str
    evidence: str | None


def lede(standing: Standing) -> str:
    """Return one sentence on where the study stands."""
    if standing.phase is Phase.SETUP:
        if standing.training is None:
            return "Being set up."
        if standing.training.total:
            return f"Being set up. Training: {_of_forms(standing.training)}."
        return "Being set up. Nobody codes before the recordings are allotted."
    if standing.phase is Phase.CODING:
        if standing.forms is None:
            return "The recordings are being coded."
        return f"Main coding: {_of_forms(standing.main)}."
    if standing.phase is Phase.LOCKED:
        return f"Coding was locked on {day(standing.locked_at)}; the key is sealed."
    return f"Unmasked on {day(standing.unmasked_at)}."


def checks(standing: Standing, invitations: Sequence[OpenInvitation]) -> list[Check]:
    """Return the statements above the blind line; counts that this viewer must not see are left out."""
    rows = [
        _check("Alliance scores imported", standing.scores, _scores(standing), standing.n_dyads),
        _check("Ruptures found, sample frozen", standing.frozen_at, _sample(standing)),
    ]
    if standing.n_recordings is not None:
        recordings = count(standing.n_recordings, "recording") if standing.n_recordings else None
        rows.insert(1, _check("Recordings imported", standing.n_recordings, recordings))
    if standing.teams is not None:
        staffed = [size for _, size in standing.teams if size]
        rows.append(
            _check(
                "Coders invited",
                staffed and len(staffed) == len(standing.teams),
                _teams(standing, invitations),
                staffed or invitations,
            )
        )
    training = standing.training
    if training and training.total:
        rows.append(_check("Training", training.complete, _of_forms(training), True))
    rows.append(_check("Recordings allotted", standing.allotted_at, _allotted(standing)))
    rows += _coding(standing)
    rows.append(_check("Coding locked", standing.locked_at, _locked(standing)))
    plan = standing.plan
    recorded = f"version {plan.version}, {day(plan.recorded_at)}, hash {plan.sha256[:8]}…" if plan else None
    rows.append(_check("Analysis plan recorded", plan, recorded or "before the key opens"))
    return rows


def checks_after(standing: Standing) -> list[Check]:
    """Return the statements below the blind line."""
    unmasked = (
        day(standing.unmasked_at)
        if standing.unmasked_at
        else "needs the coding locked and the analysis plan recorded"
    )
    linked = None if standing.linked or not standing.unmasked_at else "not computed yet"
    return [
        _check("Unmasked", standing.unmasked_at, unmasked),
        _check("Codes linked to ruptures", standing.linked, linked),
    ]


def _check(statement: str, done: object, evidence: str | None, begun: object = None) -> Check:
    return Check(DONE if done else UNDER_WAY if begun else OPEN, statement, evidence)


def _coding(standing: Standing) -> list[Check]:
    allotted = standing.allotted_at
    if standing.forms is None:
        over = standing.phase in (Phase.LOCKED, Phase.UNMASKED)
        rows = [
            _check("Main coding", over, LATER if standing.teams is not None and allotted else None, allotted)
        ]
        return [*rows, Check(OPEN, "Reliability subset", LATER)] if standing.teams is not None else rows
    forms = _of_forms(standing.main) if allotted else None
    rows = [_check("Main coding", standing.main.complete, forms, allotted)]
    if subset := standing.subset:
        words = f"{subset.done} of {count(subset.total, 'recording')} coded by every coder"
        whole = subset.total and subset.done == subset.total
        rows.append(_check("Reliability subset", whole, words if allotted else None, allotted))
    return rows


def _of_forms(forms: Forms) -> str:
    share = percent(forms.submitted / forms.total) if forms.total else percent(0)
    return f"{forms.submitted} of {count(forms.total, 'form')} submitted ({share})"


def _scores(standing: Standing) -> str | None:
    if not standing.n_dyads:
        return None
    dyads = count(standing.n_dyads, "dyad")
    if not standing.scores:
        return f"{dyads}, no scores yet"
    return f"{dyads}, {in_words(f'{n:,} {measure}' for measure, n in standing.scores)} scores"


def _sample(standing: Standing) -> str | None:
    if standing.frozen_at is None:
        return None
    frozen = f"frozen {day(standing.frozen_at)}"
    if not standing.sequences:
        return f"no sequences, {frozen}"
    return f"{in_words(f'{n} {informant}' for informant, n in standing.sequences)} sequences, {frozen}"


def _teams(standing: Standing, invitations: Sequence[OpenInvitation]) -> str:
    teams = ", ".join(f"{size or 'nobody'} for {instrument}" for instrument, size in standing.teams)
    waiting = count(len(invitations), "invitation")
    return f"{teams}; {waiting} open" if invitations else teams


def _allotted(standing: Standing) -> str | None:
    if standing.allotted_at is None:
        return None
    on = day(standing.allotted_at)
    return f"{count(standing.n_allotted, 'recording')}, {on}" if standing.n_allotted is not None else on


def _locked(standing: Standing) -> str:
    if standing.locked_at:
        return day(standing.locked_at)
    complete = standing.forms is not None and standing.forms.complete
    return "can be locked now" if complete else "when every form is submitted"
