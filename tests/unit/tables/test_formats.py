"""One table in every format: the same texts, the same scores, the same participants, in bounded memory."""

import csv
import io
import subprocess
import sys
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coder_app.tables import sav, sav_child
from coder_app.tables.files import open_table_file
from coder_app.tables.participants import read_participants
from coder_app.tables.scores import read_scores
from tests.makers.tables import sav_of, xlsx_of

letters = st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cn", "Zl", "Zp"])
words = st.text(letters, max_size=12).map(lambda text: text.strip().lstrip("=#").strip())
numbers = st.one_of(st.integers(-999, 9999), st.integers(-(10**7), 10**7).map(lambda n: n / 10**4))
tables = st.lists(st.tuples(words.filter(bool), numbers, st.none() | numbers, words), min_size=1, max_size=6)
HEADER = ("dyad", "score", "other", "note")


def text_of(value):
    if value is None:
        return ""
    return (
        value
        if isinstance(value, str)
        else f"{value:.4f}".rstrip("0").rstrip(".")
        if value % 1
        else f"{value:.0f}"
    )


@pytest.fixture(scope="module")
def read_here():
    """Read SPSS files in this process: they are sound, and a process for each takes its time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sav, "list_messages", sav_child.list_messages)
        yield


@pytest.mark.usefixtures("read_here")
@settings(max_examples=40, deadline=None)
@given(tables, st.sampled_from(",;\t|"), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_a_table_reads_back_to_the_same_texts_from_every_format(tmp_path_factory, rows, delimiter, encoding):
    texts = [tuple(text_of(value) for value in row) for row in rows]
    target = io.StringIO(newline="")
    csv.writer(target, delimiter=delimiter).writerows([HEADER, *texts])
    columns = {
        name: [row[place] for row in rows]
        if name != "other"
        else [*map(float_or_none, (r[place] for r in rows))]
        for place, name in enumerate(HEADER)
    }
    files = {
        "csv": target.getvalue().encode(encoding),
        "xlsx": xlsx_of([HEADER, *rows]),
        "sav": sav_of(tmp_path_factory.getbasetemp(), columns),
    }
    for kind, data in files.items():
        table = open_table_file(data, f"t.{kind}")
        assert (table.kind, table.columns) == (kind, HEADER)
        assert list(table.iter_rows()) == list(enumerate(texts, start=2))


def float_or_none(value):
    return None if value is None else float(value)


@pytest.fixture(scope="module")
def scores_of(study_bytes, measures):
    def read(name):
        table = read_scores(study_bytes(f"alliance/{name}"), name, measures)
        assert table.problems == ()
        return {(row.dyad, row.session, row.informant, row.measure): row for row in table.rows}

    return read


@pytest.mark.parametrize("name", ["scores_wide.csv", "scores_wide.xlsx", "scores_wide.sav"])
def test_every_format_of_the_study_s_scores_reads_to_the_same(name, scores_of):
    expected = {key: row.score for key, row in scores_of("scores_long.csv").items()}
    assert {key: row.score for key, row in scores_of(name).items()} == expected
    assert len(expected) == 1847


def test_the_excel_file_with_decimal_commas_is_the_same_to_its_two_decimals(scores_of):
    rounded = scores_of("scores_long_excel_nl.csv")
    expected = scores_of("scores_long.csv")
    assert rounded.keys() == expected.keys()
    for key, row in expected.items():
        assert abs(rounded[key].score - row.score) <= 0.005 + 1e-9
        assert rounded[key].date == row.date


def test_the_study_s_answers_are_the_same_but_for_those_that_one_file_lacks(scores_of):
    whole, lacking = scores_of("items_long.csv"), scores_of("items_long_missing_excel_nl.csv")
    assert whole.keys() == lacking.keys()
    for key, row in whole.items():
        assert lacking[key].answers.items() <= row.answers.items()
    totals = scores_of("scores_long.csv")
    share = {"TASC": 1, "WAI-S": 12}
    for key, row in whole.items():
        assert round(sum(row.answers.values()) / share[row.measure], 4) == pytest.approx(
            totals[key].score, abs=1e-9
        )


def test_participants_are_the_same_from_every_format(study_bytes, tmp_path):
    text = read_participants(study_bytes("participants.csv"), "p.csv")
    names = ("dyad", *text.covariates)
    rows = [(row.dyad, *(row.covariates.get(name) for name in text.covariates)) for row in text.rows]
    columns = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    for data in (xlsx_of([names, *rows]), sav_of(tmp_path, columns)):
        assert read_participants(data, "p") == text


def test_a_covariate_coded_in_spss_is_read_by_its_labels(tmp_path, said):
    data = sav_of(
        tmp_path,
        {"dyad": ["D1", "D2", "D3"], "gender": [1.0, 2.0, None], "mood": [1.0, 5.0, 3.0]},
        variable_value_labels={"gender": {1: "boy", 2: "girl"}, "mood": {1: "bad", 5: "good"}},
    )
    table = read_participants(data, "p.sav")
    assert [dict(row.covariates) for row in table.rows] == [
        {"gender": "boy", "mood": 1},
        {"gender": "girl", "mood": 5},
        {"mood": 3},
    ]
    assert said(table.problems) == [(1, "gender", "warning")]
    assert "1 is boy, 2 is girl" in table.problems[0].message


def test_a_long_table_stays_packed_in_memory(tmp_path):
    path = tmp_path / "long.csv"
    with path.open("w", encoding="utf-8") as target:
        target.write("dyad,session,informant,measure,score\n")
        target.writelines(
            f"D{n // 24:05},{n % 24 // 2 + 1},child,TASC,{12 + n % 37}\n" for n in range(20_000)
        )
    tracemalloc.start()
    try:
        table = open_table_file(path, path.name)
        assert sum(1 for _ in table.iter_rows()) == 20_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # As tuples of texts the rows would take some 7 MB.
    assert peak < 4_000_000


def test_text_is_read_without_the_libraries_of_other_formats():
    code = (
        "import sys; from coder_app.tables.files import open_table_file as read; read(b'a,b\\n1,2\\n', 't');"
        "print({'openpyxl', 'pyreadstat', 'defusedxml', 'pandas', 'numpy'} & set(sys.modules))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "set()\n"
    )
