"""The methods of permutation tests: permuco's, and those that keep values where they can be exchanged."""

import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from coder_app.analysis.layout import read_layout
from coder_app.analysis.permutation import permutation_test
from coder_app.analysis.results import StatsError
from coder_app.analysis.schemes import WHOLE_SEQUENCES, WITHIN_SEQUENCES, make_orders

REFERENCE = Path(__file__).parents[2] / "reference"
CASES = {
    name: case
    for name, case in json.loads((REFERENCE / "perm.json").read_text())["cases"].items()
    if "file" in case
}
WITH_MATRIX = [name for name, case in CASES.items() if "P_file" in case]
R_NAMES = {"rupture_type": "type", "position": "session", "rupture_type:position": "type:session"}
BLOCKED = ("freedman_lane", "restricted")


def read_case(name: str) -> pd.DataFrame:
    names = {"id": "sequence", "type": "rupture_type", "session": "position", "y": "score"}
    return pd.read_csv(REFERENCE / CASES[name]["file"]).rename(columns=names)


def frame_of(table: np.ndarray, types: list[str] | None = None, dyads: list[str] | None = None):
    n, levels = table.shape
    frame = pd.DataFrame(
        {
            "sequence": np.repeat([f"s{i:02d}" for i in range(n)], levels),
            "position": np.tile(["pre", "central", "post"][:levels], n),
            "score": table.ravel(),
        }
    )
    for name, values in (("rupture_type", types), ("dyad", dyads)):
        if values is not None:
            frame[name] = np.repeat(values, levels)
    return frame


def p_of(frame: pd.DataFrame, **options: object) -> dict[str, float]:
    return {e.effect: e.p_permutation for e in permutation_test(frame, **options).effects}


@pytest.mark.parametrize("name", WITH_MATRIX)
def test_residuals_without_the_other_error_give_permucos_p_to_the_last_permutation(name: str) -> None:
    # R permuco 1.1.3, aovperm(method = "Rde_kheradPajouh_renaud", P = ...).
    matrix = np.loadtxt(REFERENCE / "perm" / f"P_{name}_2000.csv", delimiter=",", dtype=int) - 1
    expected = CASES[name]["P2000_Rde_kheradPajouh_renaud"]
    for effect in permutation_test(read_case(name), method="rde", matrix=matrix).effects:
        assert effect.f == pytest.approx(expected[R_NAMES[effect.effect]]["F"], abs=1e-8)
        assert effect.p_permutation == expected[R_NAMES[effect.effect]]["resampled P(>F)"]


@pytest.mark.parametrize(("name", "nothing_left"), [("within_4x2_enum", 0), ("mixed_4x2_enum_2_2", 144)])
def test_all_orders_of_those_residuals_are_listed_as_permuco_lists_them(name: str, nothing_left: int) -> None:
    # 144 orders leave neither effect nor error within sequences: 0 / 0 is noise in R and counted here.
    expected = CASES[name]["complete_8fact_Rde_kheradPajouh_renaud"]
    for effect in permutation_test(read_case(name), permutations=40_320, method="rde").effects:
        unsure = 0 if effect.effect == "rupture_type" else nothing_left / 40_320
        in_r = expected[R_NAMES[effect.effect]]["resampled P(>F)"]
        assert effect.p_permutation - unsure - 1e-12 <= in_r <= effect.p_permutation + 1e-12


@pytest.mark.parametrize("method", BLOCKED)
@pytest.mark.parametrize("name", ["within_10x2", "within_10x2_ties", "within_4x2_enum"])
def test_within_sequences_the_listed_orders_are_all_sign_flips(name: str, method: str) -> None:
    (effect,) = permutation_test(read_case(name), permutations=1024, method=method).effects
    assert effect.enumerated and effect.n_permutations == CASES[name]["exact_within_signflip"]["n_perm"]
    assert effect.p_permutation == effect.p_exact
    assert (effect.p_lower, effect.p_upper) == (None, None)


@pytest.mark.parametrize("name", ["mixed_13x2_9_4", "mixed_4x2_enum_2_2"])
def test_whole_sequences_the_listed_orders_are_all_reassignments_of_types(name: str) -> None:
    expected = CASES[name]["exact_group_reassignment"]
    for effect in permutation_test(read_case(name), permutations=1000, method="restricted").effects:
        if effect.effect == "position":
            continue
        assert effect.enumerated and effect.n_permutations == expected["n_perm"]
        assert effect.p_permutation == pytest.approx(effect.p_exact, abs=1e-12)


