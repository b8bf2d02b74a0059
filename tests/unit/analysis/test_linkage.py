"""Linkage: which sequences enter, which stay out and why, and means by position."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coder_app.analysis.linkage import LONG_COLUMNS, link_codes, select_contrast, summarise_positions
from coder_app.analysis.permutation import permutation_test
from coder_app.analysis.results import StatsError


def codes_of(*rows: tuple[str, int, float | None]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["dyad", "session", "score"])


def sequences_of(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["dyad", "informant", "pre", "central", "post", "type"])


CODES = codes_of(*[(dyad, session, session * 1.5) for dyad in ("D1", "D2", "D3") for session in range(1, 9)])


def test_a_complete_sequence_becomes_three_rows_with_its_scores() -> None:
    linked = link_codes(CODES, sequences_of(("D1", "child", 2, 3, 4, "repaired")))
    assert list(linked.long.columns) == list(LONG_COLUMNS)
    assert linked.long.to_dict("list") == {
        "sequence": ["D1 child 3"] * 3,
        "dyad": ["D1"] * 3,
        "informant": ["child"] * 3,
        "rupture_type": ["repaired"] * 3,
        "position": ["pre", "central", "post"],
        "session": [2, 3, 4],
        "score": [3.0, 4.5, 6.0],
    }
    assert (linked.n_sequences, linked.n_positions, linked.n_recordings) == (1, 3, 3)
    assert (linked.incomplete, linked.warnings) == ((), ())


@pytest.mark.parametrize(
    ("row", "missing", "reason"),
    [
        (("D1", "child", 7, 8, None, None), ("post",), "post: no session"),
        (("D1", "child", 7, 8, 9, "repaired"), ("post",), "post: session 9 was not coded"),
        (
            ("D9", "child", 1, 2, 3, "repaired"),
            ("pre", "central", "post"),
            "pre: session 1 was not coded; central: session 2 was not coded; post: session 3 was not coded",
        ),
        (("D4", "child", 1, 2, 3, "repaired"), ("central",), "central: session 2 has no score"),
    ],
)
def test_an_incomplete_sequence_stays_out_and_says_what_it_lacks(
    row: tuple, missing: tuple[str, ...], reason: str
) -> None:
    codes = pd.concat([CODES, codes_of(("D4", 1, 2.0), ("D4", 2, None), ("D4", 3, 2.0))])
    linked = link_codes(codes, sequences_of(row, ("D2", "child", 2, 3, 4, "repaired")))
    (out,) = linked.incomplete
    assert (out.dyad, out.missing, out.reason) == (row[0], missing, reason)
    assert set(linked.long["dyad"]) == {"D2"}


def test_a_contrast_of_two_positions_may_ask_for_those_two_only() -> None:
    sequences = sequences_of(("D1", "child", 7, 8, None, None))
    assert link_codes(CODES, sequences).n_sequences == 0
    linked = link_codes(CODES, sequences, positions=("pre", "central"))
    assert (linked.n_sequences, linked.incomplete) == (1, ())
    assert list(linked.long["session"]) == [7, 8]


def test_recordings_shared_by_informants_are_counted_once_and_not_warned_of() -> None:
    linked = link_codes(
        CODES, sequences_of(("D1", "child", 2, 3, 4, "repaired"), ("D1", "therapist", 4, 5, 6, "repaired"))
    )
    assert (linked.n_positions, linked.n_recordings, linked.warnings) == (6, 5, ())


def test_a_dyad_with_several_sequences_and_a_recording_used_twice_are_warned_of() -> None:
    linked = link_codes(
        CODES,
        sequences_of(
            ("D1", "child", 2, 3, 4, "repaired"),
            ("D1", "child", 4, 5, 6, "repaired"),
            ("D2", "child", 2, 3, 4, "repaired"),
        ),
    )
    assert linked.warnings == (
        "child: dyad D1 gives 2 sequences to one test",
        "child: session 4 of dyad D1 occurs 2 times in one test",
    )


def test_an_incomplete_sequence_of_the_same_dyad_is_no_reason_to_warn() -> None:
    linked = link_codes(
        CODES, sequences_of(("D1", "child", 2, 3, 4, "repaired"), ("D1", "child", 7, 8, None, None))
    )
    assert linked.warnings == ()


def test_no_sequence_at_all_gives_an_empty_frame() -> None:
    linked = link_codes(CODES, sequences_of())
    assert (linked.n_sequences, linked.n_positions, linked.n_recordings, linked.warnings) == (0, 0, 0, ())
    assert list(linked.long.columns) == list(LONG_COLUMNS)
    assert summarise_positions(select_contrast(linked.long, "child", ("pre", "central"))) == ()


@pytest.mark.parametrize(
    ("codes", "sequences", "message"),
    [
        (pd.concat([CODES, CODES.iloc[[0]]]), sequences_of(), "codes: dyad D1, session 1: two scores"),
        (CODES.drop(columns="score"), sequences_of(), "codes: missing column score"),
        (CODES, sequences_of().drop(columns="type"), "sequences: missing column type"),
        (CODES, sequences_of(*[("D1", "child", 2, 3, 4, "repaired")] * 2), "sequences: D1 child 3: two rows"),
    ],
)
def test_ambiguous_input_is_refused_by_place(
    codes: pd.DataFrame, sequences: pd.DataFrame, message: str
) -> None:
    with pytest.raises(StatsError, match=message):
        link_codes(codes, sequences)


def test_a_contrast_is_what_the_permutation_test_takes() -> None:
    sequences = sequences_of(
        ("D1", "child", 2, 3, 4, "repaired"),
        ("D2", "child", 2, 3, 4, "unrepaired"),
        ("D3", "child", 2, 3, 4, "repaired"),
        ("D3", "therapist", 2, 3, 4, "repaired"),
    )
    codes = CODES.assign(score=[float(at * at % 7) for at in range(len(CODES))])
    long = link_codes(codes, sequences).long
    within = select_contrast(long, "child", ("pre", "central"))
    assert list(within.columns) == ["sequence", "position", "score"]
    assert permutation_test(within, 10).design == "within"
    mixed = select_contrast(long, "child", ("central", "post"), by_type=True)
    assert permutation_test(mixed, 10).design == "mixed"
    assert len(within) == len(mixed) == 6


def test_a_sequence_without_a_type_leaves_the_comparison_of_types() -> None:
    sequences = sequences_of(("D1", "child", 2, 3, 4, None), ("D2", "child", 2, 3, 4, "repaired"))
    long = link_codes(CODES, sequences).long
    assert set(select_contrast(long, "child", ("central", "post"), by_type=True)["sequence"]) == {
        "D2 child 3"
    }
    assert select_contrast(long, "child", ("central", "post"))["sequence"].nunique() == 2


def test_means_and_intervals_are_given_by_position() -> None:
    contrast = pd.DataFrame({"position": ["pre", "central"] * 3, "score": [1.0, 2, 3, 2, 5, 2]})
    pre, central = summarise_positions(contrast)
    # t.test(c(1, 3, 5))$conf.int: 3 -+ 4.302653 * 2 / sqrt(3).
    assert (pre.position, pre.rupture_type, pre.n, pre.mean, pre.sd) == ("pre", None, 3, 3.0, 2.0)
    assert (pre.lower, pre.upper) == (pytest.approx(-1.968275, abs=1e-6), pytest.approx(7.968275, abs=1e-6))
    assert (central.mean, central.sd, central.lower, central.upper) == (2, 0, 2, 2)


def test_means_by_type_leave_a_single_score_without_spread() -> None:
    contrast = pd.DataFrame(
        {
            "position": ["pre"] * 3,
            "rupture_type": ["repaired", "repaired", "unrepaired"],
            "score": [1.0, 2.0, 4.0],
        }
    )
    repaired, unrepaired = summarise_positions(contrast)
    assert (repaired.rupture_type, repaired.n, repaired.mean) == ("repaired", 2, 1.5)
    assert (unrepaired.n, unrepaired.mean, unrepaired.sd, unrepaired.lower) == (1, 4.0, None, None)
    assert unrepaired.reason == "one score has no spread"


@settings(deadline=None, max_examples=50)
@given(
    st.sets(st.tuples(st.sampled_from(["D1", "D2"]), st.integers(1, 9)), max_size=18),
    st.sets(st.tuples(st.sampled_from(["D1", "D2"]), st.integers(2, 8)), max_size=8),
)
def test_every_sequence_is_either_linked_whole_or_listed_with_a_reason(
    coded: set[tuple[str, int]], central: set[tuple[str, int]]
) -> None:
    codes = codes_of(*[(dyad, session, 1.0) for dyad, session in sorted(coded)])
    rows = [(dyad, "child", at - 1, at, at + 1, "repaired") for dyad, at in sorted(central)]
    linked = link_codes(codes, sequences_of(*rows))
    assert linked.n_sequences + len(linked.incomplete) == len(rows)
    assert linked.n_positions == 3 * linked.n_sequences
    assert linked.n_recordings == len(set(zip(linked.long["dyad"], linked.long["session"], strict=True)))
    for out in linked.incomplete:
        assert out.missing and all(position in out.reason for position in out.missing)
    assert (linked.n_recordings < linked.n_positions) == any(
        "occurs" in warning for warning in linked.warnings
    )
