"""`stats ruptures` and `stats permutation` on files: the JSON that others build on, one line on failure."""

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from coder_app.cli.stats import command

REFERENCE = Path(__file__).parents[1] / "reference"
SCORES = REFERENCE / "rupture_study" / "alliance"
EXPECTED = json.loads((REFERENCE / "rupture_study" / "expected_ruptures.json").read_text())
PERMUCO = json.loads((REFERENCE / "perm.json").read_text())["cases"]
COUNTS = {
    "n_series": "n_series",
    "n_series_with_rupture": "series_with",
    "n_ruptures": "n",
    "n_repaired": "repaired",
    "n_unrepaired": "unrepaired",
}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def write_case(tmp_path: Path, name: str) -> Path:
    names = {"id": "sequence", "type": "rupture_type", "session": "position", "y": "score"}
    path = tmp_path / f"{name}.csv"
    pd.read_csv(REFERENCE / "perm" / f"{name}.csv").rename(columns=names).to_csv(path, index=False)
    return path


FILES = (
    *(
        "scores_long.csv",
        "scores_long_excel_nl.csv",
        "scores_wide.csv",
        "scores_wide.xlsx",
        "scores_wide.sav",
    ),
    "items_long.csv",
)
SETTINGS = {
    "default": (),
    "k1.5": ("--k", "1.5"),
    "within": ("--pooled", "within"),
    "chart_only": ("--no-absolute",),
    "exclusive": ("--fourths", "exclusive"),
}


@pytest.mark.parametrize(
    ("name", "choice"),
    # All formats under one setting, one of them under all: a format changes the scores or nothing.
    [*[(name, "default") for name in FILES], *[("scores_wide.sav", choice) for choice in SETTINGS]],
)
def test_the_reference_study_is_reproduced_from_a_file_of_any_format(name: str, choice: str) -> None:
    data = json.loads(run("ruptures", SCORES / name, *SETTINGS[choice], "--json").stdout)
    assert list(data) == ["settings", *["scoring"] * name.startswith("items"), "informants"]
    assert {key: data["informants"][key]["measure"] for key in data["informants"]} == {
        "child": "TASC",
        "therapist": "WAI-S",
    }
    for informant, found in data["informants"].items():
        expected = EXPECTED[informant][choice]
        rows = [[r["dyad"], r["central"], r["criterion"], r["type"]] for r in found["ruptures"]]
        assert rows == expected["sequences"]
        assert {ours: found[ours] for ours in COUNTS} == {
            ours: expected[theirs] for ours, theirs in COUNTS.items()
        }
        assert found["pooled_sd"] == pytest.approx(expected["pooled_sd"], rel=1e-12)


@pytest.mark.parametrize("choice", SETTINGS)
def test_the_long_file_gives_the_same_under_each_setting(choice: str) -> None:
    data = json.loads(run("ruptures", SCORES / "scores_long.csv", *SETTINGS[choice], "--json").stdout)
    for informant, found in data["informants"].items():
        expected = EXPECTED[informant][choice]
        rows = [[r["dyad"], r["central"], r["criterion"], r["type"]] for r in found["ruptures"]]
        assert (rows, found["n_series"]) == (expected["sequences"], expected["n_series"])


def test_missing_answers_are_filled_in_by_the_rule_asked_for_and_counted() -> None:
    path = SCORES / "items_long_missing_excel_nl.csv"
    filled = json.loads(run("ruptures", path, "--json").stdout)
    assert filled["scoring"]["missing"] == "person mean"
    assert (filled["scoring"]["n_scores_with_imputed_answers"], filled["scoring"]["n_not_scored"]) == (17, 0)
    none = json.loads(run("ruptures", path, "--missing", "none", "--json").stdout)
    assert (none["scoring"]["n_scores_with_imputed_answers"], none["scoring"]["n_not_scored"]) == (0, 17)
    assert filled["informants"]["child"] == none["informants"]["child"]
    # No score, no run: a series with a hole in its answers can fall short of seven scores in a row.
    assert none["informants"]["therapist"]["n_series"] <= filled["informants"]["therapist"]["n_series"]
    assert none["informants"]["therapist"]["pooled_sd"] != filled["informants"]["therapist"]["pooled_sd"]


