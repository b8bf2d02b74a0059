"""Computing what each rule for missing answers does, and which items run against the others."""

import math
from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, Any

from coder_app.domain.instruments import Instrument, parse_instrument
from coder_app.domain.scoring import MISSING_RULES, Rule
from coder_app.services.job import Progress
from coder_app.services.scoring import rule_from_json, score_questionnaires

if TYPE_CHECKING:
    import pandas as pd

    from coder_app.analysis.scoring import Scored

# Below this number a correlation says little; with fewer none is shown.
FEWEST = 10
Row = list[Any]


def compute(inputs: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Return for each measure and informant what every rule scores, and each item's part in it."""
    measures = []
    for measure in inputs["measures"]:
        measures.append(_measure(measure))
        progress(len(measures), len(inputs["measures"]))
    return {"measures": measures}


def _measure(measure: dict[str, Any]) -> dict[str, Any]:
    instrument, rule = parse_instrument(measure["definition"]), rule_from_json(measure["rule"])
    groups = [
        _group(informant, list(rows), instrument, rule)
        for informant, rows in groupby(measure["rows"], key=lambda row: row[0])
    ]
    return {"name": instrument.name, "rule": measure["rule"], "groups": groups}


def _group(informant: str, rows: list[Row], instrument: Instrument, rule: Rule) -> dict[str, Any]:
    codes = [item.code for item in instrument.items]
    answers = [
        {code: answer for code, answer in zip(codes, row[3], strict=True) if answer is not None}
        for row in rows
    ]
    sessions = [row[2] for row in rows]
    lacking = [len(codes) - len(given) for given in answers]
    by_rule = {
        missing: score_questionnaires(
            instrument, Rule(rule.reversed, missing, rule.least_answered), answers, sessions
        )
        for missing in MISSING_RULES
    }
    return {
        "informant": informant,
        "n": len(rows),
        "n_incomplete": sum(map(bool, lacking)),
        "n_missing": sum(lacking),
        "rules": [{"missing": missing, **_count(scored)} for missing, scored in by_rule.items()],
        "reasons": _reasons(by_rule[rule.missing]),
        "parts": _parts(by_rule[rule.missing], instrument),
        "items": _items(rows, instrument, rule),
    }


def _reasons(scored: "list[Scored]") -> list[list[Any]]:
    """Why there is no total, the most frequent reason first."""
    return [[reason, n] for reason, n in Counter(filter(None, (one.reason for one in scored))).most_common()]


def _count(scored: "list[Scored]") -> dict[str, Any]:
    totals = [one.score for one in scored if one.score is not None]
    return {
        "n_scored": len(totals),
        "n_imputed": sum(one.n_imputed > 0 for one in scored),
        "n_answers": sum(one.n_imputed for one in scored),
        "n_left": len(scored) - len(totals),
        **_describe(totals),
    }


def _describe(scores: list[float]) -> dict[str, float | None]:
    if not scores:
        return {"mean": None, "sd": None}
    mean = math.fsum(scores) / len(scores)
    squares = math.fsum((score - mean) ** 2 for score in scores)
    return {"mean": mean, "sd": math.sqrt(squares / (len(scores) - 1)) if len(scores) > 1 else None}


def _parts(scored: "list[Scored]", instrument: Instrument) -> list[dict[str, Any]]:
    """The subscales under the rule that holds."""
    found = []
    for subscale in instrument.subscales:
        parts = [one.subscales[subscale.code] for one in scored]
        scores = [part.score for part in parts if part.score is not None]
        found.append(
            {
                "code": subscale.code,
                "name": subscale.name,
                "n_items": len(subscale.items),
                "n_scored": len(scores),
                "n_imputed": sum(part.n_imputed > 0 for part in parts),
                **_describe(scores),
            }
        )
    return found


def _items(rows: list[Row], instrument: Instrument, rule: Rule) -> list[dict[str, Any]]:
    """Each item as it is scored now: answers, mean, and correlation with the sum of the others."""
    complete = sum(None not in row[3] for row in rows)
    with_rest = _correlations(rows, instrument, rule) if complete >= FEWEST else {}
    found = []
    for place, item in enumerate(instrument.items):
        given = [row[3][place] for row in rows if row[3][place] is not None]
        found.append(
            {
                "code": item.code,
                "n": len(given),
                # As the answers came, so that they can be compared with the file.
                "mean": math.fsum(given) / len(given) if given else None,
                "with_rest": with_rest.get(item.code),
            }
        )
    return found


def _correlations(rows: list[Row], instrument: Instrument, rule: Rule) -> dict[str, float | None]:
    from coder_app.analysis.alpha import item_rest_correlations

    return item_rest_correlations(_frame(rows, instrument, rule))


def _frame(rows: list[Row], instrument: Instrument, rule: Rule) -> "pd.DataFrame":
    import pandas as pd

    turned = instrument.lowest + instrument.highest
    cells = [
        (dyad, session, item.code, turned - answer if item.code in rule.reversed else answer)
        for _, dyad, session, answers in rows
        for item, answer in zip(instrument.items, answers, strict=True)
        if answer is not None
    ]
    return pd.DataFrame(cells, columns=["target", "session", "item", "score"])
