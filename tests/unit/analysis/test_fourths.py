"""Fourths: R's eleven definitions, and what holds for any series."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coder_app.analysis.fourths import DEFINITIONS, fourths, median

REFERENCE = Path(__file__).parents[2] / "reference"
CASES = json.loads((REFERENCE / "tukey.json").read_text())["cases"]
DISAGREEMENT = json.loads((REFERENCE / "tukey_disagreement_sim.json").read_text())
R_NAMES = {
    "hinges": "tukey_hinges_fivenum",
    "exclusive": "exclusive_halves",
    **{f"type{number}": f"quantile_type{number}" for number in range(1, 10)},
}
SIMULATED_NAMES = {
    "type7_numpy_excelINC": "type7",
    "type6_spss_excelEXC": "type6",
    "exclusive_halves": "exclusive",
    "type5": "type5",
}

fractions = st.fractions(min_value=-50, max_value=50, max_denominator=12)


@pytest.mark.parametrize("definition", DEFINITIONS)
@pytest.mark.parametrize("case", CASES)
def test_every_definition_gives_the_fourths_of_r(case: str, definition: str) -> None:
    # R 4.2.2: quantile(type = 1...9), fivenum, and halves without the median.
    expected = CASES[case]["definitions"][R_NAMES[definition]]
    lower, upper = fourths([Fraction(str(x)) for x in CASES[case]["x"]], definition)
    assert float(lower) == pytest.approx(expected["Q1"], abs=1e-12)
    assert float(upper) == pytest.approx(expected["Q3"], abs=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_the_median_is_that_of_r(case: str) -> None:
    assert float(median([Fraction(str(x)) for x in CASES[case]["x"]])) == pytest.approx(CASES[case]["median"])


@pytest.mark.parametrize("length", DISAGREEMENT)
def test_definitions_differ_at_the_lengths_where_the_simulation_saw_them_differ(length: str) -> None:
    series = np.random.default_rng(1).integers(20, 48, size=(200, int(length)))
    for name, share in DISAGREEMENT[length].items():
        if name not in SIMULATED_NAMES:
            continue
        differ = [
            fourths([Fraction(int(x)) for x in row]) != fourths([Fraction(int(x)) for x in row], definition)
            for row in series
            for definition in (SIMULATED_NAMES[name],)
        ]
        assert any(differ) == (share > 0), name


@given(st.lists(fractions, min_size=2, max_size=20), st.sampled_from(DEFINITIONS))
def test_fourths_lie_within_the_series_and_in_order(values: list[Fraction], definition: str) -> None:
    lower, upper = fourths(values, definition)
    assert min(values) <= lower <= upper <= max(values)


@given(st.lists(fractions, min_size=2, max_size=20), st.sampled_from(DEFINITIONS), fractions, st.randoms())
def test_moving_and_shuffling_a_series_moves_its_fourths_exactly(
    values: list[Fraction], definition: str, shift: Fraction, random: object
) -> None:
    moved = [value + shift for value in values]
    random.shuffle(moved)
    assert fourths(moved, definition) == tuple(fourth + shift for fourth in fourths(values, definition))


@given(st.lists(fractions, min_size=2, max_size=20))
def test_hinges_never_lie_outside_the_exclusive_fourths(values: list[Fraction]) -> None:
    (inner_low, inner_high), (outer_low, outer_high) = fourths(values), fourths(values, "exclusive")
    assert outer_low <= inner_low and inner_high <= outer_high


def test_one_score_has_no_fourths() -> None:
    with pytest.raises(ValueError, match="at least two scores"):
        fourths([Fraction(3)])


def test_an_unknown_definition_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'quartiles'; expected one of hinges, exclusive, type1"):
        fourths([Fraction(3), Fraction(4)], "quartiles")
