"""When an answer stands and when it has come too late."""

import pytest

from coder_app.domain.instruments import bundled_instruments
from coder_app.domain.rating import Change, Trace, Verdict, find_fault, judge

CIRS = bundled_instruments()["CIRS"]
ITEM = CIRS.items[0].code
REASON = CIRS.not_codable_reasons[0].code


def change(score=3, reason=None, item=ITEM, page="a", sequence=1, base=0) -> Change:
    return Change(item=item, score=score, reason=reason, page=page, sequence=sequence, base=base)


def test_every_score_of_the_scale_stands():
    assert [find_fault(CIRS, change(score)) for score in range(6)] == [None] * 6


def test_a_reason_stands_in_place_of_a_score():
    assert find_fault(CIRS, change(None, REASON)) is None


def test_clearing_an_item_stands():
    assert find_fault(CIRS, change(None)) is None


@pytest.mark.parametrize(
    ("wrong", "names"),
    [
        (change(6), "0 to 5"),
        (change(-1), "0 to 5"),
        (change(item="cirs_99"), "cirs_99"),
        (change(None, "bored"), "bored"),
        (change(3, REASON), "both"),
    ],
)
def test_what_cannot_stand_is_named(wrong, names):
    assert names in find_fault(CIRS, wrong)


@pytest.mark.parametrize("wrong", [change(item="x" * 10_000), change(None, "x" * 10_000)])
def test_what_cannot_stand_is_named_in_a_sentence_that_the_audit_trail_can_hold(wrong):
    assert len(find_fault(CIRS, wrong)) < 200


def test_within_a_page_the_highest_sequence_wins():
    last = Trace(revision=4, page="a", sequence=7)
    assert judge(change(sequence=8, base=0), last) is Verdict.ACCEPT
    assert judge(change(sequence=7, base=4), last) is Verdict.LATE
    assert judge(change(sequence=6, base=4), last) is Verdict.LATE


def test_between_pages_only_the_current_base_is_accepted():
    last = Trace(revision=4, page="a", sequence=7)
    assert judge(change(page="b", base=4), last) is Verdict.ACCEPT
    assert judge(change(page="b", base=3), last) is Verdict.CONFLICT
    assert judge(change(page="b", base=0), None) is Verdict.ACCEPT
    assert judge(change(page="b", base=2), None) is Verdict.CONFLICT
