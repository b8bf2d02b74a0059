"""What columns of lab files are taken as: by their names, by what stands in them, and never silently."""

import pytest

from coder_app.tables.files import open_table_file
from coder_app.tables.mapping import OWN, Use
from coder_app.tables.mapping_guess import guess
from coder_app.tables.scores import read_scores


@pytest.fixture(scope="module")
def guessed(measures):
    """Return the guess for a file, written as lines."""

    def look(*lines: str, file: str = "file.csv", dyads=()):
        return guess(open_table_file("\n".join(lines).encode(), file), measures, dyads)

    return look


@pytest.fixture(scope="module")
def read(measures):
    """Return what a file says when everything that was proposed is confirmed."""

    def look(*lines: str, file: str = "file.csv"):
        data = "\n".join(lines).encode()
        mapping = guess(open_table_file(data, file), measures).mapping
        table = read_scores(data, file, measures, mapping=mapping)
        assert [problem.message for problem in table.problems if problem.severity == "error"] == []
        return table.rows

    return look


def keys(rows):
    return [(row.dyad, row.session, row.informant, row.measure) for row in rows]


LAB = (
    "koppelnr;sessienr;datum;invuller;vragenlijst;totaal;achternaam",
    "K01;1;23-01-2018;k;tasc;38,5;Jansen",
    "K01;1;23-01-2018;t;wai;4,25;Jansen",
    "K01;2;30-01-2018;k;tasc;99;Jansen",
    "K02;1;24-01-2018;o;tasc;40,5;de Vries",
)


def test_a_dutch_lab_file_is_guessed_with_its_words_and_codes_open(guessed):
    found = guessed(*LAB)
    assert {column: use.role for column, use in found.mapping.columns.items()} == {
        "koppelnr": "dyad",
        "sessienr": "session",
        "datum": "date",
        "invuller": "informant",
        "vragenlijst": "measure",
        "totaal": "score",
    }
    assert found.words == {"informant": {"k": "child", "t": "therapist", "o": "parent"}}
    assert found.mapping.missing == ("99",)
    assert found.doubts == ("invuller", "words of invuller", "codes for missing")
    assert "a person’s name" in found.columns["achternaam"].why


def test_the_words_of_a_dutch_lab_file_are_refused_until_a_person_confirms_them(measures):
    table = read_scores("\n".join(LAB).encode(), "lab.csv", measures)
    assert table.rows == ()
    assert "There is no column informant" in table.problems[0].message


