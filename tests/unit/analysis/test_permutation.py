"""Permutation analysis of variance: permuco and afex to the last digit, exact tests, and limits."""

import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from coder_app.analysis import orders
from coder_app.analysis.designs import find_effect_spaces
from coder_app.analysis.exact import flip_signs, reassign_types
from coder_app.analysis.layout import read_layout
from coder_app.analysis.paired import compare_pairs, correct_small_sample
from coder_app.analysis.permutation import PermutationResult, permutation_test
from coder_app.analysis.results import StatsError

REFERENCE = Path(__file__).parents[2] / "reference"
CASES = {
    name: case
    for name, case in json.loads((REFERENCE / "perm.json").read_text())["cases"].items()
    if "file" in case
}
WITH_MATRIX = [name for name, case in CASES.items() if "P_file" in case]
LISTED = [name for name in CASES if name not in WITH_MATRIX]
R_NAMES = {"rupture_type": "type", "position": "session", "rupture_type:position": "type:session"}
RD = "Rd_kheradPajouh_renaud"


def read_case(name: str) -> pd.DataFrame:
    names = {"id": "sequence", "type": "rupture_type", "session": "position", "y": "score"}
    return pd.read_csv(REFERENCE / CASES[name]["file"]).rename(columns=names)


def read_matrix(name: str) -> np.ndarray:
    return np.loadtxt(REFERENCE / "perm" / f"P_{name}_2000.csv", delimiter=",", dtype=int) - 1


def frame_of(table: np.ndarray, types: list[str] | None = None) -> pd.DataFrame:
    """Scores of sequences x positions as a long frame."""
    n, levels = table.shape
    frame = pd.DataFrame(
        {
            "sequence": np.repeat([f"s{i:02d}" for i in range(n)], levels),
            "position": np.tile(["pre", "central", "post", "later"][:levels], n),
            "score": table.ravel(),
        }
    )
    return frame if types is None else frame.assign(rupture_type=np.repeat(types, levels))


def by_effect(result: PermutationResult) -> dict:
    return {effect.effect: effect for effect in result.effects}


@pytest.mark.parametrize("name", WITH_MATRIX)
def test_the_permutations_that_permuco_drew_give_its_p_to_the_last_one(name: str) -> None:
    # R permuco 1.1.3, aovperm(method = "Rd_kheradPajouh_renaud", P = ...).
    result = permutation_test(read_case(name), matrix=read_matrix(name))
    expected = CASES[name][f"P2000_{RD}"]
    assert len(result.effects) == len([key for key in expected if key != "warn"])
    for effect in result.effects:
        value = expected[R_NAMES[effect.effect]]
        assert effect.f == pytest.approx(value["F"], abs=1e-8)
        assert (effect.df1, effect.df2) == (value["dfn"], value["dfd"])
        assert effect.p_parametric == pytest.approx(value["parametric P(>F)"], abs=1e-12)
        assert effect.p_permutation == value["resampled P(>F)"]
        assert (effect.n_permutations, effect.enumerated) == (2000, False)


@pytest.mark.parametrize("name", CASES)
def test_f_is_that_of_afex_with_type_three_sums_of_squares(name: str) -> None:
    # R afex 1.2-1, aov_car(type = 3).
    for effect in permutation_test(read_case(name), permutations=1).effects:
        assert effect.f == pytest.approx(CASES[name]["afex_type3"][R_NAMES[effect.effect]]["F"], abs=1e-8)


@pytest.mark.parametrize("name", LISTED)
def test_all_orders_of_a_small_design_are_listed_as_permuco_lists_them(name: str) -> None:
    for effect in permutation_test(read_case(name), permutations=40_320).effects:
        expected = CASES[name][f"complete_8fact_{RD}"][R_NAMES[effect.effect]]["resampled P(>F)"]
        assert effect.p_permutation == pytest.approx(expected, abs=1e-12)
        assert (effect.n_permutations, effect.enumerated) == (40_320, True)