def test_residuals_in_blocks_are_permuted_as_refitting_the_model_permutes_them() -> None:
    """All 2^4 swaps of the residuals of each effect's reduced model, each refitted by least squares."""
    frame = read_case("mixed_4x2_enum_2_2")
    layout = read_layout(frame)
    kind = np.where(layout.type_of_sequence[layout.sequence] == 0, 1.0, -1.0)
    place = np.where(layout.position == 0, 1.0, -1.0)
    columns = {
        "mean": np.ones(8), "rupture_type": kind, "position": place, "rupture_type:position": kind * place,
    }  # fmt: skip

    def square(y: np.ndarray, names: list[str]) -> float:
        x = np.column_stack([columns[name] for name in names])
        return float(((y - x @ np.linalg.lstsq(x, y, rcond=None)[0]) ** 2).sum())

    def f_of(y: np.ndarray, effect: str) -> float:
        rest = [name for name in columns if name != effect]
        total = y - y.reshape(4, 2).mean(axis=1).repeat(2)
        within = square(total, ["position", "rupture_type:position"])
        return (square(y, rest) - square(y, list(columns))) / (within / 2)

    sorted_frame = frame.sort_values(["sequence", "position"], key=lambda c: c.map(str), kind="stable")
    by_row = read_layout(sorted_frame)
    kind[:] = np.where(by_row.type_of_sequence[by_row.sequence] == 0, 1.0, -1.0)
    place[:] = np.where(by_row.position == 0, 1.0, -1.0)
    columns["rupture_type:position"] = kind * place
    y = by_row.scores
    for effect in ("position", "rupture_type:position"):
        x = np.column_stack([columns[name] for name in columns if name != effect])
        fitted = x @ np.linalg.lstsq(x, y, rcond=None)[0]
        values = []
        for swaps in itertools.product((False, True), repeat=4):
            pairs = (y - fitted).reshape(4, 2)
            moved = np.where(np.array(swaps)[:, None], pairs[:, ::-1], pairs).ravel()
            values.append(f_of(fitted + moved, effect))
        expected = np.mean(np.array(values) >= values[0] - 1e-9)
        found = permutation_test(sorted_frame, permutations=16, method="freedman_lane").effects
        (own,) = [one for one in found if one.effect == effect]
        assert own.enumerated and own.n_permutations == 16
        assert own.f == pytest.approx(values[0])
        assert own.p_permutation == pytest.approx(expected)


@pytest.mark.parametrize("method", BLOCKED)
def test_drawn_orders_come_near_the_listed_ones_and_their_interval_says_how_near(method: str) -> None:
    frame = read_case("mixed_13x2_9_4")
    listed = permutation_test(frame, permutations=10_000, method=method)
    drawn = permutation_test(frame, permutations=700, seed=2, method=method)
    for all_of_them, some in zip(listed.effects, drawn.effects, strict=True):
        assert all_of_them.enumerated and not some.enumerated
        b, m = round(some.p_permutation * 700) - 1, 699
        limits = stats.binomtest(b, m).proportion_ci(0.95, "exact")
        assert (some.p_lower, some.p_upper) == pytest.approx((limits.low, limits.high), abs=1e-9)
        assert some.p_lower - 0.01 <= all_of_them.p_permutation <= some.p_upper + 0.01


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from([(1, 1, 2), (2, 2, 1, 1), (3, 1, 1)]), st.integers(2, 3))
def test_orders_keep_to_their_sequences_or_keep_sequences_whole(
    seed: int, sizes: tuple[int, ...], levels: int
) -> None:
    dyads = [f"d{at}" for at, size in enumerate(sizes) for _ in range(size)]
    n = len(dyads)
    types = ["repaired", "unrepaired"] + ["repaired"] * (n - 2)
    frame = frame_of(np.arange(n * levels, dtype=float).reshape(n, levels), types, dyads)
    layout = read_layout(frame.sample(frac=1, random_state=seed))
    for unit, permutations in itertools.product(("sequence", "dyad"), (50, 10**6)):
        inside = make_orders(WITHIN_SEQUENCES, layout, unit, permutations, seed)
        for block in inside.blocks:
            assert (np.sort(block, axis=1) == np.arange(n * levels)).all()
            assert (layout.sequence[block] == layout.sequence).all()
            if unit == "dyad":
                assert_dyads_move_together(layout, layout.position[block])
        whole = make_orders(WHOLE_SEQUENCES, layout, unit, permutations, seed)
        for block in whole.blocks:
            assert (np.sort(block, axis=1) == np.arange(n * levels)).all()
            assert (layout.position[block] == layout.position).all()
            sizes_of = np.bincount(layout.dyads)[layout.dyads][layout.sequence]
            assert unit == "sequence" or (sizes_of[block] == sizes_of).all()


