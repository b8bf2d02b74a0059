import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from coder_app.cli.stats import command
from coder_app.cli.stats.reading import read_frame

REFERENCE = Path(__file__).parents[1] / "reference"
FORMS = ["ICC(A,1)", "ICC(1,1)", "ICC(C,1)", "ICC(1,k)", "ICC(A,k)", "ICC(C,k)"]
PLAIN = (
    "target,rater,item,score\na,r1,calm,1\na,r2,calm,2\nb,r1,calm,3\nb,r2,calm,3\nc,r1,calm,5\nc,r2,calm,4\n"
)


def run(*arguments, **options):
    return CliRunner().invoke(command, [str(a) for a in arguments], **options)


def run_json(*arguments, **options):
    result = run(*arguments, "--json", **options)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def write(folder, text, name="scores.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def write_long(folder, wide, columns=("target", "rater", "score"), raters=None):
    """A wide reference table as a long file; with `raters`, rows in runs are the raters of one target."""
    with (REFERENCE / wide).open(newline="") as file:
        rows = list(csv.reader(file))
    lines = [",".join(columns)]
    for i, row in enumerate(rows[1:]):
        key = f"t{i}" if raters is None else f"t{i // raters},r{i % raters}"
        lines += [f"{key},{name},{value}" for name, value in zip(rows[0], row, strict=True)]
    return write(folder, "\n".join(lines) + "\n")


def assert_one_line(result, *parts):
    assert result.exit_code == 2
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    for part in parts:
        assert part in result.stderr


# --- the contract --------------------------------------------------------------------------------------


def test_icc_prints_the_figures_of_shrout_and_fleiss_as_one_json_object(tmp_path):
    data = run_json("icc", write_long(tmp_path, "icc/shrout_fleiss_6x4.csv"))
    assert set(data) == {"items"}
    (item,) = data["items"]
    assert set(item) == {
        *("item", "n_targets", "n_raters", "n_used", "design", "reason", "icc", "word", "percent_agreement")
    }
    assert (item["item"], item["n_targets"], item["n_raters"]) == (None, 6, 4)
    assert (item["design"], item["reason"], item["word"]) == ("complete", None, "poor")
    assert list(item["icc"]) == FORMS
    assert item["icc"]["ICC(A,1)"] == pytest.approx(
        {"estimate": 0.289763779527559, "lower": 0.018786513374712, "upper": 0.761084369648953}, abs=1e-12
    )


def test_icc_lists_items_in_order_and_explains_one_without_variation(tmp_path):
    text = (REFERENCE / "icc/study_17x3x17_long.csv").read_text()
    path = write(tmp_path, text.replace("session,coder", "target,rater", 1))
    items = run_json("icc", path)["items"]
    assert [item["item"] for item in items] == [f"item{i:02d}" for i in range(1, 18)]
    assert items[0]["word"] == "good"
    nothing = items[-1]
    assert nothing["reason"].startswith("no variation")
    assert nothing["icc"] == {form: {"estimate": None, "lower": None, "upper": None} for form in FORMS}
    assert (nothing["word"], nothing["percent_agreement"], nothing["n_used"]) == (None, 1, 0)


def test_icc_with_holes_fills_the_forms_that_are_defined(tmp_path):
    (item,) = run_json("icc", write_long(tmp_path, "icc/rotating_pairs_17x4.csv"))["items"]
    assert (item["design"], item["reason"]) == ("incomplete", None)
    filled = {form: value["estimate"] for form, value in item["icc"].items() if value["estimate"] is not None}
    assert filled == pytest.approx(
        {"ICC(A,1)": 0.524283, "ICC(A,k)": 0.687908, "ICC(Q,k)": 0.741380}, abs=5e-7
    )
    assert all(value["reason"] for value in item["icc"].values() if value["estimate"] is None)


def test_confidence_sets_the_width_of_the_interval(tmp_path):
    path = write_long(tmp_path, "icc/ord05_good.csv")
    wide, narrow = (
        run_json("icc", path, "--confidence", c)["items"][0]["icc"]["ICC(A,1)"] for c in (0.99, 0.9)
    )
    assert wide["lower"] < narrow["lower"] < narrow["upper"] < wide["upper"]


def test_omega_prints_its_figures_as_one_json_object(tmp_path):
    columns = ("target", "rater", "item", "score")
    path = write_long(tmp_path, "omega/syn_study_17x3_4items.csv", columns, raters=3)
    data = run_json("omega", path)
    assert set(data) == {
        *("omega_total", "lower", "upper", "ml_ratio", "alpha", "n_rows", "n_items"),
        *("heywood", "dropped_items", "reason"),
    }
    assert data["omega_total"] == pytest.approx(0.8749912, abs=1e-7)
    assert data["ml_ratio"] == pytest.approx(0.8816350, abs=1e-7)
    assert [data["lower"], data["upper"]] == pytest.approx([0.75, 0.93], abs=0.015)
    assert (data["n_rows"], data["n_items"], data["heywood"]) == (51, 4, False)
    assert (data["dropped_items"], data["reason"]) == ([], None)
    assert run_json("omega", path, "--seed", 1, "--bootstrap", 2000) == data
    without = run_json("omega", path, "--bootstrap", 0)
    assert (without["lower"], without["upper"]) == (None, None)
    assert without["omega_total"] == data["omega_total"]


def test_a_warning_of_omega_goes_to_standard_error_and_not_into_the_json(tmp_path):
    columns = ("target", "item", "score")
    path = write_long(tmp_path, "omega/syn_51x4_one_reversed.csv", columns)
    result = run("omega", path, "--bootstrap", 0, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["omega_total"] == pytest.approx(0.533143, abs=1e-6)
    assert result.stderr == "warning: negative loading: i3 (no item is reversed)\n"


def test_alpha_names_the_item_that_it_drops(tmp_path):
    path = write_long(tmp_path, "omega/syn_51x4_constant_item.csv", ("target", "item", "score"))
    data = run_json("alpha", path)
    assert data["alpha"] == pytest.approx(0.792542787286064, abs=1e-10)
    assert [data["lower"], data["upper"]] == pytest.approx([0.669791583584233, 0.874712487646369], abs=1e-8)
    assert (data["n"], data["n_items"], data["dropped_items"], data["reason"]) == (51, 3, ["i4"], None)


def test_plan_prints_the_number_of_targets():
    assert run_json("plan", "--icc", ".7", "--raters", "3", "--width", ".2") == {"n_targets": 68}
    assert run("plan", "--icc", ".7", "--raters", "3", "--width", ".3").stdout == "31 targets\n"


def test_without_json_a_table_is_printed_with_the_reason_where_there_is_no_figure(tmp_path):
    text = PLAIN + "".join(f"{t},{r},quiet,0\n" for t in "abc" for r in ("r1", "r2"))
    lines = run("icc", write(tmp_path, text)).stdout.splitlines()
    assert lines[0].split()[:6] == ["item", "targets", "raters", "used", "design", "ICC(A,1)"]
    assert lines[1].startswith("calm ")
    assert lines[2].startswith("quiet")
    assert lines[2].endswith("no variation: all scores are the same")
    assert lines[1].index("complete") == lines[2].index("complete") == lines[0].index("design")


def test_a_table_of_omega_shows_figures_loadings_and_reason(tmp_path):
    path = write_long(tmp_path, "omega/syn_51x2_two_items.csv", ("target", "item", "score"))
    output = run("omega", path).stdout
    assert output.splitlines()[0].split()[0] == "omega_total"
    assert "reason: 2 items that vary" in output
    path = write_long(tmp_path, "omega/syn_17x4_small.csv", ("target", "item", "score"))
    assert "i1      0.949" in run("omega", path, "--bootstrap", 0).stdout


# --- files as they come --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "encoding"),
    [
        (lambda text: text, "utf-8-sig"),
        (lambda text: text, "utf-16"),
        (lambda text: text.replace(",", ";"), "utf-8"),
        (lambda text: text.replace(",", "\t"), "utf-8"),
        (lambda text: text.replace(",", ";").replace(";2\n", ";2,0\n"), "utf-8"),
        (lambda text: text.replace("\n", "\r\n") + ",,,\r\n\r\n", "utf-8"),
        (lambda text: text.replace("calm", '"calm"').replace(",", ", "), "utf-8"),
    ],
)
def test_a_file_gives_the_same_however_it_was_saved(tmp_path, change, encoding):
    expected = run_json("icc", write(tmp_path, PLAIN))
    text = change(PLAIN).replace(', "', ',"')
    assert run_json("icc", write(tmp_path, text, "other.csv", encoding)) == expected


def test_latin_1_names_are_read(tmp_path):
    text = PLAIN.replace("calm", "gelöst")
    data = run_json("icc", write(tmp_path, text, encoding="latin-1"))
    assert data["items"][0]["item"] == "gelöst"


def test_a_dash_reads_standard_input(tmp_path):
    assert run_json("icc", "-", input=PLAIN) == run_json("icc", write(tmp_path, PLAIN))


def test_identifiers_stay_text_as_written(tmp_path):
    path = write(tmp_path, "target,rater,score\n007,NA,1\n7,NA,\n1e3,nan,3.5\n")
    frame = read_frame(str(path), ("target", "rater", "score"), (), ("score",))
    assert list(frame["target"]) == ["007", "7", "1e3"]
    assert list(frame["rater"]) == ["NA", "NA", "nan"]
    assert frame["score"].isna().tolist() == [False, True, False]


# --- problems ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ["scores.csv: empty", "target, rater, score, item (optional)"]),
        ("target,rater,item,score\n", ["no data rows"]),
        ("target,rater,score,mood\na,r,1,2\n", ["row 1", "unknown column 'mood'", "expected target"]),
        ("target,score\na,1\n", ["row 1", "missing column 'rater'"]),
        ("target,rater,rater,score\na,r,r,1\n", ["repeated column 'rater'"]),
        (PLAIN.replace("b,r2,calm,3", "b,r2,calm,three"), ["row 5", "column score", "'three'", "a number"]),
        (PLAIN.replace("b,r2,calm,3", "b,r2,calm,1e999"), ["row 5", "column score", "'1e999'"]),
        (PLAIN.replace("b,r2,calm,3", "b,r2,calm,nan"), ["row 5", "column score", "'nan'"]),
        (PLAIN.replace("b,r2,calm,3", "b,r2,calm,1_0"), ["row 5", "column score", "'1_0'"]),
        (PLAIN.replace("b,r2,calm,3", "b,,calm,3"), ["row 5", "column rater", "empty"]),
        (PLAIN.replace("b,r2,calm,3", "b,r2,,3"), ["row 5", "column item", "empty"]),
        (PLAIN.replace("b,r2,calm,3", "b,r2,calm"), ["row 5", "3 cells", "expected 4"]),
        (PLAIN + "a,r2,calm,2\n", ["row 8", "target a, rater r2, item calm", "row 3"]),
        (PLAIN.replace("b,r2,calm,3", 'b,"r2,calm,3'), ["row", "not readable as CSV"]),
        ("PK\x03\x04\0\0", ["not a text file"]),
    ],
)
def test_a_bad_file_is_refused_in_one_line_that_names_the_place(tmp_path, text, parts):
    assert_one_line(run("icc", write(tmp_path, text), "--json"), "scores.csv", *parts)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("icc", "no such file.csv"), "no such file.csv: cannot be read"),
        (("icc",), "Missing argument"),
        (("icc", "-", "--confidence", "1.5"), "--confidence"),
        (("omega", "-", "--bootstrap", "-1"), "--bootstrap"),
        (("plan", "--icc", "1.2"), "ICC 1.2; expected"),
        (("plan", "--raters", "two"), "--raters"),
        (("plan", "--width", "0"), "width 0; expected"),
        (("median",), "No such command"),
        (("--loud",), "No such option"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_line_and_a_two(arguments, part):
    assert_one_line(run(*arguments, input=PLAIN), part)


def test_a_folder_in_place_of_a_file_is_refused(tmp_path):
    assert_one_line(run("icc", tmp_path), "cannot be read")


def test_even_a_failure_nobody_foresaw_is_one_line_and_a_two(tmp_path, monkeypatch):
    def fail(*_):
        raise RuntimeError("two\nlines")

    monkeypatch.setattr("coder_app.analysis.icc.icc_by_item", fail)
    assert_one_line(run("icc", write(tmp_path, PLAIN)), "unexpected RuntimeError: two lines")


def test_help_lists_every_statistic_without_importing_one():
    script = (
        "import sys; from click.testing import CliRunner; from coder_app.cli.stats import command; "
        "print(CliRunner().invoke(command, ['--help']).output); "
        "print([m for m in ('pandas', 'scipy', 'numpy', 'pingouin') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    for name in ("icc", "omega", "alpha", "ruptures", "permutation", "plan"):
        assert f"\n  {name} " in done.stdout
    assert done.stdout.endswith("[]\n")


def test_the_json_is_the_only_thing_on_standard_output(tmp_path):
    output = run("icc", write(tmp_path, PLAIN), "--json").stdout
    stream = io.StringIO(output)
    assert isinstance(json.loads(stream.readline()), dict)
    assert stream.read() == ""
