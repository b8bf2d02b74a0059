"""Reliability against pingouin in the same run, and a study far larger than a lab's.

Limits in seconds hold for the machine that they were set for; on a slower one, or while others use its memory
and caches, they are longer by as much as a fixed piece of work takes longer (`speed.find_slowness`).
"""

import tracemalloc
import warnings

import numpy as np
import pandas as pd
import pytest

from coder_app.analysis.agreement import agreement_by_item
from coder_app.analysis.drift import chart_drift
from coder_app.analysis.dstudy import project_reliability
from coder_app.analysis.icc import icc_by_item, measurement_error, sum_scores
from coder_app.analysis.icc_bootstrap import bootstrap_icc
from coder_app.analysis.kappa import pairwise_agreement
from coder_app.analysis.omega import omega_total
from tests.benchmarks.speed import find_slowness, measure, measure_both
from tests.makers.ratings import REFERENCE, read_study

SUBSCALES = {"first": range(4), "second": range(6, 13)}


def make_study(targets: int, raters: int = 6, items: int = 17) -> pd.DataFrame:
    """Whole scores from 0 to 5 with what targets, items and raters share, from a seed."""
    rng = np.random.default_rng(1)
    shared = rng.normal(0, 0.8, (items, targets, 1)) + rng.normal(0, 0.8, (1, targets, 1))
    scores = 2.5 + shared + rng.normal(0, 0.3, (items, 1, raters))
    scores = np.clip(np.round(scores + rng.normal(0, 0.7, (items, targets, raters))), 0, 5)
    item, target, rater = (axis.ravel() for axis in np.indices(scores.shape))
    named = {
        column: np.array([f"{column[0]}{number}" for number in range(index.max() + 1)], dtype=object)[index]
        for column, index in (("item", item), ("target", target), ("rater", rater))
    }
    return pd.DataFrame(named | {"score": scores.ravel(), "order": target})


@pytest.fixture
def check(capsys: pytest.CaptureFixture):
    """Return a function that says what was measured, and compares it with a limit for this machine."""

    def compare(what: str, seconds: float, limit: float) -> None:
        slowness = find_slowness()
        with capsys.disabled():
            print(f"\n{what}: {1000 * seconds:.2f} ms (limit {1000 * limit:.0f} ms x {slowness:.2f})")
        assert seconds < limit * slowness

    return compare


@pytest.mark.benchmark
@pytest.mark.filterwarnings("ignore")
def test_all_forms_of_all_items_take_under_two_milliseconds_and_a_150th_of_pingouins_time(
    check, capsys: pytest.CaptureFixture
) -> None:
    import pingouin

    pingouin.options["round.column.CI95"] = None
    study = read_study()
    names = {"targets": "target", "raters": "rater", "ratings": "score"}

    def theirs() -> None:
        for _, part in study.groupby("item"):
            pingouin.intraclass_corr(part, **names)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs(), icc_by_item(study)
        slow, fast = measure_both(theirs, lambda: icc_by_item(study), 8)
    with capsys.disabled():
        print(f"\npingouin {1000 * slow:.0f} ms, ratio {slow / fast:.0f}", end="")
    check("17 items x 17 x 3, six ICCs with intervals and tests", fast, 0.002)
    assert slow / fast >= 150


@pytest.mark.benchmark
def test_ten_thousand_resamples_of_all_items_take_under_a_second(check) -> None:
    study = read_study()
    check("10,000 resamples of 17 items' ICC(A,1)", measure(lambda: bootstrap_icc(study, 10_000), 3), 1.0)


@pytest.mark.benchmark
def test_omega_takes_under_ten_milliseconds_and_its_bootstrap_under_three_seconds(check) -> None:
    table = pd.read_csv(REFERENCE / "omega" / "syn_51x7_good.csv").to_numpy(dtype=float)
    row, item = (axis.ravel() for axis in np.indices(table.shape))
    frame = pd.DataFrame({"target": row // 3, "rater": row % 3, "item": item, "score": table.ravel()})
    check("omega of 51 x 7", measure(lambda: omega_total(frame, bootstrap=0), 20), 0.010)
    check("with 2,000 resamples of recordings", measure(lambda: omega_total(frame, bootstrap=2000), 3), 3.0)


def compute_all(study: pd.DataFrame) -> dict[str, object]:
    """Everything that the reliability pages show of one study."""
    scales = dict.fromkeys(study["item"].unique(), (0, 5))
    found = {"items": icc_by_item(study, scales=scales), "agreement": agreement_by_item(study, scales)}
    found["pairs"] = pairwise_agreement(study, scales)
    for name, numbers in SUBSCALES.items():
        part = study[study["item"].isin([f"i{number}" for number in numbers])]
        sums = sum_scores(part, [f"i{number}" for number in numbers], name)
        found[name] = (icc_by_item(sums), measurement_error(sums), project_reliability(sums))
        found[f"omega {name}"] = omega_total(part)
        found[f"drift {name}"] = chart_drift(sums.assign(order=pd.factorize(sums["target"])[0]))
    return found


@pytest.mark.benchmark
def test_a_study_of_seven_thousand_recordings_takes_under_five_seconds(check) -> None:
    study = make_study(7000)
    seconds = measure(lambda: compute_all(study), 2)
    check("7,000 recordings x 6 coders x 17 items, all of reliability", seconds, 5.0)


@pytest.mark.benchmark
def test_a_study_with_holes_everywhere_takes_no_more_memory_than_its_data_call_for(
    capsys: pytest.CaptureFixture,
) -> None:
    peaks = {}
    for targets in (1000, 2000, 4000):
        study = make_study(targets, items=3)
        study = study[np.random.default_rng(2).random(len(study)) > 0.1]
        tracemalloc.start()
        icc_by_item(study)
        omega_total(study, bootstrap=500)
        peaks[targets] = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
    with capsys.disabled():
        print(f"\npeak memory in MB by recordings, with holes: { {n: round(p) for n, p in peaks.items()} }")
    # Four times the recordings; what grew with their square would be sixteen times.
    assert peaks[4000] < 6 * peaks[1000]
