"""What the page shows of a measure: items, rules and what they do, in words and numbers."""

from dataclasses import dataclass
from typing import Any

from coder_app.domain.instruments import NEGATIVE, Instrument
from coder_app.services.scoring import StudyMeasure
from coder_app.web.lead.measures_forms import RULE_WORDS, RuleForm
from coder_app.web.numbers import NONE, coefficient, count, decimal
from coder_app.web.words import in_words


@dataclass(frozen=True)
class ItemRow:
    """One item; for each informant: answers, mean, correlation now and if turned, whether it warns."""

    number: int
    label: str
    subscale: str
    is_reversed: bool
    is_negative: bool
    cells: tuple[tuple[str, str, str, str, bool], ...]


@dataclass(frozen=True)
class RuleRow:
    """What one rule for missing answers gives."""

    name: str
    holds: bool
    scored: str
    imputed: str
    answers: str
    left: str
    mean: str
    sd: str


@dataclass(frozen=True)
class PartRow:
    """One subscale under the rule that holds."""

    name: str
    n_items: int
    scored: str
    imputed: str
    mean: str
    sd: str


@dataclass(frozen=True)
class GroupShown:
    """The questionnaires of one informant."""

    informant: str
    sentence: str
    left_out: str | None
    worded: str | None
    is_complete: bool
    rules: tuple[RuleRow, ...]
    parts: tuple[PartRow, ...]
    against: tuple[str, ...]


@dataclass(frozen=True)
class MeasureShown:
    """One measure with its form."""

    id: int
    instrument: Instrument
    form: RuleForm
    facts: tuple[tuple[str, str], ...]
    informants: tuple[str, ...]
    items: tuple[ItemRow, ...]
    groups: tuple[GroupShown, ...]


def show_measure(measure: StudyMeasure, groups: list[dict[str, Any]], form: RuleForm) -> MeasureShown:
    """Return what the page shows of a measure and of the answers to it."""
    return MeasureShown(
        id=measure.id,
        instrument=measure.instrument,
        form=form,
        facts=tuple(_facts(measure)),
        informants=tuple(group["informant"] for group in groups),
        items=tuple(_items(measure, groups)),
        groups=tuple(_group(measure, group) for group in groups),
    )


def _facts(measure: StudyMeasure) -> list[tuple[str, str]]:
    one, rule = measure.instrument, measure.rule
    numbers = {item.code: str(number) for number, item in enumerate(one.items, start=1)}
    subscales = [f"{part.name} ({', '.join(numbers[code] for code in part.items)})" for part in one.subscales]
    turned = [number for code, number in numbers.items() if code in rule.reversed]
    missing = RULE_WORDS[rule.missing].lower()
    if rule.missing != "none":
        missing += f", where at least {rule.least_answered:.0%} of the items are answered"
    return [
        ("Answered by", f"the {one.informant}"),
        (
            "Total",
            f"{one.scoring} of {count(len(one.items), 'item')}, {one.lowest_total} to {one.highest_total}",
        ),
        ("Each item", f"{one.lowest} to {one.highest}"),
        ("Subscales", in_words(subscales) if subscales else "none"),
        (
            "Turned round",
            f"{'item' if len(turned) == 1 else 'items'} {in_words(turned)}" if turned else "no item",
        ),
        ("Missing answers", missing),
    ]


def _items(measure: StudyMeasure, groups: list[dict[str, Any]]) -> list[ItemRow]:
    one = measure.instrument
    return [
        ItemRow(
            number=number,
            label=item.label,
            subscale=", ".join(part.name for part in one.subscales if item.code in part.items) or NONE,
            is_reversed=item.code in measure.rule.reversed,
            is_negative=item.pole == NEGATIVE,
            cells=tuple(_cells(group["items"][number - 1]) for group in groups),
        )
        for number, item in enumerate(one.items, start=1)
    ]


def _cells(item: dict[str, Any]) -> tuple[str, str, str, str, bool]:
    """Answers, their mean, the correlation with the other items now, and if the item were turned."""
    now = item["with_rest"]
    turned = None if now is None else -now
    return (
        f"{item['n']:,}",
        decimal(item["mean"]),
        coefficient(now),
        coefficient(turned),
        now is not None and now < 0,
    )


def _group(measure: StudyMeasure, group: dict[str, Any]) -> GroupShown:
    return GroupShown(
        informant=group["informant"],
        sentence=_sentence(group),
        left_out=_left_out(group),
        worded=_worded(measure, group),
        is_complete=not group["n_incomplete"],
        rules=tuple(_rule(rule, measure.rule.missing) for rule in group["rules"]),
        parts=tuple(_part(part) for part in group["parts"]),
        against=tuple(_against(measure, group)),
    )


def _sentence(group: dict[str, Any]) -> str:
    whole = count(group["n"], "questionnaire")
    if not group["n_incomplete"]:
        return f"{whole}; none lacks an answer, so all rules give the same scores."
    lack = "lacks" if group["n_incomplete"] == 1 else "lack"
    return f"{whole}; {group['n_incomplete']:,} {lack} {count(group['n_missing'], 'answer')} in all."


def _left_out(group: dict[str, Any]) -> str | None:
    """Say how many questionnaires have no total as the rule is now, and why."""
    if not group["reasons"]:
        return None
    reasons = "; ".join(f"{reason} ({n:,})" for reason, n in group["reasons"])
    return f"Without a total as it is now: {reasons}."


def _worded(measure: StudyMeasure, group: dict[str, Any]) -> str | None:
    """Say how items that are worded the other way run as they are scored now; None where there are none."""
    told = [
        f"item {number}, {'' if item.code in measure.rule.reversed else 'not '}turned round here "
        f"(r with the others {coefficient(found['with_rest'])})"
        for number, (item, found) in enumerate(zip(measure.instrument.items, group["items"], strict=True), 1)
        if item.pole == NEGATIVE
    ]
    return f"Worded the other way in the original: {in_words(told)}." if told else None


def _rule(rule: dict[str, Any], holds: str) -> RuleRow:
    return RuleRow(
        name=RULE_WORDS[rule["missing"]],
        holds=rule["missing"] == holds,
        scored=f"{rule['n_scored']:,}",
        imputed=f"{rule['n_imputed']:,}",
        answers=f"{rule['n_answers']:,}",
        left=f"{rule['n_left']:,}",
        mean=decimal(rule["mean"], 3),
        sd=decimal(rule["sd"], 3),
    )


def _part(part: dict[str, Any]) -> PartRow:
    return PartRow(
        name=part["name"],
        n_items=part["n_items"],
        scored=f"{part['n_scored']:,}",
        imputed=f"{part['n_imputed']:,}",
        mean=decimal(part["mean"]),
        sd=decimal(part["sd"]),
    )


def _against(measure: StudyMeasure, group: dict[str, Any]) -> list[str]:
    """A sentence for each item that runs against the others; the person decides what it means."""
    said = []
    for number, item in enumerate(group["items"], start=1):
        if item["with_rest"] is None or item["with_rest"] >= 0:
            continue
        r = coefficient(item["with_rest"])
        if item["code"] in measure.rule.reversed:
            asks = "It is turned round here: did it come in turned already?"
        else:
            asks = "If it is worded the other way and came in as it was answered, turn it round."
        said.append(f"Item {number} runs against the others (r = {r}). {asks}")
    return said
