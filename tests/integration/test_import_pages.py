"""The pages of importing: choose a file, look at it, import or discard it; a bad file changes nothing."""

import io
import re
import stat
import time

import pytest
from sqlalchemy import event, func, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from coder_app.domain.permissions import Role
from coder_app.models import Base, Dyad, Import, Score, TreatmentSession
from coder_app.services.staging import Staging
from tests.integration.test_score import count
from tests.makers.alliance import (
    PARTICIPANTS,
    SCORES_LONG,
    SCORES_LONG_NL,
    SCORES_WIDE,
    import_csv,
    import_rupture_study,
)
from tests.makers.coding import add_assignment, add_recording, add_round

LONG = "dyad,session,date,informant,measure,score\n"


@pytest.fixture
def lead(world):
    """The lead of an empty study."""
    return world.study()


@pytest.fixture
def browser(browser_of, lead):
    """The lead's browser."""
    return browser_of(lead.viewer)


def choose(browser, lead, kind: str, data: bytes | str, name: str = "file.csv"):
    """Choose a file on the page of step 1 and return the answer."""
    content = io.BytesIO(data.encode() if isinstance(data, str) else data)
    # Encoded here: Flask's client would leave a temporary file open for a large one.
    boundary, body = encode_multipart(
        {"csrf_token": browser.csrf_token(), "file": FileStorage(content, name, "file", "text/csv")}
    )
    return browser.client.post(
        f"/studies/{lead.study_public_id}/alliance/import/{kind}",
        data=body,
        content_type=f"multipart/form-data; boundary={boundary}",
    )


def look(browser, answer) -> str:
    """Open the preview to which choosing a file has led."""
    assert answer.status_code == 303
    # A file with something to be asked leads to its columns first; the check is open all the same.
    page = browser.get(answer.location.removesuffix("/columns"))
    assert page.status_code == 200
    return page.get_data(as_text=True)


def press(browser, address: str, page: str):
    """Press Import on a preview."""
    seen = re.search(r'name="seen" value="([0-9a-f]+)"', page)
    assert seen, "there is no button to import with"
    return browser.post(f"{address}/commit", {"seen": seen.group(1)})


def bring_in(browser, lead, kind: str, path) -> str:
    """Walk a file through all steps and return the last page."""
    answer = choose(browser, lead, kind, path.read_bytes(), path.name)
    done = press(browser, answer.location, look(browser, answer))
    assert done.status_code == 303
    return browser.get(done.location).get_data(as_text=True)


def all_counts(database) -> dict[str, int]:
    """Return the number of rows of every table but those that hold what waits."""
    noted = ("import", "audit", "audit_payload", "login", "import_place", "import_score", "import_answers")
    with database.read() as db:
        return {
            table.name: db.scalar(select(func.count()).select_from(table))
            for table in Base.metadata.sorted_tables
            if table.name not in noted
        }


def text_of(page: str) -> str:
    """Return what a reader sees, in one line."""
    words = re.sub(r"<[^>]+>", " ", page.split("<main", 1)[1])
    return re.sub(r"\s+", " ", words).replace("&#39;", "'").replace("&#34;", '"')


def test_every_file_of_the_reference_study_comes_in_through_the_pages(database, lead, browser):
    assert "Imported 89 dyads: 89 new" in text_of(bring_in(browser, lead, "participants", PARTICIPANTS))
    page = text_of(bring_in(browser, lead, "scores", SCORES_LONG))
    assert "Imported 1,847 scores of 89 dyads: 1,847 new scores, 0 unchanged, 0 changed." in page
    assert count(database, Dyad, Score) == (89, 1847)
    page = text_of(bring_in(browser, lead, "scores", SCORES_WIDE))
    assert "Imported 1,847 scores of 89 dyads: 0 new scores, 1,847 unchanged, 0 changed." in page