@pytest.mark.parametrize("name", WITH_MATRIX)
def test_drawn_permutations_agree_with_half_a_million_of_permuco(name: str) -> None:
    for effect in permutation_test(read_case(name), permutations=50_000, seed=3).effects:
        expected = CASES[name][f"np500000_{RD}"][R_NAMES[effect.effect]]["resampled P(>F)"]
        error = (expected * (1 - expected) * (1 / 50_000 + 1 / 500_000)) ** 0.5
        assert abs(effect.p_permutation - expected) < 4 * error + 1 / 50_000


@pytest.mark.parametrize("name", ["within_10x2", "within_10x2_ties", "within_4x2_enum"])
def test_all_sign_flips_give_the_exact_p_of_r(name: str) -> None:
    (effect,) = permutation_test(read_case(name), permutations=1).effects
    expected = CASES[name]["exact_within_signflip"]
    assert effect.p_exact == expected["p_two_sided"]
    assert effect.exact_method == f"sign flip, 2^{int(np.log2(expected['n_perm']))}"


@pytest.mark.parametrize("name", ["mixed_13x2_9_4", "mixed_4x2_enum_2_2"])
def test_all_reassignments_of_types_give_the_exact_p_of_r(name: str) -> None:
    effects = by_effect(permutation_test(read_case(name), permutations=1))
    expected = CASES[name]["exact_group_reassignment"]
    assert effects["rupture_type:position"].p_exact == pytest.approx(expected["interaction_p"], abs=1e-12)
    assert effects["rupture_type"].p_exact == pytest.approx(expected["between_p"], abs=1e-12)
    assert effects["rupture_type"].exact_method == f"re-assignment of types, {expected['n_perm']}"
    assert effects["position"].p_exact is None
    assert effects["position"].reason == "no exact test for positions where types differ"


tables = st.builds(
    lambda seed, n, levels: np.random.default_rng(seed).normal(size=(n, levels)).round(2),
    st.integers(0, 10**6),
    st.integers(5, 9),
    st.integers(2, 3),
)


@settings(deadline=None, max_examples=30)
@given(tables)
def test_one_way_f_is_the_paired_or_two_way_f_from_sums_of_squares(table: np.ndarray) -> None:
    (effect,) = permutation_test(frame_of(table), permutations=1).effects
    n, levels = table.shape
    centred = table - table.mean(axis=1, keepdims=True)
    between = n * ((table.mean(axis=0) - table.mean()) ** 2).sum()
    rest = (centred**2).sum() - between
    assert effect.f == pytest.approx((between / (levels - 1)) / (rest / ((n - 1) * (levels - 1))), rel=1e-9)
    if levels == 2:
        assert effect.f == pytest.approx(stats.ttest_rel(table[:, 0], table[:, 1]).statistic ** 2, rel=1e-9)


@settings(deadline=None, max_examples=30)
@given(tables, st.integers(2, 3))
def test_mixed_f_of_types_and_interaction_are_one_way_f_of_means_and_differences(
    table: np.ndarray, smaller: int
) -> None:
    types = ["repaired"] * smaller + ["unrepaired"] * (len(table) - smaller)
    effects = by_effect(permutation_test(frame_of(table, types), permutations=1))
    means = table.mean(axis=1)
    expected = stats.f_oneway(means[:smaller], means[smaller:]).statistic
    assert effects["rupture_type"].f == pytest.approx(expected, rel=1e-8)
    if table.shape[1] == 2:
        differences = table[:, 1] - table[:, 0]
        expected = stats.f_oneway(differences[:smaller], differences[smaller:]).statistic
        assert effects["rupture_type:position"].f == pytest.approx(expected, rel=1e-8)


