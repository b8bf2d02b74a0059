import csv
import datetime
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coder_app.tables.files import open_table_file
from coder_app.tables.writing import write_csv


def cells(*values: object) -> list[str]:
    text = write_csv([f"c{place}" for place in range(len(values))], [values])
    return list(csv.reader(io.StringIO(text, newline="")))[1]


def test_a_table_is_written_as_rfc_4180_says():
    text = write_csv(["dyad", "note"], [["D1", 'says "no", twice'], ["D2", None]])
    assert text == 'dyad,note\r\nD1,"says ""no"", twice"\r\nD2,\r\n'


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_written_unrounded_with_a_point(value):
    (cell,) = cells(value)
    assert float(cell) == value
    assert "," not in cell


def test_numbers_truth_and_days_are_written_plainly():
    values = (np.float64(0.1), np.int64(-3), -0.5, True, datetime.date(2018, 2, 21), None)
    assert cells(*values) == ["0.1", "-3", "-0.5", "true", "2018-02-21", ""]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "-"])
def test_text_that_a_spreadsheet_would_run_is_guarded_in_cells_and_header(text):
    assert cells(text) == [f"'{text}"]
    assert write_csv(["=1"], []) == "'=1\r\n"


@pytest.mark.parametrize("text", ["D001", "a=b", "3-4", "", "'=1"])
def test_other_text_is_written_as_it_is(text):
    assert cells("x", text) == ["x", text]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), np.float64("nan")])
def test_a_figure_that_is_not_finite_is_refused(value):
    with pytest.raises(ValueError, match="cannot be computed is None"):
        write_csv(["a"], [[value]])


def test_a_row_of_another_length_or_a_cell_of_another_kind_is_refused():
    with pytest.raises(ValueError, match="1 cells for 2 columns"):
        write_csv(["a", "b"], [["x"]])
    with pytest.raises(TypeError, match="cannot hold list"):
        write_csv(["a"], [[["x"]]])


def test_what_is_written_can_be_read():
    text = write_csv(["dyad", "score"], [["001", 38.5], ["Zoë, with \n a break", None]])
    table = open_table_file(text.encode(), "t.csv")
    assert [cells for _, cells in table.iter_cells()] == [
        {"dyad": "001", "score": "38.5"},
        {"dyad": "Zoë, with \n a break", "score": ""},
    ]
