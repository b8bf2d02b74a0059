"""What the page of rare and ordinal items says: reasons in people's words, numbers that do not overstate."""

import pytest

from coder_app.web.charts.dots import short_of_one
from coder_app.web.lead.agreement_words import evidence_of, figure_or_reason, for_people, rare_sentence


def figure(estimate=None, lower=None, upper=None, reason=None):
    return {"estimate": estimate, "lower": lower, "upper": upper, "reason": reason}


@pytest.mark.parametrize(
    ("given", "segments", "said"),
    [
        ("the two raters share no target", False, "the two coders share no recording"),
        ("no target has two ratings", True, "no segment has two ratings"),
        ("no interval from one unit", True, "no interval from one recording"),
        (None, False, None),
    ],
)
def test_a_reason_of_the_analysis_speaks_of_recordings_and_coders(given, segments, said):
    assert for_people(given, segments) == said


@pytest.mark.parametrize(
    ("value", "printed"),
    [(0.994, ".99"), (0.998, ".998"), (0.99999, ".999"), (1.0, "1.00"), (1 - 1e-15, "1.00"), (-0.2, "−.20")],
)
def test_only_full_agreement_is_printed_as_one(value, printed):
    assert short_of_one(value) == printed


def test_a_figure_never_stands_without_its_interval_or_the_reason():
    assert figure_or_reason(figure(0.5, 0.2, 0.7)) == ".50 [.20, .70]"
    assert (
        figure_or_reason(figure(0.5, reason="no interval from one target"))
        == ".50 (no interval from one recording)"
    )
    assert (
        figure_or_reason(figure(reason="no target has two ratings"))
        == "not computable: no recording has two ratings"
    )


def rare(counts, n_used, icc):
    return {
        "n_scores": sum(counts),
        "counts": counts,
        "n_used": n_used,
        "icc": figure(icc),
        "percent_agreement": 49 / 51,
        "ac2": figure(0.998, 0.995, 1.0),
    }


def test_a_rare_item_is_explained_by_its_own_numbers():
    assert rare_sentence(rare([51, 0, 0], 0, None), 0).startswith("All 51 scores are 0.")
    said = rare_sentence(rare([50, 1, 0], 1, 0.0), 0)
    assert said.startswith("1 of 51 scores lies above 0, in 1 recording.")
    assert "the ICC would be .00: it hangs on that one recording alone" in said
    assert "96% are the same" in said
    assert "AC2 is .998 [" in said


def test_recordings_that_lack_a_coder_are_counted():
    found = {"n_subset": 17, "n_recordings": 9, "n_partly": 2}
    assert evidence_of(found) == "9 of 17 recordings enter, 2 of them without one of the coders or more"
    assert evidence_of({"n_subset": 0, "n_recordings": 0, "n_partly": 0}).startswith(
        "no recording is allotted"
    )