@settings(deadline=None, max_examples=30)
@given(tables, st.randoms(), st.floats(-100, 100), st.sampled_from([0.25, 3.0, -2.0]))
def test_names_order_origin_and_unit_change_no_f(
    table: np.ndarray, random: object, shift: float, scale: float
) -> None:
    types = ["repaired", "repaired"] + ["unrepaired"] * (len(table) - 2)
    frame = frame_of(table, types)
    renamed = {name: f"x{99 - at}" for at, name in enumerate(frame["sequence"].unique())}
    swapped = {"pre": "post", "central": "pre", "post": "central"}
    changed = frame.assign(
        sequence=frame["sequence"].map(renamed),
        position=frame["position"].map(swapped),
        rupture_type=frame["rupture_type"].map({"repaired": "z", "unrepaired": "a"}),
        score=frame["score"] * scale + shift,
    ).sample(frac=1, random_state=random.randrange(2**31))
    before = by_effect(permutation_test(frame, permutations=1))
    after = by_effect(permutation_test(changed, permutations=1))
    for name, effect in before.items():
        assert after[name].f == pytest.approx(effect.f, rel=1e-7, abs=1e-9)
        if effect.p_exact is not None:
            assert after[name].p_exact == pytest.approx(effect.p_exact)


@settings(deadline=None, max_examples=30)
@given(tables, st.booleans())
def test_error_and_effect_spaces_are_orthonormal_and_apart(table: np.ndarray, mixed: bool) -> None:
    types = ["repaired", "repaired"] + ["unrepaired"] * (len(table) - 2) if mixed else None
    for space in find_effect_spaces(read_layout(frame_of(table, types))):
        for columns in (space.hypothesis, space.error, space.others):
            np.testing.assert_allclose(columns.T @ columns, np.eye(columns.shape[1]), atol=1e-12)
        both = np.hstack((space.hypothesis, space.others))
        np.testing.assert_allclose(both.T @ space.error, 0, atol=1e-12)
        np.testing.assert_allclose(space.hypothesis.T @ space.others, 0, atol=1e-12)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(-5, 5), min_size=2, max_size=9))
def test_sign_flips_are_counted_as_a_plain_loop_counts_them(differences: list[int]) -> None:
    sums = [
        sum(s * d for s, d in zip(f, differences, strict=True))
        for f in itertools.product((1, -1), repeat=len(differences))
    ]
    expected = np.mean([abs(total) >= abs(sum(differences)) for total in sums])
    assert flip_signs(np.array(differences, dtype=float)) == expected


def test_sign_flips_of_forty_sequences_are_counted_without_listing_them() -> None:
    # All 2^40 sums of forty equal differences: only the two extremes reach the observed one.
    assert flip_signs(np.full(40, 0.1)) == 2 / 2**40
    assert flip_signs(np.full(41, 0.1)) is None


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6), st.integers(4, 8), st.integers(1, 3), st.integers(1, 3))
def test_reassignments_are_counted_as_a_plain_loop_over_f_counts_them(
    seed: int, n: int, size: int, columns: int
) -> None:
    values = np.random.default_rng(seed).integers(0, 6, size=(n, columns)).astype(float)

    def between(chosen: tuple[int, ...]) -> float:
        inside = np.isin(np.arange(n), chosen)
        means = [values[inside].mean(axis=0), values[~inside].mean(axis=0)]
        return float(
            sum(
                k * ((m - values.mean(axis=0)) ** 2).sum()
                for k, m in zip((size, n - size), means, strict=True)
            )
        )

    ways = list(itertools.combinations(range(n), size))
    expected = np.mean([between(way) >= between(ways[0]) - 1e-9 for way in ways])
    p, number = reassign_types(values, np.arange(n) < size)
    assert number == len(ways)
    assert p == pytest.approx(expected)


def test_too_many_reassignments_are_not_tried() -> None:
    assert reassign_types(np.zeros((30, 1)), np.arange(30) < 15) is None