def test_a_confirmed_dutch_lab_file_is_read_with_commas_and_without_the_code(read):
    rows = read(*LAB)
    assert [(row.dyad, row.session, row.date, row.informant, row.measure, row.score) for row in rows] == [
        ("K01", 1, "2018-01-23", "child", "TASC", 38.5),
        ("K01", 1, "2018-01-23", "therapist", "WAI-S", 4.25),
        ("K02", 1, "2018-01-24", "parent", "TASC", 40.5),
    ]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(
            ("case,session,tasc_total,wai_mean", "D1,1,40,4.5", "D1,2,41,", "D2,1,,3.3"),
            [
                ("D1", 1, "child", "TASC"),
                ("D1", 1, "therapist", "WAI-S"),
                ("D1", 2, "child", "TASC"),
                ("D2", 1, "therapist", "WAI-S"),
            ],
            id="a column for each measure",
        ),
        pytest.param(
            ("dyad,session,wai_kind,wai_therapeut,wai_ouder", "1,1,3.5,4,4.2", "1,2,3.1,,4"),
            [
                *(("1", 1, who, "WAI-S") for who in ("child", "therapist", "parent")),
                *(("1", 2, who, "WAI-S") for who in ("child", "parent")),
            ],
            id="a column for each informant",
        ),
        pytest.param(
            ("ID;TASC_t1;TASC_t2;TASC_t3", "1;38;39;40", "2;38;;40"),
            [("1", n, "child", "TASC") for n in (1, 2, 3)] + [("2", n, "child", "TASC") for n in (1, 3)],
            id="wide, other marks",
        ),
        pytest.param(
            ("dyade,tasc_1,tasc_2,tasc_3", "1,38,39,40", "2,38,,40"),
            [("1", n, "child", "TASC") for n in (1, 2, 3)] + [("2", n, "child", "TASC") for n in (1, 3)],
            id="wide, totals named like items",
        ),
        pytest.param(
            ("dyad,sessie1_wai_ouder,sessie2_wai_ouder,sessie1_tasc", "1,3,4,30"),
            [("1", 1, "parent", "WAI-S"), ("1", 2, "parent", "WAI-S"), ("1", 1, "child", "TASC")],
            id="wide, informants in names",
        ),
        pytest.param(
            (
                "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,tasc_01,tasc_02",
                "1,baseline_arm_1,,,,",
                "1,session_1_arm_1,,,3,4",
                "1,session_2_arm_1,,,3,3",
            ),
            [("1", 1, "child", "TASC"), ("1", 2, "child", "TASC")],
            id="REDCap events",
        ),
        pytest.param(
            (
                "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,tasc_01,wai_s_01",
                "1,treatment_arm_1,,,,",
                "1,treatment_arm_1,tasc,1,3,",
                "1,treatment_arm_1,tasc,2,3,5",
            ),
            [("1", 1, "child", "TASC"), ("1", 2, "child", "TASC"), ("1", 2, "therapist", "WAI-S")],
            id="REDCap repeats",
        ),
        pytest.param(
            (
                "aa,bb,cc,dd,ee,ff",
                "x1,1,2018-01-01,kind,40,9",
                "x1,2,2018-01-08,kind,38,9",
                "x1,1,2018-01-01,ouder,33,9",
                "x2,1,2018-01-02,kind,36,8",
                "x2,2,2018-01-09,kind,37,8",
            ),
            [
                *(("x1", 1, "child", "TASC"), ("x1", 2, "child", "TASC"), ("x1", 1, "parent", "TASC")),
                *(("x2", 1, "child", "TASC"), ("x2", 2, "child", "TASC")),
            ],
            id="names that say nothing",
        ),
    ],
)
def test_every_layout_is_read_as_it_was_guessed(lines, expected, read):
    assert keys(read(*lines)) == expected


def test_qualtrics_is_read_without_its_headers_and_its_matrix_becomes_items(read, guessed):
    items = [f"Q1_{n}" for n in range(1, 13)]
    heads = ["StartDate", "RecordedDate", "IPAddress", "ExternalReference", "sessie", *items]
    imported = [f'"{{""ImportId"":""{head}""}}"' for head in heads]
    answers = ["1,2,3,4,1,2,3,4,1,2,3,4", "2,2,3,4,1,2,3,4,1,2,3,4"]
    lines = (
        *(",".join(heads), ",".join(["Some question"] * 17), ",".join(imported)),
        *(f"2018-01-0{n} 10:00:00,2018-01-0{n} 10:09:00,1.2.3.4,D1,{n},{answers[n - 1]}" for n in (1, 2)),
    )
    found = guessed(*lines)
    assert "an address" in found.columns["IPAddress"].why
    assert found.mapping.columns["Q1_12"] == Use("item", "TASC", item=12)
    assert not found.is_sure
    rows = read(*lines)
    assert keys(rows) == [("D1", 1, "child", "TASC"), ("D1", 2, "child", "TASC")]
    assert rows[0].answers["tasc_04"] == 4


@pytest.mark.parametrize(
    ("file", "informant"),
    [("wai_therapeut_2025.csv", "therapist"), ("wai ouder.csv", "parent"), ("wai.csv", OWN)],
)
def test_one_informant_a_file_is_guessed_from_its_name_or_measure_and_never_sure(file, informant, guessed):
    found = guessed("cliëntnr,sessie,wai_totaal", "1,1,4.5", "2,1,3.5", file=file)
    assert found.mapping.informant == informant
    assert found.sure.informant is None
    assert found.doubts == ("the informant",)


def test_a_measure_that_nobody_names_is_guessed_from_its_scale(guessed, read):
    lines = ("dyad,session,informant,score", "D1,1,child,40", "D1,2,child,30")
    assert (guessed(*lines).mapping.measure, guessed(*lines).sure.measure) == ("TASC", None)
    assert keys(read(*lines)) == [("D1", 1, "child", "TASC"), ("D1", 2, "child", "TASC")]


