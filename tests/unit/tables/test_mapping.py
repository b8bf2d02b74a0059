"""Mappings of columns: kept, checked against a file, and used on the next one."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coder_app.domain.instruments import bundled_instruments
from coder_app.tables.files import open_table_file
from coder_app.tables.mapping import OWN, Mapping, Use, mapping_as_json, mapping_from_json
from coder_app.tables.mapping_check import check_mapping
from coder_app.tables.mapping_groups import Goal, describe, group_columns, make_group, realise
from coder_app.tables.mapping_guess import guess
from coder_app.tables.scores import read_scores

MEASURES = {name: one for name, one in bundled_instruments().items() if one.kind == "alliance"}
LONG = Mapping(
    {
        "wie": Use("dyad"),
        "nr": Use("session"),
        "d": Use("date"),
        "door": Use("informant"),
        "lijst": Use("measure"),
        "som": Use("score"),
        "aanw": Use("attendance"),
        "naam": Use("left out"),
    },
    words={
        "informant": {"k": "child", "b": "therapist"},
        "measure": {"kindlijst": "TASC"},
        "attendance": {"1": "child", "2": "parent alone"},
        "session": {"intake": "", "s1": "1"},
    },
    missing=("99", "geen"),
)
HEADER = "wie;nr;d;door;lijst;som;aanw;naam\n"


def read(text: str, mapping: Mapping, dyads=None):
    return read_scores(text.encode(), "f.csv", MEASURES, dyads, mapping)


def test_a_mapping_reads_words_codes_and_sessions_as_a_person_said():
    table = read(
        HEADER
        + "D1;s1;2018-01-20;K;Kindlijst;40,5;1;Jan\nD1;2;2018-01-27;b;WAI;4;;Jan\n"
        + "D1;intake;2018-01-01;x;Kindlijst;99;9;Jan\nD2;1;;k;Kindlijst;99;1;\nD2;2;;k;Kindlijst;geen;1;\n",
        LONG,
    )
    assert [(row.session, row.informant, row.measure, row.score, row.attendance) for row in table.rows] == [
        (1, "child", "TASC", 40.5, "child"),
        (2, "therapist", "WAI-S", 4, None),
    ]
    assert [problem.value for problem in table.problems] == ["intake"]
    assert table.n_missing == 2


def test_a_session_of_a_parent_alone_is_told_also_without_a_score():
    from coder_app.domain.problems import ProblemLog
    from coder_app.tables.scores import ScoresReader

    table = open_table_file((HEADER + "D1;3;2018-01-20;k;TASC;;2;\nD1;4;;k;TASC;40;;\n").encode(), "f.csv")
    reader = ScoresReader(table, LONG, MEASURES, None, ProblemLog("f.csv"))
    assert [row.session for row in reader] == [4]
    (told,) = reader.sessions
    assert (told.dyad, told.session, told.date, told.attendance) == ("D1", 3, "2018-01-20", "parent alone")


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        *[(text, "child") for text in ("child", "Kind", "kind alleen", "Jongere")],
        *[
            (text, "child and parent")
            for text in ("child and parent", "kind en ouder", "both", "moeder + kind")
        ],
        *[
            (text, "parent alone")
            for text in ("parent alone", "ouder alleen", "Parents only", "alleen moeder")
        ],
        *[(text, None) for text in ("parent", "ouders", "kind of ouder", "child?", "3", "no child", "x")],
    ],
)
def test_attendance_is_one_of_three_or_refused_with_what_is_expected(written, read_as):
    mapping = Mapping(LONG.columns)
    table = read(HEADER + f"D1;1;;child;TASC;40;{written};\n", mapping)
    if read_as:
        assert [row.attendance for row in table.rows] == [read_as]
    else:
        (problem,) = [problem for problem in table.problems if problem.severity == "error"]
        assert (problem.row, problem.column, problem.value) == (2, "aanw", written)
        assert "child, child and parent or parent alone" in problem.message


def test_a_mapping_survives_being_written_down():
    assert mapping_from_json(mapping_as_json(LONG)) == LONG
    wide = Mapping({"a": Use("item", "TASC", "parent", 3, 4)}, informant=OWN, measure="TASC", sheet="Blad1")
    assert mapping_from_json(mapping_as_json(wide)) == wide


@pytest.mark.parametrize(
    "change",
    [{"kind": "participants"}, {"version": 2}, {"informant": "uncle"}, {"columns": {"a": {"role": "x"}}}],
)
def test_what_is_no_mapping_is_not_read_as_one(change):
    with pytest.raises(ValueError, match="this"):
        mapping_from_json(mapping_as_json(LONG) | change)


def test_whether_a_kept_mapping_fits_is_told_by_the_columns_of_the_file():
    columns = ("WIE", "nr", "d", "door", "lijst", "som", "aanw")
    assert LONG.fits_exactly(columns)
    assert LONG.fits_exactly((*columns, "Naam"))
    assert LONG.fits((*columns, "nieuw"))
    assert not LONG.fits_exactly((*columns, "nieuw"))
    assert not LONG.fits(columns[1:])


@pytest.mark.parametrize(
    ("columns", "constants", "column", "said"),
    [
        ({"dyad": "dyad", "weg": "session"}, {}, "weg", "The file has no column weg, which is taken as"),
        ({"dyad": "dyad", "id2": "dyad"}, {}, "id2", "dyad and id2 are both taken as the dyad"),
        ({"dyad": "left out"}, {}, "dyad", "There is no column dyad (or case or id). It is needed."),
        ({}, {"informant": "uncle"}, None, "“uncle” is no informant"),
        ({}, {"measure": "PHQ"}, None, "“PHQ” is not a measure of the study. It has TASC, WAI-S."),
        ({}, {"missing": ("40",)}, None, "40 is on the scale of TASC"),
        ({}, {"words": {"informant": {"k": "uncle"}}}, "informant", "“k” is taken as “uncle”"),
        ({}, {"words": {"session": {"een": "one"}}}, "session", "“een” is taken as “one”"),
        ({"id2": Use("score", "TASC"), "score": Use("score", "TASC")}, {}, "id2", "score and id2 are both"),
        ({"id2": Use("score", "TASC", session=4)}, {}, "id2", "session has the session of each row"),
    ],
)
def test_a_mapping_that_cannot_be_used_is_told_at_the_header(columns, constants, column, said):
    text = "dyad,session,informant,measure,score,id2\nD1,1,child,TASC,40,7\n"
    plain = {name: name for name in ("dyad", "session", "informant", "measure", "score")} | columns
    uses = {name: use if isinstance(use, Use) else Use(use) for name, use in plain.items()}
    table = open_table_file(text.encode(), "f.csv")
    errors = [p for p in check_mapping(Mapping(uses, **constants), table, MEASURES) if p.severity == "error"]
    assert (errors[0].row, errors[0].column) == (1, column)
    assert said in errors[0].message
    assert read_scores(text.encode(), "f.csv", MEASURES, None, Mapping(uses, **constants)).rows == ()


def test_a_column_that_somebody_left_out_is_no_warning_and_a_new_one_is():
    table = read(HEADER.replace("naam", "naam;nieuw") + "D1;1;;child;TASC;40;;Jan;x\n", LONG)
    assert [problem.column for problem in table.problems if "left out" in problem.message] == ["nieuw"]


@pytest.mark.parametrize(
    "columns",
    [
        [f"tasc_i{n:02}" for n in range(1, 13)],
        [f"wais_s{n:02}" for n in range(1, 8)],
        [f"wais_s{n:02}_i{m:02}" for n in range(1, 4) for m in range(1, 13)],
        [f"datum_s{n}" for n in range(1, 5)],
        [f"item_{n}" for n in (1, 2, 5)],
    ],
)
def test_numbered_columns_are_one_choice_that_says_what_each_of_them_is(columns):
    text = ",".join(["dyad", *columns]) + "\n" + ",".join(["D1", *["3"] * len(columns)]) + "\n"
    uses = guess(open_table_file(text.encode(), "f.csv"), MEASURES).mapping.columns
    if "datum_s1" in columns:
        uses = {name: Use("date", session=n) for n, name in enumerate(columns, start=1)}
    groups = [group for group in group_columns(tuple(columns), uses) if group.n_numbers]
    assert [group.columns for group in groups] == [tuple(columns)]
    goal = describe(groups[0], uses)
    assert realise(make_group(tuple(columns)), goal) == {name: uses[name] for name in columns}
    apart = group_columns(tuple(columns), uses, frozenset(columns[:1]))
    assert next(group.columns for group in apart) == (columns[0],)


def test_a_choice_that_no_form_offers_is_refused():
    for goes_to in ("items:TASC", "uncle", "score:TASC:1", "item", "dyad:TASC"):
        with pytest.raises(ValueError, match=r"."):
            realise(make_group(("a",)), Goal(goes_to))


ROLES = {"dyad": "dyad", "session": "session", "date": "date", "informant": "informant", "measure": "measure"}


@settings(max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 30), st.booleans())
def test_a_renamed_and_shuffled_file_gives_the_same_rows_by_its_mapping(chance: random.Random, n, with_items):
    names = [*ROLES, *([f"item_{m:02}" for m in range(1, 13)] if with_items else ["score"])]
    rows = [_draw_row(chance, place, with_items) for place in range(n)]
    plain = _write(names, rows)
    renamed = {name: f"c{place}_{chance.choice('xyz')}" for place, name in enumerate(names)}
    order = chance.sample(names, len(names))
    uses = {
        renamed[name]: Use("item", item=int(name[-2:])) if name.startswith("item") else Use(name)
        for name in names
    }
    mapping = Mapping(uses, words={"informant": {"k": "child"}})
    strange = [row | {"informant": "K" if row["informant"] == "child" else row["informant"]} for row in rows]
    written = _write(order, strange, [renamed[name] for name in order])
    first = read_scores(plain.encode(), "f.csv", MEASURES)
    again = read_scores(written.encode(), "f.csv", MEASURES, None, mapping)
    assert [_said(row) for row in first.rows] == [_said(row) for row in again.rows]
    assert first.n_missing == again.n_missing
    assert len(first.problems) == len(again.problems)


def _draw_row(chance: random.Random, place: int, with_items: bool) -> dict[str, str]:
    informant, measure, high = chance.choice([("child", "TASC", 4), ("therapist", "WAI-S", 5)])
    total = chance.randint(12, 48) if measure == "TASC" else chance.randint(10, 50) / 10
    values = {"score": chance.choice([str(total), str(total), ""])}
    if with_items:
        values = {f"item_{m:02}": chance.choice([str(chance.randint(1, high)), ""]) for m in range(1, 13)}
    date = f"2018-{1 + place // 28:02}-{1 + place % 28:02}"
    keys = {"dyad": f"D{place % 3}", "session": str(1 + place // 3), "date": date}
    return keys | {"informant": informant, "measure": measure} | values


def _write(names: list[str], rows: list[dict[str, str]], header: list[str] | None = None) -> str:
    lines = [header or names, *([row[name] for name in names] for row in rows)]
    return "\n".join(";".join(line) for line in lines) + "\n"


def _said(row):
    value = row.answers if hasattr(row, "answers") else row.score
    return (row.row, row.dyad, row.session, row.date, row.informant, row.measure, value, row.attendance)