def test_a_file_that_is_no_long_text_names_its_first_mistake_by_place(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text("dyad,tasc_s01,tasc_s02\nD1,40,200\nD2,x,41\n")
    result = run("ruptures", path, "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{path}, row 2, column tasc_s02: 200 is outside 12–48." in result.stderr
    assert result.stderr.endswith("(and 1 more)\n") and result.stderr.count("\n") == 1


def test_what_is_left_out_of_a_file_is_a_warning_beside_the_result(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text("dyad,tasc_s01,tasc_s02,weather\nD1,40,41,fine\n")
    result = run("ruptures", path, "--json")
    assert (result.exit_code, list(json.loads(result.stdout)["informants"])) == (0, ["child"])
    assert result.stderr.startswith("warning: ") and "weather" in result.stderr


def test_a_parent_alone_leaves_a_file_with_a_column_for_each_measure_too(tmp_path: Path) -> None:
    scores = [40, 40, 39, "", 40, 32, 40, 40]
    rows = [
        ["D1", at, "parent alone" if at == 4 else "child", score, 4.0 if at != 4 else ""]
        for at, score in enumerate(scores, 1)
    ]
    path = tmp_path / "sessions.csv"
    header = ["dyad", "session", "attendance", "child_tasc", "therapist_wais"]
    path.write_text("\n".join(",".join(map(str, row)) for row in [header, *rows]))
    data = json.loads(run("ruptures", path, "--json").stdout)
    assert [one["n_series"] for one in data["informants"].values()] == [1, 1]
    child = data["informants"]["child"]
    assert [(r["pre"], r["central"], r["post"]) for r in child["ruptures"]] == [(5, 6, 7)]


def test_series_and_low_scores_that_nothing_precedes_are_given_on_request() -> None:
    data = json.loads(run("ruptures", SCORES / "scores_wide.xlsx", "--series", "--json").stdout)
    found = data["informants"]["child"]
    assert sum(one["analysed"] for one in found["series"]) == found["n_series"]
    reasons = {one["reason"] for one in found["series"] if not one["analysed"]}
    assert "longest run is 4 of 7 consecutive scores" in reasons
    first = found["series"][0]
    assert (first["dyad"], first["lower_limit"], len(first["scores"])) == ("D001", 36, len(first["sessions"]))
    (low,) = [one for one in data["informants"]["therapist"]["not_judged"] if one["dyad"] == "D078"]
    assert low == {"dyad": "D078", "session": 1, "reason": "session 1 is the first one"}
    shown = run("ruptures", SCORES / "scores_long.csv", "--series").stdout
    assert "longest run is 4 of 7 consecutive scores" in shown and "session 1 is the first one" in shown


def test_every_rupture_has_the_fields_of_the_contract() -> None:
    data = json.loads(run("ruptures", SCORES / "scores_long.csv", "--json").stdout)
    found = data["informants"]["child"]
    assert list(found) == ["measure", *list(COUNTS)[:1], "pooled_sd", *list(COUNTS)[1:], "ruptures"]
    for rupture in found["ruptures"]:
        assert list(rupture) == ["dyad", "pre", "central", "post", "criterion", "type", "reason"]
        assert (rupture["type"] is None) == (rupture["reason"] is not None)


def test_settings_are_named_in_the_output() -> None:
    options = (
        "--k",
        "1.5",
        "--fourths",
        "type6",
        "--pooled",
        "within",
        "--absolute",
        "1.5",
        "--min-run",
        "5",
    )
    data = json.loads(run("ruptures", SCORES / "scores_long.csv", *options, "--json").stdout)
    assert data["settings"] == {
        "k": 1.5, "fourths": "type6", "pooled": "within", "absolute": 1.5, "min_run": 5, "chart": True,
    }  # fmt: skip
    data = json.loads(run("ruptures", SCORES / "scores_long.csv", "--no-absolute", "--json").stdout)
    assert data["settings"]["absolute"] is None
    data = json.loads(run("ruptures", SCORES / "scores_long.csv", "--no-chart", "--json").stdout)
    assert data["settings"]["chart"] is False
    assert {r["criterion"] for r in data["informants"]["child"]["ruptures"]} == {"absolute"}


def test_an_unknown_measure_is_compared_as_it_was_written(tmp_path: Path) -> None:
    # As a mean of twelve items the fourth score would lie on the limit; as a plain decimal it lies below.
    scores = [4, 4, 3.92, 3.58, 3.67, 4, 4]
    for measure, expected in (("WAI-S", 0), ("own", 1)):
        path = tmp_path / f"{measure}.csv"
        rows = [f"D1,{session},therapist,{measure},{score}" for session, score in enumerate(scores, 1)]
        path.write_text("\n".join(["dyad,session,informant,measure,score", *rows]))
        data = json.loads(run("ruptures", path, "--no-absolute", "--json").stdout)
        assert data["informants"]["therapist"]["n_ruptures"] == expected


def test_a_score_with_answers_filled_in_and_a_subscale_are_compared_as_what_they_are(tmp_path: Path) -> None:
    # Of twelve items the fourth score lies on the limit, 43/12, of four on 13/4; as written they lie below.
    whole = [4, 4, 3.92, 3.58, 3.67, 4, 4]
    filled = [4, 4, 3.92, 3.5818, 3.67, 4, 4]
    bond = [4, 4, 3.75, 3.246, 3.5, 4, 4]
    for measure, scores, n_imputed, expected in (
        ("WAI-S", whole, 0, 0),
        ("WAI-S", filled, 0, 0),
        ("WAI-S", filled, 1, 1),
        ("WAI-S, bond", bond, 0, 0),
        ("own", bond, 0, 1),
    ):
        rows = [
            f'D1,{at},therapist,"{measure}",{score},{n_imputed if at == 4 else 0}'
            for at, score in enumerate(scores, 1)
        ]
        path = tmp_path / "scores.csv"
        path.write_text("\n".join(["dyad,session,informant,measure,score,n_imputed", *rows]))
        data = json.loads(run("ruptures", path, "--no-absolute", "--json").stdout)
        assert data["informants"]["therapist"]["n_ruptures"] == expected, (measure, scores, n_imputed)


def test_sessions_with_the_parent_alone_leave_the_numbering(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    scores = [12, 12, 11, "", 12, 4, 12, 12]
    rows = [
        f"D1,{at},child,TASC,{score},{'parent alone' if at == 4 else 'child'}"
        for at, score in enumerate(scores, 1)
    ]
    path.write_text("\n".join(["dyad,session,informant,measure,score,attendance", *rows]))
    child = json.loads(run("ruptures", path, "--json").stdout)["informants"]["child"]
    assert child["n_series"] == 1
    assert [(r["pre"], r["central"], r["post"]) for r in child["ruptures"]] == [(5, 6, 7)]


def test_no_series_to_analyse_gives_null_and_a_reason() -> None:
    data = json.loads(run("ruptures", SCORES / "scores_long.csv", "--min-run", "30", "--json").stdout)
    child = data["informants"]["child"]
    assert (child["pooled_sd"], child["n_series"], child["ruptures"]) == (None, 0, [])
    assert child["reason"] == "no series has 30 consecutive scores"


def test_ruptures_are_readable_as_a_table() -> None:
    shown = run("ruptures", SCORES / "scores_long.csv").stdout
    assert "child, TASC" in shown and "therapist, WAI-S" in shown
    assert "D001    9       10    11  both           repaired" in shown


@pytest.mark.parametrize("name", ["within_10x2", "mixed_13x2_9_4", "mixed_13x3_9_4", "mixed_4x2_enum_2_2"])
def test_effects_have_the_fields_of_the_contract_and_the_f_of_r(tmp_path: Path, name: str) -> None:
    data = json.loads(
        run("permutation", write_case(tmp_path, name), "--permutations", "500", "--json").stdout
    )
    assert list(data) == ["design", "effects", "warnings"]
    fields = ["effect", "f", "df1", "df2", "p_parametric", "p_permutation", "p_lower", "p_upper"]
    fields += ["n_permutations", "enumerated", "p_exact", "exact_method"]
    names = {"rupture_type": "type", "position": "session", "rupture_type:position": "type:session"}
    for effect in data["effects"]:
        lacking = any(value is None for value in effect.values())
        assert list(effect) == ([*fields, "reason"] if lacking else fields)
        assert effect["f"] == pytest.approx(
            PERMUCO[name]["afex_type3"][names[effect["effect"]]]["F"], abs=1e-8
        )
        assert (effect["n_permutations"], effect["enumerated"]) == (500, False)


def test_the_design_and_its_warnings_are_given(tmp_path: Path) -> None:
    within = json.loads(
        run("permutation", write_case(tmp_path, "within_10x2"), "--permutations", 50, "--json").stdout
    )
    assert (within["design"], [e["effect"] for e in within["effects"]]) == ("within", ["position"])
    mixed = json.loads(
        run("permutation", write_case(tmp_path, "mixed_13x2_9_4"), "--permutations", 50, "--json").stdout
    )
    assert mixed["design"] == "mixed"
    assert [e["effect"] for e in mixed["effects"]] == ["rupture_type", "position", "rupture_type:position"]
    assert mixed["warnings"] == ["few sequences of a type (9 A, 4 B)"]


def test_a_seed_repeats_the_permutations_and_small_designs_list_them(tmp_path: Path) -> None:
    path = write_case(tmp_path, "within_10x2")
    outputs = [
        run("permutation", path, "--permutations", 5000, "--seed", seed, "--json").stdout
        for seed in (1, 1, 2)
    ]
    assert outputs[0] == outputs[1] != outputs[2]
    (effect,) = json.loads(run("permutation", write_case(tmp_path, "within_4x2_enum"), "--json").stdout)[
        "effects"
    ]
    assert (effect["n_permutations"], effect["enumerated"]) == (40_320, True)
    assert effect["p_permutation"] == pytest.approx(0.16547619, abs=1e-8)


def test_permutation_tests_are_readable_as_a_table(tmp_path: Path) -> None:
    shown = run("permutation", write_case(tmp_path, "within_10x2"), "--permutations", 100).stdout
    assert "design: within" in shown and "position, exact: sign flip, 2^10" in shown and "wilcoxon_p" in shown
    shown = run("permutation", write_case(tmp_path, "mixed_13x2_9_4"), "--permutations", 100).stdout
    assert "warning: few sequences of a type (9 A, 4 B)" in shown and "4.13e-05" in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("ruptures", REFERENCE / "perm" / "within_10x2.csv"),
            "missing column 'dyad', 'informant', 'measure', 'score'",
        ),
        (
            ("ruptures", SCORES / "scores_long.csv", "--no-chart", "--no-absolute"),
            "no criterion is left",
        ),
        (("ruptures", SCORES / "none.csv"), "cannot be read"),
        (("ruptures", SCORES / "scores_long.csv", "--k", "0"), "k 0.0; expected a number above 0"),
        (("ruptures", SCORES / "scores_long.csv", "--fourths", "type10"), "'type10' is not one of"),
        (
            ("permutation", REFERENCE / "perm" / "within_10x2.csv"),
            "missing column 'sequence', 'position', 'score'",
        ),
    ],
)
def test_a_problem_is_one_line_on_standard_error_and_status_two(arguments: tuple, message: str) -> None:
    result = run(*arguments, "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr and result.stderr.count("\n") == 1


def test_an_incomplete_sequence_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = write_case(tmp_path, "within_10x2")
    path.write_text("\n".join(path.read_text().splitlines()[:-1]))
    result = run("permutation", path, "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "sequence c10: no row for position central" in result.stderr


def test_two_measures_of_one_informant_are_named_apart_and_a_parent_is_an_informant(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    rows = ["D1,1,child,TASC,40", "D1,1,child,WAI-S,4", "D1,1,parent,TASC,40"]
    path.write_text("\n".join(["dyad,session,informant,measure,score", *rows]))
    data = json.loads(run("ruptures", path, "--json").stdout)
    assert list(data["informants"]) == ["child TASC", "child WAI-S", "parent"]
    assert [one["measure"] for one in data["informants"].values()] == ["TASC", "WAI-S", "TASC"]
    shown = run("ruptures", path).stdout
    assert "child TASC: no series has 7" in shown and "parent, TASC: no series has 7" in shown
