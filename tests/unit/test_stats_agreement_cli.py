"""`stats agreement`, `dstudy`, `drift`, `intra` and alpha by session: what the pages compute, from files."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.makers.ratings import read_table, read_values, to_ratings
from tests.unit.test_stats_cli import assert_one_line, run, run_json, write, write_long

BEYOND = read_values("beyond")["results"]
ITEMS = Path(__file__).parents[1] / "reference" / "rupture_study" / "alliance" / "items_long.csv"


@pytest.fixture
def shrout_fleiss(tmp_path):
    """Six targets and four judges."""
    return write_long(tmp_path, "icc/shrout_fleiss_6x4.csv")


def drifting(n=60, shift=1.5, after=30):
    """Three raters of whom r1 scores higher from one target on, in the order of a date."""
    rng = np.random.default_rng(1)
    scores = rng.normal(3, 1, (n, 1)) + rng.normal(0, 0.4, (n, 3))
    scores[after:, 1] += shift
    days = pd.date_range("2026-03-02", periods=n).strftime("%Y-%m-%d").tolist()
    return to_ratings(scores, "warmth").assign(order=lambda f: [days[int(t[1:])] for t in f["target"]])


def test_agreement_of_krippendorffs_example_is_the_published_one(tmp_path):
    frame = to_ratings(read_table("beyond/krippendorff_12x4"))
    file = write(tmp_path, frame.to_csv(index=False))
    # Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, section C.
    for level, alpha in (("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)):
        data = run_json("agreement", file, "--lowest", 1, "--highest", 5, "--level", level, "--bootstrap", 0)
        (item,) = data["items"]
        assert item["alpha"]["estimate"] == pytest.approx(alpha, abs=5e-4)
        assert (data["scale"], data["level"], item["item"]) == ([1, 5], level, None)
    assert len(item["counts"]) == 5
    assert sum(item["counts"]) == 41
    assert item["n_targets"] == 11
    assert len(data["pairs"]) == 6
    first = data["pairs"][0]
    assert (first["first"], first["second"], first["n_targets"]) == ("r0", "r1", 9)
    assert (first["percent_agreement"], first["within_one"]) == (8 / 9, 1.0)
    text = run("agreement", file, "--lowest", 1, "--highest", 5, "--bootstrap", 0).stdout
    assert text.splitlines()[0] == "scale 1 to 5; Krippendorff's alpha ordinal"


def test_a_scale_that_is_not_given_is_taken_from_the_scores_and_that_is_said(shrout_fleiss):
    result = run("agreement", shrout_fleiss, "--bootstrap", 0, "--json")
    assert json.loads(result.stdout)["scale"] == [1, 10]
    assert "taken from the scores, 1 to 10" in result.stderr
    assert_one_line(
        run("agreement", shrout_fleiss, "--lowest", 3, "--highest", 10), "not on the scale 3 to 10"
    )
    assert_one_line(run("agreement", shrout_fleiss, "--lowest", 9, "--highest", 1), "the lowest point first")


def test_the_mean_of_raters_is_as_reliable_as_r_projects(tmp_path):
    file = write_long(tmp_path, "icc/ord05_good.csv")
    data = run_json("dstudy", file, "--most", 4)
    (item,) = data["items"]
    for projection in item["projections"]:
        theirs = BEYOND["dstudy_one_facet_ord05_good"]["by_k"][str(projection["raters"])]
        assert projection["phi"]["estimate"] == pytest.approx(theirs["Phi_ICC_A_k"], abs=1e-12)
        assert projection["e_rho2"]["estimate"] == pytest.approx(theirs["Erho2_ICC_C_k"], abs=1e-12)
    assert item["variance"]["target"] == pytest.approx(1.02696078431373, abs=1e-10)
    assert sum(item["shares"].values()) == pytest.approx(1)
    # One rater has .734, two have .846.
    assert (item["raters_needed"], data["crossed"]) == (2, None)
    assert run_json("dstudy", file, "--wanted", ".9")["items"][0]["raters_needed"] == 4


def test_targets_raters_and_items_are_crossed_where_every_cell_is_there(tmp_path):
    frame = pd.read_csv(ITEMS.parents[2] / "beyond" / "gtheory_17x3x4_long.csv")
    frame = frame.rename(columns={"session": "target", "coder": "rater", "y": "score"})
    crossed = run_json("dstudy", write(tmp_path, frame.to_csv(index=False)))["crossed"]
    # R gtheory 0.1.2: three coders, four items.
    third = crossed["projections"][2]
    assert (third["raters"], third["items"]) == (3, 4)
    assert third["e_rho2"] == pytest.approx(0.872613, abs=5e-7)
    assert third["phi"] == pytest.approx(0.856588, abs=5e-7)
    assert crossed["components"]["p"] == pytest.approx(0.697814542483658)
    holed = run_json("dstudy", write(tmp_path, frame.iloc[1:].to_csv(index=False)))
    assert holed["crossed"]["components"] is None
    assert "missing" in holed["crossed"]["reason"]
    assert "E rho^2" in run("dstudy", write(tmp_path, frame.to_csv(index=False))).stdout


def test_what_cannot_be_projected_has_a_reason_and_no_figure(tmp_path):
    file = write(tmp_path, "target,rater,score\na,r1,2\na,r2,2\nb,r1,2\nb,r2,2\n")
    (item,) = run_json("dstudy", file)["items"]
    assert (item["shares"], item["raters_needed"]) == (None, None)
    assert "no variation" in item["reason"]
    assert "no variation" in run("dstudy", file).stdout


def test_a_rater_who_drifts_is_named_with_the_target_and_the_direction(tmp_path):
    file = write(tmp_path, drifting().to_csv(index=False))
    data = run_json("drift", file)
    charts = {chart["rater"]: chart for chart in data["charts"]}
    drifter = charts["r1"]
    assert (data["baseline"], drifter["direction"], drifter["reason"]) == ("first", "higher", None)
    assert int(drifter["alarm_at"][1:]) >= 30
    assert len(drifter["targets"]) == len(drifter["ewma"]) == 50
    assert drifter["targets"][0] == "t10"
    lines = run("drift", file).stdout.splitlines()
    assert lines[0] == "baseline: the first 10 deviations of each chart"
    assert any("r1" in line and "higher" in line for line in lines)
    still = run_json("drift", write(tmp_path, drifting(shift=0.0).to_csv(index=False)))
    assert [chart["alarm_at"] for chart in still["charts"]] == [None] * 3


def test_a_baseline_of_its_own_and_items_without_alarm_are_told_apart(tmp_path):
    file = write(tmp_path, drifting().to_csv(index=False))
    training = write(tmp_path, drifting(n=12, shift=0.0).to_csv(index=False), "training.csv")
    data = run_json("drift", file, "--baseline", training, "--alarmed", "warmth")
    assert data["baseline"] == "training"
    assert {chart["n_baseline"] for chart in data["charts"]} == {12}
    assert len(data["charts"][0]["targets"]) == 60
    assert_one_line(run("drift", file, "--alarmed", "humour"), "--alarmed humour: no such item")
    short = run_json("drift", write(tmp_path, drifting(n=3, after=3).to_csv(index=False)))
    assert all("in the baseline" in chart["reason"] for chart in short["charts"])
    assert short["ewma_limit"] is None


@pytest.mark.parametrize("order", ["first", "3/2/2026", "nan"])
def test_an_order_that_cannot_be_put_in_order_is_refused(tmp_path, order):
    frame = drifting(n=12)
    frame.loc[3, "order"] = order
    assert_one_line(run("drift", write(tmp_path, frame.to_csv(index=False))), "column order", repr(order))


def test_occasions_are_compared_in_their_order_and_as_numbers(tmp_path):
    rows = [
        (t, o, s)
        for t, pair in enumerate([(1, 1), (2, 3), (3, 3), (4, 5), (5, 5)])
        for o, s in zip((2, 10), pair, strict=True)
    ]
    text = "target,rater,occasion,score\n" + "".join(f"t{t},Ada,{o},{s}\n" for t, o, s in rows)
    (found,) = run_json("intra", write(tmp_path, text + "t9,Ben,1,3\n"))["raters"][:1]
    # Occasion 10 comes after occasion 2: two of five scores rose by one point.
    assert found["shift"]["estimate"] == pytest.approx(0.4)
    assert (found["rater"], found["n_targets"], found["n_occasions"]) == ("Ada", 5, 2)
    wide = write(
        tmp_path, "target,rater,score\n" + "".join(f"t{t},{o},{s}\n" for t, o, s in rows), "wide.csv"
    )
    assert found["icc"]["estimate"] == run_json("icc", wide)["items"][0]["icc"]["ICC(A,1)"]["estimate"]
    ben = run_json("intra", write(tmp_path, text + "t9,Ben,1,3\n"))["raters"][1]
    assert ben["icc"]["estimate"] is None
    assert "twice" in ben["reason"]
    assert "Ada" in run("intra", write(tmp_path, text)).stdout


def test_alpha_of_each_session_is_apart(tmp_path):
    frame = pd.read_csv(ITEMS)
    own = frame[frame["informant"] == "child"].melt(
        ["dyad", "session"], [f"item_{n:02}" for n in range(1, 13)], "item", "score"
    )
    own = own.rename(columns={"dyad": "target"})
    found = run_json("alpha", write(tmp_path, own.to_csv(index=False)))["sessions"]
    assert [one["session"] for one in found] == [str(n) for n in range(1, 13)]
    first = own[own["session"] == 1].drop(columns="session")
    alone = run_json("alpha", write(tmp_path, first.to_csv(index=False)))
    assert found[0] == {"session": "1"} | alone
    assert run("alpha", write(tmp_path, own.to_csv(index=False))).stdout.startswith("session  alpha")


def test_the_f_tests_of_shrout_and_fleiss_stand_beside_their_iccs_if_asked_for(shrout_fleiss):
    # psych::ICC of the 6 x 4 example: F(5, 15) = 11.03, p = .000135; one-way F(5, 18) = 1.79, p = .165.
    (item,) = run_json("icc", shrout_fleiss, "--tests")["items"]
    agreement, one_way, bias = item["tests"]["ICC(A,1)"], item["tests"]["ICC(1,k)"], item["bias"]
    assert (agreement["df1"], agreement["df2"], one_way["df2"], bias["df1"]) == (5, 15, 18, 3)
    assert agreement["f"] == pytest.approx(11.0272, abs=5e-5)
    assert agreement["p"] == pytest.approx(0.000134567, abs=5e-9)
    assert one_way["p"] == pytest.approx(0.164769, abs=5e-7)
    assert bias["f"] == pytest.approx(32.49 / 1.0194, abs=0.01)
    assert "0.000135" in run("icc", shrout_fleiss, "--tests").stdout
    assert "tests" not in run_json("icc", shrout_fleiss)["items"][0]


def test_omega_of_the_raters_means_is_that_of_the_averaged_table(tmp_path):
    columns = ("target", "rater", "item", "score")
    file = write_long(tmp_path, "omega/syn_study_17x3_4items.csv", columns, raters=3)
    rows = read_table("omega/syn_study_17x3_4items").reshape(17, 3, 4).mean(axis=1)
    lines = [f"t{i},i{j},{value}" for (i, j), value in np.ndenumerate(rows)]
    means = write(tmp_path, "target,item,score\n" + "\n".join(lines) + "\n", "means.csv")
    found = run_json("omega", file, "--means", "--bootstrap", 0)
    assert found["omega_total"] == pytest.approx(run_json("omega", means, "--bootstrap", 0)["omega_total"])
    assert found["n_rows"] == 17
    assert_one_line(run("omega", means, "--means"), "needs a column 'rater'")


def test_a_plan_adds_what_bias_and_a_test_take_if_asked_for():
    data = run_json("plan", "--icc", ".75", "--width", ".3", "--bias", ".05", "--least", ".4")
    assert data["n_targets_to_test"] == 14  # ICC.Sample.Size: .75 against .4, three raters, 80 %
    assert data["n_targets_with_bias"] > data["n_targets"]
    assert run("plan", "--bias", ".1").stdout == "68 targets\nover 1000 targets, with bias between raters\n"