def test_the_dutch_file_comes_in_through_the_pages(database, lead, browser):
    bring_in(browser, lead, "participants", PARTICIPANTS)
    answer = choose(browser, lead, "scores", SCORES_LONG_NL.read_bytes(), SCORES_LONG_NL.name)
    page = text_of(look(browser, answer))
    assert "semicolon" in page
    assert "UTF-8 with a byte-order mark" in page
    assert "with a comma" in page
    bring_in(browser, lead, "scores", SCORES_LONG_NL)
    assert count(database, Dyad, Score) == (89, 1847)


def test_importing_the_long_scores_takes_under_two_seconds_of_work(lead, browser):
    bring_in(browser, lead, "participants", PARTICIPANTS)
    began = time.process_time()
    bring_in(browser, lead, "scores", SCORES_LONG)
    assert time.process_time() - began < 2


def test_a_long_file_needs_no_more_statements_than_a_short_one(database, lead, browser, tmp_path):
    statements: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    short = tmp_path / "short.csv"
    short.write_text(LONG + "D1,1,,child,TASC,40\n")
    bring_in(browser, lead, "scores", short)
    n_short = len(statements)
    bring_in(browser, lead, "scores", SCORES_LONG)
    assert len(statements) == 2 * n_short


@pytest.mark.parametrize(
    ("data", "places"),
    [
        pytest.param(
            "dyad;session;informant;measure;score\nD1;1;child;TASC;49,5\n",
            ["2", "score", "49,5", "outside 12–48"],
            id="decimal comma off the scale",
        ),
        pytest.param(
            LONG + "D1,1,,child,TASC,40\nD1,1,,child,TASC,41\n",
            ["3", "session", "rows 2 and 3"],
            id="duplicated row",
        ),
        pytest.param(LONG + "D1,1,,child,TASC,49\n", ["2", "score", "49 is outside"], id="off the scale"),
        pytest.param(
            LONG + "D1,1,,child,CALPAS,40\n", ["2", "measure", "not a measure"], id="unknown measure"
        ),
        pytest.param(
            "dyad,session,informant,measure,points\nD1,1,child,TASC,40\n",
            ["1", "score", "There is no column score"],
            id="column not there",
        ),
        pytest.param("", ["The file is empty"], id="empty file"),
        pytest.param(LONG, ["a header but no rows"], id="header only"),
        pytest.param(b"PK\x03\x04" + b"\x14\x00" * 40, ["an Excel workbook"], id="xlsx renamed"),
        pytest.param(LONG + "D1,1,child,TASC,40\n", ["2", "5 cells"], id="ragged row"),
        pytest.param(b"\xff\xfed\x00y\x00a", ["UTF-16"], id="damaged"),
        pytest.param(
            LONG + "D1,1,43152,child,TASC,40\n",
            ["2", "date", "Excel may mean 2018-02-21"],
            id="date of Excel",
        ),
    ],
)
def test_a_bad_file_is_told_by_its_place_and_nothing_is_written(database, lead, browser, data, places):
    before = all_counts(database)
    answer = choose(browser, lead, "scores", data, "tasc.csv")
    page = look(browser, answer)
    for place in ["tasc.csv", *places]:
        assert place in text_of(page)
    assert 'name="seen"' not in page
    assert "opens when no error is left" in text_of(page)
    refused = browser.post(f"{answer.location.removesuffix('/columns')}/commit", {"seen": "0"})
    assert refused.status_code == 409
    assert all_counts(database) == before


@pytest.mark.parametrize(
    ("data", "place"),
    [
        pytest.param(
            "dyad,session,informant,measure,score,mood\nD1,1,child,TASC,40,ok\n",
            "The column mood is not known here and is left out.",
            id="unknown column",
        ),
        pytest.param(
            "dyad;session;informant;measure;score\nZoë;1;child;TASC;40,5\n".encode("latin-1"),
            "read as Western European (Windows-1252)",
            id="Latin-1",
        ),
        pytest.param(
            LONG + "D1,1,03/04/2018,child,TASC,40\n",
            "They were read as day-month-year: 03/04/2018 is 2018-04-03.",
            id="ambiguous date",
        ),
    ],
)
def test_what_only_needs_a_look_is_told_and_can_be_imported(database, lead, browser, data, place):
    answer = choose(browser, lead, "scores", data)
    page = look(browser, answer)
    assert place in text_of(page)
    assert press(browser, answer.location, page).status_code == 303
    assert count(database, Dyad, Score) == (1, 1)