def test_p_counts_the_identity_and_repeats_with_its_seed() -> None:
    frame = read_case("mixed_13x2_9_4")
    first, again, other = (permutation_test(frame, 999, seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    for effect in first.effects:
        assert effect.p_permutation * 999 == pytest.approx(round(effect.p_permutation * 999))
        assert effect.p_permutation >= 1 / 999
    assert {effect.p_permutation for effect in permutation_test(frame, 1).effects} == {1.0}


def test_orders_come_in_bounded_blocks_that_do_not_change_the_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = np.concatenate(list(orders.draw_orders(26, 1000, seed=5)))
    monkeypatch.setattr(orders, "WORK_A_BLOCK", 0)
    blocks = list(orders.draw_orders(26, 1000, seed=5))
    assert max(len(block) for block in blocks) == orders.FEWEST_ROWS
    np.testing.assert_array_equal(np.concatenate(blocks), whole)
    np.testing.assert_array_equal(np.sort(whole, axis=1), np.tile(np.arange(26), (1000, 1)))


def test_drawn_orders_are_uniform() -> None:
    drawn = np.concatenate(list(orders.draw_orders(5, 120_000, seed=1)))
    counts = np.unique(drawn @ [625, 125, 25, 5, 1], return_counts=True)[1]
    assert len(counts) == 120
    assert stats.chisquare(counts).pvalue > 0.001


def test_equal_differences_leave_no_error_but_an_exact_p() -> None:
    table = np.column_stack((np.arange(6.0), np.arange(6.0) + 2))
    (effect,) = permutation_test(frame_of(table), permutations=100).effects
    assert (effect.f, effect.p_parametric, effect.p_permutation) == (None, None, None)
    assert effect.reason == "no variation is left for the error"
    assert effect.p_exact == 2 / 2**6


def test_constant_scores_have_no_f_even_far_from_zero() -> None:
    for effect in permutation_test(frame_of(np.full((8, 3), 1e8 + 0.1), ["a"] * 4 + ["b"] * 4), 100).effects:
        assert effect.f is None and effect.p_permutation is None and effect.reason


def test_a_large_offset_changes_no_f() -> None:
    table = np.random.default_rng(2).integers(0, 5, size=(10, 2)).astype(float)
    near, far = (permutation_test(frame_of(t), 500).effects[0] for t in (table, table + 1e8))
    assert far.f == pytest.approx(near.f, rel=1e-6)
    assert far.p_permutation == near.p_permutation


def test_positions_without_any_difference_have_p_one() -> None:
    table = np.array([[1, 2], [2, 1], [4, 3], [3, 4]], dtype=float)
    (effect,) = permutation_test(frame_of(table), 100).effects
    assert effect.f == pytest.approx(0, abs=1e-20)
    assert (effect.p_permutation, effect.p_exact) == (1, 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.drop(index=3), "sequence s01: no row for position central"),
        (lambda f: pd.concat([f, f.iloc[[2]]]), "sequence s01: two rows for position pre"),
        (lambda f: f.assign(score=f["score"].mask(f.index == 3)), "sequence s01, position central: no score"),
        (lambda f: f.assign(score=f["score"].mask(f.index == 3, np.inf)), "sequence s01, position central"),
        (lambda f: f[f["position"] == "pre"], "1 position; expected at least two"),
        (lambda f: f.iloc[:2], "1 sequences; expected at least 2"),
        (lambda f: f.drop(columns="position"), "missing column position"),
        (lambda f: f.assign(rupture_type=["a", "b"] * 4), "sequence s00: two types, a and b"),
        (lambda f: f.assign(rupture_type=["a", "a", None, None] * 2), "sequence s01: no rupture_type"),
    ],
)
def test_incomplete_designs_are_refused_by_sequence(change: object, message: str) -> None:
    frame = frame_of(np.arange(8.0).reshape(4, 2) ** 1.5)
    with pytest.raises(StatsError, match=message):
        permutation_test(change(frame), 10)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "freedman"}, "method 'freedman'; expected one of rd, rde, freedman_lane, restricted"),
        ({"permutations": 0}, "0 permutations"),
    ],
)
def test_options_that_make_no_test_are_refused(options: dict, message: str) -> None:
    with pytest.raises(StatsError, match=message):
        permutation_test(read_case("within_10x2"), **options)


