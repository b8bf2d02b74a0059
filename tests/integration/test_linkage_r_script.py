"""The R script beside the linkage's files computes every figure of them again and says when one differs."""

import csv
import shutil
import subprocess
from types import SimpleNamespace

import pytest

from coder_app.services import export, linkage
from tests.makers.linked import linked_inputs

RSCRIPT = shutil.which("Rscript")
pytestmark = [pytest.mark.r, pytest.mark.skipif(RSCRIPT is None, reason="no Rscript found")]


def write_files(folder, **plan) -> None:
    """Write the files of the linkage as the export holds them; few resamples, to be quick."""
    inputs = linked_inputs(**plan)
    content = linkage.compute(inputs, lambda done, total: None)
    for file in export.list_files(SimpleNamespace(content=content, inputs=inputs), linkage.KIND):
        text = file.text.replace("N_BOOTSTRAP <- 500\n", "N_BOOTSTRAP <- 200\n")
        (folder / file.name).write_text(text, encoding="utf-8", newline="")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The files under the usual method."""
    folder = tmp_path_factory.mktemp("linkage")
    write_files(folder)
    return folder


def run_script(folder) -> subprocess.CompletedProcess:
    call = [RSCRIPT, "--vanilla", str(folder / "linkage-recompute.R"), str(folder)]
    return subprocess.run(call, capture_output=True, text=True, check=False, timeout=300)


def test_r_finds_every_figure_of_the_linkage(folder):
    done = run_script(folder)
    wrong = [line for line in done.stdout.splitlines() if "DIFFERS" in line]
    # Of two hundred limits by bootstrap one or two may lie a little farther apart.
    assert [line for line in wrong if "bootstrap" not in line] == [], done.stderr
    assert len(wrong) <= 4
    lines = done.stdout.splitlines()
    for figure in (
        "child, positive_child_involvement, as planned, pre vs central position F ",
        "child, positive_child_involvement, permuted by dyad, pre vs central position p by permutation",
        "therapist, positive_therapist_behavior, every complete pair, central vs post by rupture type",
        "therapist, positive_child_involvement, centred by coder, ",
        "therapist, positive_child_involvement, without sequences whose scores have changed, ",
        "therapist, CIRS, positive_child_involvement, as planned central vs post, repaired only Holm",
        "child TASC unrepaired high-low-low exact p",
        "positive_therapist_behavior on WAI-S therapist slope within",
        "therapist positive_child_involvement all central upper",
    ):
        assert any(line.startswith(figure) for line in lines), figure
    compared = int(next(line for line in lines if "figures compared" in line).split()[0])
    assert compared > 1000


def test_r_permutes_as_the_plan_says(tmp_path):
    write_files(tmp_path, method="restricted")
    # Only the tests, and no intervals, to be quick.
    for name in ("patterns", "association", "means", "coders"):
        (tmp_path / f"linkage-{name}.csv").unlink()
    path = tmp_path / "linkage-tests.csv"
    with path.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["line"] == "as planned"]
    columns = list(rows[0])
    rows = [row | {name: "" for name in columns if name.endswith(("_lower", "_upper"))} for row in rows]
    rows[0]["f"] = str(float(rows[0]["f"]) + 1e-3)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    done = run_script(tmp_path)
    assert 'METHOD <- "restricted" #' in (tmp_path / "linkage-recompute.R").read_text()
    (wrong,) = [line for line in done.stdout.splitlines() if "DIFFERS" in line]
    assert done.returncode == 1 and " F " in wrong


def test_r_says_when_there_is_nothing_to_compare(folder, tmp_path):
    shutil.copy(folder / "linkage-recompute.R", tmp_path)
    done = run_script(tmp_path)
    assert done.returncode == 2
    assert "There are no codes or no sequences" in done.stdout
