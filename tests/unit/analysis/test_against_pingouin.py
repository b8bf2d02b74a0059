"""Our figures beside those of pingouin, the field's own Python library, where both compute the same."""

import numpy as np
import pandas as pd
import pytest

from coder_app.analysis.alpha import alpha
from coder_app.analysis.icc import icc_by_item
from coder_app.analysis.paired import rank_signed
from coder_app.analysis.permutation import permutation_test

pytestmark = pytest.mark.filterwarnings("ignore")
FORMS = {
    "ICC(1,1)": "ICC(1,1)",
    "ICC(A,1)": "ICC(A,1)",
    "ICC(C,1)": "ICC(C,1)",
    "ICC(1,k)": "ICC(1,k)",
    "ICC(A,k)": "ICC(A,k)",
    "ICC(C,k)": "ICC(C,k)",
}


@pytest.fixture(scope="module")
def pingouin():
    """The library, told not to round its intervals to two decimals."""
    import pingouin

    pingouin.options["round.column.CI95"] = None
    return pingouin


@pytest.fixture(scope="module")
def ratings() -> pd.DataFrame:
    """Seventeen targets by three raters with bias and noise, from a seed."""
    random = np.random.default_rng(11)
    table = random.normal(3, 1.5, (17, 1)) + random.normal(0, 0.4, 3) + random.normal(0, 0.7, (17, 3))
    return pd.DataFrame(
        [
            {"target": f"t{target}", "rater": f"r{rater}", "item": "a", "score": table[target, rater]}
            for target in range(17)
            for rater in range(3)
        ]
    )


def test_all_six_iccs_are_pingouins(pingouin, ratings):
    theirs = pingouin.intraclass_corr(ratings, targets="target", raters="rater", ratings="score")
    theirs = theirs.set_index("Type")["ICC"]
    ours = icc_by_item(ratings)[0].icc
    for name in FORMS:
        assert ours[name].estimate == pytest.approx(theirs[name], abs=1e-10), name


def test_the_f_tests_and_intervals_of_all_six_are_pingouins(pingouin, ratings):
    theirs = pingouin.intraclass_corr(ratings, targets="target", raters="rater", ratings="score")
    theirs = theirs.set_index("Type")
    (item,) = icc_by_item(ratings)
    for name in FORMS:
        row, test = theirs.loc[name], item.tests[name]
        assert (test.f, test.df1, test.df2) == pytest.approx(tuple(row[["F", "df1", "df2"]]), rel=1e-8), name
        assert test.p == pytest.approx(row["pval"], rel=1e-6), name
        assert [item.icc[name].lower, item.icc[name].upper] == pytest.approx(list(row["CI95"]), abs=1e-8), (
            name
        )


def test_alpha_is_pingouins(pingouin):
    random = np.random.default_rng(3)
    wide = random.normal(0, 1, (40, 1)) + random.normal(0, 1, (40, 5))
    long = pd.DataFrame(
        [
            {"target": str(row), "item": f"i{item}", "score": wide[row, item]}
            for row in range(40)
            for item in range(5)
        ]
    )
    estimate, interval = pingouin.cronbach_alpha(pd.DataFrame(wide))
    ours = alpha(long)
    assert ours.alpha == pytest.approx(estimate, abs=1e-10)
    # pingouin rounds its interval to three decimals.
    assert (ours.lower, ours.upper) == pytest.approx(tuple(interval), abs=6e-4)


@pytest.fixture(scope="module")
def sequences() -> pd.DataFrame:
    random = np.random.default_rng(5)
    table = random.normal(10, 3, (12, 1)) + random.normal(0, 2, (12, 3)) + np.array([0, -2, 1])
    return pd.DataFrame(
        [
            {"sequence": f"s{row}", "position": name, "score": table[row, column]}
            for row in range(12)
            for column, name in enumerate(("pre", "central", "post"))
        ]
    )


def test_the_parametric_within_test_is_pingouins(pingouin, sequences):
    theirs = pingouin.rm_anova(sequences, dv="score", within="position", subject="sequence", correction=False)
    ours = permutation_test(sequences, permutations=99).effects[0]
    assert ours.f == pytest.approx(theirs["F"].iloc[0], rel=1e-9)
    assert ours.p_parametric == pytest.approx(theirs.filter(regex="^p").iloc[0, 0], rel=1e-6)


def test_wilcoxons_p_is_pingouins_where_there_are_no_ties(pingouin, sequences):
    wide = sequences.pivot(index="sequence", columns="position", values="score")
    theirs = pingouin.wilcoxon(wide["central"], wide["pre"])
    p = theirs.filter(regex="^p").iloc[0, 0]
    assert rank_signed((wide["central"] - wide["pre"]).to_numpy()) == pytest.approx(p, abs=1e-10)


def test_pingouins_mixed_anova_is_of_type_two_and_ours_of_type_three(pingouin):
    """With unbalanced groups the effect of position differs between the types; ours is that of R's afex."""
    random = np.random.default_rng(9)
    rows = []
    for row in range(13):
        kind = "repaired" if row < 9 else "unrepaired"
        start = random.normal(10, 2)
        for name, step in (("central", 0.0), ("post", 3.0 if row < 9 else -1.0)):
            score = start + step + random.normal(0, 1)
            rows.append({"sequence": f"s{row}", "position": name, "rupture_type": kind, "score": score})
    frame = pd.DataFrame(rows)
    theirs = pingouin.mixed_anova(
        frame, dv="score", within="position", subject="sequence", between="rupture_type"
    ).set_index("Source")["F"]
    ours = {effect.effect: effect.f for effect in permutation_test(frame, permutations=99).effects}
    assert ours["rupture_type:position"] == pytest.approx(theirs["Interaction"], rel=1e-9)
    assert ours["rupture_type"] == pytest.approx(theirs["rupture_type"], rel=1e-9)
    assert ours["position"] != pytest.approx(theirs["position"], rel=0.05)