def test_a_byte_order_mark_is_no_part_of_the_first_column(database, lead, browser):
    answer = choose(browser, lead, "scores", "\ufeff" + LONG + "D1,1,,child,TASC,40\n")
    press(browser, answer.location, look(browser, answer))
    assert count(database, Dyad, Score) == (1, 1)


def test_the_cell_that_a_problem_names_is_framed_and_the_next_one_is_a_click_away(lead, browser):
    rows = [f"D1,{session},,child,TASC,40\n" for session in range(1, 31)]
    rows[11], rows[24] = "D1,12,,child,TASC,50\n", "D1,25,,child,TASC,51\n"
    answer = choose(browser, lead, "scores", LONG + "".join(rows))
    page = look(browser, answer)
    assert "Around row 13" in text_of(page)
    assert re.search(r'class="is-wrong">50<', page)
    following = re.search(r'href="([^"]+)">Next problem: row 26<', page)
    assert following
    page = browser.get(following.group(1)).get_data(as_text=True)
    assert re.search(r'class="is-wrong">51<', page)
    assert "Next problem" not in page


def test_all_problems_can_be_downloaded_and_the_first_200_are_shown(lead, browser):
    rows = [f"D1,{session},2018-01-01,child,TASC,50\n" for session in range(1, 251)]
    answer = choose(browser, lead, "scores", LONG + "".join(rows))
    page = look(browser, answer)
    assert "The first 200 of 250; the CSV has all." in text_of(page)
    table = browser.get(f"{answer.location}/problems.csv")
    assert table.mimetype == "text/csv"
    lines = table.get_data(as_text=True).splitlines()
    assert lines[0] == "file,row,column,value,problem,kind"
    assert len(lines) == 251


def test_what_would_be_overwritten_is_shown_with_old_and_new(database, settings, lead, browser):
    import_csv(
        database, lead, Staging(settings.staging_dir), "scores", (LONG + "D1,1,,child,TASC,40\n").encode()
    )
    page = text_of(look(browser, choose(browser, lead, "scores", LONG + "D1,1,,child,TASC,41.5\n")))
    assert "Values that would be overwritten" in page
    assert "D1 1 TASC, child 40 41.5" in page


def test_scores_that_differ_by_rounding_only_are_counted_apart(database, settings, lead, browser):
    stored = LONG + "D1,1,,therapist,WAI-S,3.67\nD1,2,,therapist,WAI-S,3.67\n"
    import_csv(database, lead, Staging(settings.staging_dir), "scores", stored.encode())
    sent = LONG + "D1,1,,therapist,WAI-S,3.666667\nD1,2,,therapist,WAI-S,3.75\n"
    page = text_of(look(browser, choose(browser, lead, "scores", sent)))
    assert "Changed 1 Changed by rounding only, less than .005 1" in page


def test_scores_of_answers_that_differ_from_stored_ones_by_rounding_only_are_counted_apart(
    database, settings, lead, browser
):
    stored = LONG + "D1,1,,therapist,WAI-S,3.67\nD1,2,,therapist,WAI-S,3.67\n"
    import_csv(database, lead, Staging(settings.staging_dir), "scores", stored.encode())
    sent = "dyad,session,informant,measure," + ",".join(f"item_{n:02}" for n in range(1, 13)) + "\n"
    sent += f"D1,1,therapist,WAI-S,{'3,' * 4}{','.join('4' * 8)}\nD1,2,therapist,WAI-S,{','.join('4' * 12)}\n"
    page = text_of(look(browser, choose(browser, lead, "scores", sent)))
    assert "Changed By rounding only, less than .005 With answers filled in" in page
    assert "Therapist WAI-S total 0 0 1 1 0" in page


