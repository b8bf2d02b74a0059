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


@pytest.mark.parametrize("name", ["scores_long.csv", "scores_long_excel_nl.csv"])
@pytest.mark.parametrize(
    ("options", "choice"),
    [
        ((), "default"),
        (("--k", "1.5"), "k1.5"),
        (("--pooled", "within"), "within"),
        (("--no-absolute",), "chart_only"),
        (("--fourths", "exclusive"), "exclusive"),
    ],
)
def test_the_reference_study_is_reproduced_from_the_files(
    name: str, options: tuple[str, ...], choice: str
) -> None:
    data = json.loads(run("ruptures", SCORES / name, *options, "--json").stdout)
    assert list(data) == ["settings", "informants"]
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
        assert found["pooled_sd"] == pytest.approx(expected["pooled_sd"], rel=1e-14)


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


def test_an_unknown_measure_is_compared_as_it_was_written(tmp_path: Path) -> None:
    # As a mean of twelve items the fourth score would lie on the limit; as a plain decimal it lies below.
    scores = [4, 4, 3.92, 3.58, 3.67, 4, 4]
    for measure, expected in (("WAI-S", 0), ("own", 1)):
        path = tmp_path / f"{measure}.csv"
        rows = [f"D1,{session},therapist,{measure},{score}" for session, score in enumerate(scores, 1)]
        path.write_text("\n".join(["dyad,session,informant,measure,score", *rows]))
        data = json.loads(run("ruptures", path, "--no-absolute", "--json").stdout)
        assert data["informants"]["therapist"]["n_ruptures"] == expected


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
    fields = ["effect", "f", "df1", "df2", "p_parametric", "p_permutation", "n_permutations", "enumerated"]
    fields += ["p_exact", "exact_method"]
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
            ("ruptures", SCORES / "scores_wide.csv"),
            "missing column 'session', 'informant', 'measure', 'score'",
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


def test_two_measures_of_one_informant_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("dyad,session,informant,measure,score\nD1,1,child,TASC,40\nD1,1,child,WAI-S,4\n")
    result = run("ruptures", path, "--json")
    assert result.exit_code == 2
    assert "child has scores on 2 measures (TASC, WAI-S)" in result.stderr
