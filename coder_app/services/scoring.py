"""How a study scores its measures: which items are turned round, and what becomes of a missing answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from coder_app.domain.instruments import ALLIANCE, Instrument
from coder_app.domain.permissions import Act
from coder_app.domain.scoring import ITEM_MEAN, MISSING_RULES, Rule, default_rule
from coder_app.domain.visibility import Thing
from coder_app.models import Answers, Sample, Scoring
from coder_app.services import job, study
from coder_app.services.actor import Actor
from coder_app.services.errors import NotFound, Refused

if TYPE_CHECKING:
    from coder_app.analysis.scoring import Scored

JOB = "scoring"


@dataclass(frozen=True)
class StudyMeasure:
    """A measure with the study's rule of scoring it."""

    id: int
    instrument: Instrument
    rule: Rule


def list_measures(db: Session, actor: Actor) -> list[StudyMeasure]:
    """Return the study's measures with their rules, in the order they were added."""
    actor.check_can(Act.SEE_ALLIANCE)
    stored = {
        row.measure_id: Rule(frozenset(row.reversed), row.missing, row.least_answered)
        for row in db.execute(
            select(Scoring.measure_id, Scoring.reversed, Scoring.missing, Scoring.least_answered).where(
                Scoring.study_id == actor.study_id
            )
        )
    }
    return [
        StudyMeasure(one.id, one.instrument, stored.get(one.id) or default_rule(one.instrument))
        for one in study.list_instruments(db, actor, ALLIANCE)
    ]


def get_rules(db: Session, actor: Actor) -> dict[int, Rule]:
    """Return the rule of every measure by its id: the study's own, or what its file and the defaults say."""
    return {one.id: one.rule for one in list_measures(db, actor)}


def get_measure(db: Session, actor: Actor, name: str) -> StudyMeasure:
    """Return the measure of that name, or raise NotFound."""
    found = next((one for one in list_measures(db, actor) if one.instrument.name == name), None)
    if found is None:
        raise NotFound
    return found


def score_questionnaires(
    instrument: Instrument, rule: Rule, answers: Sequence[Mapping[str, int]], sessions: Sequence[int]
) -> "list[Scored]":
    """Score questionnaires of one informant, each given after the treatment session of that number.

    Where missing answers get the item's mean, give all questionnaires that the informant ever filled in: one
    more of them changes what is filled in for others of that session (`depends_on_others`).
    """
    from coder_app.analysis.scoring import find_item_means, score_answers

    means = find_item_means(answers, sessions) if depends_on_others(rule) else None
    return score_answers(instrument, rule, answers, means)


def depends_on_others(rule: Rule) -> bool:
    """Whether the score of one questionnaire hangs on what others answered."""
    return rule.missing == ITEM_MEAN


def ask_change(db: Session, actor: Actor, name: str, rule: Rule) -> str | None:
    """Ask the worker to score a measure by another rule; return the job's public id, None if nothing changes.

    The rule and the scores that come of it are stored together, once all of them are computed.
    """
    actor.check_can(Act.IMPORT)
    actor.check_sees(Thing.ALLIANCE)
    measure = get_measure(db, actor, name)
    check_rule(measure.instrument, rule)
    if rule == measure.rule:
        return None
    if job.is_any_open(db, actor, JOB):
        raise Refused("Another measure is being scored. Wait until that is done.")
    return job.ask_for(db, actor, JOB, {"measure": name, "rule": rule_as_json(rule)})


def has_answers(db: Session, actor: Actor, measure_id: int) -> bool:
    """Whether answers to items of the measure are stored."""
    found = exists().where(Answers.study_id == actor.study_id, Answers.measure_id == measure_id)
    return db.scalar(select(found)) is True


def is_sample_frozen(db: Session, actor: Actor) -> bool:
    """Whether a sample rests on scores, which other rules can change."""
    return db.scalar(select(exists().where(Sample.study_id == actor.study_id))) is True


def check_rule(instrument: Instrument, rule: Rule) -> None:
    """Raise Refused where a rule cannot be followed."""
    if rule.missing not in MISSING_RULES:
        raise Refused(f"There is no rule “{rule.missing}” for missing answers.")
    if not 0 < rule.least_answered <= 1:
        raise Refused("The share of items that must be answered is more than 0 % and at most 100 %.")
    unknown = sorted(code for code in rule.reversed if instrument.find_item(code) is None)
    if unknown:
        raise Refused(f"{instrument.name} has no item {', '.join(unknown)}.")


def rule_as_json(rule: Rule) -> dict[str, Any]:
    """Return a rule as the trail and the jobs keep it."""
    return {
        "reversed": sorted(rule.reversed),
        "missing": rule.missing,
        "least_answered": rule.least_answered,
    }


def rule_from_json(stored: Mapping[str, Any]) -> Rule:
    """Return the rule that `rule_as_json` wrote."""
    return Rule(frozenset(stored["reversed"]), stored["missing"], stored["least_answered"])
