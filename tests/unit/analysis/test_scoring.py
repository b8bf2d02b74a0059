import csv
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coder_app.analysis import scoring, scoring_parts
from coder_app.analysis.results import StatsError
from coder_app.analysis.scoring import find_item_means, score_answers
from coder_app.domain import scoring as domain
from coder_app.domain.instruments import bundled_instruments, parse_instrument
from coder_app.domain.scoring import Rule

ALLIANCE = Path(__file__).parents[2] / "reference" / "rupture_study" / "alliance"
WAI, TASC = (bundled_instruments()[name] for name in ("WAI-S", "TASC"))
# One questionnaire: tasks 1, 2, 8, 12; bond 3, 5, 7, 9; goals 4, 6, 10, 11.
WHOLE = [4, 5, 3, 2, 4, 4, 5, 3, 4, 1, 5, 2]
BOTH_ROUND = frozenset({"wai_s_04", "wai_s_10"})


def answers(values, instrument=WAI):
    """By item code; None is missing."""
    pairs = zip(instrument.items, values, strict=True)
    return {item.code: value for item, value in pairs if value is not None}


def score(values, rule, item_means=None, instrument=WAI):
    return score_answers(instrument, rule, [answers(values, instrument)], item_means)[0]


def without(*numbers):
    return [None if number in numbers else value for number, value in enumerate(WHOLE, start=1)]


def parts_of(scored):
    return {code: part.score for code, part in scored.list_parts()}


def test_a_total_is_the_mean_or_the_sum_of_the_items_and_a_subscale_that_of_its_own():
    assert parts_of(score(WHOLE, Rule())) == {"": 42 / 12, "tasks": 3.5, "bond": 4.0, "goals": 3.0}
    assert parts_of(score([3, 3, 4, 3, 3, 4, 4, 4, 3, 4, 4, 3], Rule(), instrument=TASC)) == {"": 42.0}


def test_an_item_that_is_turned_round_counts_from_the_other_end():
    # 2 becomes 4 and 1 becomes 5: the sum rises by 6, and so does that of the goals.
    found = score(WHOLE, Rule(BOTH_ROUND))
    assert parts_of(found) == {"": 48 / 12, "tasks": 3.5, "bond": 4.0, "goals": 18 / 4}


def test_no_item_is_turned_round_that_nobody_named():
    assert [item.code for item in WAI.items if item.reversed] == []
    assert domain.default_rule(WAI) == Rule(frozenset(), "person mean", 0.8)


def test_without_imputation_a_missing_answer_leaves_out_the_total_and_its_own_subscale():
    found = score(without(9), Rule(missing="none"))
    assert parts_of(found) == {"": None, "tasks": 3.5, "bond": None, "goals": 3.0}
    assert found.reason == "11 of 12 items answered"
    assert found.subscales["bond"].reason == "3 of 4 items answered"
    assert (found.n_imputed, found.subscales["tasks"].n_imputed) == (0, 0)


def test_a_persons_mean_is_that_of_the_whole_questionnaire_in_subscales_too():
    # Without item 9 (a 4): 38 over 11 items; the bond has 3 + 4 + 5 of its own.
    found = score(without(9), Rule())
    assert found.score == 38 / 11
    assert found.subscales["bond"].score == pytest.approx((12 + 38 / 11) / 4, abs=1e-15)
    assert (found.n_imputed, found.subscales["bond"].n_imputed, found.subscales["goals"].n_imputed) == (
        1,
        1,
        0,
    )


def test_what_is_filled_in_is_the_mean_of_answers_that_are_already_turned():
    # Items 4 and 10 count 4 and 5: 42 + 6 - 4 over 11. Filled in before turning it would be another figure.
    found = score(without(9), Rule(BOTH_ROUND))
    assert found.score == 44 / 11
    turned_and_missing = score(without(10), Rule(BOTH_ROUND))
    assert turned_and_missing.score == 43 / 11  # 42 - 1 with item 4 turned: 41 - 2 + 4


def test_prorating_is_the_persons_mean_for_a_total_and_stays_within_a_subscale():
    rule = Rule(missing="prorate", least_answered=0.75)
    found = score(without(9), rule)
    assert found.score == 38 / 11
    assert found.subscales["bond"].score == 12 / 3
    sums = score([4, None, 4, 3, 3, 4, 4, 4, 3, 4, 4, 3], rule, instrument=TASC)
    assert (sums.score, sums.n_imputed) == (40 * 12 / 11, 1)
    at_default = score(without(9), Rule(missing="prorate"))
    assert at_default.score == 38 / 11
    assert at_default.subscales["bond"].reason == "3 of 4 items answered: at least 80% are needed"