def test_what_an_import_did_not_do_has_no_line(lead, browser):
    address = choose(browser, lead, "participants", "dyad,age\nD1,9\n").location
    assert press(browser, address, browser.get(address).get_data(as_text=True)).status_code == 303
    page = text_of(browser.get(address).get_data(as_text=True))
    assert "New dyads 1" in page
    assert not any(line in page for line in ("Filled in", "Overwritten", "Warnings accepted"))


def test_dyads_that_are_no_participants_are_listed(database, settings, lead, browser):
    import_csv(database, lead, Staging(settings.staging_dir), "participants", b"dyad\nD1\n")
    page = text_of(look(browser, choose(browser, lead, "scores", LONG + "D7,1,,child,TASC,40\n")))
    assert "1 dyad in the file is not among the participants" in page
    assert "The study has no dyad D7." in page


def test_without_participants_the_preview_says_that_scores_create_dyads(lead, browser):
    page = text_of(look(browser, choose(browser, lead, "scores", LONG + "D7,1,,child,TASC,40\n")))
    assert "1 dyad will be created from the scores" in page


def test_the_waiting_file_is_private_under_a_random_name_and_gone_after_the_import(settings, lead, browser):
    answer = choose(browser, lead, "scores", LONG + "D1,1,,child,TASC,40\n", "Anna Jansen.csv")
    page = look(browser, answer)
    files = [path for path in settings.staging_dir.rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert "Anna" not in path.name
    press(browser, answer.location, page)
    assert not any(settings.staging_dir.iterdir())


def test_a_discarded_file_is_gone_and_nothing_is_written(database, settings, lead, browser):
    before = all_counts(database)
    answer = choose(browser, lead, "scores", LONG + "D1,1,,child,TASC,40\n")
    look(browser, answer)
    for _ in range(2):
        assert browser.post(f"{answer.location}/discard").status_code == 303
    assert not any(settings.staging_dir.iterdir())
    assert "This file was discarded" in text_of(look(browser, answer))
    assert browser.post(f"{answer.location}/commit").status_code in (303, 409)
    assert all_counts(database) == before


def test_pressing_import_twice_imports_once(database, lead, browser):
    answer = choose(browser, lead, "scores", LONG + "D1,1,,child,TASC,40\n")
    page = look(browser, answer)
    assert [press(browser, answer.location, page).status_code for _ in range(2)] == [303, 303]
    assert count(database, Dyad, TreatmentSession, Score) == (1, 1, 1)
    assert browser.post(f"{answer.location}/discard").status_code == 409
    assert count(database, Score) == (1,)


def test_a_preview_that_has_grown_old_is_shown_again_instead_of_imported(database, settings, lead, browser):
    answer = choose(browser, lead, "scores", LONG + "D1,1,,child,TASC,40\n")
    page = look(browser, answer)
    other = (LONG + "D1,1,,child,TASC,30\n").encode()
    import_csv(database, lead, Staging(settings.staging_dir), "scores", other)
    refused = press(browser, answer.location, page)
    assert refused.status_code == 409
    page = refused.get_data(as_text=True)
    assert "What is stored has changed since" in page
    assert "D1 1 TASC, child 30 40" in text_of(page)
    assert press(browser, answer.location, page).status_code == 303


def test_a_file_that_has_gone_from_the_data_folder_is_said_to_be_gone(settings, lead, browser):
    answer = choose(browser, lead, "scores", LONG + "D1,1,,child,TASC,40\n")
    Staging(settings.staging_dir).discard(answer.location.rsplit("/", 1)[-1])
    assert "The file is no longer here" in text_of(look(browser, answer))
    assert browser.get(f"{answer.location}/problems.csv").status_code == 404
    assert browser.post(f"{answer.location}/discard").status_code == 303


def test_choosing_no_file_says_so(lead, browser):
    answer = browser.post(
        f"/studies/{lead.study_public_id}/alliance/import/scores",
        {"file": (io.BytesIO(b""), "")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 422
    assert "Choose a file." in answer.get_data(as_text=True)


def test_the_page_of_scores_shows_what_is_there_and_what_waits(database, settings, lead, browser):
    empty = text_of(browser.get(f"/studies/{lead.study_public_id}/alliance").get_data(as_text=True))
    assert "There are no dyads yet" in empty
    import_rupture_study(database, lead, Staging(settings.staging_dir))
    choose(browser, lead, "scores", LONG, "later.csv")
    page = text_of(browser.get(f"/studies/{lead.study_public_id}/alliance").get_data(as_text=True))
    assert "later.csv is not imported yet" in page
    assert "older file" not in page
    assert re.search(r"Child TASC sum of 12 items 922 \d+ 38\.76 4\.04 20 to 48 12 to 48", page)
    assert "scores_long.csv Imported 1,847 scores of 89 dyads" in page
    assert re.search(r"D001 CT CT ", page)
    for name in ("second.csv", "third.csv", "fourth.csv"):
        choose(browser, lead, "scores", LONG, name)
    page = text_of(browser.get(f"/studies/{lead.study_public_id}/alliance").get_data(as_text=True))
    assert page.count("is not imported yet") == 2
    assert re.search(r"2 older files are not imported either second\.csv\b.* later\.csv\b", page)


def test_a_file_name_that_is_markup_is_only_text(lead, browser):
    answer = choose(browser, lead, "scores", LONG + "<b>,1,,child,TASC,99\n", "<script>alert(1)</script>.csv")
    page = look(browser, answer)
    assert "<script>alert" not in page
    assert "<b>," not in page


def test_imports_are_the_leads_and_scores_are_also_the_analysts(world, lead, browser, browser_of):
    answer = choose(browser, lead, "scores", LONG + "D1,1,,child,TASC,40\n")
    analyst = browser_of(world.member(lead, "Ana", Role.ANALYST).viewer)
    coder = browser_of(world.member(lead, "Cora", Role.CODER, instruments=("CIRS",)).viewer)
    scores = f"/studies/{lead.study_public_id}/alliance"
    page = analyst.get(scores).get_data(as_text=True)
    assert "/alliance/import" not in page
    assert coder.get(scores).status_code == 404
    for other in (analyst, coder):
        assert other.get(answer.location).status_code == 404
        assert other.get(f"{scores}/import/scores").status_code == 404
        assert other.post(f"{answer.location}/commit").status_code == 404
        assert other.post(f"{answer.location}/discard").status_code == 404


def test_an_import_of_recordings_is_no_page_here(database, lead, browser):
    with database.write() as db:
        db.add(
            Import(
                study_id=lead.study_id,
                public_id="f" * 32,
                kind="recordings",
                state="done",
                file_name="recordings",
                summary={},
                created_by=lead.user_id,
                created_at=lead.now(),
            )
        )
    scores = f"/studies/{lead.study_public_id}/alliance"
    assert browser.get(f"{scores}/imports/{'f' * 32}").status_code == 404
    assert browser.get(f"{scores}/import/recordings").status_code == 404
    assert "recordings</a></th>" not in browser.get(scores).get_data(as_text=True)


def test_a_lead_who_still_codes_sees_the_scores(world, database, settings, lead, browser):
    import_csv(
        database, lead, Staging(settings.staging_dir), "scores", (LONG + "D1,1,,child,TASC,40\n").encode()
    )
    with database.write() as db:
        recording = add_recording(db, lead, "quiet-harbour")
        add_assignment(db, lead, add_round(db, lead), recording, "CIRS", "amber-fox", 1)
    assert world.again(lead).coding
    page = browser.get(f"/studies/{lead.study_public_id}/alliance")
    assert page.status_code == 200
    assert "quiet-harbour" not in page.get_data(as_text=True)
