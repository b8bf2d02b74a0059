"""SPSS files: the values of cases, what they are called, and which are declared missing."""

import datetime
import io
import sys

import pytest

from coder_app.tables import sav, sav_child
from coder_app.tables.files import open_table_file
from coder_app.tables.text import TableError
from tests.makers.tables import sav_of

COLUMNS = {
    "dyad": ["D1", "D2  ", "Zéo"],
    "who": [1.0, 2.0, 2.0],
    "score": [42.0, 4.4167, 99.0],
    "code": ["a", "X", "b"],
    "day": [datetime.date(2018, 2, 21), None, datetime.date(2019, 12, 31)],
    "moment": [datetime.datetime(2018, 2, 21, 14, 30), None, datetime.datetime(2018, 2, 21)],
    "hour": [datetime.time(14, 30), None, datetime.time(0, 0, 1)],
}
OPTIONS = {
    "column_labels": {"who": "Who filled in the form", "dyad": ""},
    "variable_value_labels": {"who": {1: "child ", 2: "therapist"}, "code": {"a": "Alpha"}},
    "missing_ranges": {"score": [{"lo": -99, "hi": -1}, 99], "code": ["X"]},
}


def read(data: bytes):
    return open_table_file(data, "t.sav")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return sav_of(tmp_path_factory.mktemp("sav"), COLUMNS, **OPTIONS)


def test_the_values_of_cases_are_the_texts_that_a_person_typed(made):
    table = read(made)
    assert (table.kind, table.columns, table.header_row) == ("sav", tuple(COLUMNS), 1)
    assert list(table.iter_rows()) == [
        (2, ("D1", "1", "42", "a", "2018-02-21", "2018-02-21 14:30:00", "14:30:00")),
        (3, ("D2", "2", "4.4167", "", "", "", "")),
        (4, ("Zéo", "2", "", "b", "2019-12-31", "2018-02-21", "0:00:01")),
    ]


def test_the_names_of_variables_and_values_are_kept(made):
    table = read(made)
    assert table.labels == {"who": "Who filled in the form"}
    assert table.value_labels == {"who": {"1": "child", "2": "therapist"}, "code": {"a": "Alpha"}}


def test_values_declared_missing_become_missing_and_are_counted(made, said):
    table = read(made)
    assert said(table.problems) == [(1, "score", "warning"), (1, "code", "warning")]
    assert [problem.value for problem in table.problems] == ["99", "X"]
    assert table.problems[0].message.startswith("1 value is declared missing in SPSS")


def test_a_date_of_any_format_of_spss_is_written_as_iso_and_a_number_as_a_number(tmp_path):
    kinds = ["DATE11", "ADATE10", "EDATE10", "SDATE10", "JDATE7", "MOYR8", "QYR8", "WKYR8"]
    kinds += ["DATETIME20", "YMDHMS19", "F8.2", "COMMA8.2"]
    seconds = (datetime.datetime(2018, 2, 21) - datetime.datetime(1582, 10, 14)).total_seconds()
    columns = {f"v{place}": [seconds] for place in range(len(kinds))}
    table = read(sav_of(tmp_path, columns, variable_format=dict(zip(columns, kinds, strict=True))))
    ((_, cells),) = table.iter_rows()
    assert cells == ("2018-02-21",) * 10 + ("13738550400",) * 2


@pytest.mark.parametrize("ending", [".sav", ".zsav"])
def test_cases_read_in_stretches_are_those_read_at_once(ending, tmp_path, monkeypatch):
    columns = {"dyad": [f"D{n}" for n in range(50)], "score": [n / 7 for n in range(50)]}
    data = sav_of(tmp_path, columns, ending=ending)
    monkeypatch.setattr(sav_child, "_CELLS_AT_ONCE", 14)
    messages = [one["texts"] for one in sav_child.list_messages(io.BytesIO(data)) if "texts" in one]
    assert len(messages) == 8
    rows = [cells for texts in messages for cells in zip(*texts, strict=True)]
    assert [cells for _, cells in read(data).iter_rows()] == rows
    assert (len(rows), rows[7]) == (50, ("D7", "1"))


def test_an_spss_file_is_known_whatever_its_name_and_can_be_a_path(made, tmp_path):
    path = tmp_path / "scores.csv"
    path.write_bytes(made)
    table = open_table_file(path, path.name)
    assert table.n_rows == 3
    assert "the content is an SPSS file" in table.problems[0].message


def test_letters_in_another_encoding_than_the_file_says_are_read_with_a_warning(made):
    table = read(made.replace("é".encode(), b"\xe9 "))
    assert list(table.texts("dyad"))[2] == "Zé o"
    assert "Western European" in table.problems[0].message


def test_without_its_library_a_person_is_told_to_save_as_csv(made, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyreadstat", None)
    with pytest.raises(TableError, match="cannot be read on this computer") as caught:
        read(made)
    assert "Save the file as CSV" in caught.value.problems[0].message


def test_a_file_without_cases_is_refused(tmp_path):
    with pytest.raises(TableError, match="no rows"):
        read(sav_of(tmp_path, {"dyad": [], "score": []}))


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.99])
def test_a_file_that_breaks_off_is_refused(made, share):
    with pytest.raises(TableError, match="damaged or breaks off"):
        read(made[: int(share * len(made))])


@pytest.mark.parametrize("end", ["os._exit(139)", "os.abort()", "print('{'); os._exit(0)", "os._exit(0)"])
def test_a_file_that_ends_the_process_that_reads_it_is_refused_and_nothing_else_ends(made, end, monkeypatch):
    monkeypatch.setattr(sav, "_BOOTSTRAP", f"import os; {end}")
    with pytest.raises(TableError, match="damaged or breaks off"):
        read(made)


def test_a_file_that_is_never_read_to_its_end_is_given_up(made, monkeypatch):
    monkeypatch.setattr(sav, "_BOOTSTRAP", "import time; time.sleep(60)")
    monkeypatch.setattr(sav, "SECONDS", 0.3)
    with pytest.raises(TableError, match="damaged or breaks off"):
        read(made)
