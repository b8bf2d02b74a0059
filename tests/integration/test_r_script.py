"""The R script of the export: it computes every figure again and says when one differs."""

import csv
import random
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from coder_app.services import export, reliability

RSCRIPT = shutil.which("Rscript")
REFERENCE = Path(__file__).resolve().parents[1] / "reference" / "icc" / "study_17x3x17_long.csv"
CODERS = ("coder1", "coder2", "coder3")
pytestmark = [pytest.mark.r, pytest.mark.skipif(RSCRIPT is None, reason="no Rscript found")]


def instrument(name: str, rows: list[list], subscales: dict[str, list[str]], **more) -> dict:
    """What `reliability.collect` returns of one instrument, for ratings from 0 to 5."""
    targets = {row[0] for row in rows}
    return {
        "name": name,
        "version": "1",
        "lowest": 0,
        "highest": 5,
        "items": [{"code": code, "label": code} for code in dict.fromkeys(row[2] for row in rows)],
        "subscales": [{"code": code, "name": code, "items": items} for code, items in subscales.items()],
        "coders": [{"label": one, "alias": one.replace("coder", "coder ")} for one in CODERS],
        "n_subset": len(targets),
        "n_recordings": len(targets),
        "n_outside": 0,
        "rows": rows,
        "segment_minutes": None,
        "segment_rows": [],
    } | more


def complete() -> dict:
    """The reference study: 17 items, among them rare ones, one that never varies and negative ICCs."""
    with REFERENCE.open(newline="") as file:
        rows = [
            [row["session"], row["coder"], row["item"], float(row["score"])] for row in csv.DictReader(file)
        ]
    names = [f"item{n:02}" for n in range(1, 18)]
    return instrument("Complete", rows, {"first": names[:4], "second": names[6:13]})


def with_holes() -> dict:
    """Scores that were not codable here and there, and recordings that one coder never had."""
    rng = random.Random(5)
    rows = []
    for number in range(16):
        level = rng.gauss(2.5, 1.3)
        for place, coder in enumerate(CODERS):
            if number % 4 == place:
                continue
            for item in range(4):
                score = min(5, max(0, round(level + 0.4 * place + rng.gauss(0, 0.8))))
                is_hole = (number * 3 + place + item) % 11 == 0
                rows.append([f"r{number:02}", coder, f"hole_{item}", None if is_hole else float(score)])
    return instrument("Holes", rows, {"all": [f"hole_{item}" for item in range(4)]})


def by_segments() -> dict:
    """Two segments a recording: agreement is theirs, the ICC that of their means."""
    rng = random.Random(9)
    segments = []
    for number in range(9):
        level = rng.gauss(2.5, 1.2)
        for coder in CODERS:
            for segment in (1, 2):
                for item in ("seg_0", "seg_1", "seg_2"):
                    score = min(5, max(0, round(level + rng.gauss(0, 0.9))))
                    is_hole = number == 3 and segment == 2
                    segments.append([f"s{number}", coder, segment, item, None if is_hole else score])
    given: dict[tuple, list] = {}
    for target, coder, _, item, score in segments:
        given.setdefault((target, coder, item), []).append(score)
    rows = []
    for key, scores in given.items():
        codable = [score for score in scores if score is not None]
        rows.append([*key, sum(codable) / len(codable)])
    return instrument(
        "Segments", rows, {"all": ["seg_0", "seg_1", "seg_2"]}, segment_minutes=5, segment_rows=segments
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The exported files of the three."""
    inputs = {
        "settings": reliability.SETTINGS | {"bootstrap": 500},
        "dropped_items": [],
        "instruments": [complete(), with_holes(), by_segments()],
    }
    content = reliability.compute(inputs, lambda done, total: None)
    folder = tmp_path_factory.mktemp("export")
    for file in export.list_files(SimpleNamespace(content=content, inputs=inputs), reliability.KIND):
        (folder / file.name).write_text(file.text, encoding="utf-8", newline="")
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
    ):
        assert any(line.startswith(figure) for line in lines), figure


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
