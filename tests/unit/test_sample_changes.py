"""A frozen sequence beside the ruptures of today: every way in which it can differ, gravest first."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from coder_app.services.sample_changes import compare
from coder_app.services.sample_proposal import scores_of
from coder_app.services.sample_tables import CHANGES, write_changes
from coder_app.services.sample_view import LeftOut, SampleSequence, SampleView
from coder_app.web.lead.sample_words import say_change, summary

LIMITS = {"median": 40.0, "lower_half_median": 40.0, "upper_fourth": 41.0, "lower_limit": 39.0}
RUPTURE = {"pre": 4, "central": 5, "post": 6, "criterion": "both", "type": "repaired", "reason": None}


def content_of(rupture, **changed):
    """What is found today in one series of eight sessions."""
    series = {
        "dyad": "D1",
        "sessions": [1, 2, 3, 4, 5, 6, 7, 8],
        "scores": [40.0, 41.0, 40.0, 41.0, 31.0, 40.0, 41.0, 40.0],
        "analysed": True,
        "why_not": None,
        "ruptures": [rupture] if rupture else [],
        **LIMITS,
    } | changed
    analysis = {"informant": "child", "measure": "TASC", "pooled_sd": 3.0, "series": [series]}
    return {"settings": {"k": 1.0}, "analyses": [analysis]}


def frozen_of(content, left_out=()):
    analysis = content["analyses"][0]
    scores = scores_of(analysis, analysis["series"][0], RUPTURE)
    one = SampleSequence("child", "D1", 4, 5, 6, "both", "repaired", "TASC", scores)
    known = frozenset((row.informant, row.dyad, row.central, row.measure) for row in left_out)
    at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    return SampleView({"k": 1.0}, "0" * 64, at, "Lead", (one,), 3, True, tuple(left_out), 0, known)


FROZEN = frozen_of(content_of(RUPTURE))
SHORT = {"analysed": False, "why_not": "longest run is 3 of 7 consecutive scores"}
GAP = {"scores": [40.0, 41.0, 40.0, 41.0, None, 40.0, 41.0, 40.0]}
LEFT = {"sessions": [1, 2, 3, 4, 6, 7, 8], "scores": [40.0, 41.0, 40.0, 41.0, 40.0, 41.0, 40.0]}


@pytest.mark.parametrize(
    ("rupture", "changed", "states", "said"),
    [
        (RUPTURE, {}, ("unchanged",), ""),
        (RUPTURE | {"criterion": "absolute"}, {}, ("another criterion",), "now by absolute"),
        (RUPTURE | {"post": 7}, {}, ("other sessions",), "now 4, 5, 7"),
        (
            RUPTURE | {"post": None, "type": None, "reason": "no score at session 6"},
            {"scores": [40.0, 41.0, 40.0, 41.0, 31.0, None, 41.0, 40.0]},
            ("another type", "other sessions", "scores changed"),
            "now not classifiable (no score at session 6)",
        ),
        (RUPTURE, {"lower_limit": 38.0}, ("limits changed",), "Lower limit 39 → 38."),
        # A float's noise in a limit is no change.
        (RUPTURE, {"lower_limit": 39.0 + 1e-12}, ("unchanged",), ""),
        (None, {}, ("no longer a rupture",), "no criterion is met any more"),
        (None, SHORT, ("no longer a rupture",), "the series is not analysed: longest run"),
        (None, GAP, ("no longer a rupture", "scores changed"), "session 5 has no score any more"),
        (None, LEFT, ("no longer a rupture", "scores changed"), "session 5 does not count any more"),
    ],
)
def test_a_sequence_says_everything_that_has_changed(rupture, changed, states, said):
    changes = compare(FROZEN, content_of(rupture, **changed))
    (row,) = changes.rows
    assert row.states == states
    assert said in " ".join(say_change(row))
    assert changes.n_changed == (states != ("unchanged",))
    assert "Of 1 frozen sequence: 1 " in summary(changes)
    assert len(write_changes(FROZEN, changes).splitlines()[1].split(",")) >= len(CHANGES)


def test_a_series_that_is_gone_is_said_to_be_gone():
    (row,) = compare(FROZEN, {"settings": {}, "analyses": []}).rows
    assert row.states == ("no longer a rupture", "scores changed", "limits changed")
    assert row.reason == "there is no series of this dyad, informant and measure any more"


def test_what_was_left_out_is_not_new_even_to_whoever_may_not_see_why():
    other = RUPTURE | {"pre": 6, "central": 7, "post": 8}
    today = content_of(RUPTURE)
    today["analyses"][0]["series"][0]["ruptures"].append(other)
    left = LeftOut("child", "TASC", "D1", 6, 7, 8, "both", "repaired", "not recorded", "no recording")
    assert [one.state for one in compare(FROZEN, today).added] == ["new rupture"]
    assert compare(frozen_of(today, [left]), today).added == ()
    analyst = replace(frozen_of(today, [left]), left_out=(), n_hidden=1)
    assert compare(analyst, today).added == ()
