"""How long a table of 100,000 rows takes to be opened in each format."""

import time
from pathlib import Path

import pytest

from coder_app.tables.files import open_table_file
from tests.benchmarks.speed import find_slowness
from tests.makers.tables import sav_of, xlsx_of_parts

HEADER = ("dyad", "session", "informant", "measure", "score")
N_ROWS = 100_000


def rows() -> list[tuple]:
    return [(f"D{n // 24:05}", n % 24 // 2 + 1, "child", "TASC", 12 + n % 37) for n in range(N_ROWS)]


def row_of(values: tuple) -> str:
    """A row as Excel writes it, in a hundredth of the time that openpyxl takes."""
    cells = (
        f"<x:c><x:v>{value}</x:v></x:c>"
        if isinstance(value, int)
        else f'<x:c t="inlineStr"><x:is><x:t>{value}</x:t></x:is></x:c>'
        for value in values
    )
    return f"<x:row>{''.join(cells)}</x:row>"


def made(kind: str, folder: Path) -> Path:
    path = folder / f"long.{kind}"
    if kind == "csv":
        lines = (",".join(map(str, row)) for row in [HEADER, *rows()])
        path.write_text("\n".join(lines), encoding="utf-8")
    elif kind == "xlsx":
        path.write_bytes(
            xlsx_of_parts(f"<x:sheetData>{''.join(map(row_of, [HEADER, *rows()]))}</x:sheetData>")
        )
    else:
        columns = {name: [row[place] for row in rows()] for place, name in enumerate(HEADER)}
        path.write_bytes(sav_of(folder, columns))
    return path


@pytest.mark.benchmark
@pytest.mark.parametrize(("kind", "seconds"), [("csv", 1), ("xlsx", 6), ("sav", 1.5)])
def test_a_table_of_100_000_rows_is_opened_in_seconds(
    kind: str, seconds: float, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    path = made(kind, tmp_path)
    begin = time.process_time()
    table = open_table_file(path, path.name)
    took = time.process_time() - begin
    with capsys.disabled():
        print(f"\n{kind}: {took:.2f} s")
    assert table.n_rows == N_ROWS
    assert took < seconds * find_slowness()