def test_an_items_mean_is_that_of_its_session_and_is_turned_with_the_item():
    given = [answers(without(9, 10)), answers([5] * 12), answers([2] * 12), answers([1] * 12)]
    means = find_item_means(given, [1, 1, 1, 2])
    assert means[0] is means[1] and means[0]["wai_s_09"] == 3.5 and means[3]["wai_s_09"] == 1
    plain = score_answers(WAI, Rule(missing="item mean"), given, means)[0]
    assert plain.score == pytest.approx((42 - 4 - 1 + 3.5 + 3.5) / 12, abs=1e-15)
    turned = score_answers(WAI, Rule(frozenset({"wai_s_10"}), "item mean"), given, means)[0]
    assert turned.score == pytest.approx((42 - 4 - 1 + 3.5 + 2.5) / 12, abs=1e-15)
    assert turned.n_imputed == 2


def test_an_item_that_nobody_answered_at_a_session_has_no_mean_to_fill_in():
    given = [answers(without(9)), answers(without(9))]
    found = score_answers(WAI, Rule(missing="item mean"), given, find_item_means(given, [3, 3]))[0]
    assert (found.score, found.reason) == (None, "an item that nobody answered at this session")
    assert found.subscales["tasks"].score == 3.5


@pytest.mark.parametrize("missing", ["person mean", "item mean", "prorate"])
def test_too_few_answers_make_no_score_and_exactly_the_share_does(missing):
    means = find_item_means([answers(WHOLE)], [1])
    # 9 of 12 are 75 %, 10 of 12 are 83 %.
    found = score(without(1, 2, 3), Rule(missing=missing), means)
    assert (found.score, found.n_imputed) == (None, 0)
    assert found.reason == "9 of 12 items answered: at least 80% are needed"
    assert score(without(1, 2), Rule(missing=missing), means).n_imputed == 2
    assert score(without(1, 2, 3), Rule(missing=missing, least_answered=0.75), means).n_imputed == 3
    assert score(without(1, 2), Rule(missing=missing, least_answered=10 / 12), means).score is not None


def test_a_part_of_which_nothing_was_answered_has_no_score_whatever_the_rule():
    rule = Rule(missing="person mean", least_answered=0.5)
    found = score(without(3, 5, 7, 9), rule)
    assert found.score == 26 / 8
    assert found.subscales["bond"].score is None
    assert found.subscales["bond"].reason == "none of 4 items answered"
    assert score([None] * 12, rule).reason == "none of 12 items answered"


