"""Effect sizes: as afex gives them, from the same sums of squares as the tests, with intervals that cover."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coder_app.analysis.designs import find_effect_spaces
from coder_app.analysis.effects import find_effect_sizes, measure_etas, sums_of_squares
from coder_app.analysis.holm import adjust_holm
from coder_app.analysis.layout import read_layout
from coder_app.analysis.paired import compare_pairs, find_paired_sizes
from coder_app.analysis.results import StatsError

REFERENCE = Path(__file__).parents[2] / "reference"
CASES = {
    name: case
    for name, case in json.loads((REFERENCE / "perm.json").read_text())["cases"].items()
    if "file" in case
}
R_NAMES = {"rupture_type": "type", "position": "session", "rupture_type:position": "type:session"}


def read_case(name: str) -> pd.DataFrame:
    names = {"id": "sequence", "type": "rupture_type", "session": "position", "y": "score"}
    return pd.read_csv(REFERENCE / CASES[name]["file"]).rename(columns=names)


def squares_of(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    layout = read_layout(frame)
    return sums_of_squares(layout.table, layout.type_of_sequence)


@pytest.mark.parametrize("name", CASES)
def test_eta_squared_is_that_of_afex(name: str) -> None:
    # R afex 1.2-1, aov_car(type = 3): "ges" without observed factors; F and df give the partial one.
    squares = squares_of(read_case(name))
    manipulated = measure_etas(squares, measured=frozenset())
    for effect in squares.keys() - {"between", "within"}:
        row = CASES[name]["afex_type3"][R_NAMES[effect]]
        assert manipulated[effect, "generalised"] == pytest.approx(row["ges"], abs=1e-9)
        partial = row["F"] * row["num Df"] / (row["F"] * row["num Df"] + row["den Df"])
        assert manipulated[effect, "partial"] == pytest.approx(partial, abs=1e-9)


def test_what_goes_with_a_measured_type_stays_in_the_denominator() -> None:
    squares = squares_of(read_case("mixed_13x2_9_4"))
    # From permuco's sums of squares of this case.
    kind, place, both = 0.773950026709403, 0.507688462606836, 2.43463800106837
    between, within = 9.37790381944444, 0.624182152777776
    etas = measure_etas(squares)
    total = kind + both + between + within
    assert etas["position", "generalised"] == pytest.approx(place / (place + total))
    assert etas["rupture_type", "generalised"] == pytest.approx(kind / total)
    assert etas["rupture_type:position", "generalised"] == pytest.approx(both / total)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.integers(2, 4), st.sampled_from([(5,), (4, 2), (1, 6), (3, 2, 4)]))
def test_sums_of_squares_are_those_of_the_tests(seed: int, levels: int, sizes: tuple[int, ...]) -> None:
    table = np.random.default_rng(seed).normal(size=(sum(sizes), levels))
    frame = pd.DataFrame(
        {
            "sequence": np.repeat(np.arange(len(table)), levels),
            "position": np.tile(list("abcd"[:levels]), len(table)),
            "score": table.ravel(),
        }
    )
    if len(sizes) > 1:
        frame["rupture_type"] = np.repeat(np.repeat([f"t{k}" for k in range(len(sizes))], sizes), levels)
    layout = read_layout(frame)
    found = sums_of_squares(layout.table, layout.type_of_sequence)
    for space in find_effect_spaces(layout):
        error = "between" if space.effect == "rupture_type" else "within"
        assert found[space.effect] == pytest.approx(((space.hypothesis.T @ layout.scores) ** 2).sum())
        assert found[error] == pytest.approx(((space.error.T @ layout.scores) ** 2).sum())


def test_an_interval_holds_its_estimate_repeats_with_its_seed_and_narrows_with_more_sequences() -> None:
    generator = np.random.default_rng(3)
    widths = []
    for n in (12, 120):
        table = generator.normal(size=(n, 2)) + np.array([0, 0.8])
        frame = pd.DataFrame(
            {"sequence": np.repeat(range(n), 2), "position": ["a", "b"] * n, "score": table.ravel()}
        )
        (first,), (again,) = (find_effect_sizes(frame, seed=7) for _ in range(2))
        assert first == again
        for eta in (first.partial, first.generalised):
            assert 0 <= eta.lower < eta.estimate < eta.upper <= 1
        d_av, g = find_paired_sizes(table, seed=7)
        assert d_av.lower < d_av.estimate < d_av.upper
        assert g.lower / d_av.lower == pytest.approx(g.estimate / d_av.estimate)
        widths.append((first.partial.upper - first.partial.lower, d_av.upper - d_av.lower))
    assert widths[1][0] < widths[0][0] and widths[1][1] < widths[0][1]


def test_the_interval_of_a_paired_difference_covers_the_true_one() -> None:
    generator = np.random.default_rng(17)
    covered = 0
    for _ in range(200):
        shared = generator.normal(size=(30, 1))
        table = (shared + generator.normal(size=(30, 2))) / np.sqrt(2) + [0, 0.5]
        d_av, _ = find_paired_sizes(table, resamples=400)
        covered += d_av.lower <= 0.5 <= d_av.upper
    # 95 % of 200, give or take three standard errors and what a small sample costs a bootstrap.
    assert 176 <= covered <= 200


def test_without_error_variance_there_is_no_figure_but_a_reason() -> None:
    frame = pd.DataFrame(
        {"sequence": np.repeat(range(5), 2), "position": ["a", "b"] * 5, "score": [1.0, 2.0] * 5}
    )
    (effect,) = find_effect_sizes(frame)
    assert effect.partial.estimate is None and effect.partial.reason == "no variation is left for the error"
    constant = np.full((6, 2), 3.0)
    assert [one.estimate for one in find_paired_sizes(constant)] == [None, None]
    assert compare_pairs(constant).reason == "no sequence differs between the positions"


@pytest.mark.parametrize(
    "ask",
    [lambda: find_paired_sizes(np.eye(4)[:, :2], 0), lambda: find_effect_sizes(read_case("within_10x2"), -1)],
)
def test_fewer_resamples_than_make_an_interval_are_refused(ask) -> None:
    with pytest.raises(StatsError, match="resamples; expected"):
        ask()


def test_holm_adjusts_as_r_does_and_passes_over_tests_without_p() -> None:
    # R: p.adjust(c(.01, .04, .03, NA, .005, .5), "holm")
    assert adjust_holm([0.01, 0.04, 0.03, None, 0.005, 0.5]) == pytest.approx(
        [0.04, 0.09, 0.09, None, 0.025, 0.5]
    )
    assert adjust_holm([]) == [] and adjust_holm([None]) == [None] and adjust_holm([0.7, 0.9]) == [1.0, 1.0]