def assert_dyads_move_together(layout, positions: np.ndarray) -> None:
    dyads = layout.dyads[layout.sequence]
    for dyad, position in itertools.product(set(dyads), set(layout.position)):
        rows = np.flatnonzero((dyads == dyad) & (layout.position == position))
        assert (positions[:, rows] == positions[:, rows[:1]]).all()


def test_the_orders_of_dyads_are_counted_by_dyads() -> None:
    frame = frame_of(
        np.random.default_rng(1).normal(size=(5, 2)),
        ["repaired", "unrepaired", "repaired", "repaired", "unrepaired"],
        ["a", "a", "b", "c", "d"],
    )
    by_effect = {
        effect.effect: effect
        for effect in permutation_test(frame, permutations=1000, method="restricted", unit="dyad").effects
    }
    assert by_effect["position"].n_permutations == 2**4
    # The dyad with two sequences has no other to change places with; three dyads hold one unrepaired.
    assert by_effect["rupture_type"].n_permutations == 3


def test_by_dyads_a_true_null_is_rejected_as_often_as_it_should_be_where_sequences_share_a_dyad() -> None:
    """Three sequences of one dyad share their difference: flipped one by one they look like evidence."""
    generator = np.random.default_rng(11)
    dyads = [f"d{at}" for at in (0, 0, 0, 0, 1, 1, 2, 3, 4, 5)]
    codes = np.array([int(name[1:]) for name in dyads])
    found = {"sequence": 0, "dyad": 0}
    trials = 400
    for _ in range(trials):
        differences = generator.normal(size=6)[codes] + 0.1 * generator.normal(size=10)
        frame = frame_of(np.column_stack((np.zeros(10), differences)), dyads=dyads)
        for unit in found:
            found[unit] += p_of(frame, permutations=1024, method="restricted", unit=unit)["position"] <= 0.1
    assert found["dyad"] / trials < 0.14
    assert found["sequence"] / trials > 0.2


def test_under_the_null_exact_p_is_uniform() -> None:
    generator = np.random.default_rng(5)
    types = ["repaired"] * 4 + ["unrepaired"] * 4
    ps = [
        p_of(frame_of(generator.normal(size=(8, 2)), types), permutations=256, method="restricted")
        for _ in range(300)
    ]
    for effect in ("rupture_type", "rupture_type:position"):
        # All re-assignments give p in steps of 2/70; the shares at three of them.
        for level in (7 / 70, 21 / 70, 42 / 70):
            share = np.mean([one[effect] <= level + 1e-9 for one in ps])
            assert abs(share - level) < 4 * (level * (1 - level) / 300) ** 0.5


@settings(deadline=None, max_examples=20)
@given(
    st.integers(0, 10**6),
    st.sampled_from(["rd", "rde", "freedman_lane", "restricted"]),
    st.sampled_from([0.5, 4.0, -2.0]),
    st.integers(-50, 50),
)
def test_origin_and_unit_change_no_p_of_any_method(seed: int, method: str, scale: float, shift: int) -> None:
    table = np.random.default_rng(seed).integers(0, 6, size=(7, 2)).astype(float)
    types = ["repaired"] * 4 + ["unrepaired"] * 3
    before, after = (
        p_of(frame_of(one, types), permutations=300, method=method) for one in (table, table * scale + shift)
    )
    assert before == after


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"unit": "dyad"}, "method rd moves single observations"),
        ({"unit": "child", "method": "restricted"}, "unit 'child'; expected one of sequence, dyad"),
        ({"method": "restricted", "matrix": np.arange(20)[:, None]}, "draws its own permutations"),
    ],
)
def test_what_does_not_go_together_is_refused(options: dict, message: str) -> None:
    with pytest.raises(StatsError, match=message):
        permutation_test(read_case("within_10x2"), **options)


@pytest.mark.parametrize(
    ("dyads", "message"),
    [(["a", "b", "a", "a"], "sequence s00: two dyads"), (["a", "a", None, "b"], "sequence s01: no dyad")],
)
def test_a_sequence_without_one_dyad_is_refused_by_name(dyads: list, message: str) -> None:
    frame = frame_of(np.arange(4.0).reshape(2, 2)).assign(dyad=dyads)
    with pytest.raises(StatsError, match=message):
        permutation_test(frame, 10)
