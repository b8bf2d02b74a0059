"""The R script of the export: it computes every figure again and says when one differs."""

import csv
import random
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from coder_app.services import agreement, export, reliability, repeat
from tests.makers.agreeing import by_segments, complete, inputs_of, with_holes

RSCRIPT = shutil.which("Rscript")
pytestmark = [pytest.mark.r, pytest.mark.skipif(RSCRIPT is None, reason="no Rscript found")]


def came_back() -> dict:
    """Recordings of the reference study that two coders rated once more, now and then a point apart."""
    rng = random.Random(3)
    one = complete()
    codes = [item["code"] for item in one["items"]]
    given: dict[tuple, dict] = {}
    for target, rater, item, score in one["rows"]:
        given.setdefault((rater, target), {})[item] = score
    pairs = []
    for (rater, target), scores in list(given.items())[:20]:
        first = [scores[code] for code in codes]
        again = [min(5.0, max(0.0, score + rng.choice((-1, 0, 0, 0, 1)))) for score in first]
        again[3] = None if target == "s05" else again[3]
        pairs.append(
            {
                "target": target,
                "rater": rater,
                "days": 40,
                "recognised": False,
                "first": first,
                "again": again,
            }
        )
    raters = {pair["rater"] for pair in pairs}
    one["coders"] = [coder for coder in one["coders"] if coder["label"] in raters]
    return {
        "settings": repeat.SETTINGS,
        "least_days": 28,
        "share": 0.1,
        "dropped_items": [],
        "instruments": [one | {"pairs": pairs}],
    }


def write_result(folder, service, inputs) -> None:
    """Write the files of one result as the export holds them."""
    content = service.compute(inputs, lambda done, total: None)
    for file in export.list_files(SimpleNamespace(content=content, inputs=inputs), service.KIND):
        (folder / file.name).write_text(file.text, encoding="utf-8", newline="")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The exported files of all three, and of the recordings that came back."""
    inputs = inputs_of(complete(), with_holes(), by_segments(), bootstrap=500)
    folder = tmp_path_factory.mktemp("export")
    write_result(folder, reliability, inputs)
    write_result(folder, agreement, inputs)
    write_result(folder, repeat, came_back())
    return folder


def run_script(folder: Path) -> subprocess.CompletedProcess:
    call = [RSCRIPT, "--vanilla", str(folder / "reliability-recompute.R"), str(folder)]
    return subprocess.run(call, capture_output=True, text=True, check=False, timeout=300)


def test_r_finds_every_figure_of_the_export(folder):
    done = run_script(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\n0 differ by more than is allowed.\n" in done.stdout
    lines = done.stdout.splitlines()
    for figure in (
        "Complete item01 ICC(A,1) ",
        "Complete item01 ICC(C,k) upper",
        "Complete first omega total ",
        "Complete second SDC ",
        "Holes hole_0 ICC(Q,k) lower limit",
        "Holes all ML ratio",
        "Segments seg_1 AC2",
        "Holes hole_1 Krippendorff's alpha",
        "Complete item02 coder 1 and coder 3 kappa upper",
        "Complete first coder 1 again: ICC(A,1) lower",
    ):
        assert any(line.startswith(figure) for line in lines), figure


def test_r_follows_the_settings_of_the_figures(tmp_path):
    settings = {"confidence": 0.9, "sums": "prorated", "bootstrap": 0}
    write_result(tmp_path, reliability, inputs_of(with_holes(), **settings))
    done = run_script(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "CONFIDENCE <- 0.9\n" in (tmp_path / "reliability-recompute.R").read_text()
    assert any(line.startswith("Holes all ICC(A,1)") for line in done.stdout.splitlines())


def test_r_says_which_figure_is_wrong(folder, tmp_path):
    copy = tmp_path / "export"
    shutil.copytree(folder, copy)
    path = copy / "reliability-items.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0]["ac2"] = str(float(rows[0]["ac2"]) + 1e-5)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    for name in ("reliability-subscales.csv", "reliability-icc-forms.csv"):  # only to be quick
        text = (copy / name).read_text().splitlines()
        (copy / name).write_text("\n".join(text[: 2 if "forms" in name else 1]) + "\n")
    (copy / "repeats-agreement.csv").unlink()
    done = run_script(copy)
    assert done.returncode == 1
    wrong = [line for line in done.stdout.splitlines() if "DIFFERS" in line]
    assert len(wrong) == 1
    assert wrong[0].startswith("Complete item01 AC2")


def test_r_says_when_there_is_nothing_to_compare(folder, tmp_path):
    shutil.copy(folder / "reliability-recompute.R", tmp_path)
    done = run_script(tmp_path)
    assert done.returncode == 2
    assert "There are no figures of reliability" in done.stdout