def test_dyads_of_the_study_are_known_in_a_column_of_any_name(guessed):
    lines = ("x,y,session,tasc_total", "7,D1,1,40", "8,D2,1,41")
    found = guessed(*lines, dyads=["D1", "D2", "D3"])
    assert found.mapping.find("dyad") == "y"
    assert found.columns["y"].why == "2 of its 2 words are dyads of the study"
    assert not found.columns["y"].is_sure


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ("dyad,birth,tasc_total", ["D1,2008-01-02,40", "D1,2008-01-02,41", "D2,2009-04-04,40"]),
        ("dyad,age,tasc_total", ["D1,9,40", "D1,9,41", "D2,10,40", "D2,10,39"]),
        ("dyad,q,tasc_total", ["D1,1,40", "D1,1,41", "D1,2,44", "D2,1,40", "D2,2,39", "D2,2,33"]),
    ],
)
def test_what_does_not_count_within_a_dyad_is_neither_session_nor_date(header, rows, guessed):
    found = guessed(header, *rows)
    assert found.mapping.find("session") is None
    assert found.mapping.find("date") is None


def test_a_week_is_proposed_as_session_but_not_sure(guessed):
    found = guessed("dyad,week,tasc_total", "D1,1,40", "D1,2,41")
    assert found.mapping.find("session") == "week"
    assert found.sure.find("session") is None


def test_plain_names_need_nobody(guessed):
    long = guessed("dyad,session,date,informant,measure,score", "D1,1,2018-01-01,child,TASC,40")
    wide = guessed("dyad,tasc_s01,wais_s01", "D1,40,4.5")
    items = guessed("dyad,tasc_s01_i01,wais_s01_i12", "D1,3,4")
    assert [found.doubts for found in (long, wide, items)] == [(), (), ()]


def test_values_that_spss_labels_are_proposed_by_their_labels(measures):
    from dataclasses import replace

    table = open_table_file(
        b"dyad,session,rater,measure,score\nD1,1,1,TASC,40\nD1,1,2,WAI-S,4\n", "a.sav.csv"
    )
    labelled = replace(table, value_labels={"rater": {"1": "Kind", "2": "Therapeut"}})
    found = guess(labelled, measures)
    assert found.words["informant"] == {"1": "child", "2": "therapist"}
    assert not found.is_sure


def test_letters_that_may_stand_for_anything_are_no_attendance(guessed):
    found = guessed("dyad,session,informant,measure,score,mood", "D1,1,child,TASC,40,ok")
    assert found.mapping.find("attendance") is None


def test_an_id_that_counts_the_rows_is_not_taken_as_the_dyad_where_another_is(guessed):
    found = guessed("id,koppelnr,session,tasc_total", "1,K1,1,40", "2,K1,2,41", "3,K2,1,40")
    assert found.mapping.find("dyad") == "koppelnr"
    assert guessed("id,session,tasc_total", "1,1,40", "2,1,41").mapping.find("dyad") == "id"


def test_a_word_in_two_cases_is_asked_about_once(guessed):
    found = guessed("dyad,session,rater,measure,score", "D1,1,K,TASC,40", "D1,2,k,TASC,41", "D1,3,t,tasc,40")
    assert found.words["informant"] == {"K": "child", "t": "therapist"}


def test_a_date_column_in_excel_s_numbers_is_a_date_to_be_looked_at_and_never_left_out_unseen(guessed):
    found = guessed(
        "dyad,session,datum,informant,measure,score",
        "D1,1,43096,child,TASC,40",
        "D1,2,2018-01-03,child,TASC,41",
    )
    assert found.mapping.columns["datum"] == Use("date")
    assert "datum" in found.doubts


def test_dates_and_attendance_of_a_wide_file_belong_to_their_sessions(read):
    rows = read(
        "dyad,date_s1,tasc_s1,attendance_s1,date_s2,tasc_s2",
        "D1,2018-01-13,40,kind en ouder,2018-01-20,41",
        "D2,,39,,2018-01-21,",
    )
    assert [(row.dyad, row.session, row.date, row.attendance) for row in rows] == [
        ("D1", 1, "2018-01-13", "child and parent"),
        ("D1", 2, "2018-01-20", None),
        ("D2", 1, None, None),
    ]