@pytest.mark.parametrize("change", [lambda m: m + 1, lambda m: m[:-1], lambda m: m * 0])
def test_a_matrix_of_anything_but_permutations_is_refused(change: object) -> None:
    with pytest.raises(StatsError, match="expected permutations of the rows 0 to 19"):
        permutation_test(read_case("within_10x2"), matrix=change(read_matrix("within_10x2")))


def test_empty_types_make_a_within_design() -> None:
    frame = read_case("within_10x2").assign(rupture_type=None)
    result = permutation_test(frame, 10)
    assert (result.design, result.warnings) == ("within", ())


def test_a_single_type_is_tested_within_sequences_and_said() -> None:
    result = permutation_test(read_case("within_10x2").assign(rupture_type="repaired"), 10)
    assert result.design == "within"
    assert result.warnings == ("all sequences are repaired: types are not compared",)


def test_three_types_are_tested_without_an_exact_p() -> None:
    table = np.random.default_rng(1).normal(size=(9, 2))
    effects = by_effect(permutation_test(frame_of(table, ["a", "b", "c"] * 3), 100))
    assert (effects["rupture_type"].df1, effects["rupture_type"].df2) == (2, 6)
    assert effects["rupture_type"].reason == "no exact test for more than two types"


def test_few_sequences_and_types_are_warned_of() -> None:
    warnings = permutation_test(read_case("mixed_4x2_enum_2_2"), 1).warnings
    assert warnings == (
        "few sequences (4): only a large effect can be found",
        "few sequences of a type (2 A, 2 B)",
    )
    assert permutation_test(read_case("within_10x2"), 1).warnings == ()


def test_a_smaller_type_with_the_larger_spread_is_warned_of_and_the_reverse_is_not() -> None:
    table = np.random.default_rng(4).normal(size=(15, 2))
    table[10:] *= 5
    types = ["repaired"] * 10 + ["unrepaired"] * 5
    (warning,) = permutation_test(frame_of(table, types), 1).warnings
    assert "the smaller type has the larger spread (repaired n 10 SD" in warning
    table[10:] /= 25
    assert permutation_test(frame_of(table, types), 1).warnings == ()


def test_the_paired_comparison_stands_beside_two_positions_only() -> None:
    paired = permutation_test(read_case("within_10x2"), 1).paired
    wide = read_case("within_10x2").pivot(index="sequence", columns="position", values="score")
    assert paired.wilcoxon_p == stats.wilcoxon(wide["central"], wide["pre"]).pvalue
    mean, spread = (wide["central"] - wide["pre"]).mean(), (wide["pre"].std() + wide["central"].std()) / 2
    assert paired.d_av == pytest.approx(mean / spread)
    assert paired.g == pytest.approx(paired.d_av * correct_small_sample(9))
    assert permutation_test(read_case("within_10x3"), 1).paired is None
    assert permutation_test(read_case("mixed_13x2_9_4"), 1).paired is None


@pytest.mark.parametrize(("df", "squared"), [(2, 1 / np.pi), (3, np.pi / 6), (4, 2 / np.pi)])
def test_the_small_sample_factor_is_that_of_hedges_in_closed_form(df: int, squared: float) -> None:
    # Hedges (1981): J(m) = gamma(m / 2) / (sqrt(m / 2) gamma((m - 1) / 2)).
    assert correct_small_sample(df) ** 2 == pytest.approx(squared, rel=1e-12)


def test_pairs_without_difference_or_spread_have_no_figures_but_reasons() -> None:
    same = compare_pairs(np.column_stack([np.arange(5.0)] * 2))
    assert (same.wilcoxon_p, same.d_av, same.reason) == (None, 0, "no sequence differs between the positions")
    flat = compare_pairs(np.tile([1.0, 3.0], (5, 1)))
    assert (flat.d_av, flat.g, flat.reason) == (None, None, "too little variation for an effect size")