def read(name, delimiter=","):
    with (ALLIANCE / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def score_file(rows, rule):
    """The questionnaires of a file by dyad, session and measure, each with its own file's answers."""
    found = {}
    for measure in (WAI, TASC):
        own = [row for row in rows if row["measure"] == measure.name]
        texts = [[row[f"item_{n:02d}"] for n in range(1, 13)] for row in own]
        given = [answers([int(text) if text else None for text in one], measure) for one in texts]
        means = find_item_means(given, [int(row["session"]) for row in own])
        for row, scored in zip(own, score_answers(measure, rule, given, means), strict=True):
            found[row["dyad"], row["session"], measure.name] = scored
    return found


def test_the_items_of_the_study_give_exactly_the_scores_of_its_other_file():
    totals = {(row["dyad"], row["session"], row["measure"]): row["score"] for row in read("scores_long.csv")}
    found = score_file(read("items_long.csv"), Rule(missing="none"))
    wanted = {place: float(text) for place, text in totals.items() if text}
    given = {place: round(one.score, 4) for place, one in found.items() if one.score is not None}
    assert len(given) > 1500 and given == wanted


@pytest.mark.parametrize("missing", ["none", "person mean", "item mean", "prorate"])
def test_the_missing_answers_of_the_study_are_counted_and_filled_in(missing):
    rows = read("items_long_missing_excel_nl.csv", ";")
    holed = {
        (row["dyad"], row["session"], row["measure"])
        for row in rows
        if "" in [row[f"item_{n:02d}"] for n in range(1, 13)]
    }
    whole = score_file(read("items_long.csv"), Rule())
    found = score_file(rows, Rule(missing=missing))
    assert {place[2] for place in holed} == {"WAI-S"} and len(holed) == 17
    assert {p for p, one in found.items() if one.n_imputed or one.score is None} == holed
    assert {p for p, one in found.items() if p not in holed and one != whole[p]} == set()
    if missing == "none":
        assert {found[place].score for place in holed} == {None}
    else:
        assert sum(found[place].n_imputed for place in holed) == 17
        # One answer of twelve moves a mean of 1 to 5 by a third at most.
        assert all(0 <= abs(found[p].score - whole[p].score) < 4 / 12 for p in holed)


@given(
    st.lists(
        st.lists(st.sampled_from([1, 2, 3, 4, 5, None]), min_size=12, max_size=12), min_size=1, max_size=8
    ),
    st.sampled_from(["none", "person mean", "prorate"]),
    st.sampled_from([0.1, 0.5, 0.8, 1.0]),
    st.sets(st.sampled_from([item.code for item in WAI.items])),
)
@settings(max_examples=150, deadline=None)
def test_scores_are_those_of_plain_fractions(rows, missing, least, turned):
    """Against the definitions written out questionnaire by questionnaire, with exact fractions."""
    rule = Rule(frozenset(turned), missing, least)
    for row, found in zip(rows, score_answers(WAI, rule, [answers(row) for row in rows]), strict=True):
        values = {
            item.code: 6 - x if item.code in turned else x
            for item, x in zip(WAI.items, row, strict=True)
            if x is not None
        }
        scales = {"": [item.code for item in WAI.items]} | {one.code: one.items for one in WAI.subscales}
        for code, part in found.list_parts():
            wanted = by_hand(values, list(scales[code]), missing, Fraction(str(least)))
            assert (part.score is None) == (wanted is None)
            assert part.score is None or part.score == pytest.approx(float(wanted), abs=1e-14)
            assert part.score is None or 1 <= part.score <= 5
            lacking = len([one for one in scales[code] if one not in values])
            assert part.n_imputed == (0 if wanted is None else lacking)
            assert (part.reason is None) == (wanted is not None)


def by_hand(values, codes, missing, least):
    own = [values[code] for code in codes if code in values]
    if len(own) == len(codes):
        return Fraction(sum(own), len(own))
    if missing == "none" or not own:
        return None
    if missing == "prorate":
        return Fraction(sum(own), len(own)) if len(own) >= least * len(codes) else None
    if len(values) < least * 12:
        return None
    mean = Fraction(sum(values.values()), len(values))
    return (sum(own) + (len(codes) - len(own)) * mean) / len(codes)


@given(st.lists(st.integers(1, 5), min_size=12, max_size=12), st.integers(1, 12))
def test_a_mean_is_the_float_nearest_to_its_fraction(values, gap):
    whole = score(values, Rule())
    assert whole.score == float(Fraction(sum(values), 12))
    assert whole.subscales["bond"].score == float(Fraction(sum(values[n] for n in (2, 4, 6, 8)), 4))
    holed = [None if number == gap else value for number, value in enumerate(values, start=1)]
    assert score(holed, Rule()).score == pytest.approx((sum(values) - values[gap - 1]) / 11, abs=1e-15)


def test_what_cannot_be_scored_is_refused_with_the_place():
    for rule, said in (
        (Rule(missing="median"), "rule 'median' for missing answers; expected person mean, item mean"),
        (Rule(least_answered=0), "least share answered 0; expected more than 0"),
        (Rule(least_answered=1.2), "at most 1"),
        (Rule(frozenset({"tasc_01"})), "WAI-S has no item tasc_01"),
        (Rule(missing="item mean"), "item means for 0 questionnaires; expected 1"),
    ):
        with pytest.raises(StatsError, match=said):
            score(WHOLE, rule)
    with pytest.raises(StatsError, match="questionnaire 2, item wai_s_03: 6; expected 1 to 5"):
        score_answers(WAI, Rule(), [answers(WHOLE), answers(WHOLE) | {"wai_s_03": 6}])
    with pytest.raises(StatsError, match="questionnaire 1: WAI-S has no item x"):
        score_answers(WAI, Rule(), [{"x": 3}])
    assert score_answers(WAI, Rule(), []) == []


def test_the_rules_have_the_same_names_wherever_they_are_written():
    assert domain.MISSING_RULES == scoring_parts.MISSING_RULES == scoring.MISSING_RULES


def test_a_subscale_of_a_sum_is_a_sum():
    mapping = WAI.to_mapping() | {"scoring": "sum"}
    found = score(WHOLE, Rule(), instrument=parse_instrument(mapping))
    assert parts_of(found) == {"": 42.0, "tasks": 14.0, "bond": 16.0, "goals": 12.0}
    assert score(without(9), Rule(), instrument=parse_instrument(mapping)).score == 38 * 12 / 11
